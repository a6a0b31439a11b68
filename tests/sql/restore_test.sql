-- A submission that a wrong file replaced is made to count again: as it was, as a copy with a reason, and what counted in between stays known.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
\ir support/july.sql
SELECT plan(37);

-- July as sent is worth 5,352.00 in 6 records of ours; a file of one record has replaced it.
\set wrong '\'10000000-0000-4000-8000-000000000002\''
SELECT tests.add_activity(:wrong, 'RXA', 2, 'J1', 'X00001', 'DC', 'BZ34C', 'registered', 'priced', 67200);
SELECT tests.close_submission(:wrong, 'RXA');
UPDATE ledger.submission SET supersedes_submission_id = :july_submission WHERE submission_id = :wrong;
UPDATE ledger.submission SET recorded_at = '2017-08-18T09:00:00Z' WHERE submission_id = :july_submission;
UPDATE ledger.submission SET recorded_at = '2017-08-21T09:00:00Z' WHERE submission_id = :wrong;

CREATE FUNCTION tests.restore(id uuid) RETURNS text
LANGUAGE sql AS $$
  SELECT result_id FROM job.restore_submission(jsonb_build_object('submission_id', id, 'reason', 'that was June'))
$$;
CREATE FUNCTION tests.july_pence(at text) RETURNS bigint
LANGUAGE sql AS $$
  SELECT s.cost_pence FROM ledger.current_months(ledger.as_at(at)) m
    JOIN ledger.submission s ON s.commissioner_code = '5XZ' AND s.submission_id = m.submission_id WHERE m.provider_code = 'RXA'
$$;
-- A submission's rows and sums without what names the submission.
CREATE FUNCTION tests.content(id uuid) RETURNS text
LANGUAGE sql AS $$
  SELECT string_agg(x.content::text, E'\n' ORDER BY x.content::text COLLATE "C")
    FROM (SELECT to_jsonb(a) - 'submission_id' FROM ledger.activity a WHERE a.submission_id = id
          UNION ALL
          SELECT to_jsonb(r) - 'submission_id' FROM ledger.activity_rollup r WHERE r.submission_id = id) x (content)
$$;
CREATE FUNCTION tests.failed() RETURNS text
LANGUAGE sql AS $$
  SELECT coalesce(string_agg(c ->> 'name', ' '), '') FROM json_array_elements(api.verify_ledger() -> 'checks') c
   WHERE NOT (c ->> 'ok')::boolean
$$;

SELECT tests.act_as('5XZ', 'finance');
SELECT is(tests.july_pence(NULL), 67200::bigint, 'a wrong file counts');

-- Asking.
SELECT is(tests.refusal(format('SELECT api.restore_submission(%L, NULL, NULL)', :july_submission)), 'ZC400 REASON_NEEDED reason', 'a reason is needed');
SELECT is(tests.refusal(format('SELECT api.restore_submission(%L, %L, NULL)', :july_submission, ' ')), 'ZC400 REASON_NEEDED reason', 'of words');
SELECT is(tests.refusal(format('SELECT api.restore_submission(%L, %L, NULL)', :july_submission, 'without 9434765919')),
  'ZC400 IDENTIFIER_IN_TEXT reason', 'that name no patient');
SELECT is(tests.refusal($$SELECT api.restore_submission('10000000-0000-4000-8000-000000000009', 'why', NULL)$$),
  'ZC404 SUBMISSION_NOT_FOUND submission_id', 'what never came cannot count');
SELECT is(tests.refusal(format('SELECT api.restore_submission(%L, %L, NULL)', :wrong, 'why')), 'ZC412 SUBMISSION_CURRENT submission_id',
  'what counts already is refused');
UPDATE ledger.provider_month SET state = 'frozen', frozen_datasets = '{AE,APC,OP}' WHERE provider_code = 'RXA';
SELECT is(tests.refusal(format('SELECT api.restore_submission(%L, %L, NULL)', :july_submission, 'why')), 'ZC412 MONTH_FROZEN submission_id',
  'a frozen month needs two people first');
SELECT is(tests.refusal(format('SELECT tests.restore(%L)', :july_submission)), 'ZC412 MONTH_FROZEN submission_id',
  'also if it was frozen after the asking');
