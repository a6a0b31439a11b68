-- Revert pbc:reference from pg

BEGIN;

DROP TABLE ledger.tariff_in_force, ref.tariff_row, ref.tariff, ledger.weighted_population, ledger.population,
  ledger.provider_mff, ledger.provider, ledger.practice_membership, ledger.practice;

COMMIT;
