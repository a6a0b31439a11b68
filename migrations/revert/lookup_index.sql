-- Revert pbc:lookup_index from pg

BEGIN;

DROP INDEX ledger.activity_not_ours, ledger.transfer_by_pending, ledger.settlement_by_month, ledger.business_case_newest,
  ledger.submission_newest, job.operation_newest;

COMMIT;
