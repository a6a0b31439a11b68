-- Deploy pbc:activity to pg
-- Submissions, the activity ledger by month, and its rollups. Nothing here is updated or deleted but the pointer in provider_month.

BEGIN;

SET LOCAL ROLE pbc_owner;

CREATE TABLE ledger.submission (
  commissioner_code ref.code NOT NULL,
  submission_id uuid NOT NULL,
  provider_code ref.code NOT NULL,
  period      ref.month_start NOT NULL,
  phase       text COLLATE "C" NOT NULL CHECK (phase IN ('flex', 'freeze')),
  upload_id   uuid NOT NULL,
  file_name   text NOT NULL,
  header      text NOT NULL,            -- the file's first line
  sha256      ref.sha256 NOT NULL,
  row_count      bigint NOT NULL,
  accepted_count bigint NOT NULL,
  rejected_count bigint NOT NULL,
  priced_count   bigint NOT NULL,       -- of the accepted, those of this PCT
  excluded_count bigint NOT NULL,
  unpriced_count bigint NOT NULL,
  not_ours_count bigint NOT NULL,       -- accepted rows of another PCT's patients
  cost_pence  bigint NOT NULL,
  supersedes_submission_id uuid,
  organisation_code ref.code NOT NULL,
  user_id     text COLLATE "C" NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (commissioner_code, submission_id),
  -- The same bytes are accepted once.
  UNIQUE (commissioner_code, provider_code, period, phase, sha256),
  CHECK (row_count = accepted_count + rejected_count),
  CHECK (accepted_count = priced_count + excluded_count + unpriced_count + not_ours_count)
);

-- One row per provider and month: which submission counts now, and whether the month is closed. The row is the lock of its month.
CREATE TABLE ledger.provider_month (
  commissioner_code ref.code NOT NULL,
  provider_code ref.code NOT NULL,
  period      ref.month_start NOT NULL,
  state       text COLLATE "C" NOT NULL CHECK (state IN ('open', 'flex', 'frozen')),
  submission_id uuid,
  changed_at  timestamptz NOT NULL,
  PRIMARY KEY (commissioner_code, provider_code, period),
  CHECK ((state = 'open') = (submission_id IS NULL))
);

-- Row-level security is on this table only: reads go through it. Imports COPY straight into a month's partition, which nobody may read.
CREATE TABLE ledger.activity (
  commissioner_code text COLLATE "C" NOT NULL,
  period      date NOT NULL,
  submission_id uuid NOT NULL,
  line        integer NOT NULL,
  record_id   text COLLATE "C" NOT NULL,
  dataset     text COLLATE "C" NOT NULL,
  provider_code text COLLATE "C" NOT NULL,
  practice_code text COLLATE "C" NOT NULL,
  -- Responsible commissioner on the day, and the one that the provider stated.
  responsible_code text COLLATE "C" NOT NULL,
  stated_commissioner_code text COLLATE "C",
  attribution text COLLATE "C" NOT NULL,      -- registered (ours by practice), not_ours
  patient_key bytea,
  sex         text COLLATE "C" NOT NULL,
  age         smallint NOT NULL,
  site_code   text COLLATE "C",
  main_specialty_code text COLLATE "C",
  treatment_function_code text COLLATE "C",
  hrg         text COLLATE "C",
  primary_diagnosis text COLLATE "C",
  primary_procedure text COLLATE "C",
  patient_classification text COLLATE "C",
  admission_method text COLLATE "C",
  admission_date date,
  activity_date date NOT NULL,                -- discharge, attendance or arrival
  discharge_method text COLLATE "C",
  length_of_stay_days integer,
  excluded_days integer,
  specialised_service text COLLATE "C",
  first_attendance text COLLATE "C",
  attended    text COLLATE "C",
  referral_source text COLLATE "C",
  ae_department_type text COLLATE "C",
  ae_disposal text COLLATE "C",
  prior_approval text,
  pod         text COLLATE "C" NOT NULL,
  price_state text COLLATE "C" NOT NULL,      -- priced, excluded, unpriced
  price_reason text COLLATE "C",
  tariff_id   uuid,
  tariff_line integer,                        -- ref.tariff_row.line
  base_pence  bigint,
  long_stay_days integer,
  long_stay_pence bigint,
  adjustment_pence bigint,                    -- short stay, top-up, local: total minus base, long stay and MFF
  mff_ppm     integer,
  total_pence bigint,                         -- NULL unless priced
  provider_price_pence bigint,
  PRIMARY KEY (commissioner_code, period, submission_id, line),
  CHECK (dataset IN ('APC', 'OP', 'AE')),
  CHECK (attribution IN ('registered', 'not_ours')),
  CHECK (price_state IN ('priced', 'excluded', 'unpriced')),
  CHECK ((price_state = 'priced') = (total_pence IS NOT NULL)),
  CHECK (price_state = 'priced' OR price_reason IS NOT NULL)
) PARTITION BY RANGE (period);

-- Sums of a submission's own rows, written with them. Reports read these; verify proves them.
CREATE TABLE ledger.activity_rollup (
  commissioner_code ref.code NOT NULL,
  submission_id uuid NOT NULL,
  period      ref.month_start NOT NULL,
  provider_code ref.code NOT NULL,
  practice_code ref.code NOT NULL,
  pod         text COLLATE "C" NOT NULL,
  treatment_function_code text COLLATE "C" NOT NULL,   -- '' where there is none
  hrg         text COLLATE "C" NOT NULL,
  attribution text COLLATE "C" NOT NULL,
  price_state text COLLATE "C" NOT NULL,
  activity    bigint NOT NULL,
  cost_pence  bigint NOT NULL,
  PRIMARY KEY (commissioner_code, practice_code, submission_id, pod, treatment_function_code, hrg, attribution, price_state)
);

RESET ROLE;

COMMIT;
