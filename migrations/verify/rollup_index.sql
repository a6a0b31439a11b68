-- Verify pbc:rollup_index on pg

BEGIN;

SELECT 'ledger.rollup_by_submission'::regclass;

ROLLBACK;
