-- What a job process may take, by the database's clock: what waits, what a worker let go, and nothing longer than it should when the clock
-- was set back.
BEGIN;
SELECT plan(7);

\ir support/acting.sql
\ir support/parties.sql
SELECT set_config('pbc.commissioner', '5XZ', true);

-- Operation n of that state, whose wait or lease ends after so long.
CREATE FUNCTION tests.add_operation(n integer, state text, ends interval) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO job.operation (commissioner_code, operation_id, kind, state, params, organisation_code, user_id, created_at, started_at, worker,
    attempt, lease_until)
  VALUES ('5XZ', ('a0000000-0000-4000-8000-00000000000' || n)::uuid, 'budget_run', state, '{}', '5XZ', 'finance', now(),
    CASE state WHEN 'running' THEN now() END, CASE state WHEN 'running' THEN 'vm:1' END, (state = 'running')::integer, clock_timestamp() + ends)
$$;
-- The last digit of what is claimed, with a lease of 5 seconds.
CREATE FUNCTION tests.claimed() RETURNS text
LANGUAGE sql AS $$
  SELECT tests.seen_as('pbc_job', $q$SELECT (SELECT right(operation_id::text, 1) FROM job.claim('vm:2', 5, 5))$q$)
$$;
CREATE FUNCTION tests.ends(n integer) RETURNS timestamptz
LANGUAGE sql AS $$
  SELECT lease_until FROM job.operation WHERE right(operation_id::text, 1) = n::text
$$;

SELECT tests.add_operation(1, 'running', '4 seconds'), tests.add_operation(2, 'queued', '59 seconds'), tests.add_operation(3, 'running', '-1 second');
SELECT tests.ends(1) AS held, tests.ends(2) AS waits \gset
SELECT is(tests.claimed(), '3', 'what a worker let go is taken');
SELECT is(tests.claimed(), NULL, 'what another holds, or what has to wait, is not');
SELECT is(ARRAY[tests.ends(1), tests.ends(2)], ARRAY[:'held', :'waits']::timestamptz[], 'and goes on as it was');

SELECT tests.add_operation(4, 'running', '1 hour'), tests.add_operation(5, 'queued', '1 hour');
SELECT clock_timestamp() AS before \gset
SELECT is(tests.claimed(), NULL, 'after the clock was set back, what is held is not taken from who may be at work');
SELECT ok(bool_and(tests.ends(n) BETWEEN :'before'::timestamptz + interval '5 s' AND clock_timestamp() + interval '5 s'),
  'but not held for longer than a lease') FROM unnest(ARRAY[4, 5]) AS n;
SELECT is(tests.ends(2), :'waits'::timestamptz, 'a wait that can be is left alone');
UPDATE job.operation SET lease_until = clock_timestamp() - interval '1 second' WHERE right(operation_id::text, 1) = '4';
SELECT is(tests.claimed(), '4', 'and is taken once it is over');

SELECT * FROM finish();
ROLLBACK;
