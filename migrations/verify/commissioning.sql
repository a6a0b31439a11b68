-- Verify pbc:commissioning on pg

BEGIN;

SELECT commissioner_code, contract_id, state FROM ledger.contract WHERE false;
SELECT commissioner_code, budget_id, state FROM ledger.budget_run WHERE false;
SELECT commissioner_code, budget_id, practice_code, line_id FROM ledger.budget_detail WHERE false;
SELECT commissioner_code, case_id, version FROM ledger.business_case WHERE false;

ROLLBACK;
