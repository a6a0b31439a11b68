-- Revert pbc:activity from pg

BEGIN;

DROP TABLE ledger.activity_rollup, ledger.activity, ledger.provider_month, ledger.submission;

COMMIT;
