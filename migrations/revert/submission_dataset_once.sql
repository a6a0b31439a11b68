-- Revert pbc:submission_dataset_once from pg
-- Not with a file that was sent as the whole month and as a data set.

BEGIN;

SET LOCAL ROLE pbc_owner;

DROP INDEX ledger.submission_accepted_once;
CREATE UNIQUE INDEX submission_accepted_once ON ledger.submission (commissioner_code, provider_code, period, phase, edition, sha256)
  WHERE sent_submission_id = submission_id;

COMMIT;
