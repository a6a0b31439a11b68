-- A record that an adjustment moves to another practice: each practice settles its own part, and the parts are the whole to the penny.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
\ir support/july.sql
\ir support/frozen_july.sql
SELECT plan(18);

-- August's own file: A1 at 672.00.
\set august '\'10000000-0000-4000-8000-000000000008\''
INSERT INTO ledger.activity (commissioner_code, period, submission_id, line, record_id, dataset, provider_code, practice_code,
  responsible_code, attribution, sex, age, hrg, activity_date, pod, price_state, total_pence)
VALUES ('5XZ', '2017-08-01', :august, 2, 'A1', 'APC', 'RXA', 'X00001', '5XZ', 'registered', '1', 50, 'BZ34C', '2017-08-15', 'DC', 'priced', 67200);
SELECT job.store_rollup('2017-08-01', :august) \g /dev/null
INSERT INTO ledger.submission VALUES ('5XZ', :august, 'RXA', '2017-08-01', 'flex', gen_random_uuid(), 'august.csv', 'record_id', sha256('august'),
  1, 1, 0, 1, 0, 0, 0, 67200, NULL, '5XZ', 'finance', clock_timestamp());
INSERT INTO ledger.provider_month VALUES ('5XZ', 'RXA', '2017-08-01', 'flex', :august, clock_timestamp());

CREATE FUNCTION tests.settle_august(invoice uuid, lines jsonb, validate_only boolean DEFAULT false) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  run record;
BEGIN
  PERFORM tests.act_as('5XZ', 'finance');
  PERFORM tests.add_invoice(invoice, 'RXA', invoice::text, 'reconciliation', lines);
  UPDATE ledger.invoice i SET period = '2017-08-01' WHERE i.invoice_id = invoice;
  SELECT * INTO run FROM job.settlement_run(jsonb_build_object('invoice_id', invoice, 'validate_only', validate_only));
  IF NOT validate_only THEN
    PERFORM tests.act_as('5XZ', 'approver'), api.approve_settlement(run.result_id::uuid);
  END IF;
  RETURN (SELECT string_agg((o ->> 'name') || ' ' || (o ->> 'value'), ', ' ORDER BY n)
            FROM json_array_elements(run.outcomes) WITH ORDINALITY AS x (o, n) WHERE o ->> 'value' <> '0');
END
$$;
CREATE FUNCTION tests.balance(account text) RETURNS text
LANGUAGE sql AS $$
  SELECT sum(CASE WHEN t.debit_account = account THEN t.amount_pence ELSE -t.amount_pence END)::text
    FROM ledger.transfer t WHERE account IN (t.debit_account, t.credit_account) AND t.kind = 'posted'
$$;
CREATE FUNCTION tests.statements(invoice uuid) RETURNS text
LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', t.organisation_code, t.undisputed_pence, l.parts), '; ' ORDER BY t.organisation_code)
    FROM ledger.statement t
    JOIN ledger.settlement s USING (commissioner_code, settlement_id)
   CROSS JOIN LATERAL (SELECT string_agg(concat_ws(' ', i.practice_code, i.pod, i.undisputed_pence), ', ' ORDER BY i.line) AS parts
                         FROM ledger.statement_line i WHERE i.statement_id = t.statement_id) l
   WHERE s.invoice_id = invoice
$$;
CREATE FUNCTION tests.lines(invoice uuid) RETURNS text
LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', coalesce(l.line_number::text, '-'), l.record_id, l.practice_code, l.undisputed_pence, l.reason), ', '
           ORDER BY l.ordinal)
    FROM ledger.settlement_line l JOIN ledger.settlement s USING (commissioner_code, settlement_id) WHERE s.invoice_id = invoice
$$;
CREATE FUNCTION tests.failed() RETURNS text
LANGUAGE sql AS $$
  SELECT string_agg(c ->> 'name', ' ') FROM json_array_elements(api.verify_ledger() -> 'checks') c WHERE NOT (c ->> 'ok')::boolean
$$;

-- Of X00001: R2 at 1,228.00 becomes X00002's at 672.00, R1 at 672.00 becomes X00002's. Of X00002: R3 at 1,363.00 becomes X00001's.
SELECT tests.adjust('10000000-0000-4000-8000-00000000000a', '["R1", "R2", "R3"]',
  '[["R1", "X00002", "DC", 67200], ["R2", "X00002", "DC", 67200], ["R3", "X00001", "EL", 136300]]') \g /dev/null
SELECT is(tests.settle_august('20000000-0000-4000-8000-000000000010', '[["R2", "X00002", "DC", -50000]]', true),
  'invoice_pence -50000, ledger_pence 11600, undisputed_pence -55600, disputed_pence 5600, difference_lines 6, missing_in_invoice 5, price_differs 1',
  'a trial: the line of the difference, which gives back too little, and each practice''s parts that no line is of');
