-- Revert pbc:repricing from pg
-- Not with months that were repriced: their submissions would be the same bytes twice.

BEGIN;

SET LOCAL ROLE pbc_owner;
DROP INDEX ledger.submission_accepted_once;
ALTER TABLE ledger.submission ADD CONSTRAINT submission_accepted_once
  UNIQUE (commissioner_code, provider_code, period, phase, edition, sha256);
ALTER TABLE ledger.submission DROP COLUMN reprice_of_submission_id;

COMMIT;
