-- Adjustments: what is corrected of a frozen month is posted in an open one, by reversals that name what they take back.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
\ir support/july.sql
\ir support/frozen_july.sql
SELECT plan(51);
\set first '\'10000000-0000-4000-8000-00000000000a\''
\set second '\'10000000-0000-4000-8000-00000000000b\''

CREATE FUNCTION tests.standing() RETURNS text
LANGUAGE sql AS $$
  SELECT string_agg(s.record_id, ' ' ORDER BY s.record_id) FROM job.standing_records('RXA', '2017-08-01') s
$$;
-- Activity and pence of a practice's month, as at a moment, as its own people see them.
CREATE FUNCTION tests.actual(practice text, month text, as_at text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  caller text := coalesce(current_setting('pbc.practice', true), '');
  answer text;
BEGIN
  PERFORM set_config('pbc.practice', practice, true);
  SELECT sum((b #>> '{rows,0,month_actual,activity}')::bigint) || ' ' || sum((b #>> '{rows,0,month_actual,cost_pence}')::bigint) INTO answer
    FROM json_array_elements(api.get_financial_summary(practice, '2017/18', month, NULL, NULL, NULL, NULL, NULL, NULL, as_at) -> 'blocks') b;
  PERFORM set_config('pbc.practice', caller, true);
  RETURN answer;
END
$$;

-- What can be adjusted, where.
SELECT is(tests.standing(), 'R1 R2 R3 R4 R5 R6 R7 R8', 'a frozen month''s records stand');
SELECT is((SELECT count(*) FROM job.standing_records('RXA', '2017-07-01')), 0::bigint, 'for an adjustment of a later month');
SELECT is((SELECT count(*) FROM job.standing_records('RXB', '2017-08-01')), 0::bigint, 'of their own provider');
SELECT is((SELECT string_agg(period::text, ' ') FROM job.lock_frozen_months('RXA', '2017-08-01')), '2017-07-01', 'its month is held');
SELECT is((SELECT count(*) FROM job.lock_frozen_months('RXA', '2017-07-01')), 0::bigint, 'and none that is not before');
SELECT is(job.posting_month('RXA', '2017-07-01'), '2017-08-01', 'the next month that is not frozen is the one to post in');
INSERT INTO ledger.provider_month VALUES ('5XZ', 'RXA', '2017-08-01', 'frozen', gen_random_uuid(), now(), '{AE,APC,OP}');
SELECT is(job.posting_month('RXA', '2017-07-01'), '2017-09-01', 'whichever that is');
DELETE FROM ledger.provider_month WHERE period = '2017-08-01';
SELECT is(job.month_edition('RXA', '2017-08-01', 'adjustment'), 0::smallint, 'an adjustment is of no edition of its month');

-- R2 amended from 1,228.00 to 672.00, R3 withdrawn (1,363.00), L1 late (110.00).
SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS before \gset
SELECT tests.actual('X00001', '2017-07') AS july_one, tests.actual('X00002', '2017-07') AS july_two \gset
SELECT tests.adjust(:first, '["R2", "R3"]', '[["R2", "X00001", "DC", 67200], ["L1", "X00002", "AE", 11000]]') \g /dev/null
SELECT is((SELECT string_agg(concat_ws(' ', record_id, practice_code, quantity, total_pence, reversed_line), ', ' ORDER BY line)
  FROM ledger.activity WHERE submission_id = :first), 'R2 X00001 1 67200, L1 X00002 1 11000, R2 X00001 -1 122800 3, R3 X00002 -1 136300 4',
  'a reversal has the price that it takes back, and names its row');
SELECT is((SELECT concat_ws(' ', accepted_count, reversed_count, priced_count, cost_pence) FROM ledger.submission WHERE submission_id = :first),
  '4 2 4 -180900', 'rows are counted, their cost is a difference');
SELECT is(tests.actual('X00001', '2017-08'), '0 -55600', '672.00 less 1,228.00 in the month of posting');
SELECT is(tests.actual('X00002', '2017-08'), '0 -125300', '110.00 less 1,363.00');
SELECT is(tests.actual('X00001', '2017-07') || ', ' || tests.actual('X00002', '2017-07'), :'july_one' || ', ' || :'july_two',
  'the frozen month is as it was');
SELECT is(tests.actual('X00001', '2017-08', :'before'), '0 0', 'as at a moment before it nothing was posted');
SELECT is((SELECT string_agg(concat_ws(' ', months_late, activity, cost_pence), ', ' ORDER BY pod, practice_code, cost_pence) FROM ledger.activity_rollup
  WHERE submission_id = :first AND practice_code = 'X00001'), '1 0 -55600', 'sums say how late their rows are');
SELECT is(tests.standing(), 'L1 R1 R2 R4 R5 R6 R7 R8', 'what was withdrawn stands no more');
SELECT is((SELECT cost_pence FROM job.take_back('RXA', '2017-08-01', gen_random_uuid(), 1, '["R3"]')), 0::bigint, 'so it cannot be taken back again');
SELECT is((SELECT string_agg(right(m.submission_id::text, 1) || ' ' || m.state, ', ' ORDER BY m.period) FROM ledger.counting_submissions('infinity') m),
  '1 frozen, a flex', 'both submissions count');
SELECT tests.act_as('5YY', 'finance') \g /dev/null
SELECT is((SELECT count(*) FROM ledger.counting_submissions('infinity')), 0::bigint, 'for no other PCT');
SELECT is((SELECT count(*) FROM job.standing_records('RXA', '2017-08-01')), 0::bigint, 'nor do the records stand there');

-- What a practice sees.
CREATE FUNCTION tests.august() RETURNS text
LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', r ->> 'record_id', r ->> 'phase', r ->> 'origin_period', r ->> 'quantity', r ->> 'reversed_line'), ', '
           ORDER BY (r ->> 'line')::integer)
    FROM json_array_elements(api.list_activity(ledger.caller_practice(), '2017-08', 'to check', NULL, NULL, NULL) -> 'records') r
$$;
SELECT tests.act_as('X00001', 'gp-a') \g /dev/null
SELECT is(tests.august(), 'R2 adjustment 2017-07 1 0, R2 adjustment 2017-07 -1 3', 'its own rows, and of which month they are');
SELECT is((SELECT string_agg(i #>> '{record,record_id}', ' ') FROM json_array_elements(
  api.list_worklist(NULL, '2017-08', 'to check', 0, false, NULL, 0, NULL, false, NULL, NULL, NULL) -> 'items') i), 'R2',
  'to review is what was put in');
SELECT is((SELECT string_agg(i #>> '{record,record_id}', ' ') FROM json_array_elements(
  api.list_worklist(NULL, '2017-07', 'to check', 0, false, NULL, 0, NULL, false, NULL, NULL, NULL) -> 'items') i), 'R2 R1 R8 R6',
  'and of the frozen month what was frozen');
SELECT is(api.review_records(NULL, '2017-08', '[{"record_id": "R2", "verdict": "queried", "reason": "wrong_hrg"}]') ->> 'recorded_count', '1',
  'an adjusted record can be queried');
CREATE FUNCTION tests.queried(as_at text DEFAULT NULL) RETURNS text
LANGUAGE sql AS $$
  SELECT concat_ws(' ', r ->> 'period', r ->> 'standing', r ->> 'current_price_pence')
    FROM json_array_elements(api.list_reviews('to check', NULL, NULL, NULL, NULL, NULL, NULL, as_at) -> 'reviews') r
$$;
SELECT is(tests.queried(), '2017-08 as_reviewed 67200', 'in the month that it was posted in');
SELECT tests.act_as('X00002', 'gp-b') \g /dev/null
SELECT is(tests.august(), 'L1 adjustment 2017-07 1 0, R3 adjustment 2017-07 -1 4', 'another practice sees its own');
SELECT is((api.explain_record('R3', 'RXA', NULL, NULL, 'to check', NULL) -> 'record' ->> 'quantity'), '-1', 'a withdrawn record is explained by its reversal');

-- The next adjustment is of what stands then.
SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS between \gset
SELECT tests.act_as('5XZ', 'finance') \g /dev/null
SELECT tests.adjust(:second, '["R2", "R5"]', '[]') \g /dev/null
SELECT is((SELECT string_agg(concat_ws(' ', record_id, quantity, total_pence, right(reversed_submission_id::text, 1)), ', ' ORDER BY line)
  FROM ledger.activity WHERE submission_id = :second), 'R5 -1 67200 1, R2 -1 67200 a', 'it takes back what the one before put in');
SELECT is(tests.actual('X00001', '2017-08'), '-1 -122800', 'adjustments of a month add up');
SELECT is((SELECT concat_ws(' ', t ->> 'responsible_code', t ->> 'records', t ->> 'price_pence')
  FROM json_array_elements(api.list_not_ours('RXA', '2017-08', NULL, 'to check', NULL, NULL, NULL) -> 'totals') t), '5YY -1 -67200',
  'another PCT''s record is less in the month''s list for it');
SELECT tests.act_as('X00001', 'gp-a') \g /dev/null
SELECT is(tests.queried(), '2017-08 gone', 'the record that was queried is gone');
SELECT is((SELECT json_array_length(api.list_worklist(NULL, '2017-08', 'to check', 0, false, NULL, 0, NULL, false, NULL, NULL, NULL) -> 'items')), 0,
  'and not to review');
SELECT is(tests.queried(:'between'), '2017-08 as_reviewed 67200', 'as at a moment before it stood');
SELECT is((SELECT string_agg(i #>> '{record,record_id}', ' ') FROM json_array_elements(
  api.list_worklist(NULL, '2017-08', 'to check', 0, false, NULL, 0, NULL, false, NULL, NULL, :'between') -> 'items') i), 'R2',
  'and was to review');
SELECT is((SELECT json_array_length(api.list_worklist(NULL, '2017-08', 'to check', 0, false, NULL, 0, NULL, false, NULL, NULL, :'before')
  -> 'items')), 0, 'but not before it was put in');

-- What must never be.
SELECT tests.act_as('5XZ', 'finance') \g /dev/null
SELECT is(tests.refusal($$SELECT api.request_reopen_month('RXA', '2017-07', 'why')$$), 'ZC412 MONTH_ADJUSTED period',
  'a month that adjustments rest on does not reopen');
SELECT throws_ok($$UPDATE ledger.activity SET quantity = 2 WHERE record_id = 'L1'$$, '23514', NULL, 'a row is one record, put in or taken back');
SELECT throws_ok($$UPDATE ledger.activity SET quantity = -1 WHERE record_id = 'L1'$$, '23514', NULL, 'a reversal names what it takes back');
SELECT throws_ok(format('UPDATE ledger.submission SET supersedes_submission_id = %L WHERE submission_id = %L', :second, :first), '23514', NULL,
  'an adjustment supersedes nothing');
SELECT throws_ok($$UPDATE ledger.submission SET reversed_count = 1 WHERE phase = 'freeze'$$, '23514', NULL, 'and only adjustments take back');

-- The proof.
CREATE FUNCTION tests.proof(tampering text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  failed text;
BEGIN
  BEGIN
    EXECUTE tampering;
    SELECT concat_ws(' ', c ->> 'ok', c ->> 'examined', c ->> 'differences') INTO failed
      FROM json_array_elements(api.verify_ledger() -> 'checks') c WHERE c ->> 'name' = 'adjustments_stand';
    RAISE EXCEPTION USING ERRCODE = 'ZT000';
  EXCEPTION WHEN SQLSTATE 'ZT000' THEN
    RETURN failed;
  END;
END
$$;
SELECT is((SELECT string_agg(c ->> 'name', ' ') FROM json_array_elements(api.verify_ledger() -> 'checks') c WHERE NOT (c ->> 'ok')::boolean),
  NULL, 'the books verify');
SELECT is(tests.proof(tampering), wanted, about)
  FROM (VALUES
    ('SELECT', 'true 6 0', 'every adjusted row is looked at'),
    ($$UPDATE ledger.activity SET total_pence = 1 WHERE record_id = 'R3' AND quantity = -1$$, 'false 6 1', 'a reversal at another price'),
    ($$UPDATE ledger.activity SET total_pence = 1 WHERE record_id = 'R3' AND quantity = 1$$, 'false 6 1', 'a frozen row changed since'),
    ($$DELETE FROM ledger.activity WHERE record_id = 'R3' AND quantity = 1$$, 'false 6 1', 'one that is no more'),
    ($$UPDATE ledger.activity SET practice_code = 'X00001' WHERE record_id = 'R3' AND quantity = -1$$, 'false 6 1', 'one for another practice'),
    ($$UPDATE ledger.activity SET reversed_line = 3 WHERE record_id = 'R5' AND quantity = -1$$, 'false 6 1', 'one of another record'),
    ($$UPDATE ledger.activity SET (reversed_submission_id, reversed_line) = ('10000000-0000-4000-8000-000000000001', 3)
        WHERE record_id = 'R2' AND reversed_line = 2$$, 'false 6 1', 'a row that was taken back twice'),
    ($$UPDATE ledger.provider_month SET state = 'flex', frozen_datasets = '{}' WHERE provider_code = 'RXA'$$, 'false 6 6', 'a month that is frozen no more'),
    ($$UPDATE ledger.activity SET activity_date = '2017-08-02' WHERE record_id = 'L1'$$, 'false 6 1', 'a row of the month itself'),
    ($$DELETE FROM ledger.activity WHERE record_id = 'L1'$$, 'true 5 0', 'a missing row is rows_present''s to tell')) AS t (tampering, wanted, about);

SELECT * FROM finish();
ROLLBACK;
