-- Verify pbc:settlement on pg

BEGIN;

SELECT commissioner_code, invoice_id, total_pence FROM ledger.invoice WHERE false;
SELECT commissioner_code, settlement_id, state FROM ledger.settlement WHERE false;
SELECT commissioner_code, transfer_id, amount_pence FROM ledger.transfer WHERE false;
SELECT commissioner_code, statement_id, sequence FROM ledger.statement WHERE false;

ROLLBACK;