UPDATE ledger.provider_month SET state = 'flex', frozen_datasets = '{}' WHERE provider_code = 'RXA';
SELECT tests.act_as('5YY', 'finance');
SELECT is(tests.refusal(format('SELECT api.restore_submission(%L, %L, NULL)', :july_submission, 'why')),
  'ZC404 SUBMISSION_NOT_FOUND submission_id', 'another PCT''s is as if it were not there');
SELECT tests.act_as('5XZ', 'finance');
SELECT api.restore_submission(:july_submission, 'that was June', true) #>> '{operation,operation_id}' AS asked \gset
SELECT is((SELECT concat_ws(' ', o.kind, o.state, o.params = jsonb_build_object('submission_id', :july_submission, 'reason',
    'that was June', 'validate_only', true)) FROM job.operation o WHERE o.operation_id = :'asked'), 'restore_submission queued t',
  'an operation is queued');
SELECT is(tests.july_pence(NULL), 67200::bigint, 'asking changes nothing');

-- Doing it, as job.enter of the operation would.
SELECT set_config('pbc.operation', :'asked', true);
SELECT result_id AS restored, outcomes FROM job.restore_submission(
  jsonb_build_object('submission_id', :july_submission, 'reason', 'that was June')) \gset
SELECT is(tests.july_pence(NULL), 535200::bigint, 'what was replaced counts again');
SELECT isnt(:'restored'::uuid, :july_submission, 'as a submission of its own');
SELECT is(tests.content(:'restored'), tests.content(:july_submission), 'with the same rows, lines, prices and sums');
SELECT is((SELECT concat_ws(' ', s.phase, s.supersedes_submission_id = :wrong, s.restore_of_submission_id = :july_submission,
                    s.sent_submission_id = :july_submission, s.sha256 = o.sha256, s.priced_at = o.recorded_at, s.restore_reason)
             FROM ledger.submission s, ledger.submission o WHERE s.submission_id = :'restored' AND o.submission_id = :july_submission),
  'flex t t t t t that was June', 'of the same file, in place of the wrong one, with the reason');
SELECT is((SELECT string_agg(concat_ws(' ', o ->> 'name', o ->> 'value'), ', ') FROM json_array_elements(:'outcomes') o),
  format('restored %s, accepted 8, cost_pence 535200, supersedes %s, superseded_accepted 1, superseded_cost_pence 67200, months_on_other_tariff 0',
    :july_submission, :wrong), 'the outcome tells both versions');
SELECT is(tests.july_pence('2017-08-18'), 535200::bigint, 'as at the day of the file: the file');
SELECT is(tests.july_pence('2017-08-21'), 67200::bigint, 'as at the day of the wrong file: the wrong file');
SELECT is((SELECT concat_ws(' ', user_id, subject, detail) FROM ledger.audit_event WHERE action = 'restore_submission'),
  format('finance provider RXA, 2017-07, submission %s that was June', :july_submission), 'the audit chain says who, what and why');
SELECT is((SELECT concat_ws(' ', s ->> 'current', s ->> 'restore_of_submission_id' = :july_submission, s ->> 'restore_reason')
             FROM json_extract_path(api.get_submission(:'restored'), 'submission') s), 'true t that was June', 'and so does the submission');
SELECT is(tests.failed(), '', 'the books verify');

-- Again, and back again.
SELECT is(tests.refusal(format('SELECT api.restore_submission(%L, %L, NULL)', :'restored', 'why')), 'ZC412 SUBMISSION_CURRENT submission_id',
  'the copy counts already');
SELECT is(tests.refusal(format('SELECT api.restore_submission(%L, %L, NULL)', :july_submission, 'why')), 'ZC412 SUBMISSION_CURRENT submission_id',
  'and so does what it is a copy of');
SELECT tests.restore(:wrong) AS wrong_again \gset
SELECT is(tests.july_pence(NULL), 67200::bigint, 'a restoring can be taken back');
SELECT tests.restore(:'restored') AS third \gset
SELECT is((SELECT concat_ws(' ', s.restore_of_submission_id = :july_submission, s.priced_at = '2017-08-18T09:00:00Z')
             FROM ledger.submission s WHERE s.submission_id = :'third'), 't t', 'a copy of a copy is a copy of what was sent');
