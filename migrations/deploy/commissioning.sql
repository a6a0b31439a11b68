-- Deploy pbc:commissioning to pg
-- Contracts, budgets, business cases.

BEGIN;

SET LOCAL ROLE pbc_owner;

CREATE TABLE ledger.contract (
  commissioner_code ref.code NOT NULL,
  contract_id uuid NOT NULL,
  provider_code ref.code NOT NULL,
  year        integer NOT NULL,
  state       text COLLATE "C" NOT NULL CHECK (state IN ('submitted', 'active', 'superseded')),
  terms       json NOT NULL,             -- [{"name": ..., "value": ...}] of contract.json
  plan_lines  bigint NOT NULL,
  plan_activity bigint NOT NULL,
  plan_cost_pence bigint NOT NULL,
  local_prices bigint NOT NULL,
  on_account_pence bigint NOT NULL,      -- a month's twelfth
  contract_upload_id uuid NOT NULL,
  plan_upload_id uuid NOT NULL,
  prices_upload_id uuid,
  submitted_by_organisation ref.code NOT NULL,
  submitted_by text COLLATE "C" NOT NULL,
  submitted_at timestamptz NOT NULL,
  activated_by_organisation ref.code,
  activated_by text COLLATE "C",
  activated_at timestamptz,
  PRIMARY KEY (commissioner_code, contract_id),
  CHECK ((state = 'submitted') = (activated_at IS NULL)),
  CONSTRAINT contract_maker_is_not_checker CHECK ((activated_by_organisation, activated_by) IS DISTINCT FROM
    (submitted_by_organisation, submitted_by))
);
-- One active contract per provider, commissioner and year.
CREATE UNIQUE INDEX contract_one_active ON ledger.contract (commissioner_code, provider_code, year) WHERE state = 'active';

CREATE TABLE ledger.plan_line (
  commissioner_code ref.code NOT NULL,
  contract_id uuid NOT NULL,
  line        integer NOT NULL,
  month       smallint NOT NULL CHECK (month BETWEEN 1 AND 12),   -- 1 = April
  pod         text COLLATE "C" NOT NULL,
  currency    text COLLATE "C" NOT NULL,
  practice_code text COLLATE "C" NOT NULL,                        -- '' where the plan has none
  activity    bigint NOT NULL CHECK (activity >= 0),
  cost_pence  bigint NOT NULL,
  PRIMARY KEY (commissioner_code, contract_id, line)
);

CREATE TABLE ledger.local_price (
  commissioner_code ref.code NOT NULL,
  contract_id uuid NOT NULL,
  pod         text COLLATE "C" NOT NULL,
  currency    text COLLATE "C" NOT NULL,
  price_pence bigint NOT NULL CHECK (price_pence >= 0),
  PRIMARY KEY (commissioner_code, contract_id, pod, currency)
);

-- A version of all practices' indicative budgets of a year.
CREATE TABLE ledger.budget_run (
  commissioner_code ref.code NOT NULL,
  budget_id   uuid NOT NULL,
  year        integer NOT NULL,
  state       text COLLATE "C" NOT NULL CHECK (state IN ('draft', 'issued', 'superseded')),
  basis       text COLLATE "C" NOT NULL CHECK (basis IN ('historic')),
  practices   bigint NOT NULL,
  total_pence bigint NOT NULL,
  created_by_organisation ref.code NOT NULL,
  created_by  text COLLATE "C" NOT NULL,
  created_at  timestamptz NOT NULL,
  issued_by_organisation ref.code,
  issued_by   text COLLATE "C",
  issued_at   timestamptz,
  PRIMARY KEY (commissioner_code, budget_id),
  CHECK ((state = 'draft') = (issued_at IS NULL))
);
CREATE UNIQUE INDEX budget_run_one_issued ON ledger.budget_run (commissioner_code, year) WHERE state = 'issued';

CREATE TABLE ledger.budget (
  commissioner_code ref.code NOT NULL,
  budget_id   uuid NOT NULL,
  practice_code ref.code NOT NULL,
  activity    bigint NOT NULL,
  cost_pence  bigint NOT NULL,
  PRIMARY KEY (commissioner_code, budget_id, practice_code)
);

