-- What the server may call, and how functions are made safe to call.
BEGIN;
\ir support/acting.sql
SELECT plan(11);

CREATE VIEW tests.function AS
SELECT p.oid, p.oid::regprocedure::text AS name, n.nspname, p.proname, p.prosecdef, p.proconfig, p.proowner, p.pronargdefaults, p.provariadic
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname IN ('api', 'job', 'ledger', 'patient');

SELECT cmp_ok(count(*), '>=', 20::bigint, 'functions of the API are found') FROM tests.function WHERE nspname = 'api';
SELECT is_empty($$SELECT name FROM tests.function WHERE nspname = 'api' AND proname <> 'schema_change' AND NOT prosecdef$$,
  'a function of the API acts for its owner, never with the server''s rights');
SELECT is_empty($$SELECT name FROM tests.function WHERE (prosecdef OR nspname = 'api')
    AND NOT 'search_path=pg_catalog, pg_temp' = ANY (coalesce(proconfig, '{}'))$$, 'with a pinned search path, pg_temp last');
SELECT is_empty($$SELECT proname FROM tests.function WHERE nspname = 'api' GROUP BY proname HAVING count(*) > 1$$,
  'and one signature for each name');
SELECT is_empty($$SELECT name FROM tests.function WHERE nspname = 'api' AND (pronargdefaults > 0 OR provariadic <> 0)$$,
  'and every argument given');
SELECT is_empty($$SELECT name, proowner::regrole FROM tests.function
    WHERE proowner::regrole::text <> CASE nspname WHEN 'patient' THEN 'pbc_patient' ELSE 'pbc_owner' END$$,
  'functions are the owner''s; those of identifiers another owner''s');
SELECT is_empty($$SELECT name FROM tests.function f WHERE EXISTS (
    SELECT FROM pg_proc p CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
     WHERE p.oid = f.oid AND a.grantee = 0)$$, 'no function is open to everybody');
SELECT is_empty($$SELECT name FROM tests.function WHERE (nspname = 'api') <> has_function_privilege('pbc_api', oid, 'EXECUTE')$$,
  'the server calls the API, all of it and nothing else');
SELECT is_empty($$SELECT name FROM tests.function WHERE nspname = 'job' AND NOT has_function_privilege('pbc_job', oid, 'EXECUTE')
    UNION ALL SELECT name FROM tests.function WHERE nspname = 'api' AND proname <> 'schema_change'
                 AND has_function_privilege('pbc_job', oid, 'EXECUTE')$$,
  'the job process calls what is its own and nothing of the API');

-- Calls that come together may share what one enter has set, so nothing that a read runs sets anything.
SELECT set_eq($$SELECT name FROM tests.function f JOIN pg_proc p ON p.oid = f.oid
    WHERE p.prosrc || coalesce(pg_get_function_sqlbody(p.oid), '') ~* 'set_config|\mset\s+(local|session)\M'$$,
  ARRAY['api.enter(text,text,text,text[],text,integer)', 'api.replay(text,uuid,bytea)', 'job.enter(text,uuid,text,integer)',
        'job.forget_uploads(text)'], 'only those that begin a call or a job make settings');

-- A call of an SQL function that is not inlined is planned again each time, which costs more than most of them do. PostgreSQL
-- inlines no function that says to be less volatile than what it calls.
CREATE FUNCTION tests.is_inlined(call text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) SELECT ' || call || ' FROM generate_series(1, 2) AS i' LOOP
    IF line LIKE '%ledger.%' THEN
      RETURN false;
    END IF;
  END LOOP;
  RETURN true;
END
$$;
SELECT is_empty($$SELECT call FROM unnest(ARRAY['ledger.year_text(i)', 'ledger.year_of(''2007-04-01''::date + i)', 'ledger.pounds(i)',
    'ledger.financial_month(''2007-04-01''::date + i)', 'ledger.moment(now() + i * interval ''1 s'')',
    'ledger.caller_practice() || i']) call WHERE NOT tests.is_inlined(call)$$, 'what many rows call is inlined');

SELECT * FROM finish();
ROLLBACK;
