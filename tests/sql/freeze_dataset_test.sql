-- A month closes data set by data set: what a freeze closes, what a month that is frozen in part takes, and that the submissions tell the
-- same of every moment.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
SELECT plan(48);

CREATE FUNCTION tests.file(number integer) RETURNS uuid
LANGUAGE sql RETURN ('11000000-0000-4000-8000-0000000000' || to_char(number, 'FM00'))::uuid;
CREATE FUNCTION tests.minute(number integer) RETURNS timestamptz
LANGUAGE sql RETURN '2017-08-18T09:00:00Z'::timestamptz + number * interval '1 minute';
-- A file of Trust B's July that comes at a minute of the morning of 18 August, as an import stores it.
CREATE FUNCTION tests.send(number integer, as_phase text, of_dataset text, repriced boolean DEFAULT false) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO ledger.submission (commissioner_code, submission_id, provider_code, period, phase, upload_id, file_name, header, sha256,
    row_count, accepted_count, rejected_count, priced_count, excluded_count, unpriced_count, not_ours_count, cost_pence,
    supersedes_submission_id, reprice_of_submission_id, organisation_code, user_id, recorded_at, edition, dataset)
  SELECT '5XZ', tests.file(number), 'RXB', '2017-07-01', as_phase, gen_random_uuid(), 'july.csv', 'record_id',
         sha256(convert_to(number::text, 'UTF8')), 0, 0, 0, 0, 0, 0, 0, 0, m.submission_id, CASE WHEN repriced THEN m.submission_id END, '5XZ',
         'finance', tests.minute(number), ledger.month_edition('RXB', '2017-07-01'), of_dataset
    FROM job.lock_month('RXB', '2017-07-01') m;
  SELECT job.make_current(tests.file(number));
$$;
-- State, what is frozen, and the file that counts: as it is kept, and as the submissions tell it of a minute.
CREATE FUNCTION tests.kept() RETURNS text
LANGUAGE sql RETURN (SELECT concat_ws(' ', m.state, m.frozen_datasets, right(m.submission_id::text, 2)) FROM ledger.provider_month m);
CREATE FUNCTION tests.known(number integer) RETURNS text
LANGUAGE sql RETURN (SELECT concat_ws(' ', m.state, m.frozen_datasets, right(m.submission_id::text, 2))
  FROM ledger.known_months('5XZ', tests.minute(number)) m);
CREATE FUNCTION tests.verified() RETURNS boolean
LANGUAGE sql RETURN (ledger.verify_months('5XZ') ->> 'ok')::boolean;
-- What is said of a file that came now.
CREATE FUNCTION tests.taken(phase text, dataset text) RETURNS text
LANGUAGE sql RETURN tests.refusal(format('SELECT job.require_open_month(%L, %L, %L, %L)', 'RXB', '2017-07-01', phase, dataset));

SELECT tests.act_as('5XZ', 'finance');
CREATE TEMP TABLE seen (number integer, kept text);
CREATE FUNCTION tests.step(number integer, as_phase text, of_dataset text, expected text, about text, repriced boolean DEFAULT false)
RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tests.send(number, as_phase, of_dataset, repriced);
  INSERT INTO pg_temp.seen SELECT number, tests.kept();
  RETURN NEXT is(tests.kept(), expected, about);
  RETURN NEXT is(tests.known(number), expected, 'so the submissions tell');
END
$$;

SELECT tests.step(1, 'flex', NULL, 'flex {} 01', 'a flex of the whole month closes nothing');
SELECT tests.step(2, 'freeze', 'OP', 'flex {OP} 02', 'a freeze of a data set closes that one, and the month is flex');
SELECT is(tests.taken('flex', NULL), 'ZC412 MONTH_FROZEN dataset', 'a flex of the whole month is not taken then');
SELECT is(tests.taken('freeze', NULL), 'ZC412 MONTH_FROZEN dataset', 'nor a freeze of it');
SELECT is(tests.taken('flex', 'OP'), 'ZC412 MONTH_FROZEN dataset', 'nor a flex of the data set');
SELECT is(tests.taken('freeze', 'OP'), 'ZC412 MONTH_FROZEN dataset', 'nor another freeze of it');
SELECT is(tests.taken('adjustment', NULL), 'ZC412 MONTH_FROZEN period', 'and no adjustment is posted where a figure is final');
SELECT is(tests.taken('flex', 'APC'), 'accepted', 'a flex of another is taken');
SELECT is(tests.taken('freeze', 'AE'), 'accepted', 'and its freeze');
SELECT throws_like($$SELECT tests.send(3, 'flex', NULL)$$, '2017-07 of provider RXB is frozen for OP', 'what counts is no other file either');
SELECT tests.step(3, 'flex', 'APC', 'flex {OP} 03', 'which leaves closed what is');
SELECT tests.step(4, 'flex', NULL, 'flex {OP} 04', 'as does the month that is priced again', true);
SELECT tests.step(5, 'freeze', 'AE', 'flex {AE,OP} 05', 'another freeze closes another');
SELECT is(tests.refusal(format('SELECT ledger.restorable_submission(%L)', tests.file(1))), 'ZC412 MONTH_FROZEN submission_id',
  'no earlier version of the month is restored');
