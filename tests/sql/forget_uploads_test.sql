-- How long files as sent are kept: the PCT's rule in days, never while an operation needs them, what stays of them, and who may ask.
BEGIN;
SELECT plan(18);

\ir support/acting.sql
\ir support/parties.sql
SELECT set_config('pbc.commissioner', '5XZ', true);
INSERT INTO ledger.rule VALUES ('5XZ', 'UPLOAD_RETENTION_DAYS', '2000-04-01', NULL, 10, 'days', 'board paper 7');

CREATE FUNCTION tests.add_upload(tenant text, upload uuid, age interval) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO job.upload VALUES (tenant, upload, tenant, 'finance', 'july.csv', 9, true, sha256('record_id'), clock_timestamp() - age);
  INSERT INTO patient.upload_chunk VALUES (tenant, upload, 0, 'record_id');
$$;
CREATE FUNCTION tests.kept(upload uuid) RETURNS text
LANGUAGE sql AS $$
  SELECT count(c.data) || ' ' || (u.removed_at IS NULL) || ' ' || (u.sha256 = sha256('record_id')) || ' ' || u.received_bytes
    FROM job.upload u LEFT JOIN patient.upload_chunk c USING (commissioner_code, upload_id)
   WHERE u.upload_id = upload GROUP BY u.removed_at, u.sha256, u.received_bytes
$$;
\set old '\'a0000000-0000-4000-8000-000000000001\''
\set young '\'a0000000-0000-4000-8000-000000000002\''
\set waiting '\'a0000000-0000-4000-8000-000000000003\''
\set ended '\'a0000000-0000-4000-8000-000000000004\''
\set theirs '\'a0000000-0000-4000-8000-000000000005\''
SELECT tests.add_upload('5XZ', :old, '10 days 1 minute'), tests.add_upload('5XZ', :young, '9 days 23 hours'),
  tests.add_upload('5XZ', :waiting, '20 days'), tests.add_upload('5XZ', :ended, '20 days'), tests.add_upload('5YY', :theirs, '20 days');
INSERT INTO job.operation (commissioner_code, operation_id, kind, state, params, organisation_code, user_id, created_at,
  ended_at)
SELECT '5XZ', gen_random_uuid(), 'submit_contract', o.state, jsonb_build_object('plan_upload_id', o.upload), '5XZ', 'finance', now(),
       CASE o.state WHEN 'failed' THEN now() END
  FROM (VALUES ('queued', :waiting), ('failed', :ended)) AS o (state, upload);

SELECT is(tests.seen_as('pbc_job', $$SELECT job.forget_uploads('5XZ')$$), '2', 'two uploads are past their time and needed by nobody');
SELECT is(tests.kept(:old), '0 false true 9', 'of an old one the bytes go; size and SHA-256 stay');
SELECT is(tests.kept(:young), '1 true true 9', 'one within its days stays');
SELECT is(tests.kept(:waiting), '1 true true 9', 'one that an operation waits for stays');
SELECT is(tests.kept(:ended), '0 false true 9', 'one whose operation has ended goes');
SELECT is(tests.kept(:theirs), '1 true true 9', 'another PCT''s is not touched');
SELECT is(tests.seen_as('pbc_job', $$SELECT job.forget_uploads('5XZ')$$), '0', 'a second run finds nothing');
SELECT is((SELECT array_agg(e.subject) FROM ledger.audit_event e WHERE e.action = 'forget_uploads'), ARRAY['2 uploads'],
  'a run that removed something is an event');
UPDATE job.operation SET state = 'cancelled', ended_at = now() WHERE state = 'queued';
SELECT is(tests.seen_as('pbc_job', $$SELECT job.forget_uploads('5XZ')$$), '1', 'what was waited for goes when the wait is over');
SELECT is(tests.seen_as('pbc_job', $$SELECT job.forget_uploads('5YY')$$), '0', 'without a decision of its own a PCT has the national 30 days');
SELECT is(tests.refusal($$SELECT job.forget_uploads('5ZZ')$$, 'pbc_job'), 'ZC404 COMMISSIONER_NOT_FOUND', 'a PCT that is not there is refused, not thought empty');
SELECT is((SELECT r.evidence FROM ref.rule r WHERE r.name = 'UPLOAD_RETENTION_DAYS'), 'local', 'which says that a local decision is needed');

SELECT tests.act_as('5XZ', 'finance');
SELECT is(tests.refusal(format('SELECT api.import_tariff(%L, %L, false)', :old, '2017/18')),
  'ZC412 UPLOAD_REMOVED upload_id', 'a removed file cannot be imported');
SELECT is(tests.refusal(format('SELECT api.import_tariff(%L, %L, false)', :young, '2017/18')), 'accepted',
  'one that is kept can');
SELECT is(tests.refusal(format('SELECT api.upload_file(%L, NULL, 9, %L, false, NULL)', :old, 'more')), 'ZC412 UPLOAD_REMOVED upload_id',
  'nothing is added to a removed file: nobody would remove it');
SELECT is(tests.refusal(format('SELECT api.upload_file(%L, NULL, 0, %L, false, NULL)', :old, 'record_id')),
  'ZC412 UPLOAD_REMOVED upload_id', 'nor are its first bytes said to differ');
SELECT is(tests.refusal($$SELECT job.forget_uploads('5XZ')$$, 'pbc_api'), '42501', 'the server has no part in it');
SELECT is((SELECT count(*) FROM patient.upload_chunk WHERE upload_id = :young)::integer, 1, 'nor has an import removed anything');

SELECT * FROM finish();
ROLLBACK;
