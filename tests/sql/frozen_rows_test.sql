-- What is frozen of a month stands as it was, whatever comes of its other data sets; and VerifyLedger proves it row by row.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
\ir support/july.sql
SELECT plan(8);

-- Trust A's July again, as a file of one data set would leave it: all that stands carried over.
CREATE FUNCTION tests.proof() RETURNS text
LANGUAGE sql AS $$ SELECT concat_ws(' ', c ->> 'ok', c ->> 'examined') FROM ledger.verify_frozen('5XZ') c $$;
CREATE FUNCTION tests.send(id uuid, as_phase text, of_dataset text) RETURNS text
LANGUAGE sql AS $$
  INSERT INTO ledger.submission (commissioner_code, submission_id, provider_code, period, phase, upload_id, file_name, header, sha256,
    row_count, accepted_count, rejected_count, priced_count, excluded_count, unpriced_count, not_ours_count, cost_pence,
    supersedes_submission_id, organisation_code, user_id, recorded_at, dataset)
  SELECT '5XZ', id, 'RXA', '2017-07-01', as_phase, gen_random_uuid(), 'july.csv', 'record_id', sha256(convert_to(id::text, 'UTF8')),
         c.accepted, c.accepted, 0, c.priced, c.excluded, c.unpriced, c.not_ours, c.cost_pence, m.submission_id, '5XZ', 'finance',
         clock_timestamp(), of_dataset
    FROM job.lock_month('RXA', '2017-07-01') m
   CROSS JOIN job.carry_over('2017-07-01', m.submission_id, id, 100, '[]', NULL) c;
  SELECT job.store_rollup('2017-07-01', id);
  SELECT job.make_current(id);
  SELECT tests.proof();
$$;
CREATE FUNCTION tests.found(tampering text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  proof text;
BEGIN
  BEGIN
    EXECUTE tampering;
    proof := tests.proof();
    RAISE EXCEPTION USING ERRCODE = 'ZT000';
  EXCEPTION WHEN SQLSTATE 'ZT000' THEN
    RETURN proof;
  END;
END
$$;
\set freeze '\'10000000-0000-4000-8000-000000000011\''
\set newest '\'10000000-0000-4000-8000-000000000012\''

SELECT tests.act_as('5XZ', 'finance');
SELECT is(tests.send(:freeze, 'freeze', 'APC'), 'true 0', 'what a freeze holds itself needs no proof');
SELECT is(tests.send(:newest, 'flex', 'OP'), 'true 1', 'a file of another data set leaves it as it was');
SELECT is(tests.found(format('UPDATE ledger.activity SET %s WHERE submission_id = %L AND record_id = %L', change, id, 'R1')), 'false 1', about)
  FROM (VALUES ('total_pence = total_pence + 1', :newest, 'a penny more is found'),
    ('practice_code = ''X00002''', :newest, 'and another practice'),
    ('dataset = ''OP''', :newest, 'and another data set'),
    ('total_pence = total_pence + 1', :freeze, 'in the freeze as well')) AS t (change, id, about);
SELECT is(tests.found(format('DELETE FROM ledger.activity WHERE submission_id = %L AND record_id = %L', :newest, 'R8')), 'false 1',
  'a record that is gone');
SELECT is((SELECT string_agg(c ->> 'name', ' ') FROM json_array_elements(api.verify_ledger() -> 'checks') c WHERE NOT (c ->> 'ok')::boolean),
  NULL, 'all else verifies');

SELECT * FROM finish();
ROLLBACK;
