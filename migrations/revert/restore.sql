-- Revert pbc:restore from pg
-- Not with submissions that were restored: they would be the same bytes twice.

BEGIN;

SET LOCAL ROLE pbc_owner;
DROP INDEX ledger.submission_accepted_once;
CREATE UNIQUE INDEX submission_accepted_once ON ledger.submission (commissioner_code, provider_code, period, phase, edition, sha256)
  WHERE reprice_of_submission_id IS NULL;
ALTER TABLE ledger.submission DROP COLUMN sent_submission_id;
ALTER TABLE ledger.submission DROP COLUMN restore_of_submission_id, DROP COLUMN restore_reason, DROP COLUMN priced_at;

COMMIT;
