-- Deploy pbc:attribution to pg
-- Why a record is whose it is. The word is the reason; ours follows from it and is what everything else asks for.
--   registered            the practice was ours on the day
--   stated                no practice; the provider states us
--   host                  no practice, and the provider states nobody: the PCT that was sent the record
--   registered_elsewhere  the practice was another PCT's on the day
--   registered_nowhere    the practice was in no PCT on the day
--   stated_elsewhere      no practice; the provider states another PCT

BEGIN;

SET LOCAL ROLE pbc_owner;

-- This changes the rows of every tenant at once.
ALTER TABLE ledger.activity NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.activity_rollup NO FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
  piece regclass;
BEGIN
  FOR piece IN SELECT relid FROM pg_catalog.pg_partition_tree('ledger.activity') ORDER BY level LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS activity_attribution_check', piece);
  END LOOP;
END
$$;

UPDATE ledger.activity a
   SET attribution = CASE
         WHEN a.practice_code IN ('V81997', 'V81998', 'V81999') AND a.attribution = 'not_ours' THEN 'stated_elsewhere'
         WHEN a.attribution = 'not_ours' AND a.responsible_code = '' THEN 'registered_nowhere'
         WHEN a.attribution = 'not_ours' THEN 'registered_elsewhere'
         WHEN a.stated_commissioner_code IS NULL THEN 'host'
         ELSE 'stated' END
 WHERE a.attribution = 'not_ours' OR a.practice_code IN ('V81997', 'V81998', 'V81999');

ALTER TABLE ledger.activity
  ADD CONSTRAINT activity_attribution_check CHECK (attribution IN ('registered', 'stated', 'host', 'registered_elsewhere',
    'registered_nowhere', 'stated_elsewhere')),
  ADD COLUMN ours boolean NOT NULL GENERATED ALWAYS AS (attribution IN ('registered', 'stated', 'host')) STORED;

-- The rollups are sums of the rows by attribution, so they are made from them again.
CREATE TEMP TABLE reattributed ON COMMIT DROP AS
  SELECT a.commissioner_code, a.submission_id, a.period, a.provider_code, a.practice_code, a.pod,
         coalesce(a.treatment_function_code, '') AS treatment_function_code, coalesce(a.hrg, '') AS hrg, a.attribution,
         a.price_state, count(*) AS activity, coalesce(sum(a.total_pence), 0)::bigint AS cost_pence
    FROM ledger.activity a
   WHERE a.attribution <> 'registered'
   GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
DELETE FROM ledger.activity_rollup r
 WHERE r.attribution <> 'registered' OR r.practice_code IN ('V81997', 'V81998', 'V81999');
INSERT INTO ledger.activity_rollup SELECT * FROM pg_temp.reattributed;

ALTER TABLE ledger.activity_rollup
  ADD CONSTRAINT activity_rollup_attribution_check CHECK (attribution IN ('registered', 'stated', 'host', 'registered_elsewhere',
    'registered_nowhere', 'stated_elsewhere')),
  ADD COLUMN ours boolean NOT NULL GENERATED ALWAYS AS (attribution IN ('registered', 'stated', 'host')) STORED;

ALTER TABLE ledger.activity FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.activity_rollup FORCE ROW LEVEL SECURITY;

RESET ROLE;

COMMIT;
