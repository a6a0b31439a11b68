-- Deploy pbc:repricing to pg
-- A month that is repriced on a corrected tariff is a new submission of the same file.

BEGIN;

SET LOCAL ROLE pbc_owner;

-- The submission that was sent, if this one is the same file priced again.
ALTER TABLE ledger.submission ADD COLUMN reprice_of_submission_id uuid;
ALTER TABLE ledger.submission ADD CHECK (reprice_of_submission_id IS NULL OR supersedes_submission_id IS NOT NULL);

-- The same bytes are accepted once; what is made of them again is not sent again.
ALTER TABLE ledger.submission DROP CONSTRAINT submission_accepted_once;
CREATE UNIQUE INDEX submission_accepted_once ON ledger.submission (commissioner_code, provider_code, period, phase, edition, sha256)
  WHERE reprice_of_submission_id IS NULL;

RESET ROLE;

COMMIT;