-- month_* have 12 elements, April first; they add up to the year.
CREATE TABLE ledger.budget_line (
  commissioner_code ref.code NOT NULL,
  budget_id   uuid NOT NULL,
  practice_code ref.code NOT NULL,
  line_id     text COLLATE "C" NOT NULL,        -- pod.provider, e.g. DC.RXA
  pod         text COLLATE "C" NOT NULL,
  provider_code ref.code NOT NULL,
  activity    bigint NOT NULL,
  cost_pence  bigint NOT NULL,
  month_activity bigint[] NOT NULL CHECK (cardinality(month_activity) = 12),
  month_cost_pence bigint[] NOT NULL CHECK (cardinality(month_cost_pence) = 12),
  PRIMARY KEY (commissioner_code, budget_id, practice_code, line_id)
);

-- The same money by treatment function and HRG, so that every filter of a report has its budget.
CREATE TABLE ledger.budget_detail (
  commissioner_code ref.code NOT NULL,
  budget_id   uuid NOT NULL,
  practice_code ref.code NOT NULL,
  line_id     text COLLATE "C" NOT NULL,
  pod         text COLLATE "C" NOT NULL,
  provider_code ref.code NOT NULL,
  treatment_function_code text COLLATE "C" NOT NULL,
  hrg         text COLLATE "C" NOT NULL,
  activity    bigint NOT NULL,
  cost_pence  bigint NOT NULL,
  month_activity bigint[] NOT NULL CHECK (cardinality(month_activity) = 12),
  month_cost_pence bigint[] NOT NULL CHECK (cardinality(month_cost_pence) = 12),
  PRIMARY KEY (commissioner_code, budget_id, practice_code, line_id, treatment_function_code, hrg)
);

CREATE TABLE ledger.budget_step (
  commissioner_code ref.code NOT NULL,
  budget_id   uuid NOT NULL,
  practice_code ref.code NOT NULL,
  line_id     text COLLATE "C" NOT NULL,
  step        integer NOT NULL,
  rule        text COLLATE "C" NOT NULL,
  detail      text NOT NULL,
  activity    bigint NOT NULL,
  amount_pence bigint NOT NULL,
  source      text NOT NULL,
  PRIMARY KEY (commissioner_code, budget_id, practice_code, line_id, step)
);

CREATE TABLE ledger.business_case (
  commissioner_code ref.code NOT NULL,
  case_id     uuid NOT NULL,
  reference   text COLLATE "C" NOT NULL,
  practice_code ref.code NOT NULL,
  state       text COLLATE "C" NOT NULL CHECK (state IN ('draft', 'submitted', 'approved', 'approved_with_conditions', 'rejected')),
  version     integer NOT NULL,          -- the etag
  content     json NOT NULL,             -- CaseContent
  created_by_organisation ref.code NOT NULL,
  created_by  text COLLATE "C" NOT NULL,
  created_at  timestamptz NOT NULL,
  submitted_by_organisation ref.code,
  submitted_by text COLLATE "C",
  submitted_at timestamptz,
  decision_due_date date,
  decided_by_organisation ref.code,
  decided_by  text COLLATE "C",
  decided_at  timestamptz,
  reasons     text,
  conditions  text,
  remedy      text,
  PRIMARY KEY (commissioner_code, case_id),
  UNIQUE (commissioner_code, reference),
  CHECK ((state = 'draft') = (submitted_at IS NULL)),
  CHECK ((state IN ('draft', 'submitted')) = (decided_at IS NULL)),
  CHECK (state <> 'rejected' OR (reasons <> '' AND remedy <> '')),
  CONSTRAINT case_maker_is_not_checker CHECK (decided_by IS NULL OR (
    (decided_by_organisation, decided_by) IS DISTINCT FROM (created_by_organisation, created_by) AND
    (decided_by_organisation, decided_by) IS DISTINCT FROM (submitted_by_organisation, submitted_by)))
);

-- Every version of a case as it was.
CREATE TABLE ledger.business_case_version (
  commissioner_code ref.code NOT NULL,
  case_id     uuid NOT NULL,
  version     integer NOT NULL,
  practice_code ref.code NOT NULL,
  state       text COLLATE "C" NOT NULL,
  content     json NOT NULL,
  organisation_code ref.code NOT NULL,
  user_id     text COLLATE "C" NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (commissioner_code, case_id, version)
);

CREATE TABLE ledger.interest (
  commissioner_code ref.code NOT NULL,
  case_id     uuid NOT NULL,
  organisation_code ref.code NOT NULL,
  user_id     text COLLATE "C" NOT NULL,
  nature      text NOT NULL CHECK (nature <> ''),
  declared_at timestamptz NOT NULL,
  PRIMARY KEY (commissioner_code, case_id, organisation_code, user_id)
);

RESET ROLE;

COMMIT;
