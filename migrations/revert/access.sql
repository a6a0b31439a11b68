-- Revert pbc:access from pg

BEGIN;

DO $$
DECLARE
  found record;
BEGIN
  FOR found IN SELECT schemaname, tablename, policyname FROM pg_catalog.pg_policies
    WHERE schemaname IN ('ledger', 'job', 'patient')
  LOOP
    EXECUTE format('DROP POLICY %I ON %I.%I', found.policyname, found.schemaname, found.tablename);
  END LOOP;
END
$$;
REVOKE ALL ON ALL TABLES IN SCHEMA ref, ledger, job, patient FROM pbc_job, pbc_api;
REVOKE ALL ON SCHEMA ref, ledger, job, patient, api FROM pbc_job, pbc_api;

COMMIT;
