-- Revert pbc:settlement from pg

BEGIN;

DROP TABLE ledger.statement_line, ledger.statement, ledger.transfer, ledger.account, ledger.settlement_line,
  ledger.settlement, ledger.invoice_line, ledger.invoice;

COMMIT;
