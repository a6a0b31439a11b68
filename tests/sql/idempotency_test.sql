-- A write with the same request id happens once: the repeat gets the first answer, another body is refused, another tenant is another.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
SELECT plan(14);

-- As dispatch wraps a write. The body's hash stands for the body.
CREATE FUNCTION tests.write(request_id uuid, body text, content json) RETURNS json LANGUAGE sql AS $$
  SELECT coalesce(api.replay('CreateBusinessCase', request_id, sha256(convert_to(body, 'UTF8'))),
    api.record('CreateBusinessCase', request_id, sha256(convert_to(body, 'UTF8')), api.create_business_case('X00001', content)))
$$;
\set id '\'00000000-0000-4000-8000-00000000000a\''

SELECT tests.act_as('X00001', 'gp-a');
SELECT tests.write(:id, 'one', '{"title": "One"}')::text AS first \gset
SELECT is(:'first'::json #>> '{business_case,content,title}', 'One', 'the first time it happens');
SELECT is(tests.write(:id, 'one', '{"title": "One"}')::text, :'first', 'a repeat gets the first answer, to the byte');
SELECT is((SELECT count(*) FROM ledger.business_case), 1::bigint, 'and does nothing');
SELECT is((SELECT count(*) FROM ledger.audit_event), 1::bigint, 'not even an event');
SELECT is(tests.refusal(format('SELECT tests.write(%L, %L, %L)', :id, 'other', '{}')), 'ZC409 REQUEST_ID_REUSED request_id',
  'the same id with another body is refused');
SELECT is((SELECT count(*) FROM ledger.business_case), 1::bigint, 'and does nothing either');
SELECT api.update_business_case((:'first'::json #>> '{business_case,case_id}')::uuid, '1', '{"title": "Two"}') AS later \gset
SELECT is(tests.write(:id, 'one', '{"title": "One"}')::text, :'first', 'the answer stays the first one whatever happened since');

SELECT tests.act_as('X00001', 'nurse-a');
SELECT is(tests.refusal(format('SELECT tests.write(%L, %L, %L)', :id, 'one', '{}')), 'ZC409 REQUEST_ID_REUSED request_id',
  'nor does a colleague get another person''s answer');
SELECT is(tests.refusal(format('SELECT api.replay(%L, %L, sha256(%L))', 'SubmitBusinessCase', :id, 'one')), 'accepted',
  'an id is of one method');

SELECT tests.act_as('5YY', 'finance');
SELECT is(api.replay('CreateBusinessCase', :id, sha256('one'))::text, NULL, 'another PCT''s same id is new');
SELECT is((SELECT count(*) FROM ledger.request WHERE request_id = :id AND commissioner_code = '5YY'), 1::bigint, 'and its own');
SELECT tests.act_as('X00002', 'gp-b');
SELECT is(api.replay('CreateBusinessCase', :id, sha256('one'))::text, NULL, 'so is another organisation''s');

-- A refused write takes no id: the corrected request may use it again.
SELECT tests.act_as('X00001', 'gp-a');
\set next '\'00000000-0000-4000-8000-00000000000b\''
SELECT is(tests.refusal(format('SELECT tests.write(%L, %L, %L)', :next, 'bad', '{"need": "943 476 5919"}')),
  'ZC400 IDENTIFIER_IN_TEXT content.need', 'a refused write');
SELECT is(tests.refusal(format('SELECT tests.write(%L, %L, %L)', :next, 'good', '{"need": "Waits"}')), 'accepted', 'takes no id');

SELECT * FROM finish();
ROLLBACK;
