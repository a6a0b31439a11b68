-- Deploy pbc:access to pg
-- Row-level security on every tenant table, forced so that it binds the owner's functions too, and what each role may touch.

BEGIN;

-- The tenant of the transaction. Unset is NULL, so that nothing shows without api.enter or job.enter.
DO $$
DECLARE
  tenant_table record;
BEGIN
  FOR tenant_table IN
    SELECT c.oid::regclass AS name, c.relname, r.rolname AS owner
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
     WHERE n.nspname IN ('ledger', 'job', 'patient') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant_table.name);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tenant_table.name);
    CONTINUE WHEN tenant_table.relname = 'app_user';
    EXECUTE format($policy$CREATE POLICY tenant ON %s
      USING (commissioner_code = current_setting('pbc.commissioner', true))
      WITH CHECK (commissioner_code = current_setting('pbc.commissioner', true))$policy$, tenant_table.name);
  END LOOP;
END
$$;

-- Enter finds the person before the tenant is known, by the organisation that the certificate proved.
CREATE POLICY person ON ledger.app_user
  USING (organisation_code = current_setting('pbc.organisation', true));

-- A job process takes any PCT's work, then enters that PCT.
CREATE POLICY any_worker ON job.operation FOR ALL
  USING (current_setting('pbc.worker', true) <> '')
  WITH CHECK (current_setting('pbc.worker', true) <> '');

-- A practice's people see their practice, a provider's their provider. Restrictive: on top of the tenant. (SELECT ...) is evaluated
-- once a query, not once a row. Of a CASE the planner guesses that it keeps half of the rows; of an equality with a setting it
-- guesses one row, and would plan the PCT's own reading of large tables, for which the setting is empty, as if they were small.
DO $$
DECLARE
  table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY['activity', 'activity_rollup', 'budget', 'budget_line', 'budget_detail', 'budget_step',
    'business_case', 'business_case_version']
  LOOP
    EXECUTE format($policy$CREATE POLICY own_practice ON ledger.%I AS RESTRICTIVE
      USING (CASE (SELECT coalesce(current_setting('pbc.practice', true), '')) WHEN '' THEN true
        ELSE practice_code = (SELECT current_setting('pbc.practice')) END)$policy$, table_name);
  END LOOP;
  FOREACH table_name IN ARRAY ARRAY['activity', 'activity_rollup', 'contract', 'invoice', 'settlement', 'submission',
    'provider_month', 'budget_line', 'budget_detail']
  LOOP
    EXECUTE format($policy$CREATE POLICY own_provider ON ledger.%I AS RESTRICTIVE
      USING (CASE (SELECT coalesce(current_setting('pbc.provider', true), '')) WHEN '' THEN true
        ELSE provider_code = (SELECT current_setting('pbc.provider')) END)$policy$, table_name);
  END LOOP;
END
$$;
CREATE POLICY own_statement ON ledger.statement AS RESTRICTIVE
  USING ((SELECT coalesce(current_setting('pbc.practice', true), '')) IN ('', organisation_code)
    AND (SELECT coalesce(current_setting('pbc.provider', true), '')) IN ('', organisation_code));

GRANT USAGE ON SCHEMA api TO pbc_api, pbc_job;
GRANT USAGE ON SCHEMA job, ledger, ref, patient TO pbc_job;
GRANT USAGE ON SCHEMA patient TO pbc_owner;
GRANT USAGE ON SCHEMA ledger, ref TO pbc_patient;

-- Imports write, and read what they check against; they update and delete nothing but what job functions do for them.
GRANT SELECT ON ALL TABLES IN SCHEMA ref TO pbc_job;
GRANT SELECT ON ledger.rule, ledger.commissioner, ledger.practice, ledger.practice_membership, ledger.provider,
  ledger.provider_mff, ledger.population, ledger.weighted_population, ledger.tariff_in_force, ledger.submission,
  ledger.provider_month, ledger.activity, ledger.activity_rollup, ledger.contract, ledger.local_price, ledger.invoice,
  ledger.budget_run, job.upload, job.operation TO pbc_job;
GRANT INSERT ON ref.tariff, ref.tariff_row, ledger.tariff_in_force, ledger.submission, ledger.activity_rollup,
  ledger.contract, ledger.plan_line, ledger.local_price, ledger.budget_run, ledger.budget, ledger.budget_line,
  ledger.budget_detail, ledger.budget_step, ledger.invoice, ledger.invoice_line, ledger.practice,
  ledger.practice_membership, ledger.provider, ledger.provider_mff, ledger.population,
  ledger.weighted_population TO pbc_job;
GRANT SELECT ON patient.upload_chunk TO pbc_job;
GRANT INSERT ON patient.identity, patient.reject TO pbc_job;
GRANT SELECT (commissioner_code, patient_key) ON patient.identity TO pbc_job;

-- Functions are granted one by one; nothing is open by default.
ALTER DEFAULT PRIVILEGES FOR ROLE pbc_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE pbc_patient REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

COMMIT;
