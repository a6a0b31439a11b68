-- Deploy pbc:reopening to pg
-- A closed month reopens only by two people, with a reason. Nothing is taken back: the freeze stays in the history.

BEGIN;

SET LOCAL ROLE pbc_owner;

CREATE TABLE ledger.reopening (
  commissioner_code ref.code NOT NULL,
  reopening_id uuid NOT NULL,
  provider_code ref.code NOT NULL,
  period      ref.month_start NOT NULL,
  edition     smallint NOT NULL CHECK (edition > 0),   -- of the month, from this reopening on; the first is 0
  submission_id uuid NOT NULL,                         -- the freeze that closed it
  state       text COLLATE "C" NOT NULL CHECK (state IN ('requested', 'approved')),
  reason      text NOT NULL CHECK (btrim(reason) <> ''),
  requested_by_organisation ref.code NOT NULL,
  requested_by text COLLATE "C" NOT NULL,
  requested_at timestamptz NOT NULL,
  approved_by_organisation ref.code,
  approved_by text COLLATE "C",
  approved_at timestamptz,
  PRIMARY KEY (commissioner_code, reopening_id),
  -- One request at a time.
  UNIQUE (commissioner_code, provider_code, period, edition),
  CHECK ((state = 'approved') = (approved_at IS NOT NULL)),
  CONSTRAINT reopening_maker_is_not_checker CHECK ((approved_by_organisation, approved_by) IS DISTINCT FROM
    (requested_by_organisation, requested_by))
);
CREATE INDEX reopening_newest ON ledger.reopening (commissioner_code, requested_at, reopening_id);

-- The same bytes are accepted once in each edition of a month: a month that was reopened can be closed as it was.
ALTER TABLE ledger.submission ADD COLUMN edition smallint NOT NULL DEFAULT 0;
ALTER TABLE ledger.submission DROP CONSTRAINT submission_commissioner_code_provider_code_period_phase_sha_key;
ALTER TABLE ledger.submission ADD CONSTRAINT submission_accepted_once
  UNIQUE (commissioner_code, provider_code, period, phase, edition, sha256);

RESET ROLE;

ALTER TABLE ledger.reopening ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.reopening FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ledger.reopening
  USING (commissioner_code = current_setting('pbc.commissioner', true))
  WITH CHECK (commissioner_code = current_setting('pbc.commissioner', true));
CREATE POLICY own_provider ON ledger.reopening AS RESTRICTIVE
  USING ((SELECT coalesce(current_setting('pbc.provider', true), '')) IN ('', provider_code));

COMMIT;
