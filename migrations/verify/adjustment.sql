-- Verify pbc:adjustment on pg

BEGIN;

SELECT reversed_count FROM ledger.submission WHERE false;
SELECT quantity, reversed_submission_id, reversed_line FROM ledger.activity WHERE false;
SELECT months_late FROM ledger.activity_rollup WHERE false;
SELECT 1 / (indpred IS NOT NULL)::integer FROM pg_catalog.pg_index WHERE indexrelid = 'ledger.submission_adjustment'::regclass;

ROLLBACK;
