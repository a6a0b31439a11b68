-- Each PCT is alone: by keys, by forced row-level security, by what roles may touch, and by what enter sets.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
SELECT plan(45);

CREATE VIEW tests.tenant_table AS
SELECT c.oid, c.oid::regclass::text AS name, c.relrowsecurity, c.relforcerowsecurity
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('ledger', 'job', 'patient') AND c.relkind IN ('r', 'p') AND NOT c.relispartition;

-- The catalogue.
SELECT cmp_ok(count(*), '>=', 35::bigint, 'tenant tables are found') FROM tests.tenant_table;
SELECT is_empty($$SELECT name FROM tests.tenant_table WHERE NOT (relrowsecurity AND relforcerowsecurity)$$,
  'every tenant table has row-level security, forced on its owner too');
SELECT is_empty($$
  SELECT t.name FROM tests.tenant_table t
   WHERE NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t.oid AND p.polpermissive AND p.polcmd = '*')$$,
  'and a policy for all commands');
SELECT is_empty($$
  SELECT t.name, i.indexrelid::regclass FROM tests.tenant_table t JOIN pg_index i ON i.indrelid = t.oid
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
   WHERE i.indisunique AND a.attname IS DISTINCT FROM 'commissioner_code'$$,
  'commissioner_code is first in every primary and unique key');
SELECT is_empty($$
  SELECT t.name FROM tests.tenant_table t
   WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary)$$, 'every tenant table has a primary key');
SELECT is_empty($$
  SELECT conrelid::regclass FROM pg_constraint k JOIN tests.tenant_table t ON t.oid = k.confrelid
   WHERE k.contype = 'f' AND k.conrelid NOT IN (SELECT oid FROM tests.tenant_table)$$, 'shared data never points at a PCT''s');
SELECT is_empty($$
  SELECT t.name, a.attname FROM tests.tenant_table t JOIN pg_attribute a ON a.attrelid = t.oid
    JOIN pg_index i ON i.indrelid = t.oid AND a.attnum = ANY (i.indkey) JOIN pg_collation c ON c.oid = a.attcollation
   WHERE a.atttypid = 'text'::regtype AND c.collname <> 'C'$$, 'text in keys is collated by bytes');
SELECT is_empty($$
  SELECT tgrelid::regclass FROM pg_trigger g JOIN tests.tenant_table t ON t.oid = g.tgrelid WHERE NOT g.tgisinternal$$,
  'no rule hides in a trigger');

-- Roles.
SELECT is_empty($$SELECT rolname FROM pg_roles WHERE rolname LIKE 'pbc\_%'
    AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)$$, 'no role of the service is above the rules');
SELECT is_empty($$SELECT r.rolname FROM pg_roles r WHERE r.rolname LIKE 'pbc\_%' AND r.rolcanlogin
    AND r.rolname NOT IN ('pbc_api', 'pbc_job')$$, 'owners cannot log in');
SELECT is_empty($$SELECT r.rolname FROM pg_roles r WHERE r.rolname LIKE 'pbc\_%' AND r.rolcanlogin
    AND NOT 'jit=off' = ANY (coalesce(r.rolconfig, '{}'))$$, 'no query waits for the compiler');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname IN ('pbc_api', 'pbc_job')
    UNION ALL SELECT p.oid::regclass FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE r.rolname IN ('pbc_api', 'pbc_job')$$,
  'a role that logs in owns nothing');
SELECT is_empty($$SELECT m.roleid::regrole FROM pg_auth_members m WHERE m.member::regrole::text IN ('pbc_api', 'pbc_job')$$,
  'nor is it a member of another');
