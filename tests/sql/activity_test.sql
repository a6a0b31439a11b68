-- Reading activity: a practice's own records, with a reason that is kept; rejects as sent; every reading an audit event.
BEGIN;
SELECT plan(20);

SELECT set_config('pbc.commissioner', '5XZ', true), set_config('pbc.organisation', '5XZ', true);
INSERT INTO ledger.commissioner VALUES ('5XZ', 'Aldermoor PCT');
INSERT INTO ledger.app_user VALUES ('5XZ', '5XZ', 'finance', 'Finance', '{pct_finance}', NULL, NULL, true),
  ('5XZ', 'X00001', 'gp', 'A practice', '{practice_lead}', 'X00001', NULL, true);
INSERT INTO ledger.practice VALUES ('5XZ', 'X00001', 'The Example Surgery'), ('5XZ', 'X00002', 'Another Surgery');
CREATE TABLE ledger.activity_test PARTITION OF ledger.activity FOR VALUES FROM ('1907-07-01') TO ('1907-08-01');
INSERT INTO ledger.submission
SELECT '5XZ', ('00000000-0000-4000-8000-00000000000' || n)::uuid, 'RXA', '1907-07-01', 'flex', gen_random_uuid(), 'july.csv',
       'record_id,hrg', sha256(n::text::bytea), 4, 3, 1, 3, 0, 0, 0, 300, NULL, '5XZ', 'finance', now() + n * interval '1 second'
  FROM generate_series(1, 2) n;
INSERT INTO ledger.provider_month VALUES ('5XZ', 'RXA', '1907-07-01', 'flex', '00000000-0000-4000-8000-000000000002', now());
INSERT INTO ledger.activity (commissioner_code, period, submission_id, line, record_id, dataset, provider_code, practice_code,
  responsible_code, attribution, sex, age, activity_date, pod, price_state, total_pence)
SELECT '5XZ', '1907-07-01', ('00000000-0000-4000-8000-00000000000' || s)::uuid, l, 'R' || s || l, 'APC', 'RXA',
       CASE WHEN l = 4 THEN 'X00002' ELSE 'X00001' END, '5XZ', CASE WHEN l = 5 THEN 'registered_elsewhere' ELSE 'registered' END, '1', 50,
       '1907-07-20', 'DC', 'priced', 100
  FROM generate_series(1, 2) s CROSS JOIN generate_series(2, 5) l;
INSERT INTO patient.reject VALUES
  ('5XZ', '00000000-0000-4000-8000-000000000002', 9, 1, 'nhs_number', 'E103', 'error', 'the check digit is wrong', 'R29,9990000000'),
  ('5XZ', '00000000-0000-4000-8000-000000000002', 9, 2, 'hrg', 'W201', 'warning', 'not in the tariff', 'R29,9990000000');

SELECT api.enter('X00001', 'gp', NULL, '{practice_lead}', 'ListActivity', 0);
SELECT throws_ok($$SELECT api.list_activity('X00001', '1907-07', NULL, NULL, NULL, NULL)$$, 'ZC400', NULL, 'a reason is needed');
SELECT throws_ok($$SELECT api.list_activity('X00002', '1907-07', 'validation', NULL, NULL, NULL)$$, 'ZC404', 'no practice X00002',
  'another practice is not found');
SELECT throws_ok($$SELECT api.list_activity('X00009', '1907-07', 'validation', NULL, NULL, NULL)$$, 'ZC404', 'no practice X00009',
  'like one that does not exist');
