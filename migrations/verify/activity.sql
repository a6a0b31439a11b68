-- Verify pbc:activity on pg

BEGIN;

SELECT commissioner_code, submission_id, sha256 FROM ledger.submission WHERE false;
SELECT commissioner_code, provider_code, period, state FROM ledger.provider_month WHERE false;
SELECT commissioner_code, period, submission_id, line, total_pence FROM ledger.activity WHERE false;
SELECT commissioner_code, submission_id, activity, cost_pence FROM ledger.activity_rollup WHERE false;

ROLLBACK;
