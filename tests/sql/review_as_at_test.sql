-- What a practice had to look at, what it had said and what had come of it at a moment: nothing that came later shows.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
\ir support/july.sql
SELECT plan(33);

CREATE FUNCTION tests.now() RETURNS text LANGUAGE sql RETURN ledger.moment(clock_timestamp());
CREATE FUNCTION tests.review(record text, verdict text, reason text DEFAULT NULL) RETURNS json LANGUAGE sql AS $$
  SELECT api.review_records(NULL, '2017-07', json_build_array(json_build_object('record_id', record, 'verdict', verdict, 'reason', reason)))
$$;
-- 'record price what-was-said', dearest first.
CREATE FUNCTION tests.worklist(as_at text, unreviewed boolean DEFAULT false, odd boolean DEFAULT false) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', i #>> '{record,record_id}', i #>> '{record,price_pence}', i #>> '{review,verdict}', i #>> '{review,query_state}'),
           ', ' ORDER BY place)
    FROM json_array_elements(api.list_worklist(NULL, '2017-07', 'the dispute of July', 0, odd, NULL, 0, NULL, unreviewed, NULL, NULL, as_at)
           -> 'items') WITH ORDINALITY AS w (i, place)
$$;
-- 'record what-was-said recovered because standing price', newest first.
CREATE FUNCTION tests.reviews(as_at text, state text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', r ->> 'record_id', coalesce(r ->> 'query_state', r ->> 'verdict'), nullif(r ->> 'recovered_pence', '0'),
           nullif(r ->> 'resolution', ''), r ->> 'standing', r ->> 'current_price_pence'), ', ' ORDER BY place)
    FROM json_array_elements(api.list_reviews('the dispute of July', NULL, NULL, NULL, state, NULL, NULL, as_at)
           -> 'reviews') WITH ORDINALITY AS l (r, place)
$$;
-- 'checked queried upheld recovered' of all.
CREATE FUNCTION tests.total(as_at text) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', c ->> 'checked_count', c ->> 'queried_count', c ->> 'upheld_count', c ->> 'recovered_pence')
    FROM json_array_elements(api.get_review_summary('2017/18', as_at) -> 'counts') c WHERE c ->> 'breakdown' = 'total'
$$;

-- Practice X00001 has R1 672.00, R2 1,228.00, R6 (not attended) and R8 110.00 in Trust A's July.
UPDATE ledger.submission SET recorded_at = '2017-08-18T09:00:00Z';
SELECT tests.act_as('X00001', 'gp-a') \g /dev/null
SELECT tests.now() AS unsaid \gset
SELECT tests.review('R8', 'confirmed'), tests.review('R2', 'queried', 'wrong_hrg') \g /dev/null
SELECT tests.now() AS said \gset
SELECT tests.review('R8', 'queried', 'not_referred') \g /dev/null
SELECT tests.act_as('5XZ', 'finance') \g /dev/null
SELECT r ->> 'review_id' AS r2 FROM json_array_elements(api.list_reviews('x', NULL, NULL, NULL, 'open', NULL, NULL, NULL) -> 'reviews') r
 WHERE r ->> 'record_id' = 'R2' \gset
SELECT api.resolve_review(:'r2', 'upheld', 55600, 'recoded') \g /dev/null
SELECT tests.now() AS ended \gset
-- July comes again: R1 is cheaper and the provider asks for more, R2 is dearer, R8 is gone.
\set again '\'10000000-0000-4000-8000-000000000009\''
SELECT tests.add_activity(:again, 'RXA', 2, 'R1', 'X00001', 'DC', 'BZ34C', 'registered', 'priced', 60000),
  tests.add_activity(:again, 'RXA', 3, 'R2', 'X00001', 'DC', 'FZ18K', 'registered', 'priced', 136300) \g /dev/null
UPDATE ledger.activity SET provider_price_pence = 67200 WHERE submission_id = :again AND record_id = 'R1';
SELECT tests.close_submission(:again, 'RXA') \g /dev/null
SELECT tests.act_as('X00001', 'gp-a') \g /dev/null
SELECT tests.review('R1', 'confirmed') \g /dev/null

