-- Verify pbc:freeze_dataset on pg

BEGIN;

SELECT frozen_datasets FROM ledger.provider_month WHERE false;
SELECT 1 / (count(*) = 3)::integer FROM pg_catalog.pg_constraint
 WHERE conrelid = 'ledger.provider_month'::regclass
   AND conname IN ('provider_month_frozen_datasets', 'provider_month_frozen', 'provider_month_open');

ROLLBACK;
