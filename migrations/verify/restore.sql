-- Verify pbc:restore on pg

BEGIN;

SELECT restore_of_submission_id, restore_reason, priced_at, sent_submission_id FROM ledger.submission WHERE false;
SELECT 1 / i.indisunique::integer FROM pg_catalog.pg_index i WHERE i.indexrelid = 'ledger.submission_accepted_once'::regclass;

ROLLBACK;
