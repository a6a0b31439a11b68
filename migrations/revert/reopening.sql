-- Revert pbc:reopening from pg

BEGIN;

ALTER TABLE ledger.submission DROP CONSTRAINT submission_accepted_once;
ALTER TABLE ledger.submission ADD UNIQUE (commissioner_code, provider_code, period, phase, sha256);
ALTER TABLE ledger.submission DROP COLUMN edition;
DROP TABLE ledger.reopening;

COMMIT;
