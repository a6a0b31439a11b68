-- Verify pbc:access on pg

BEGIN;

-- No tenant table without forced row-level security.
SELECT 1 / (count(*) = 0)::integer
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('ledger', 'job', 'patient') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND NOT (c.relrowsecurity AND c.relforcerowsecurity);

ROLLBACK;
