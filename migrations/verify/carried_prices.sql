-- Verify pbc:carried_prices on pg

BEGIN;

SELECT carried_priced_at FROM ledger.submission WHERE false;

ROLLBACK;
