-- Verify pbc:repricing on pg

BEGIN;

SELECT reprice_of_submission_id FROM ledger.submission WHERE false;
SELECT 1 / i.indisunique::integer FROM pg_catalog.pg_index i WHERE i.indexrelid = 'ledger.submission_accepted_once'::regclass;

ROLLBACK;
