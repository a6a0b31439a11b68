-- Revert pbc:tariff_impact from pg

BEGIN;

DROP TABLE ledger.tariff_impact_line, ledger.tariff_impact;

COMMIT;
