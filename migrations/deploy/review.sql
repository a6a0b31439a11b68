-- Deploy pbc:review to pg
-- What practices said of their own records, and how their queries ended. Both only grow: the newest version of a review counts, and
-- the state of a query follows from what is there.

BEGIN;

SET LOCAL ROLE pbc_owner;

CREATE TABLE ledger.record_review (
  commissioner_code ref.code NOT NULL,
  review_id   uuid NOT NULL,
  practice_code ref.code NOT NULL,
  provider_code ref.code NOT NULL,
  period      ref.month_start NOT NULL,
  record_id   text COLLATE "C" NOT NULL,
  version     integer NOT NULL CHECK (version >= 1),   -- without gaps
  verdict     text COLLATE "C" NOT NULL CHECK (verdict IN ('confirmed', 'queried')),
  reason      text COLLATE "C" CHECK (reason IN ('not_our_patient', 'not_referred', 'duplicate', 'wrong_hrg', 'did_not_attend',
                'other')),
  note        text NOT NULL,
  -- The row of ledger.activity that was reviewed, and its price then; NULL unless it was priced.
  submission_id uuid NOT NULL,
  line        integer NOT NULL,
  price_pence bigint,
  organisation_code ref.code NOT NULL,
  user_id     text COLLATE "C" NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (commissioner_code, review_id),
  UNIQUE (commissioner_code, practice_code, provider_code, period, record_id, version),
  CHECK ((verdict = 'queried') = (reason IS NOT NULL))
);
CREATE INDEX record_review_newest ON ledger.record_review (commissioner_code, recorded_at, review_id);

CREATE TABLE ledger.review_resolution (
  commissioner_code ref.code NOT NULL,
  review_id   uuid NOT NULL,
  practice_code ref.code NOT NULL,
  provider_code ref.code NOT NULL,
  outcome     text COLLATE "C" NOT NULL CHECK (outcome IN ('upheld', 'rejected')),
  recovered_pence bigint NOT NULL CHECK (recovered_pence >= 0),
  reason      text NOT NULL,
  organisation_code ref.code NOT NULL,
  user_id     text COLLATE "C" NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (commissioner_code, review_id),
  CHECK (outcome = 'upheld' OR recovered_pence = 0)
);

-- From when a record is odd. No guidance set these: a PCT decides by rows of ledger.rule.
INSERT INTO ref.rule (name, valid_from, valid_to, value, unit, source, evidence) VALUES
  ('REVIEW_REPEAT_DAYS', '2003-04-01', NULL, 90, 'days', 'first attendances and follow-ups are compared over so many days', 'local'),
  ('REVIEW_FOLLOW_UPS', '2003-04-01', NULL, 4, 'count', 'more follow-ups in those days are many', 'local'),
  ('REVIEW_READMISSION_DAYS', '2003-04-01', NULL, 30, 'days', 'Payment by Results 2011/12: readmission within 30 days', 'local');

RESET ROLE;

DO $$
DECLARE
  table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY['record_review', 'review_resolution']
  LOOP
    EXECUTE format('ALTER TABLE ledger.%I ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('ALTER TABLE ledger.%I FORCE ROW LEVEL SECURITY', table_name);
    EXECUTE format($policy$CREATE POLICY tenant ON ledger.%I
      USING (commissioner_code = current_setting('pbc.commissioner', true))
      WITH CHECK (commissioner_code = current_setting('pbc.commissioner', true))$policy$, table_name);
    EXECUTE format($policy$CREATE POLICY own_practice ON ledger.%I AS RESTRICTIVE
      USING (CASE (SELECT coalesce(current_setting('pbc.practice', true), '')) WHEN '' THEN true
        ELSE practice_code = (SELECT current_setting('pbc.practice')) END)$policy$, table_name);
    EXECUTE format($policy$CREATE POLICY own_provider ON ledger.%I AS RESTRICTIVE
      USING (CASE (SELECT coalesce(current_setting('pbc.provider', true), '')) WHEN '' THEN true
        ELSE provider_code = (SELECT current_setting('pbc.provider')) END)$policy$, table_name);
  END LOOP;
END
$$;

COMMIT;
