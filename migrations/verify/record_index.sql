-- Verify pbc:record_index on pg

BEGIN;

SELECT 'ledger.activity_by_record'::regclass;

ROLLBACK;
