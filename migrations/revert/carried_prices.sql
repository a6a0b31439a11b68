-- Revert pbc:carried_prices from pg

BEGIN;

ALTER TABLE ledger.submission DROP COLUMN carried_priced_at CASCADE;

COMMIT;
