-- Practices validate their own records: worklist, verdicts, and what becomes of a query.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
\ir support/july.sql
SELECT plan(74);
\set reason '\'monthly validation\''

CREATE FUNCTION tests.review(record text, verdict text, reason text DEFAULT NULL, note text DEFAULT '', provider text DEFAULT NULL)
RETURNS json LANGUAGE sql AS $$
  SELECT api.review_records(NULL, '2017-07', json_build_array(json_build_object('record_id', record, 'verdict', verdict,
    'reason', reason, 'note', note, 'provider_code', provider)))
$$;
-- 'code column' of the one reject; 'recorded' or 'unchanged'.
CREATE FUNCTION tests.said(answer json) RETURNS text LANGUAGE sql AS $$
  SELECT CASE WHEN json_array_length(answer -> 'rejects') > 0 THEN concat_ws(' ', answer #>> '{rejects,0,code}', answer #>> '{rejects,0,column}')
              WHEN (answer ->> 'recorded_count')::integer = 1 THEN 'recorded' ELSE 'unchanged' END
$$;
CREATE FUNCTION tests.worklist(least_pence bigint DEFAULT 0, percent integer DEFAULT 0, seed text DEFAULT NULL,
  unreviewed boolean DEFAULT false, page_size integer DEFAULT NULL, page_token text DEFAULT NULL, odd boolean DEFAULT false,
  oddity text DEFAULT NULL) RETURNS json LANGUAGE sql AS $$
  SELECT api.list_worklist(NULL, '2017-07', 'monthly validation', least_pence, odd, oddity, percent, seed, unreviewed, page_size, page_token, NULL)
$$;
CREATE FUNCTION tests.records(worklist json) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(i #>> '{record,record_id}', ' ' ORDER BY place)
    FROM json_array_elements(worklist -> 'items') WITH ORDINALITY AS w (i, place)
$$;
CREATE FUNCTION tests.listed(state text DEFAULT NULL, practice text DEFAULT NULL, provider text DEFAULT NULL, month text DEFAULT NULL)
RETURNS json LANGUAGE sql AS $$
  SELECT api.list_reviews('monthly validation', practice, provider, month, state, NULL, NULL, NULL)
$$;
-- The review of a record that counts.
CREATE FUNCTION tests.newest(record text) RETURNS json LANGUAGE sql AS $$
  SELECT r FROM json_array_elements(tests.listed() -> 'reviews') r WHERE r ->> 'record_id' = record
$$;

-- Worklist. Practice X00001 has R1 672.00, R2 1,228.00, R6 (not attended, no price) and R8 110.00.
SELECT tests.act_as('X00001', 'nurse-a') \g /dev/null
SELECT is(tests.records(tests.worklist()), 'R2 R1 R8 R6', 'the practice''s own records, dearest first');
SELECT is(tests.worklist() ->> 'record_count', '4', 'are counted');
SELECT is(tests.records(tests.worklist(67200)), 'R2 R1', 'at least a price');
SELECT is(tests.records(tests.worklist(67201)), 'R2', 'and not a penny less');
SELECT is(tests.records(tests.worklist(page_size => 3)), 'R2 R1 R8', 'a page is so many');
SELECT is(tests.records(tests.worklist(page_size => 3, page_token => tests.worklist(page_size => 3) ->> 'next_page_token')), 'R6',
  'and the next goes on after it');
SELECT is(tests.refusal($$SELECT api.list_worklist(NULL, '2017-07', ' ', 0, false, NULL, 0, NULL, false, NULL, NULL, NULL)$$),
  'ZC400 REASON_NEEDED reason', 'reading records needs a reason');
SELECT is(tests.refusal($$SELECT api.list_worklist(NULL, '2017-07', 'for 943 476 5919', 0, false, NULL, 0, NULL, false, NULL, NULL, NULL)$$),
  'ZC400 IDENTIFIER_IN_TEXT reason', 'that names no patient');
SELECT is(tests.refusal($$SELECT api.list_worklist('X00002', '2017-07', 'x', 0, false, NULL, 0, NULL, false, NULL, NULL, NULL)$$),
  'ZC404 PRACTICE_NOT_FOUND practice_code', 'another practice is not found');
SELECT is(tests.refusal($$SELECT api.list_worklist('X00077', '2017-07', 'x', 0, false, NULL, 0, NULL, false, NULL, NULL, NULL)$$),
  'ZC404 PRACTICE_NOT_FOUND practice_code', 'like one that does not exist');
SELECT is((SELECT concat_ws('|', action, subject, detail) FROM ledger.audit_event ORDER BY sequence DESC LIMIT 1),
  'read_patient_level|practice X00001, 2017-07, worklist|monthly validation', 'each reading is an event with its reason');

-- Sampling.
SELECT is(tests.worklist(percent => 50) ->> 'drawn_count', '2', 'half of four is two');
SELECT is(tests.worklist(percent => 51) ->> 'drawn_count', '3', 'a share is rounded up');
SELECT is(tests.worklist(percent => 1) ->> 'drawn_count', '1', 'so there is always one');
SELECT is(tests.worklist(percent => 100) ->> 'drawn_count', '4', 'all is all');
SELECT is(tests.worklist(percent => 50) ->> 'seed', 'X00001 2017-07', 'without a seed it is practice and month');
SELECT is(tests.records(tests.worklist(percent => 50, seed => 'X00001 2017-07')), tests.records(tests.worklist(percent => 50)),
  'the same seed draws the same');
SELECT cmp_ok((SELECT count(DISTINCT tests.records(tests.worklist(percent => 25, seed => s::text))) FROM generate_series(1, 40) s), '=', 4::bigint,
  'and over many seeds every record is drawn');
SELECT is(tests.worklist(67200, percent => 50) ->> 'drawn_count', '1', 'a share is of what passes the other filters');
SELECT is(tests.refusal('SELECT tests.worklist(percent => 101)'), 'ZC400 BAD_PERCENT percent', 'more than all is nothing');
SELECT is(tests.refusal('SELECT tests.worklist(percent => -1)'), 'ZC400 BAD_PERCENT percent', 'nor is less than none');

-- Odd records.
SELECT is(tests.records(tests.worklist(odd => true)), NULL, 'nothing is odd');
UPDATE ledger.activity SET provider_price_pence = 70000 WHERE record_id = 'R1';
SELECT is(tests.records(tests.worklist(odd => true)), 'R1', 'until the provider asks for more');
SELECT is(tests.worklist(oddity => 'price_differs') #>> '{items,0,oddities,0}', 'price_differs', 'which is said');
SELECT is((SELECT string_agg(i #>> '{record,record_id}' || ' ' || (i ->> 'oddities'), ', ') FROM json_array_elements(tests.worklist() -> 'items') i),
  'R2 [], R1 ["price_differs"], R8 [], R6 []', 'among all records too');
SELECT is(tests.records(tests.worklist(oddity => 'readmission')), NULL, 'and is no other oddity');

-- Reviewing.
SELECT tests.review('R8', 'confirmed') AS confirmed \gset
SELECT is(:'confirmed'::json #>> '{reviews,0,verdict}', 'confirmed', 'a member confirms a record');
SELECT is(:'confirmed'::json #>> '{reviews,0,price_pence}', '11000', 'at its price');
SELECT is(:'confirmed'::json #>> '{reviews,0,query_state}', NULL, 'which is no query');
SELECT is(tests.said(tests.review('R8', 'confirmed')), 'unchanged', 'to say it again adds nothing');
SELECT is(tests.said(tests.review('R8', 'confirmed', note => ' ')), 'unchanged', 'nor does empty space');
SELECT is(tests.said(tests.review('R8', 'confirmed', note => 'seen in the notes')), 'recorded', 'other words do');
SELECT is(tests.worklist() #>> '{items,2,review,note}', 'seen in the notes', 'the worklist shows what was said last');
SELECT is(tests.records(tests.worklist(unreviewed => true)), 'R2 R1 R6', 'and leaves it out when asked');
SELECT is(tests.said(tests.review(record, verdict, reason, note)), refused, format('refused: %s', refused))
  FROM (VALUES
    (NULL, 'confirmed', NULL, '', 'RECORD_NEEDED record_id'),
    ('R1', NULL, NULL, '', 'VERDICT_NEEDED verdict'),
    ('R1', 'queried', NULL, 'why', 'REASON_NEEDED reason'),
    ('R1', 'confirmed', 'duplicate', '', 'REASON_UNEXPECTED reason'),
    ('R1', 'queried', 'other', E' \n', 'NOTE_NEEDED note'),
    ('R1', 'queried', 'duplicate', repeat('x', 501), 'NOTE_TOO_LONG note'),
    ('R1', 'queried', 'duplicate', 'see 943 476 5919', 'IDENTIFIER_IN_TEXT note'),
    ('R99', 'confirmed', NULL, '', 'RECORD_NOT_FOUND record_id'),
    ('R3', 'confirmed', NULL, '', 'RECORD_NOT_FOUND record_id'))   -- another practice's
    AS bad (record, verdict, reason, note, refused);
SELECT is(tests.said(tests.review('R1', 'queried', 'duplicate', repeat('x', 500))), 'recorded', 'a note of 500 characters will do');
SELECT is(tests.refusal($$SELECT api.review_records(NULL, '2017-07', '[]')$$), 'ZC400 REVIEW_COUNT reviews', 'no review is none');
SELECT is(tests.refusal($$SELECT api.review_records(NULL, '2017-07', (SELECT json_agg('{}'::json) FROM generate_series(1, 1001)))$$),
  'ZC400 REVIEW_COUNT reviews', '1,001 are too many');
SELECT is(json_array_length(api.review_records(NULL, '2017-07', (SELECT json_agg('{}'::json) FROM generate_series(1, 1000))) -> 'rejects'),
  1000, '1,000 are not');
SELECT api.review_records('X00001', '2017-07', '[{"record_id": "R1", "verdict": "confirmed"}, {"record_id": "R1", "verdict": "confirmed"},
  {"record_id": "R2", "verdict": "queried", "reason": "wrong_hrg", "note": "no complication"}, {"record_id": "R99", "verdict": "confirmed"}]')
  AS several \gset
SELECT is(:'several'::json ->> 'recorded_count', '2', 'what is refused does not stop the others');
SELECT is((SELECT string_agg(concat_ws(' ', r ->> 'row', r ->> 'code'), ', ') FROM json_array_elements(:'several'::json -> 'rejects') r),
  '2 RECORD_REPEATED, 4 RECORD_NOT_FOUND', 'and is told by its row');

-- The same record id of two providers.
\set july_b '\'10000000-0000-4000-8000-000000000002\''
SELECT tests.add_activity(:july_b, 'RXB', 2, 'R8', 'X00001', 'DC', 'BZ34C', 'registered', 'priced', 67200) \g /dev/null
SELECT tests.close_submission(:july_b, 'RXB') \g /dev/null
SELECT is(tests.said(tests.review('R8', 'queried', 'not_referred')), 'RECORD_AMBIGUOUS provider_code', 'of two providers one is named');
SELECT is(tests.review('R8', 'queried', 'not_referred', provider => 'RXB') #>> '{reviews,0,price_pence}', '67200', 'and is the one meant');

-- Lists.
SELECT is(tests.newest('R1') ->> 'verdict', 'confirmed', 'the newest review of a record counts');
SELECT is(tests.listed('withdrawn') #>> '{reviews,0,record_id}', 'R1', 'and withdraws the query before it');
SELECT tests.act_as('X00002', 'gp-b') \g /dev/null
SELECT is(json_array_length(tests.listed() -> 'reviews'), 0, 'another practice sees none of it');
SELECT is(tests.said(tests.review('R4', 'queried', 'did_not_attend')), 'recorded', 'and queries its own');
SELECT tests.act_as('5XZ', 'finance') \g /dev/null
SELECT is((SELECT string_agg(r ->> 'record_id', ' ' ORDER BY r ->> 'record_id') FROM json_array_elements(tests.listed('open') -> 'reviews') r),
  'R2 R4 R8', 'finance sees the open queries of all');
SELECT is(json_array_length(tests.listed('open', practice => 'X00001') -> 'reviews'), 2, 'or of a practice');
SELECT is(tests.listed('open', provider => 'RXB') #>> '{reviews,0,provider_code}', 'RXB', 'or of a provider');
SELECT is(json_array_length(tests.listed('open', month => '2017-08') -> 'reviews'), 0, 'or of a month');
SELECT is(tests.refusal($$SELECT api.list_reviews('', NULL, NULL, NULL, NULL, NULL, NULL, NULL)$$), 'ZC400 REASON_NEEDED reason', 'for a reason');

-- Resolving.
SELECT r ->> 'review_id' AS r2 FROM json_array_elements(tests.listed('open') -> 'reviews') r WHERE r ->> 'record_id' = 'R2' \gset
SELECT r ->> 'review_id' AS r4 FROM json_array_elements(tests.listed('open') -> 'reviews') r WHERE r ->> 'record_id' = 'R4' \gset
SELECT tests.newest('R1') ->> 'review_id' AS r1 \gset
CREATE FUNCTION tests.resolving(id text, outcome text, pence bigint, reason text) RETURNS text LANGUAGE sql AS $$
  SELECT tests.refusal(format('SELECT api.resolve_review(%L, %L, %s, %L)', id, outcome, pence, reason))
$$;
SELECT is(tests.resolving(id, outcome, pence, reason), refused, format('not resolved: %s', refused))
  FROM (VALUES
    ('00000000-0000-4000-8000-000000000099', 'upheld', 0, 'agreed', 'ZC404 REVIEW_NOT_FOUND review_id'),
    (:'r1', 'upheld', 0, 'agreed', 'ZC412 QUERY_NOT_OPEN review_id'),
    (:'r2', 'upheld', 122801, 'agreed', 'ZC400 RECOVERED_TOO_MUCH recovered_pence'),
    (:'r2', 'upheld', -1, 'agreed', 'ZC400 NOTHING_RECOVERED recovered_pence'),
    (:'r2', 'rejected', 1, 'no', 'ZC400 NOTHING_RECOVERED recovered_pence'),
    (:'r2', 'upheld', 1, ' ', 'ZC400 REASON_NEEDED reason'),
    (:'r2', 'upheld', 1, 'of 943 476 5919', 'ZC400 IDENTIFIER_IN_TEXT reason')) AS bad (id, outcome, pence, reason, refused);
SELECT is(api.resolve_review(:'r2', 'upheld', 122800, 'credited') #>> '{review,query_state}', 'upheld', 'the whole price can be recovered');
SELECT is(tests.resolving(:'r2', 'rejected', 0, 'second thoughts'), 'ZC412 QUERY_NOT_OPEN review_id', 'and a query is resolved once');
SELECT is(api.resolve_review(:'r4', 'rejected', 0, 'the letter shows attendance') #>> '{review,resolution}', 'the letter shows attendance',
  'a rejection says why');
SELECT tests.act_as('X00001', 'gp-a') \g /dev/null
SELECT is(tests.newest('R2') ->> 'recovered_pence', '122800', 'the practice sees what was recovered');
SELECT is(tests.said(tests.review('R2', 'confirmed')), 'QUERY_UPHELD verdict', 'and cannot take an upheld query back');
SELECT is(tests.said(tests.review('R2', 'queried', 'wrong_hrg', 'no complication')), 'unchanged', 'though its file may say it again');
SELECT tests.act_as('X00002', 'gp-b') \g /dev/null
SELECT is(tests.said(tests.review('R4', 'queried', 'did_not_attend', 'see our letter')), 'recorded', 'a rejected query can be argued again');

SELECT * FROM finish();
ROLLBACK;