SELECT is(tests.worklist('2017-08-17'), NULL, 'before the file there is nothing to look at');
SELECT is(tests.worklist('2017-08-18'), 'R2 122800, R1 67200, R8 11000, R6', 'at the end of its day there are its records');
SELECT is(tests.worklist(:'unsaid'), 'R2 122800, R1 67200, R8 11000, R6', 'until the next file, and nothing is said of them');
SELECT is(tests.worklist(:'said'), 'R2 122800 queried open, R1 67200, R8 11000 confirmed, R6', 'then what was said first');
SELECT is(tests.worklist(:'ended'), 'R2 122800 queried upheld, R1 67200, R8 11000 queried open, R6', 'then what was said later, and what came of it');
SELECT is(tests.worklist(NULL), 'R2 136300 queried upheld, R1 60000 confirmed', 'and now the next file''s records');
SELECT is(tests.worklist(:'unsaid', unreviewed => true), 'R2 122800, R1 67200, R8 11000, R6', 'all was unreviewed');
SELECT is(tests.worklist(:'said', unreviewed => true), 'R1 67200, R6', 'then less was');
SELECT is(tests.worklist(NULL, unreviewed => true), 'R2 136300 queried upheld', 'and now what has another price');
SELECT is(tests.worklist(:'ended', odd => true), NULL, 'what the next file made odd was not');
SELECT is(tests.worklist(NULL, odd => true), 'R1 60000 confirmed', 'and is now');
SELECT is(concat_ws(' ', a ->> 'record_count', a ->> 'drawn_count'), '4 2', 'half of the records is half of those then')
  FROM api.list_worklist(NULL, '2017-07', 'x', 0, false, NULL, 50, NULL, false, NULL, NULL, :'ended') AS a;
SELECT is((SELECT string_agg(DISTINCT i ->> 'oddities', ' ') FROM json_array_elements(
  api.list_worklist(NULL, '2017-07', 'x', 0, false, NULL, 0, NULL, false, NULL, NULL, :'ended') -> 'items') i), '[]', 'with what was odd of each then');

SELECT is(tests.reviews('2017-08-18'), NULL, 'before any review there is none');
SELECT is(tests.reviews(:'said'), 'R2 open as_reviewed 122800, R8 confirmed as_reviewed 11000', 'then those that had been made');
SELECT is(tests.reviews(:'ended'), 'R8 open as_reviewed 11000, R2 upheld 55600 recoded as_reviewed 122800', 'then what counted, and what had come of it');
SELECT is(tests.reviews(NULL), 'R1 confirmed as_reviewed 60000, R8 open gone, R2 upheld 55600 recoded price_changed 136300',
  'and now how the records stand in the next file');
SELECT is(tests.reviews(:'said', 'open'), 'R2 open as_reviewed 122800', 'what was open then');
SELECT is(tests.reviews(:'ended', 'open'), 'R8 open as_reviewed 11000', 'is not what was open later');
SELECT is(tests.reviews(:'said', 'upheld'), NULL, 'nor was upheld yet');
SELECT is(tests.reviews(:'ended', 'upheld'), 'R2 upheld 55600 recoded as_reviewed 122800', 'what was upheld later');
SELECT tests.review('R8', 'confirmed'), tests.review('R1', 'queried', 'duplicate'), tests.review('R1', 'confirmed') \g /dev/null
SELECT is(tests.reviews(NULL, 'withdrawn'), 'R1 withdrawn as_reviewed 60000', 'a query that was taken back is withdrawn');
SELECT is(tests.reviews(:'ended', 'withdrawn'), NULL, 'and was not yet');
SELECT is((SELECT string_agg(format('%s|%s', subject, detail), '; ') FROM (SELECT * FROM ledger.audit_event ORDER BY sequence DESC LIMIT 1) e),
  'reviews of practice X00001, all months|the dispute of July', 'to look back is a reading like any other');

SELECT is(tests.total(:'unsaid'), NULL, 'nothing was counted');
SELECT is(tests.total(:'said'), '2 1 0 0', 'two were checked, one of them queried');
SELECT is(tests.total(:'ended'), '2 2 1 55600', 'then both, and one upheld');
SELECT is(tests.total(NULL), '3 2 1 55600', 'and now a third is checked');
SELECT is((SELECT count(*) FROM json_array_elements(api.verify_ledger() -> 'checks') c WHERE c ->> 'name' LIKE 'review%' AND (c ->> 'ok')::boolean),
  2::bigint, 'and it verifies');

SELECT tests.act_as('5XZ', 'finance') \g /dev/null
SELECT is(tests.reviews(:'said'), 'R2 open as_reviewed 122800, R8 confirmed as_reviewed 11000', 'finance looks back at all practices''');
SELECT is(tests.refusal(format('SELECT tests.total(%L)', :'said')), 'ZC400 BAD_AS_AT as_at', 'and is given counts of whole days alone');
SELECT is(api.get_review_summary('2017/18', (ledger.today() - 1)::text) ->> 'counts', '[]', 'of yesterday none');
SELECT is(api.get_review_summary('2017/18', ledger.today()::text)::text, api.get_review_summary('2017/18', NULL)::text, 'of today what is known');

SELECT * FROM finish();
ROLLBACK;
