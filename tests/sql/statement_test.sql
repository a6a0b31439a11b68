-- Statements: one for the provider and one for each practice with lines; each sees its own; a watch misses none.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
\ir support/july.sql
SELECT tests.act_as('5XZ', 'auditor');
SELECT api.watch_statements(NULL, NULL) AS before \gset
\ir support/approved_july.sql
SELECT plan(35);

SELECT results_eq($$SELECT organisation_code::text COLLATE "default", sequence, right(reference, 4) COLLATE "default", invoiced_pence,
    undisputed_pence, disputed_pence FROM ledger.statement ORDER BY sequence$$,
  $$VALUES ('RXA', 1::bigint, '0001', 828200::bigint, 517900::bigint, 310300::bigint),
    ('X00001', 2, '0002', 226200, 190000, 36200), ('X00002', 3, '0003', 533800, 327900, 205900)$$,
  'the provider and each practice that bears lines gets one, numbered without gaps');
SELECT alike(reference, 'ST/2017-18/____', 'with a reference in the year of the month that it is about') FROM ledger.statement LIMIT 1;

-- A practice.
SELECT tests.act_as('X00001', 'gp-a');
SELECT api.list_statements(NULL, NULL, NULL) AS listed \gset
SELECT is(json_array_length(:'listed'::json -> 'statements'), 1, 'a practice is listed its own only');
SELECT is(:'listed'::json #>> '{statements,0,organisation_name}', 'The Example Surgery', 'by name');
SELECT is(json_array_length(:'listed'::json #> '{statements,0,lines}'), 0, 'without lines');
SELECT api.get_statement((:'listed'::json #>> '{statements,0,statement_id}')::uuid) AS mine \gset
SELECT is((SELECT array_agg(concat_ws(',', l ->> 'pod', l ->> 'activity', l ->> 'invoiced_pence', l ->> 'undisputed_pence',
    l ->> 'disputed_pence')) FROM json_array_elements(:'mine'::json #> '{statement,lines}') l),
  ARRAY['DC,3,217200,190000,27200', 'OPFA,1,9000,0,9000'], 'a practice''s lines are by point of delivery; what was not invoiced is on none');
SELECT is(:'mine'::json #>> '{statement,provider_name}', 'Trust A', 'it names the provider');
SELECT is(:'mine'::json #>> '{statement,invoice_number}', 'A-07', 'and the invoice');
SELECT is(:'mine'::json #>> '{statement,period}', '2017-07', 'and the month');
SELECT is(:'mine'::json #>> '{statement,month_state}', 'flex', 'which was flex when it was settled');

-- Others.
SELECT tests.act_as('X00002', 'gp-b');
SELECT is(tests.refusal(format('SELECT api.get_statement(%L)', :'mine'::json #>> '{statement,statement_id}')),
  'ZC404 STATEMENT_NOT_FOUND statement_id', 'another practice does not find it');
SELECT tests.act_as('RXB', 'trust-b');
SELECT is(tests.refusal(format('SELECT api.get_statement(%L)', :'mine'::json #>> '{statement,statement_id}')),
  'ZC404 STATEMENT_NOT_FOUND statement_id', 'nor does another provider');
SELECT is(json_array_length(api.list_statements(NULL, NULL, NULL) -> 'statements'), 0, 'which has none');
SELECT tests.act_as('5YY', 'finance');
SELECT is(tests.refusal(format('SELECT api.get_statement(%L)', :'mine'::json #>> '{statement,statement_id}')),
  'ZC404 STATEMENT_NOT_FOUND statement_id', 'nor another PCT');
SELECT tests.act_as('RXA', 'trust-a');
SELECT is(tests.refusal(format('SELECT api.get_statement(%L)', :'mine'::json #>> '{statement,statement_id}')),
  'ZC404 STATEMENT_NOT_FOUND statement_id', 'nor the provider whose invoice it is of');
SELECT api.list_statements(NULL, NULL, NULL) #>> '{statements,0,statement_id}' AS id \gset
SELECT is((SELECT array_agg(concat_ws(',', l ->> 'practice_code', l ->> 'pod', l ->> 'invoiced_pence', l ->> 'disputed_pence'))
             FROM json_array_elements(api.get_statement(:'id') #> '{statement,lines}') l),
  ARRAY['V81997,DC,1000,1000', 'X00001,DC,217200,27200', 'X00001,OPFA,9000,9000', 'X00002,EL,130000,0', 'X00002,NEL,403800,205900',
    'X00009,DC,67200,67200'], 'the provider''s lines are by practice and point of delivery');

SELECT is(json_array_length(api.list_statements(NULL, NULL, '2017-08-31') -> 'statements'), 0, 'as at a day before it there is none');
SELECT is(json_array_length(api.list_statements(NULL, NULL, ledger.today()::text) -> 'statements'), 1, 'as at today there is');

-- Watching.
SELECT tests.act_as('5XZ', 'auditor');
SELECT is(json_array_length(:'before'::json -> 'messages'), 0, 'a watch starts with nothing');
SELECT api.watch_statements(:'before'::json ->> 'cursor', NULL) AS seen \gset
SELECT is((SELECT array_agg(m #>> '{statement,organisation_code}') FROM json_array_elements(:'seen'::json -> 'messages') m),
  ARRAY['RXA', 'X00001', 'X00002'], 'then tells of each new statement in order');
SELECT is(json_array_length(:'seen'::json #> '{messages,0,statement,lines}'), 6, 'with its lines');
SELECT is(:'seen'::json ->> 'done', 'false', 'and goes on');
SELECT is(json_array_length(api.watch_statements(:'seen'::json ->> 'cursor', NULL) -> 'messages'), 0, 'nothing is told twice');
SELECT is(json_array_length(api.watch_statements(NULL, NULL) -> 'messages'), 0, 'a new watch tells of new ones only');
SELECT is(json_array_length(api.watch_statements(NULL, issued_at) -> 'messages'), 2, 'or of those since a moment, itself included')
  FROM ledger.statement WHERE sequence = 2;
SELECT is(json_array_length(api.watch_statements(NULL, now() + interval '1 day') -> 'messages'), 0, 'which may be still to come');
SELECT tests.act_as('X00002', 'gp-b');
SELECT is((SELECT array_agg(m #>> '{statement,organisation_code}') FROM json_array_elements(
  api.watch_statements(:'before'::json ->> 'cursor', NULL) -> 'messages') m), ARRAY['X00002'], 'a practice watches its own');

-- Counts outside the practice.
INSERT INTO ledger.statement
SELECT '5XZ', 'a0000000-0000-4000-8000-000000000001', 99, 'ST/2017/99', gen_random_uuid(), 'RXA', 'RXA', 'A', '2017-07-01', clock_timestamp(), 0, 0, 0;
INSERT INTO ledger.statement_line
SELECT '5XZ', 'a0000000-0000-4000-8000-000000000001', n, 'X00001', pod, activity, 100 * n, 0, 0
  FROM (VALUES (1, 'AE', 40), (2, 'DC', 3), (3, 'EL', 0), (4, 'NEL', 20), (5, 'OPFA', 30)) AS l (n, pod, activity);
CREATE FUNCTION pg_temp.counts(statement json) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(format('%s %s %s', l ->> 'pod', coalesce(l ->> 'activity', '*'), l ->> 'invoiced_pence'), ', ')
    FROM json_array_elements(statement #> '{statement,lines}') l
$$;
SELECT tests.act_as('RXA', 'trust-a') \g /dev/null
SELECT is(pg_temp.counts(api.get_statement('a0000000-0000-4000-8000-000000000001')), 'AE 40 100, DC * 200, EL 0 300, NEL * 400, OPFA 30 500',
  'a provider is shown no few of a practice, nor what they could be got from; what is billed it is');
SELECT tests.act_as('5XZ', 'auditor') \g /dev/null
SELECT is(pg_temp.counts(api.get_statement('a0000000-0000-4000-8000-000000000001')), 'AE 40 100, DC * 200, EL 0 300, NEL * 400, OPFA 30 500',
  'nor is an auditor');
SELECT is(pg_temp.counts(api.watch_statements('98', NULL) #> '{messages,0}'), 'AE 40 100, DC * 200, EL 0 300, NEL * 400, OPFA 30 500',
  'nor who watches');
SELECT is(pg_temp.counts(api.get_statement((:'mine'::json #>> '{statement,statement_id}')::uuid)), 'DC * 217200, OPFA * 9000',
  'of a practice''s statement of 3 and 1 only its own people see how many');
DELETE FROM ledger.statement_line WHERE statement_id = 'a0000000-0000-4000-8000-000000000001';
DELETE FROM ledger.statement WHERE statement_id = 'a0000000-0000-4000-8000-000000000001';
SELECT tests.act_as('X00002', 'gp-b') \g /dev/null

-- More than a call tells: the cursor carries on.
INSERT INTO ledger.statement
SELECT '5XZ', gen_random_uuid(), n, 'ST/2017/' || n, gen_random_uuid(), 'X00002', 'RXA', 'A', '2017-07-01', clock_timestamp(), 0, 0, 0
  FROM generate_series(4, 30) n;
INSERT INTO ledger.statement_line SELECT '5XZ', statement_id, 1, 'X00002', 'DC', 0, 0, 0, 0 FROM ledger.statement WHERE sequence > 3;
SELECT api.watch_statements('3', NULL) AS many \gset
SELECT is(json_array_length(:'many'::json -> 'messages'), 20, 'a call tells of 20 at most');
SELECT is(json_array_length(api.watch_statements(:'many'::json ->> 'cursor', NULL) -> 'messages'), 7, 'the next of the rest');
SELECT is((SELECT json_agg(s ->> 'reference')::text FROM json_array_elements(api.list_statements(3, NULL, NULL) -> 'statements') s),
  '["ST/2017/30", "ST/2017/29", "ST/2017/28"]', 'a list has the newest first');
SELECT is(json_array_length(api.list_statements(200, api.list_statements(3, NULL, NULL) ->> 'next_page_token', NULL) -> 'statements'), 25,
  'and the next page the rest');

SELECT * FROM finish();
ROLLBACK;
