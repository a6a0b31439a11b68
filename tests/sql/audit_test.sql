-- Every write adds one event to its PCT's chain, which starts from the PCT's code; any change breaks it. The hash is recomputed here from
-- its definition: length-prefixed fields after the hash before.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
SELECT plan(10);

SELECT tests.act_as('5XZ', 'finance');
SELECT count(coalesce(api.replay('RunBudget', id, sha256('x')), api.record('RunBudget', id, sha256('x'), '{}'))) AS writes
  FROM (SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid AS id FROM generate_series(1, 3) n) r \gset
SELECT tests.act_as('5YY', 'finance');
SELECT ledger.audit('read_patient_level', 'X00009 2017-07', 'complaint');

SELECT is((SELECT array_agg(commissioner_code || sequence ORDER BY commissioner_code, sequence) FROM ledger.audit_event),
  ARRAY['5XZ1', '5XZ2', '5XZ3', '5YY1'], 'each PCT has its chain, without gaps');
SELECT is((SELECT previous_sha256::bytea FROM ledger.audit_event WHERE commissioner_code = '5XZ' AND sequence = 1), sha256('5XZ'),
  'which starts from its code');
SELECT is((SELECT sha256::bytea FROM ledger.audit_event WHERE commissioner_code = '5XZ' AND sequence = 2),
  (SELECT sha256(p.sha256 || convert_to('1:2,16:' || floor(extract(epoch FROM e.recorded_at) * 1000000)::bigint
     || ',3:5XZ,7:finance,9:RunBudget,36:00000000-0000-4000-8000-000000000002,64:' || encode(sha256('x'), 'hex'), 'UTF8'))
     FROM ledger.audit_event p, ledger.audit_event e
    WHERE p.commissioner_code = '5XZ' AND p.sequence = 1 AND e.commissioner_code = '5XZ' AND e.sequence = 2),
  'an event''s hash covers the one before and all its fields');
SELECT is((SELECT (h.sequence, h.sha256) FROM ledger.audit_head h WHERE commissioner_code = '5XZ'),
  (SELECT (e.sequence, e.sha256) FROM ledger.audit_event e WHERE commissioner_code = '5XZ' AND sequence = 3), 'the head is the last');
SELECT isnt(ledger.audit_hash('x', 1, now(), 'a', 'bc', 'd', 'e', 'f'), ledger.audit_hash('x', 1, now(), 'ab', 'c', 'd', 'e', 'f'),
  'where one field ends and the next begins matters');

SELECT is(ledger.verify_audit('5XZ') ->> 'ok', 'true', 'an untouched chain verifies');
SAVEPOINT untouched;
UPDATE ledger.audit_event SET user_id = 'other' WHERE commissioner_code = '5XZ' AND sequence = 2;
SELECT is(ledger.verify_audit('5XZ') ->> 'differences', '2', 'a changed event differs from its hash, and its write has no event');
ROLLBACK TO untouched;
DELETE FROM ledger.audit_event WHERE commissioner_code = '5XZ' AND sequence = 3;
SELECT is(ledger.verify_audit('5XZ') ->> 'ok', 'false', 'a missing last event is missed');
ROLLBACK TO untouched;
UPDATE ledger.audit_event SET recorded_at = recorded_at + interval '1 microsecond' WHERE commissioner_code = '5XZ' AND sequence = 1;
SELECT is(ledger.verify_audit('5XZ') ->> 'detail', 'event 1 is not what was recorded, or follows a missing one',
  'a microsecond matters, and the first bad event is named');
ROLLBACK TO untouched;
SELECT is(ledger.verify_audit('5YY') ->> 'examined', '1', 'one PCT''s chain is no other''s');

SELECT * FROM finish();
ROLLBACK;
