-- Revert pbc:commissioning from pg

BEGIN;

-- With the functions that take or give their rows: migrations/apply makes functions anew.
DROP TABLE ledger.interest, ledger.business_case_version, ledger.business_case, ledger.budget_step, ledger.budget_detail,
  ledger.budget_line, ledger.budget, ledger.budget_run, ledger.local_price, ledger.plan_line, ledger.contract CASCADE;

COMMIT;