SELECT is((SELECT count(*) FROM ledger.settlement), 0::bigint, 'keeps nothing');

-- R2 by its difference, R1 by practice, R3 not at all.
\set first '\'20000000-0000-4000-8000-000000000011\''
SELECT is(tests.settle_august(:first,
    '[["A1", "X00001", "DC", 67200], ["R2", "X00002", "DC", -55600], ["R1", "X00001", "DC", -67200], ["R1", "X00002", "DC", 67200]]'),
  'invoice_pence 11600, ledger_pence 11600, undisputed_pence 11600, matched_lines 4, difference_lines 2, missing_in_invoice 2',
  'a difference and the lines of two practices match');
SELECT is(tests.lines(:first), '1 A1 X00001 67200, 2 R2 X00002 -55600, 3 R1 X00001 -67200, 4 R1 X00002 67200, - R2 X00001 -122800, '
  '- R2 X00002 122800, - R3 X00001 0 missing_in_invoice, - R3 X00002 0 missing_in_invoice',
  'who bore the first charge gets it back and the other bears the new one; what moved at one price is missing for both');
-- A1 672.00, less R2 1,228.00 and R1 672.00; R2 672.00 and R1 672.00.
SELECT is(tests.balance('PRACTICE:X00001'), '-122800', 'so the practice that lost them');
SELECT is(tests.balance('PRACTICE:X00002'), '134400', 'and the one that has them');
SELECT is(tests.balance('PROVIDER:RXA'), '-11600', 'bear together what the provider gets');
SELECT is(tests.statements(:first), 'RXA 11600 X00001 DC -122800, X00002 DC 134400; X00001 -122800 X00001 DC -122800; X00002 134400 X00002 DC 134400',
  'and the statements say so');
SELECT is(tests.failed(), NULL, 'the books verify');
SELECT is((SELECT string_agg(concat_ws(' ', d ->> 'record_id', d ->> 'practice_code', d ->> 'ledger_pence'), ', ')
  FROM ledger.settlement s, json_array_elements(api.list_differences(s.settlement_id, 'to compare', NULL, NULL) -> 'differences') d),
  'R3 X00001 136300, R3 X00002 -136300', 'differences are those of the invoice, not how a line is borne');

-- R2 goes back to X00001 at its price, after it was settled; L9 is late. R3 comes by a line of nothing, as its price is the same.
SELECT tests.act_as('5XZ', 'finance') \g /dev/null
SELECT tests.adjust('10000000-0000-4000-8000-00000000000b', '["R2"]', '[["R2", "X00001", "DC", 67200], ["L9", "X00001", "AE", 11000]]') \g /dev/null
\set second '\'20000000-0000-4000-8000-000000000012\''
SELECT is(tests.settle_august(:second, '[["L9", "X00001", "AE", 11000], ["R3", "X00001", "EL", 0], ["R2", "X00001", "DC", 0]]'),
  'invoice_pence 11000, ledger_pence -44600, undisputed_pence 11000, matched_lines 3', 'what moves without money matches a line of nothing');
-- A1 672.00, L9 110.00, R3 1,363.00, R2 672.00 less 1,228.00, R1 -672.00; R1 672.00, R3 -1,363.00.
SELECT is(tests.balance('PRACTICE:X00001'), '91700', 'what was settled of one practice moves on');
SELECT is(tests.balance('PRACTICE:X00002'), '-69100', 'from the other');
SELECT is(tests.balance('PROVIDER:RXA'), '-22600', 'and the provider has what it asked for');
SELECT is(tests.failed(), NULL, 'the books verify');

-- All of it is settled.
SELECT is(tests.settle_august('20000000-0000-4000-8000-000000000013', '[["R2", "X00001", "DC", 100], ["R3", "X00002", "EL", 100], ["R3", "X00001", "EL", 100]]', true),
  'invoice_pence 300, ledger_pence -55600, disputed_pence 300, difference_lines 3, duplicate 1, price_differs 2',
  'nothing is missing any more, and nothing more is paid');
\set credit '\'20000000-0000-4000-8000-000000000014\''
SELECT tests.act_as('5XZ', 'finance') \g /dev/null
SELECT tests.add_invoice(:credit, 'RXA', 'C-1', 'credit_note', '[["R2", "X00002", "DC", -500], ["R1", "X00002", "DC", -300], ["R1", "X00001", "DC", -200]]');
UPDATE ledger.invoice SET period = '2017-08-01' WHERE invoice_id = :credit;
SELECT result_id AS settled FROM job.settlement_run(jsonb_build_object('invoice_id', :credit)) \gset
SELECT is(tests.lines(:credit), '1 R2 X00002 -500, 2 R1 X00002 -300, 3 R1 X00001 -200', 'a credit goes to the practice that it names, if it bears a part');
SELECT is(tests.failed(), NULL, 'the books verify');

SELECT * FROM finish();
ROLLBACK;
