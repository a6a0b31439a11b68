-- Every PL/pgSQL function of the project is sound as far as static checking sees: names, types, unreachable refusals.
BEGIN;
CREATE EXTENSION IF NOT EXISTS plpgsql_check;
SELECT plan(1);

SELECT is_empty($$
  SELECT n.nspname || '.' || p.proname AS function, c.lineno, c.message
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
   CROSS JOIN LATERAL plpgsql_check_function_tb(p.oid, fatal_errors => false, extra_warnings => false,
                performance_warnings => false) c
   WHERE n.nspname IN ('api', 'job', 'ledger', 'patient') AND l.lanname = 'plpgsql' AND c.level = 'error'
     -- These read a table that the job process makes first in the same session.
     AND p.prosrc NOT LIKE '%pg_temp.%'
$$, 'no function has an error that can be seen without running it');

SELECT * FROM finish();
ROLLBACK;