SELECT is((SELECT count(*) FROM job.lock_frozen_months('RXB', '2017-09-01')), 0::bigint, 'what is frozen in part is not adjusted');
SELECT tests.step(6, 'freeze', 'APC', 'frozen {AE,APC,OP} 06', 'the freeze of the last data set closes the month');
SELECT is(tests.taken('freeze', 'APC'), 'ZC412 MONTH_FROZEN period', 'which takes nothing more');
SELECT is((SELECT string_agg(period::text, ' ') FROM job.lock_frozen_months('RXB', '2017-09-01')), '2017-07-01', 'and is adjusted');
SELECT is((SELECT string_agg(format('%s %s', right(s.submission_id::text, 1), ledger.closed_with(s)), ', ' ORDER BY s.recorded_at)
  FROM ledger.submission s), '1 {}, 2 {OP}, 3 {OP}, 4 {OP}, 5 {AE,OP}, 6 {AE,APC,OP}', 'each submission knows what was closed with it');
SELECT is((SELECT string_agg(ledger.settled_state(s.submission_id), ' ' ORDER BY s.recorded_at) FROM ledger.submission s),
  'flex flex flex flex flex frozen', 'a settlement that rests on one is as firm as all of the month was');
SELECT is(tests.known(s.number), s.kept, format('as at minute %s the month was %s', s.number, s.kept)) FROM seen s ORDER BY s.number;
SELECT ok(tests.verified(), 'what is kept verifies');

-- Where differences of a frozen month are posted.
INSERT INTO ledger.provider_month VALUES ('5XZ', 'RXB', '2017-08-01', 'flex', tests.file(6), now(), '{OP}');
SELECT is(job.posting_month('RXB', '2017-07-01'), '2017-09-01', 'they are posted in the first month after it of which nothing is frozen');
DELETE FROM ledger.provider_month WHERE period = '2017-08-01';

-- Whatever a hand did is found.
CREATE FUNCTION tests.found(tampering text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  verified boolean;
BEGIN
  BEGIN
    EXECUTE tampering;
    verified := tests.verified();
    RAISE EXCEPTION USING ERRCODE = 'ZT000';
  EXCEPTION WHEN SQLSTATE 'ZT000' THEN
    RETURN NOT verified;
  END;
END
$$;
SELECT ok(tests.found($$UPDATE ledger.provider_month SET state = 'flex', frozen_datasets = '{AE,OP}'$$), 'a data set opened by hand is found');
SELECT ok(tests.found(format('UPDATE ledger.submission SET dataset = %L WHERE submission_id = %L', 'AE', tests.file(6))),
  'a freeze of another data set than it was');
SELECT ok(tests.found(format('DELETE FROM ledger.submission WHERE submission_id = %L', tests.file(2))), 'a freeze that is gone');
SELECT throws_ok($$UPDATE ledger.provider_month SET frozen_datasets = '{OP}'$$, '23514', NULL, 'a frozen month is frozen in all its data sets');
SELECT throws_ok($$UPDATE ledger.provider_month SET state = 'flex'$$, '23514', NULL, 'and one of which all are is frozen');

-- Reopening opens all of it, of a month that is frozen in part as well.
SELECT api.request_reopen_month('RXB', '2017-07', 'ward 7 is missing') #>> '{reopening,reopening_id}' AS reopening \gset
SELECT tests.act_as('5XZ', 'approver');
SELECT is(api.approve_reopen_month(:'reopening') #>> '{reopening,state}', 'approved', 'two people reopen it');
UPDATE ledger.reopening SET approved_at = tests.minute(6);   -- before the files that come
SELECT tests.act_as('5XZ', 'finance');
SELECT is(tests.kept(), 'flex {} 06', 'with all its data sets');
SELECT is((SELECT concat_ws(' ', m.state, m.frozen_datasets) FROM ledger.known_months('5XZ', 'infinity') m), 'flex {}', 'so the submissions tell');
SELECT is(tests.known(5), 'flex {AE,OP} 05', 'the past stays as it was');
SELECT tests.step(7, 'freeze', 'OP', 'flex {OP} 07', 'the next edition closes anew');
SELECT api.request_reopen_month('RXB', '2017-07', 'ward 8 is missing') #>> '{reopening,reopening_id}' AS reopening \gset
SELECT tests.act_as('5XZ', 'approver');
SELECT is(api.approve_reopen_month(:'reopening') #>> '{reopening,state}', 'approved', 'of which a part can be reopened too');
SELECT is(tests.kept(), 'flex {} 07', 'and is');
SELECT ok(tests.verified(), 'what is kept verifies');

SELECT * FROM finish();
ROLLBACK;
