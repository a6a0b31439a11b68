-- Revert pbc:settlement from pg

BEGIN;

-- With the functions that take or give their rows: migrations/apply makes functions anew.
DROP TABLE ledger.statement_line, ledger.statement, ledger.transfer, ledger.account, ledger.settlement_line,
  ledger.settlement, ledger.invoice_line, ledger.invoice CASCADE;

COMMIT;
