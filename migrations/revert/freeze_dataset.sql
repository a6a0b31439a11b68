-- Revert pbc:freeze_dataset from pg
-- Refused with months that are frozen in part: of those nothing would be frozen. With the functions that name the column: migrations/apply
-- makes functions anew.

BEGIN;

-- As the superuser, who sees the rows of every tenant.
DO $$
BEGIN
  IF EXISTS (SELECT FROM ledger.provider_month m WHERE m.state = 'flex' AND m.frozen_datasets <> '{}') THEN
    RAISE 'months are frozen in part' USING HINT = 'reopen them or wait until they have closed';
  END IF;
END
$$;

SET LOCAL ROLE pbc_owner;

ALTER TABLE ledger.provider_month
  DROP CONSTRAINT provider_month_frozen_datasets,
  DROP CONSTRAINT provider_month_frozen,
  DROP CONSTRAINT provider_month_open,
  DROP COLUMN frozen_datasets CASCADE;

COMMIT;