CREATE TEMP TABLE page1 AS SELECT api.list_activity('X00001', '1907-07', 'validation', 1, NULL, NULL) AS answer;
SELECT is((SELECT answer #>> '{records,0,record_id}' FROM page1), 'R22', 'the current submission''s first record');
SELECT is((SELECT api.list_activity('X00001', '1907-07', 'validation', 1, answer ->> 'next_page_token', NULL) #>> '{records,0,record_id}'
  FROM page1), 'R23', 'the next page goes on after it');
SELECT is(json_array_length(api.list_activity('X00001', '1907-07', 'validation', NULL, NULL, NULL) -> 'records'), 2,
  'not the replaced submission, not another practice''s, not who was not ours');
SELECT is(api.list_activity(NULL, '1907-07', 'validation', NULL, NULL, NULL)::text,
  api.list_activity('X00001', '1907-07', 'validation', NULL, NULL, NULL)::text, 'who names no practice gets their own');
SELECT is((SELECT answer #>> '{records,0,phase}' FROM page1), 'flex', 'a record says that it is flex');
SELECT is((SELECT count(*) FROM ledger.audit_event WHERE action = 'read_patient_level')::integer, 5, 'each reading is an event');
SELECT is((SELECT detail FROM ledger.audit_event ORDER BY sequence LIMIT 1), 'validation', 'with its reason');
-- A second provider's month, whose submission's id comes first.
INSERT INTO ledger.submission
SELECT '5XZ', '00000000-0000-4000-8000-000000000000', 'RXB', '1907-07-01', 'flex', gen_random_uuid(), 'july.csv', 'record_id,hrg', sha256('b'),
       3, 3, 0, 3, 0, 0, 0, 300, NULL, '5XZ', 'finance', now();
INSERT INTO ledger.provider_month VALUES ('5XZ', 'RXB', '1907-07-01', 'flex', '00000000-0000-4000-8000-000000000000', now());
INSERT INTO ledger.activity (commissioner_code, period, submission_id, line, record_id, dataset, provider_code, practice_code,
  responsible_code, attribution, sex, age, activity_date, pod, price_state, total_pence)
SELECT '5XZ', '1907-07-01', '00000000-0000-4000-8000-000000000000', l, 'B' || l, 'APC', 'RXB', 'X00001', '5XZ', 'registered', '1', 50,
       '1907-07-20', 'DC', 'priced', 100 FROM generate_series(2, 4) l;
WITH RECURSIVE page AS (
  SELECT api.list_activity('X00001', '1907-07', 'validation', 2, NULL, NULL) AS answer
  UNION ALL
  SELECT api.list_activity('X00001', '1907-07', 'validation', 2, p.answer ->> 'next_page_token', NULL) FROM page p
   WHERE p.answer ->> 'next_page_token' <> ''
)
SELECT is(string_agg(r ->> 'record_id', ' '), 'B2 B3 B4 R22 R23', 'a page goes on from one submission to the next, each record once')
  FROM page p CROSS JOIN LATERAL json_array_elements(p.answer -> 'records') r;
SELECT throws_ok($$SELECT api.list_activity('X00001', '1907-07', 'validation', 1, 'bm9uc2Vuc2U', NULL)$$, 'ZC400', NULL, 'a made-up page token');

SELECT api.enter('5XZ', 'finance', NULL, '{pct_finance}', 'ListRejects', 0);
SELECT throws_ok($$SELECT api.list_rejects('00000000-0000-4000-8000-000000000002', ' ', NULL, NULL)$$, 'ZC400', NULL, 'a reason is needed');
SELECT throws_ok($$SELECT api.list_rejects('00000000-0000-4000-8000-000000000002', '943 476 5919', NULL, NULL)$$, 'ZC400', NULL,
  'that names no patient');
SELECT is(json_array_length(api.list_rejects('00000000-0000-4000-8000-000000000002', 'to mend', NULL, NULL) -> 'rejects'), 2, 'both faults of the row');
SELECT is((SELECT detail FROM ledger.audit_event ORDER BY sequence DESC LIMIT 1), 'to mend', 'the audit chain keeps it');
SELECT is(api.list_rejects('00000000-0000-4000-8000-000000000002', 'to mend', 1, NULL) #>> '{rejects,0,source}', 'R29,9990000000', 'as sent');
SELECT is(api.list_rejects('00000000-0000-4000-8000-000000000002', 'to mend', NULL, NULL) ->> 'header', 'record_id,hrg', 'with the header');
SELECT throws_ok($$SELECT api.list_rejects('00000000-0000-4000-8000-000000000009', 'to mend', NULL, NULL)$$, 'ZC404', NULL, 'no such submission');
SELECT is(api.get_submission('00000000-0000-4000-8000-000000000001') #>> '{submission,current}', 'false', 'a replaced one says so');

SELECT * FROM finish();
ROLLBACK;
