-- Deploy pbc:freeze_dataset to pg
-- A freeze closes the data sets that its file is of, and the month is frozen once all of them are.

BEGIN;

SET LOCAL ROLE pbc_owner;

-- This changes the rows of every tenant at once.
ALTER TABLE ledger.submission NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.provider_month NO FORCE ROW LEVEL SECURITY;

-- Until now a freeze closed the whole month, whatever its file was of.
UPDATE ledger.submission s SET dataset = NULL WHERE s.phase = 'freeze' AND s.dataset IS NOT NULL;

ALTER TABLE ledger.provider_month
  ADD COLUMN frozen_datasets text[] COLLATE "C" NOT NULL DEFAULT '{}';   -- in their order, each once
UPDATE ledger.provider_month m SET frozen_datasets = '{AE,APC,OP}' WHERE m.state = 'frozen';
ALTER TABLE ledger.provider_month
  ADD CONSTRAINT provider_month_frozen_datasets CHECK (frozen_datasets IN ('{}', '{AE}', '{APC}', '{OP}', '{AE,APC}', '{AE,OP}', '{APC,OP}',
    '{AE,APC,OP}')),
  ADD CONSTRAINT provider_month_frozen CHECK ((state = 'frozen') = (frozen_datasets = '{AE,APC,OP}')),
  ADD CONSTRAINT provider_month_open CHECK (state <> 'open' OR frozen_datasets = '{}');

ALTER TABLE ledger.submission FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.provider_month FORCE ROW LEVEL SECURITY;

RESET ROLE;

COMMIT;
