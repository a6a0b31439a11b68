-- Verify pbc:lookup_index on pg

BEGIN;

SELECT 'ledger.activity_not_ours'::regclass, 'ledger.transfer_by_pending'::regclass, 'ledger.settlement_by_month'::regclass,
  'ledger.business_case_newest'::regclass, 'ledger.submission_newest'::regclass, 'job.operation_newest'::regclass;

ROLLBACK;
