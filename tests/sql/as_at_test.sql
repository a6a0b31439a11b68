-- What was known at a moment: the newest file that had come by then, a freeze before any flex; and nothing that came later.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
SELECT plan(20);

-- Trust A's July 2017: two flexes and a freeze, of 100.00, 110.00 and 113.00. The second flex came a minute before midnight by
-- England's summer clock, which is an hour before midnight UTC.
INSERT INTO ledger.submission
SELECT '5XZ', s.id::uuid, 'RXA', '2017-07-01', s.phase, gen_random_uuid(), 'july.csv', 'record_id', sha256(convert_to(s.id, 'UTF8')), 1,
       1, 0, 1, 0, 0, 0, s.pence, s.supersedes::uuid, '5XZ', 'finance', s.recorded_at
  FROM (VALUES
    ('10000000-0000-4000-8000-000000000001', 'flex', 10000, NULL, '2017-08-18T09:00:00Z'::timestamptz),
    ('10000000-0000-4000-8000-000000000002', 'flex', 11000, '10000000-0000-4000-8000-000000000001', '2017-08-31T22:59:00Z'),
    ('10000000-0000-4000-8000-000000000003', 'freeze', 11300, '10000000-0000-4000-8000-000000000002', '2017-09-18T09:00:00Z'))
    AS s (id, phase, pence, supersedes, recorded_at);
INSERT INTO ledger.activity_rollup (commissioner_code, submission_id, period, provider_code, practice_code, pod,
  treatment_function_code, hrg, attribution, price_state, activity, cost_pence)
SELECT '5XZ', s.submission_id, s.period, 'RXA', 'X00001', 'DC', '100', 'FZ18K', 'registered', 'priced', 1, s.cost_pence
  FROM ledger.submission s;
INSERT INTO ledger.provider_month VALUES ('5XZ', 'RXA', '2017-07-01', 'frozen', '10000000-0000-4000-8000-000000000003', now(), '{AE,APC,OP}');

SELECT tests.act_as('5XZ', 'finance');

CREATE FUNCTION tests.july_at(as_at text) RETURNS text
LANGUAGE sql AS $$
  SELECT concat_ws(' ', answer #>> '{blocks,0,rows,0,month_actual,cost_pence}', m ->> 'state')
    FROM (SELECT api.get_financial_summary(NULL, '2017/18', '2017-07', NULL, NULL, NULL, NULL, NULL, NULL, as_at) AS answer) s
   CROSS JOIN json_array_elements(answer -> 'months') m
   WHERE m ->> 'period' = '2017-07' AND m ->> 'provider_code' = 'RXA'
$$;

SELECT is(tests.july_at('2017-08-17'), '0 missing', 'nothing had come');
SELECT is(tests.july_at('2017-08-18T08:59:59Z'), '0 missing', 'nor a second before the first flex');
SELECT is(tests.july_at('2017-08-18T09:00:00Z'), '10000 flex', 'the first flex counts from its moment');
SELECT is(tests.july_at('2017-08-18T10:00:00+01:00'), '10000 flex', 'in whatever zone it is written');
SELECT is(tests.july_at('2017-08-30'), '10000 flex', 'before the second flex the first is shown');
SELECT is(tests.july_at('2017-08-31T22:58:59Z'), '10000 flex', 'to the second');
SELECT is(tests.july_at('2017-08-31'), '11000 flex', 'a day is its end in England');
SELECT is(tests.july_at('2017-09-17'), '11000 flex', 'the second flex stands until the freeze');
SELECT is(tests.july_at('2017-09-18'), '11300 frozen', 'then the freeze');
SELECT is(tests.july_at(NULL), '11300 frozen', 'which counts now');

CREATE FUNCTION tests.came_by(current_only boolean, as_at text) RETURNS text
LANGUAGE sql AS $$
  SELECT string_agg(right(s ->> 'submission_id', 1) || CASE (s ->> 'current')::boolean WHEN true THEN ' counts' ELSE '' END, ', ')
    FROM json_array_elements(api.list_submissions(NULL, NULL, 'RXA', NULL, current_only, as_at) -> 'submissions') s
$$;
SELECT is(tests.came_by(false, '2017-08-17'), NULL, 'no file had come');
SELECT is(tests.came_by(false, '2017-08-31'), '2 counts, 1', 'the files that had come, and which counted then');
SELECT is(tests.came_by(true, '2017-08-31'), '2 counts', 'only that one');
SELECT is(tests.came_by(false, NULL), '3 counts, 2, 1', 'all of them now');
SELECT is(api.get_submission('10000000-0000-4000-8000-000000000002') #>> '{submission,current}', 'false', 'a replaced file');
SELECT is(api.get_submission('10000000-0000-4000-8000-000000000003') #>> '{submission,current}', 'true', 'the one that counts');

SELECT is(tests.refusal($$SELECT tests.july_at('yesterday')$$), 'ZC400 BAD_AS_AT as_at', 'words are no moment');
SELECT is(tests.refusal($$SELECT tests.july_at('2017-02-30')$$), 'ZC400 BAD_AS_AT as_at', 'nor is a day that never was');
SELECT is(tests.refusal(format('SELECT tests.july_at(%L)', ledger.today() + 1)), 'ZC400 AS_AT_FUTURE as_at',
  'of tomorrow nothing is known');
SELECT is(tests.july_at(ledger.today()::text), '11300 frozen', 'of today all that has come');

SELECT * FROM finish();
ROLLBACK;
