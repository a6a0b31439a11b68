-- Revert pbc:activity from pg

BEGIN;

-- With the functions that take or give their rows: migrations/apply makes functions anew.
DROP TABLE ledger.activity_rollup, ledger.activity, ledger.provider_month, ledger.submission CASCADE;

COMMIT;
