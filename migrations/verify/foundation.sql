-- Verify pbc:foundation on pg

BEGIN;

SELECT name, valid_from, value FROM ref.rule WHERE false;
SELECT commissioner_code, organisation_code, user_id, roles FROM ledger.app_user WHERE false;
SELECT commissioner_code, request_id, body_sha256, answer FROM ledger.request WHERE false;
SELECT commissioner_code, sequence, sha256 FROM ledger.audit_event WHERE false;
SELECT 1 / (count(*) = 5)::integer FROM pg_catalog.pg_namespace WHERE nspname IN ('ref', 'ledger', 'job', 'api', 'patient');

ROLLBACK;
