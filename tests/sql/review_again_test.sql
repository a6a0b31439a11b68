-- A month is sent again after records of it were reviewed: what is gone, what has another price, what another practice now has.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
\ir support/july.sql
SELECT plan(16);

CREATE FUNCTION tests.review(record text, verdict text, reason text) RETURNS json LANGUAGE sql AS $$
  SELECT api.review_records(NULL, '2017-07', json_build_array(json_build_object('record_id', record, 'verdict', verdict, 'reason', reason)))
$$;
CREATE FUNCTION tests.open_query(record text) RETURNS json LANGUAGE sql AS $$
  SELECT r FROM json_array_elements(api.list_reviews('x', NULL, NULL, NULL, 'open', NULL, NULL, NULL) -> 'reviews') r WHERE r ->> 'record_id' = record
$$;
SELECT tests.act_as('X00001', 'gp-a') \g /dev/null
SELECT tests.review('R1', 'queried', 'wrong_hrg'), tests.review('R2', 'queried', 'duplicate'), tests.review('R8', 'queried', 'not_referred'),
  tests.review('R6', 'confirmed', NULL) \g /dev/null
SELECT tests.act_as('X00002', 'gp-b') \g /dev/null
SELECT tests.review('R4', 'queried', 'not_our_patient') \g /dev/null
SELECT is(tests.open_query('R4') ->> 'standing', 'as_reviewed', 'nothing has changed yet');

-- R1 is cheaper now, R2 dearer, R8 the same on another line, R6 gone, R4 another practice's.
\set again '\'10000000-0000-4000-8000-000000000009\''
SELECT tests.add_activity(:again, 'RXA', line, record, practice, pod, hrg, 'registered', 'priced', pence) FROM (VALUES
  (2, 'R8', 'X00001', 'AE', 'VB08Z', 11000::bigint), (3, 'R1', 'X00001', 'DC', 'BZ34C', 60000), (4, 'R2', 'X00001', 'DC', 'FZ18K', 136300),
  (5, 'R4', 'X00001', 'NEL', 'FZ18K', 197900)) AS r (line, record, practice, pod, hrg, pence) \g /dev/null
SELECT tests.close_submission(:again, 'RXA') \g /dev/null

SELECT is(tests.open_query('R4') ->> 'standing', 'gone', 'a record that is another practice''s now is gone');
SELECT is(tests.open_query('R4') ->> 'current_price_pence', NULL, 'and has no price');
SELECT is(tests.open_query('R4') ->> 'price_pence', '197900', 'but that which was queried');
SELECT tests.act_as('X00001', 'gp-a') \g /dev/null
SELECT is(tests.open_query('R1') ->> 'standing', 'price_changed', 'another price is said');
SELECT is(tests.open_query('R1') ->> 'current_price_pence', '60000', 'with what it is now');
SELECT is(tests.open_query('R8') ->> 'standing', 'as_reviewed', 'another line of the file changes nothing');
SELECT is((SELECT string_agg(i #>> '{record,record_id}', ' ')
             FROM json_array_elements(api.list_worklist(NULL, '2017-07', 'x', 0, false, NULL, 0, NULL, true, NULL, NULL, NULL) -> 'items') i),
  'R4 R2 R1', 'what is new and what has another price is to be reviewed, dearest first');
SELECT is(tests.review('R6', 'confirmed', NULL) #>> '{rejects,0,code}', 'RECORD_NOT_FOUND', 'what is gone cannot be reviewed');
SELECT is(tests.review('R1', 'queried', 'wrong_hrg') ->> 'recorded_count', '1', 'the same words about another price are another review');
SELECT is(tests.open_query('R1') ->> 'standing', 'as_reviewed', 'which is of the record as it is');
SELECT is(tests.review('R4', 'confirmed', NULL) #>> '{reviews,0,practice_code}', 'X00001', 'the record''s new practice reviews it anew');

-- What can be recovered: the price when it was queried or now, whichever is more.
SELECT tests.open_query('R1') ->> 'review_id' AS r1, tests.open_query('R2') ->> 'review_id' AS r2 \gset
SELECT tests.act_as('5XZ', 'finance') \g /dev/null
SELECT tests.open_query('R4') ->> 'review_id' AS r4 \gset
SELECT is(tests.refusal(format('SELECT api.resolve_review(%L, %L, 136301, %L)', :'r2', 'upheld', 'x')),
  'ZC400 RECOVERED_TOO_MUCH recovered_pence', 'not more than a price that rose');
SELECT is(api.resolve_review(:'r2', 'upheld', 136300, 'x') #>> '{review,recovered_pence}', '136300', 'all of it');
SELECT is(tests.refusal(format('SELECT api.resolve_review(%L, %L, 60001, %L)', :'r1', 'upheld', 'x')),
  'ZC400 RECOVERED_TOO_MUCH recovered_pence', 'nor more than the price that was queried last');
SELECT is(api.resolve_review(:'r4', 'upheld', 197900, 'withdrawn by the trust') #>> '{review,query_state}', 'upheld',
  'what the provider took back is recovered at its price then');

SELECT * FROM finish();
ROLLBACK;
