-- Deploy pbc:carried_prices to pg
-- How old the prices are that a submission took over with rows of the one it replaced. Of those taken in before this nobody knows.

BEGIN;

SET LOCAL ROLE pbc_owner;

ALTER TABLE ledger.submission
  ADD COLUMN carried_priced_at timestamptz,   -- NULL if it took over none that are not frozen
  ADD CONSTRAINT submission_carried_priced_at CHECK (carried_priced_at IS NULL OR carried_priced_at <= recorded_at AND phase <> 'adjustment');

RESET ROLE;

COMMIT;
