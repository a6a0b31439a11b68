-- Deploy pbc:pricing to pg
-- The rest of the pricing chain: what is outside the tariff, top-ups by service and provider, unbundled and local adjustments.

BEGIN;

SET LOCAL ROLE pbc_owner;

-- Groups and functions that the tariff of a year leaves out: counted, paid only at a price that a contract agrees.
CREATE TABLE ref.tariff_exclusion (
  currency_type text COLLATE "C" NOT NULL CHECK (currency_type IN ('HRG', 'TFC')),
  code_prefix text COLLATE "C" NOT NULL CHECK (code_prefix ~ '^[A-Z0-9]{1,5}$'),
  valid_from  date NOT NULL,
  valid_to    date,
  reason      text COLLATE "C" NOT NULL CHECK (reason ~ '^[A-Z_]{1,31}$'),   -- part of the API
  source      text NOT NULL,
  evidence    text NOT NULL CHECK (evidence IN ('seen', 'likely', 'uncertain', 'local')),
  PRIMARY KEY (currency_type, code_prefix, valid_from),
  CHECK (valid_to >= valid_from)
);

-- Which rule holds the top-up of a specialised service. A year without a row of that rule pays none.
CREATE TABLE ref.top_up_service (
  service_code text COLLATE "C" NOT NULL,
  valid_from  date NOT NULL,
  valid_to    date,
  rule_name   text COLLATE "C" NOT NULL,
  source      text NOT NULL,
  evidence    text NOT NULL CHECK (evidence IN ('seen', 'likely', 'uncertain', 'local')),
  PRIMARY KEY (service_code, valid_from),
  CHECK (valid_to >= valid_from)
);

-- What a provider's prices have besides the tariff: the services it gets a top-up for, and amounts added to (or taken from) the price
-- of a group at a point of delivery: for elements that others provide (UNBUNDLED) and by local agreement (LOCAL).
CREATE TABLE ledger.provider_term (
  commissioner_code ref.code NOT NULL,
  provider_code ref.code NOT NULL,
  term        text COLLATE "C" NOT NULL CHECK (term IN ('TOP_UP', 'UNBUNDLED', 'LOCAL')),
  code        text COLLATE "C" NOT NULL,          -- specialised service, or HRG or treatment function
  pod         text COLLATE "C" NOT NULL CHECK (pod IN ('', 'DC', 'EL', 'NEL', 'NELNE', 'OPFA', 'OPFUP', 'OPPROC', 'AE')),
  valid_from  date NOT NULL,
  valid_to    date NOT NULL,
  amount_pence bigint,
  source      text NOT NULL,                      -- the agreement or letter that says so
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (commissioner_code, provider_code, term, code, pod, valid_from),
  CHECK (valid_to >= valid_from),
  CHECK ((term = 'TOP_UP') = (amount_pence IS NULL)),
  CHECK ((term = 'TOP_UP') = (pod = ''))
);

INSERT INTO ref.rule (name, valid_from, valid_to, value, unit, source, evidence) VALUES
  ('TOPUP_ON_LONG_STAY', '2003-04-01', NULL, 0, 'flag', 'Payment by Results: a top-up is a share of the base; practice differed on long stays', 'uncertain');

INSERT INTO ref.tariff_exclusion (currency_type, code_prefix, valid_from, valid_to, reason, source, evidence) VALUES
  ('HRG', 'SB', '2009-04-01', '2013-03-31', 'CHEMOTHERAPY', 'Payment by Results Guidance 2009/10: exclusions', 'seen'),
  ('HRG', 'SC', '2009-04-01', '2013-03-31', 'RADIOTHERAPY', 'Payment by Results 2009/10: exclusions', 'likely'),
  ('HRG', 'SD', '2009-04-01', NULL, 'PALLIATIVE_CARE', 'HRG4: unbundled specialist palliative care, without a mandatory price', 'likely'),
  ('HRG', 'LD', '2009-04-01', '2010-03-31', 'RENAL_DIALYSIS', 'Payment by Results 2009/10: exclusions', 'likely'),
  ('HRG', 'VC', '2009-04-01', NULL, 'REHABILITATION', 'Payment by Results: rehabilitation is priced locally', 'likely'),
  ('HRG', 'XA', '2009-04-01', NULL, 'CRITICAL_CARE', 'Payment by Results: critical care is priced locally', 'likely'),
  ('HRG', 'XB', '2009-04-01', NULL, 'CRITICAL_CARE', 'Payment by Results: critical care is priced locally', 'likely'),
  ('HRG', 'XC', '2009-04-01', NULL, 'CRITICAL_CARE', 'Payment by Results: critical care is priced locally', 'likely'),
  ('HRG', 'XD', '2009-04-01', NULL, 'HIGH_COST_DRUG', 'Payment by Results Guidance 2009/10: exclusions', 'seen'),
  ('TFC', '7', '2003-04-01', NULL, 'MENTAL_HEALTH', 'Payment by Results: learning disability and mental health are outside its scope', 'likely');

-- Numbers of the Specialised Services National Definitions Set.
INSERT INTO ref.top_up_service (service_code, valid_from, valid_to, rule_name, source, evidence) VALUES
  ('23', '2010-04-01', NULL, 'TOPUP_CHILDREN_PPM', 'Specialised Services National Definitions Set, no. 23: services for children', 'likely'),
  ('34', '2010-04-01', NULL, 'TOPUP_ORTHOPAEDIC_PPM', 'Specialised Services National Definitions Set, no. 34: orthopaedic services', 'likely');

RESET ROLE;

ALTER TABLE ledger.provider_term ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.provider_term FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ledger.provider_term
  USING (commissioner_code = current_setting('pbc.commissioner', true))
  WITH CHECK (commissioner_code = current_setting('pbc.commissioner', true));
CREATE POLICY own_provider ON ledger.provider_term AS RESTRICTIVE
  USING (coalesce(current_setting('pbc.provider', true), '') IN ('', provider_code));

GRANT SELECT ON ref.tariff_exclusion, ref.top_up_service, ledger.provider_term TO pbc_job;
GRANT INSERT ON ledger.provider_term TO pbc_job;

COMMIT;
