-- Revert pbc:attribution from pg
-- The reasons go: what was not ours says only that.

BEGIN;

SET LOCAL ROLE pbc_owner;

ALTER TABLE ledger.activity NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.activity_rollup NO FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.activity DROP CONSTRAINT activity_attribution_check;
DO $$
DECLARE
  piece regclass;
BEGIN
  FOR piece IN SELECT relid FROM pg_catalog.pg_partition_tree('ledger.activity') ORDER BY level LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS activity_attribution_check', piece);
  END LOOP;
END
$$;
UPDATE ledger.activity SET attribution = CASE WHEN ours THEN 'registered' ELSE 'not_ours' END WHERE attribution <> 'registered';
ALTER TABLE ledger.activity
  DROP COLUMN ours,
  ADD CONSTRAINT activity_attribution_check CHECK (attribution IN ('registered', 'not_ours'));

ALTER TABLE ledger.activity_rollup DROP CONSTRAINT activity_rollup_attribution_check;
CREATE TEMP TABLE unattributed ON COMMIT DROP AS
  SELECT r.commissioner_code, r.submission_id, r.period, r.provider_code, r.practice_code, r.pod, r.treatment_function_code, r.hrg,
         CASE WHEN r.ours THEN 'registered' ELSE 'not_ours' END AS attribution, r.price_state, sum(r.activity)::bigint AS activity,
         sum(r.cost_pence)::bigint AS cost_pence
    FROM ledger.activity_rollup r
   WHERE r.attribution <> 'registered'
   GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
DELETE FROM ledger.activity_rollup WHERE attribution <> 'registered';
ALTER TABLE ledger.activity_rollup DROP COLUMN ours;
INSERT INTO ledger.activity_rollup SELECT * FROM pg_temp.unattributed;

ALTER TABLE ledger.activity FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.activity_rollup FORCE ROW LEVEL SECURITY;

RESET ROLE;

COMMIT;
