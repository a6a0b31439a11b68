-- Drops every function of the project's schemas; migrations/apply makes them again in the same transaction.
DO $$
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT p.oid::regprocedure AS signature
      FROM pg_catalog.pg_proc p
      JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname IN ('api', 'job', 'ledger', 'patient')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
     -- SQL-standard bodies depend on what they call, so callers go first.
     ORDER BY p.oid DESC
  LOOP
    EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', found.signature);
  END LOOP;
END
$$;