SELECT is(tests.content(:'third'), tests.content(:july_submission), 'and is the same');
SELECT is(tests.failed(), '', 'the books verify');

INSERT INTO ledger.submission SELECT '5XZ', '10000000-0000-4000-8000-000000000003', 'RXA', '2017-07-01', 'adjustment', gen_random_uuid(),
  'late.csv', 'record_id', sha256('late'), 0, 0, 0, 0, 0, 0, 0, 0, NULL, 'RXA', 'trust', clock_timestamp();
SELECT is(tests.refusal($$SELECT api.restore_submission('10000000-0000-4000-8000-000000000003', 'why', NULL)$$),
  'ZC412 SUBMISSION_CURRENT submission_id', 'an adjustment is replaced by nothing, so it counts already');

-- A corrected tariff since: a copy rests on the one that it was priced on, whenever it was made.
SELECT is((SELECT count(*) FROM job.stale_months(2017)), 0::bigint, 'without another tariff the month is up to date');
INSERT INTO ref.tariff
SELECT id::uuid, 2017, sha256(convert_to(id, 'UTF8')), 'tariff.csv', '2017-08-01T00:00:00Z'
  FROM (VALUES ('40000000-0000-4000-8000-000000000001'), ('40000000-0000-4000-8000-000000000002')) t (id);
INSERT INTO ledger.tariff_in_force VALUES
  ('5XZ', 2017, 1, '40000000-0000-4000-8000-000000000001', '5XZ', 'finance', '2017-08-01T00:00:00Z'),
  ('5XZ', 2017, 2, '40000000-0000-4000-8000-000000000002', '5XZ', 'finance', '2017-08-20T00:00:00Z');
SELECT is((SELECT string_agg(s.provider_code, ' ') FROM job.stale_months(2017) s), 'RXA', 'a month restored from before a correction is not');
SELECT tests.restore(:wrong) AS fourth \gset
SELECT is((SELECT count(*) FROM job.stale_months(2017)), 0::bigint, 'one from after it is');
SELECT is((SELECT o ->> 'value' FROM job.restore_submission(jsonb_build_object('submission_id', :july_submission, 'reason', 'r')) r,
  json_array_elements(r.outcomes) o WHERE o ->> 'name' = 'months_on_other_tariff'), '1', 'the outcome tells');

-- Verify finds a copy that is not what it restores, though its rows, sums and figures agree with each other.
CREATE FUNCTION tests.failed_after(tampering text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  failed text;
BEGIN
  BEGIN
    EXECUTE tampering;
    failed := tests.failed();
    RAISE EXCEPTION USING ERRCODE = 'ZT000';
  EXCEPTION WHEN SQLSTATE 'ZT000' THEN
    RETURN failed;
  END;
END
$$;
SELECT is(tests.failed_after(format($$UPDATE ledger.activity SET practice_code = 'X00002' WHERE submission_id = %1$L AND record_id = 'R1';
    UPDATE ledger.activity_rollup SET practice_code = 'X00002' WHERE submission_id = %1$L AND practice_code = 'X00001' AND hrg = 'BZ34C'$$,
  :'third')), 'restored_as_they_were', 'another practice');
SELECT is(tests.failed_after(format($$UPDATE ledger.activity SET total_pence = total_pence + 1 WHERE submission_id = %1$L AND record_id = 'R1';
    UPDATE ledger.activity_rollup SET cost_pence = cost_pence + 1 WHERE submission_id = %1$L AND practice_code = 'X00001' AND hrg = 'BZ34C';
    UPDATE ledger.submission SET cost_pence = cost_pence + 1 WHERE submission_id = %1$L$$, :'third')), 'restored_as_they_were', 'another price');
SELECT is(tests.failed_after(format($$UPDATE ledger.submission SET restore_of_submission_id = %L WHERE submission_id = %L$$, :wrong, :'third')),
  'restored_as_they_were', 'another original');
SELECT is(tests.failed_after(format($$UPDATE ledger.submission SET row_count = row_count + 1, rejected_count = 1 WHERE submission_id = %L$$,
  :'third')), 'restored_as_they_were', 'another count');
SELECT is(tests.failed(), '', 'untouched books verify');

SELECT * FROM finish();
ROLLBACK;
