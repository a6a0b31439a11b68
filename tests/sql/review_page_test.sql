-- Two years of reviews are listed by reading a page of them, whoever asks for which; a month of many records is reviewed in one go.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
\ir support/july.sql
SELECT plan(9);

-- Of 30,000 records of two practices one in ten is queried; of one in a hundred queries the practice thought again, and one in fifty is
-- upheld.
INSERT INTO ledger.record_review (commissioner_code, review_id, practice_code, provider_code, period, record_id, version, verdict, reason,
  note, submission_id, line, price_pence, organisation_code, user_id, recorded_at)
SELECT '5XZ', gen_random_uuid(), 'X0000' || 1 + n % 2, 'RXA', '2017-07-01', 'R' || n, v, CASE WHEN n % 10 = v - 1 THEN 'queried' ELSE 'confirmed' END,
       CASE WHEN n % 10 = v - 1 THEN 'wrong_hrg' END, '', :july_submission, n, 67200, 'X00001', 'gp-a',
       '2017-08-01Z'::timestamptz + n * interval '1 minute' + v * interval '1 second'
  FROM generate_series(1, 30000) n
 CROSS JOIN LATERAL generate_series(1, 1 + (n % 1000 = 0)::integer) v;
INSERT INTO ledger.review_resolution
SELECT commissioner_code, review_id, practice_code, provider_code, 'upheld', 100, 'agreed', '5XZ', 'finance', recorded_at + interval '1 day'
  FROM ledger.record_review WHERE verdict = 'queried' AND line % 500 = 10;
ANALYZE ledger.record_review, ledger.review_resolution;

CREATE FUNCTION tests.reviews_read() RETURNS bigint LANGUAGE sql AS $$
  SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_all_tables WHERE relid = 'ledger.record_review'::regclass
$$;
-- Rows of reviews that are read for each one of a page of 50.
CREATE FUNCTION tests.read_for_each(practice text, query_state text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  before bigint := tests.reviews_read();
  listed integer := json_array_length(api.list_reviews('x', practice, NULL, NULL, query_state, 50, NULL, NULL) -> 'reviews');
BEGIN
  RETURN CASE listed WHEN 0 THEN NULL ELSE (tests.reviews_read() - before) / listed END;
END
$$;

SELECT tests.act_as('5XZ', 'finance') \g /dev/null
SELECT cmp_ok(tests.read_for_each(NULL, NULL), '<', 10::bigint, 'a page of all');
SELECT cmp_ok(tests.read_for_each('X00001', NULL), '<', 20::bigint, 'of one practice');
SELECT cmp_ok(tests.read_for_each(NULL, 'open'), '<', 20::bigint, 'of open queries');
SELECT cmp_ok(tests.read_for_each('X00001', 'open'), '<', 40::bigint, 'of a practice''s');
SELECT cmp_ok(tests.read_for_each(NULL, 'upheld'), '<', 200::bigint, 'of upheld ones, which are rare');
SELECT cmp_ok(tests.read_for_each(NULL, 'withdrawn'), '<', 1000::bigint, 'of withdrawn ones, which are rarer');
SELECT tests.act_as('X00001', 'gp-a') \g /dev/null
SELECT cmp_ok(tests.read_for_each(NULL, NULL), '<', 20::bigint, 'a practice''s own, which it need not name');
SELECT is((SELECT string_agg(concat_ws(' ', c ->> 'checked_count', c ->> 'queried_count', c ->> 'upheld_count'), '; ')
             FROM json_array_elements(api.get_review_summary('2017/18', NULL) -> 'counts') c WHERE c ->> 'breakdown' = 'total'),
  (SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE n % 10 = 0 AND n % 1000 <> 0), count(*) FILTER (WHERE n % 500 = 10))
     FROM generate_series(1, 30000) n WHERE n % 2 = 0), 'and its figures are those of the newest of each record');

-- A month of many records, which the planner takes for few. Each of the reviews compared with each record would take a quarter of
-- a minute.
INSERT INTO ledger.activity (commissioner_code, period, submission_id, line, record_id, dataset, provider_code, practice_code, responsible_code,
  attribution, sex, age, activity_date, pod, price_state, total_pence)
SELECT '5XZ', '2017-07-01', :july_submission, n, 'N' || n, 'OP', 'RXA', 'X00001', '5XZ', 'registered', '1', 50, '2017-07-15', 'OPFA', 'priced', 9000
  FROM generate_series(1001, 17000) n;
ANALYZE ledger.activity;
SET LOCAL statement_timeout = '6s';
SELECT is((SELECT api.review_records(NULL, '2017-07', json_agg(json_build_object('record_id', 'N' || n, 'verdict', 'confirmed')))
             ->> 'recorded_count' FROM generate_series(1001, 2000) n), '1000', 'a thousand records of 16,000 are reviewed at once, and soon');

SELECT * FROM finish();
ROLLBACK;
