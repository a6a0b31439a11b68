-- Revert pbc:submission_dataset from pg

BEGIN;

ALTER TABLE ledger.submission DROP COLUMN dataset;

COMMIT;
