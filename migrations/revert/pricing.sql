-- Revert pbc:pricing from pg

BEGIN;

DROP TABLE ledger.provider_term;
DROP TABLE ref.top_up_service;
DROP TABLE ref.tariff_exclusion;
DELETE FROM ref.rule WHERE name = 'TOPUP_ON_LONG_STAY';

COMMIT;
