-- Revert pbc:freeze_dataset from pg
-- Not with months that are frozen in part: of those nothing would be frozen. With the functions that name the column: migrations/apply
-- makes functions anew.

BEGIN;

SET LOCAL ROLE pbc_owner;

ALTER TABLE ledger.provider_month
  DROP CONSTRAINT provider_month_frozen_datasets,
  DROP CONSTRAINT provider_month_frozen,
  DROP CONSTRAINT provider_month_open,
  DROP COLUMN frozen_datasets CASCADE;

COMMIT;
