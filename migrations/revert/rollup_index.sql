-- Revert pbc:rollup_index from pg

BEGIN;

DROP INDEX ledger.rollup_by_submission;

COMMIT;
