-- Revert pbc:reopening from pg

BEGIN;

ALTER TABLE ledger.submission DROP CONSTRAINT submission_accepted_once;
ALTER TABLE ledger.submission ADD UNIQUE (commissioner_code, provider_code, period, phase, sha256);
ALTER TABLE ledger.submission DROP COLUMN edition;
-- With the functions that take or give its rows: migrations/apply makes functions anew.
DROP TABLE ledger.reopening CASCADE;

COMMIT;
