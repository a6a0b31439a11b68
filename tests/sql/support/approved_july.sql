-- For \ir after july.sql: July's settlement, run by finance and approved by another. Leaves the caller as the approver.
SELECT tests.act_as('5XZ', 'finance');
SELECT result_id AS july_settlement FROM job.settlement_run(jsonb_build_object('invoice_id', :july_invoice)) \gset
SELECT tests.act_as('5XZ', 'approver');
SELECT api.approve_settlement(:'july_settlement') #>> '{settlement,state}' AS july_state \gset
