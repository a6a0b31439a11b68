-- Verify pbc:restricted on pg

BEGIN;

SELECT removed_at FROM job.upload WHERE false;
SELECT 1 / (count(*) > 0)::integer FROM ref.restricted_code;
SELECT 1 / (count(*) = 1)::integer FROM ref.rule WHERE name = 'UPLOAD_RETENTION_DAYS';
SELECT 1 / (c.relrowsecurity AND c.relforcerowsecurity)::integer FROM pg_catalog.pg_class c WHERE c.oid = 'ledger.restricted_code'::regclass;

ROLLBACK;
