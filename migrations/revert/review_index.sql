-- Revert pbc:review_index from pg

BEGIN;

DROP INDEX ledger.record_review_by_practice;
DROP INDEX ledger.record_review_queried;

COMMIT;
