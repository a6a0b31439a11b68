-- Revert pbc:record_index from pg

BEGIN;

DROP INDEX ledger.activity_by_record;

COMMIT;
