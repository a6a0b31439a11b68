-- A frozen month reopens by two people with a reason, unless money was settled by it; and what was known before stays known.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
\ir support/july.sql
\ir support/approved_july.sql
SELECT plan(34);

-- Trust B's July: a flex and the freeze, a week apart. Trust A's July is settled.
INSERT INTO ledger.submission
SELECT '5XZ', s.id::uuid, 'RXB', '2017-07-01', s.phase, gen_random_uuid(), 'july.csv', 'record_id', sha256(convert_to(s.id, 'UTF8')), 0,
       0, 0, 0, 0, 0, 0, 0, NULL, '5XZ', 'finance', s.recorded_at
  FROM (VALUES ('11000000-0000-4000-8000-000000000001', 'flex', '2017-08-18T09:00:00Z'::timestamptz),
    ('11000000-0000-4000-8000-000000000002', 'freeze', '2017-08-25T09:00:00Z')) AS s (id, phase, recorded_at);
INSERT INTO ledger.provider_month VALUES
  ('5XZ', 'RXB', '2017-07-01', 'frozen', '11000000-0000-4000-8000-000000000002', '2017-08-25T09:00:00Z', '{AE,APC,OP}');
UPDATE ledger.provider_month SET state = 'frozen', frozen_datasets = '{AE,APC,OP}' WHERE provider_code = 'RXA';

CREATE FUNCTION tests.july_b() RETURNS text
LANGUAGE sql AS $$
  SELECT m.state || ' ' || right(m.submission_id::text, 1) FROM ledger.current_months('infinity') m WHERE m.provider_code = 'RXB'
$$;
-- The same from the submissions themselves, at a moment.
CREATE FUNCTION tests.july_b_at(at timestamptz) RETURNS text
LANGUAGE sql AS $$
  SELECT m.state || ' ' || right(m.submission_id::text, 1) FROM ledger.known_months('5XZ', at) m WHERE m.provider_code = 'RXB'
$$;

SELECT tests.act_as('5XZ', 'finance');
SELECT is(tests.refusal($$SELECT api.request_reopen_month('RXB', '2017-07', ' ')$$), 'ZC400 REASON_NEEDED reason', 'a reason is needed');
SELECT is(tests.refusal($$SELECT api.request_reopen_month('RXB', '2017-07', 'patient 9434765919 is missing')$$),
  'ZC400 IDENTIFIER_IN_TEXT reason', 'that names no patient');
SELECT is(tests.refusal($$SELECT api.request_reopen_month('RXZ', '2017-07', 'why')$$), 'ZC404 PROVIDER_NOT_FOUND provider_code', 'of a provider');
SELECT is(tests.refusal($$SELECT api.request_reopen_month('RXB', '2017-06', 'why')$$), 'ZC412 MONTH_NOT_FROZEN period',
  'a month without a file is not frozen');
SELECT is((SELECT count(*) FROM ledger.provider_month WHERE period = '2017-06-01'), 0::bigint, 'and asking leaves nothing behind');
SELECT is(tests.refusal($$SELECT api.request_reopen_month('RXA', '2017-07', 'why')$$), 'ZC412 MONTH_SETTLED period',
  'a month that was settled stays closed');
SELECT api.request_reopen_month('RXB', '2017-07', 'ward 7 is missing') -> 'reopening' AS asked \gset
SELECT :'asked'::json ->> 'reopening_id' AS reopening \gset
SELECT is(:'asked'::json ->> 'state', 'requested', 'one person asks');
SELECT is(:'asked'::json ->> 'submission_id', '11000000-0000-4000-8000-000000000002', 'to let this freeze go');
SELECT is(tests.july_b(), 'frozen 2', 'which closes the month still');
SELECT is(tests.refusal($$SELECT api.request_reopen_month('RXB', '2017-07', 'again')$$), 'ZC412 REOPENING_REQUESTED period', 'once at a time');
SELECT is(tests.refusal(format('SELECT api.approve_reopen_month(%L)', :'reopening')), 'ZC412 SELF_APPROVAL reopening_id',
  'who asked does not approve');
SELECT throws_ok(format($$UPDATE ledger.reopening SET state = 'approved', approved_by_organisation = '5XZ', approved_by = 'finance',
  approved_at = now() WHERE reopening_id = %L$$, :'reopening'), '23514', NULL, 'the table itself refuses that');
SELECT is(tests.refusal($$SELECT api.approve_reopen_month('00000000-0000-4000-8000-000000000009')$$),
  'ZC404 REOPENING_NOT_FOUND reopening_id', 'what nobody asked for');