SELECT is_empty($$
  SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname IN ('ref', 'ledger', 'job', 'patient', 'api') AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
     AND (has_table_privilege('pbc_api', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR has_any_column_privilege('pbc_api', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))$$,
  'the server touches no table');
SELECT is(array_agg(nspname::text ORDER BY nspname), ARRAY['api'], 'it reaches the schema api only')
  FROM pg_namespace WHERE nspname IN ('ref', 'ledger', 'job', 'patient', 'api', 'public')
   AND has_schema_privilege('pbc_api', oid, 'USAGE');
SELECT is_empty($$
  SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname IN ('ref', 'ledger', 'job', 'patient') AND c.relkind IN ('r', 'p')
     AND has_table_privilege('pbc_job', c.oid, 'UPDATE, DELETE, TRUNCATE')$$, 'the job process updates and deletes nothing by itself');
SELECT is(has_column_privilege('pbc_job', 'patient.identity', 'nhs_number', 'SELECT'), false, 'nor reads NHS numbers');
SELECT is(has_database_privilege('pbc_api', current_database(), 'CREATE, TEMPORARY'), false, 'the server makes nothing in the database');

-- Rows. Nothing shows before enter, and then only what is the caller's.
INSERT INTO ledger.rule VALUES ('5XZ', 'TEST', '2005-04-01', NULL, 6, 'weeks', 'board'),
  ('5YY', 'TEST', '2005-04-01', NULL, 4, 'weeks', 'board');
INSERT INTO job.operation (commissioner_code, operation_id, kind, state, params, organisation_code, user_id, created_at)
VALUES ('5XZ', gen_random_uuid(), 'test', 'queued', '{}', '5XZ', 'finance', now());
SELECT is(tests.seen_as('pbc_owner', format('SELECT count(*) FROM %s', name)), '0', format('without enter %s shows no row', name))
  FROM tests.tenant_table
 WHERE name IN ('ledger.commissioner', 'ledger.app_user', 'ledger.practice', 'ledger.rule', 'job.operation');
SELECT tests.act_as('5YY', 'finance');
SELECT is(tests.seen_as('pbc_owner', 'SELECT string_agg(DISTINCT commissioner_code, $$ $$) FROM ledger.rule'), '5YY',
  'after enter there are the entered PCT''s rows only');
SELECT is(tests.refusal($$INSERT INTO ledger.provider VALUES ('5XZ', 'RXC', 'Trust C', true)$$, 'pbc_owner'), '42501',
  'another PCT''s row cannot be written');
SELECT is(tests.seen_as('pbc_owner', $$WITH u AS (UPDATE ledger.rule SET value = 1 WHERE commissioner_code = '5XZ' RETURNING 1)
  SELECT count(*) FROM u$$), '0', 'nor changed');
SELECT is(tests.seen_as('pbc_owner', $$WITH d AS (DELETE FROM ledger.rule WHERE commissioner_code = '5XZ' RETURNING 1)
  SELECT count(*) FROM d$$), '0', 'nor deleted');
SELECT is(tests.refusal('SELECT count(*) FROM ledger.rule', 'pbc_api'), '42501', 'the server''s role reads no table at all');
SELECT is(tests.refusal($$SELECT ledger.rule_value('TEST', '2017-04-01')$$, 'pbc_api'), '42501', 'nor calls a helper');
SELECT is(tests.refusal('SELECT api.list_balances(NULL)', 'pbc_api'), 'accepted', 'it calls the API');

-- Enter.
CREATE FUNCTION tests.entered(organisation text, person text, commissioner text, allowed text[]) RETURNS text LANGUAGE sql AS $$
  SELECT tests.refusal(format('SELECT api.enter(%L, %L, %L, %L, %L, 0)', organisation, person, commissioner, allowed, 'Test'), 'pbc_api')
$$;
SELECT is(tests.entered('5XZ', 'nobody', NULL, '{pct_finance}'), 'ZC401 UNKNOWN_PERSON', 'a person who is not registered is unknown');
SELECT is(tests.entered('5YY', 'approver', NULL, '{pct_approver}'), 'ZC401 UNKNOWN_PERSON', 'so is one of another organisation');
SELECT is(tests.entered('5XZ', 'leaver', NULL, '{pct_finance}'), 'ZC401 UNKNOWN_PERSON', 'and one who has left');
SELECT is(tests.entered('5XZ', 'finance', '5YY', '{pct_finance}'), 'ZC401 UNKNOWN_PERSON', 'and one in a PCT that is not theirs');
SELECT is(tests.entered('5XZ', 'finance', NULL, '{pct_board,auditor}'), 'ZC403 ROLE_NEEDED', 'a role that the method is not open to');
SELECT is(tests.entered('5XZ', 'finance', NULL, '{}'), 'ZC403 ROLE_NEEDED', 'a method without roles is open to nobody');
SELECT is(tests.entered('5XZ', 'approver', NULL, '{auditor,pct_approver}'), 'accepted', 'one role of several is enough');
SELECT is(tests.entered('QHB', 'hub', NULL, '{hub}'), 'ZC400 COMMISSIONER_NEEDED pbc-commissioner', 'who works for several PCTs names one');
SELECT is(tests.entered('QHB', 'hub', '5YY', '{hub}'), 'accepted', 'and is then in that one');
SELECT is(ledger.caller_commissioner(), '5YY', 'only');
SELECT is(tests.entered('QHB', 'hub', '5ZZ', '{hub}'), 'ZC401 UNKNOWN_PERSON', 'not in one that is not theirs');

-- What enter sets is all replaced by the next in the same transaction, and gone after it.
SELECT tests.act_as('X00001', 'gp-a');
SELECT is(concat_ws(',', ledger.caller_commissioner(), ledger.caller_organisation(), ledger.caller_user(), ledger.caller_practice(),
  ledger.caller_provider(), ledger.caller_has_role('practice_lead')), '5XZ,X00001,gp-a,X00001,,t', 'a practice''s person is of the practice');
SELECT tests.act_as('5YY', 'finance');
SELECT is(concat_ws(',', ledger.caller_commissioner(), ledger.caller_organisation(), ledger.caller_user(), ledger.caller_practice(),
  ledger.caller_provider(), ledger.caller_has_role('practice_lead')), '5YY,5YY,finance,,,f', 'a neighbour in the transaction gets nothing of it');
SELECT is(tests.entered('5XZ', 'nobody', NULL, '{pct_finance}'), 'ZC401 UNKNOWN_PERSON', 'an enter that is refused');
SELECT is(ledger.caller_commissioner(), '5YY', 'changes nothing');

SELECT * FROM finish();
ROLLBACK;
