-- Verify pbc:submission_dataset on pg

BEGIN;

SELECT dataset FROM ledger.submission WHERE false;

ROLLBACK;
