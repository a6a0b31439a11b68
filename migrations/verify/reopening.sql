-- Verify pbc:reopening on pg

BEGIN;

SELECT commissioner_code, reopening_id, provider_code, period, edition, submission_id, state, reason FROM ledger.reopening WHERE false;
SELECT edition FROM ledger.submission WHERE false;

ROLLBACK;
