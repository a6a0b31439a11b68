-- Revert pbc:commissioning from pg

BEGIN;

DROP TABLE ledger.interest, ledger.business_case_version, ledger.business_case, ledger.budget_step, ledger.budget_detail,
  ledger.budget_line, ledger.budget, ledger.budget_run, ledger.local_price, ledger.plan_line, ledger.contract;

COMMIT;
