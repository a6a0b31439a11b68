-- Verify pbc:review_index on pg

BEGIN;

SELECT 'ledger.record_review_by_practice'::regclass, 'ledger.record_review_queried'::regclass;

ROLLBACK;