SELECT tests.act_as('5YY', 'finance');
SELECT is(tests.refusal(format('SELECT api.approve_reopen_month(%L)', :'reopening')), 'ZC404 REOPENING_NOT_FOUND reopening_id',
  'nor another PCT');

SELECT tests.act_as('5XZ', 'approver');
SELECT is(api.approve_reopen_month(:'reopening') #>> '{reopening,state}', 'approved', 'another person approves');
SELECT is(tests.july_b(), 'flex 2', 'the month is flex, and counts what was frozen');
SELECT is(tests.july_b_at('infinity'), 'flex 2', 'so the submissions say');
SELECT is(tests.july_b_at('2017-08-18T09:00:00Z'), 'flex 1', 'before the freeze the flex stands');
SELECT is(tests.july_b_at('2017-08-25T09:00:00Z'), 'frozen 2', 'as at a moment before the reopening the month is frozen');
SELECT is(tests.refusal(format('SELECT api.approve_reopen_month(%L)', :'reopening')), 'ZC412 REOPENING_APPROVED reopening_id', 'once');
SELECT is(tests.refusal($$SELECT api.request_reopen_month('RXB', '2017-07', 'again')$$), 'ZC412 MONTH_NOT_FROZEN period',
  'an open month needs no reopening');
SELECT is(ledger.month_edition('RXB', '2017-07-01'), 1::smallint, 'the next file begins another edition');

-- What comes after it: a flex and the same freeze again.
CREATE FUNCTION tests.resend(id text, as_phase text) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO ledger.submission
  SELECT s.commissioner_code, id::uuid, s.provider_code, s.period, as_phase, s.upload_id, s.file_name, s.header, s.sha256, 0, 0, 0, 0, 0, 0, 0,
         0, NULL, '5XZ', 'finance', clock_timestamp(), ledger.month_edition('RXB', '2017-07-01')
    FROM ledger.submission s WHERE s.submission_id = '11000000-0000-4000-8000-000000000002';
  SELECT job.make_current(id::uuid);
$$;
SELECT lives_ok($$SELECT tests.resend('11000000-0000-4000-8000-000000000003', 'flex')$$, 'a flex takes its place');
SELECT is(tests.july_b(), 'flex 3', 'a new flex wins over the old freeze');
SELECT is(tests.july_b_at('infinity'), 'flex 3', 'so the submissions say');
SELECT lives_ok($$SELECT tests.resend('11000000-0000-4000-8000-000000000004', 'freeze')$$, 'the bytes that were frozen can be frozen again');
SELECT is(tests.july_b_at('infinity') || ', ' || tests.july_b(), 'frozen 4, frozen 4', 'and close the month');
SELECT is(tests.july_b_at('2017-08-25T09:00:00Z'), 'frozen 2', 'the past stays as it was');
SELECT is((SELECT (c ->> 'ok')::boolean FROM json_array_elements(api.verify_ledger() -> 'checks') c WHERE c ->> 'name' = 'current_months'),
  false, 'Trust A''s month, frozen by hand, does not verify')
  WHERE EXISTS (SELECT FROM ledger.provider_month WHERE provider_code = 'RXA' AND state = 'frozen');
UPDATE ledger.provider_month SET state = 'flex', frozen_datasets = '{}' WHERE provider_code = 'RXA';
SELECT is((SELECT (c ->> 'ok')::boolean FROM json_array_elements(api.verify_ledger() -> 'checks') c WHERE c ->> 'name' = 'current_months'),
  true, 'the reopened one does');

SELECT is((SELECT string_agg(action || ': ' || detail, ', ' ORDER BY sequence) FROM ledger.audit_event WHERE action LIKE '%reopening'),
  'request_reopening: ward 7 is missing, approve_reopening: ward 7 is missing', 'both acts are in the audit chain with the reason');
SELECT is((SELECT string_agg(concat_ws(' ', r ->> 'period', r ->> 'state', r ->> 'requested_by', r ->> 'approved_by'), ', ')
  FROM json_array_elements(api.list_reopenings(NULL, NULL, 'RXB', NULL) -> 'reopenings') r), '2017-07 approved finance approver',
  'the history names both');
SELECT tests.act_as('RXA', 'trust-a');
SELECT is(json_array_length(api.list_reopenings(NULL, NULL, NULL, NULL) -> 'reopenings'), 0, 'another provider does not see it');
SELECT tests.act_as('RXB', 'trust-b');
SELECT is(json_array_length(api.list_reopenings(NULL, NULL, NULL, NULL) -> 'reopenings'), 1, 'its own does');

SELECT * FROM finish();
ROLLBACK;
