-- Verify pbc:review on pg

BEGIN;

SELECT commissioner_code, review_id, record_id, version, price_pence FROM ledger.record_review WHERE false;
SELECT commissioner_code, review_id, outcome, recovered_pence FROM ledger.review_resolution WHERE false;
SELECT 1 / (count(*) = 3)::integer FROM ref.rule WHERE name LIKE 'REVIEW\_%';

ROLLBACK;
