-- Settlement of a reconciliation invoice, worked by hand: what matches is paid, what differs is held with its reason, sums tie.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
\ir support/july.sql
SELECT plan(53);

CREATE FUNCTION tests.settle(invoice uuid, validate_only boolean DEFAULT false) RETURNS json LANGUAGE sql AS $$
  SELECT to_json(r) FROM job.settlement_run(jsonb_build_object('invoice_id', invoice, 'validate_only', validate_only)) r
$$;
CREATE FUNCTION tests.outcome(run json, outcome_name text) RETURNS text LANGUAGE sql AS $$
  SELECT o ->> 'value' FROM json_array_elements(run -> 'outcomes') o WHERE o ->> 'name' = outcome_name
$$;

-- Asking for a run.
SELECT tests.act_as('5XZ', 'finance');
SELECT is(tests.refusal($$SELECT api.run_settlement('20000000-0000-4000-8000-0000000000ff', false)$$),
  'ZC404 INVOICE_NOT_FOUND invoice_id', 'an invoice that is not there');
SELECT is(api.run_settlement(:july_invoice, false) #>> '{operation,kind}', 'settlement_run', 'a run is queued');
SELECT is((SELECT params ->> 'invoice_id' FROM job.operation), :july_invoice, 'with its invoice');

-- A trial says the same and keeps nothing.
CREATE TEMP TABLE trial AS SELECT tests.settle(:july_invoice, true) AS run;
SELECT is((SELECT run ->> 'result_id' FROM trial), '', 'a trial makes no settlement');
SELECT is((SELECT count(*) FROM ledger.settlement) + (SELECT count(*) FROM ledger.settlement_line), 0::bigint, 'nor lines');
CREATE TEMP TABLE done AS SELECT tests.settle(:july_invoice) AS run;
SELECT is((SELECT run ->> 'outcomes' FROM done), (SELECT run ->> 'outcomes' FROM trial), 'its outcome is the run''s');
SELECT (run ->> 'result_id') AS settlement FROM done \gset

SELECT is(tests.outcome(run, 'invoice_pence'), '828200', 'the invoice''s total') FROM done;
SELECT is(tests.outcome(run, 'ledger_pence'), '535200', 'the ledger''s: all that is ours and priced') FROM done;
SELECT is(tests.outcome(run, 'undisputed_pence'), '517900', 'to pay') FROM done;
SELECT is(tests.outcome(run, 'disputed_pence'), '310300', 'to hold') FROM done;
SELECT is(tests.outcome(run, 'matched_lines'), '2', 'lines that agree') FROM done;
SELECT is(tests.outcome(run, 'difference_lines'), '9', 'and that do not') FROM done;
SELECT is(tests.outcome(run, 'missing_in_ledger'), '2', 'with how many of each reason') FROM done;
SELECT results_eq(format($$SELECT line_number, record_id COLLATE "default", reason COLLATE "default", undisputed_pence, disputed_pence,
      account_code COLLATE "default" FROM ledger.settlement_line WHERE settlement_id = %L ORDER BY ordinal$$, :'settlement'),
  $$VALUES (1::bigint, 'R1', NULL, 67200::bigint, 0::bigint, 'PRACTICE:X00001'),
    (2, 'R2', 'price_differs', 122800, 7200, 'PRACTICE:X00001'),
    (3, 'R3', 'price_differs', 130000, 0, 'PRACTICE:X00002'),
    (4, 'R4', NULL, 197900, 0, 'PRACTICE:X00002'),
    (5, 'R4', 'duplicate', 0, 197900, 'PRACTICE:X00002'),
    (6, 'R5', 'wrong_commissioner', 0, 67200, 'UNASSIGNED'),
    (7, 'R6', 'not_priced', 0, 9000, 'PRACTICE:X00001'),
    (8, 'R7', 'not_priced', 0, 8000, 'PRACTICE:X00002'),
    (9, 'R99', 'missing_in_ledger', 0, 20000, 'PRACTICE:X00001'),
    (10, 'R98', 'missing_in_ledger', 0, 1000, 'UNASSIGNED'),
    (NULL, 'R8', 'missing_in_invoice', 0, 0, 'PRACTICE:X00001')$$, 'every line has its reason and its sums');
SELECT is((SELECT submission_id FROM ledger.settlement), :july_submission::uuid, 'the snapshot is kept');
SELECT is(tests.refusal(format($$SELECT * FROM job.settlement_run('{"invoice_id": "%s"}')$$, :july_invoice)),
  'ZC412 SETTLEMENT_EXISTS invoice_id', 'an invoice is settled once');
SELECT is(tests.refusal(format('SELECT api.run_settlement(%L, true)', :july_invoice)), 'ZC412 SETTLEMENT_EXISTS invoice_id',
  'nor queued again');

-- Differences, in pages.
CREATE TEMP TABLE page AS SELECT api.list_differences(:'settlement', 'July''s invoice', 5, NULL) AS answer;
SELECT is((SELECT array_agg(d ->> 'record_id') FROM page, json_array_elements(answer -> 'differences') d),
  ARRAY['R2', 'R3', 'R4', 'R5', 'R6'], 'a page of differences in the invoice''s order');
SELECT is((SELECT array_agg(d ->> 'record_id') FROM page,
  json_array_elements(api.list_differences(:'settlement', 'July''s invoice', 5, answer ->> 'next_page_token') -> 'differences') d),
  ARRAY['R7', 'R99', 'R98', 'R8'], 'then the rest, what was not invoiced last');
SELECT is((SELECT answer #>> '{differences,0,explanation}' FROM page),
  'record R2 is invoiced at £1,300.00, the ledger says £1,228.00', 'explained in a sentence');
SELECT is((SELECT string_agg(concat_ws('|', action, subject, detail), '; ') FROM ledger.audit_event WHERE action = 'read_patient_level'),
  concat_ws('; ', said, said), 'each reading is an event with its reason')
  FROM (VALUES (format('read_patient_level|differences of settlement %s|July''s invoice', :'settlement'))) AS event (said);
SELECT is(tests.refusal(format('SELECT api.list_differences(%L, NULL, 5, NULL)', :'settlement')), 'ZC400 REASON_NEEDED reason',
  'and without one nothing is read');

-- Who sees a settlement.
SELECT tests.act_as('RXB', 'trust-b');
SELECT is(tests.refusal(format('SELECT api.get_settlement(%L)', :'settlement')), 'ZC404 SETTLEMENT_NOT_FOUND settlement_id',
  'another provider''s settlement is not found');
SELECT is(tests.refusal(format($$SELECT api.list_differences(%L, 'x', 5, NULL)$$, :'settlement')), 'ZC404 SETTLEMENT_NOT_FOUND settlement_id',
  'nor are its differences');
SELECT is(tests.refusal(format('SELECT api.get_invoice(%L)', :july_invoice)), 'ZC404 INVOICE_NOT_FOUND invoice_id', 'nor its invoice');
SELECT is(json_array_length(api.list_settlements(NULL, NULL) -> 'settlements')
  + json_array_length(api.list_invoices(NULL, NULL, NULL) -> 'invoices'), 0, 'nor are they listed');
SELECT tests.act_as('RXA', 'trust-a');
SELECT is(api.get_settlement(:'settlement') #>> '{settlement,invoice_number}', 'A-07', 'the provider sees its own');
SELECT is(json_array_length(api.list_invoices(NULL, NULL, 'RXA') -> 'invoices'), 1, 'and its invoice');

-- Approval.
SELECT tests.act_as('5XZ', 'finance');
SELECT is(tests.refusal(format('SELECT api.approve_settlement(%L)', :'settlement')), 'ZC412 SELF_APPROVAL settlement_id',
  'whoever ran a settlement cannot approve it');
SELECT throws_ok(format($$UPDATE ledger.settlement SET state = 'approved', approved_by_organisation = '5XZ', approved_by = 'finance',
  approved_at = now() WHERE settlement_id = %L$$, :'settlement'), '23514', NULL, 'the table itself refuses that');
SELECT tests.act_as('5XZ', 'approver');
SELECT is(api.approve_settlement(:'settlement') #>> '{settlement,state}', 'approved', 'a second person approves');
SELECT is(tests.refusal(format('SELECT api.approve_settlement(%L)', :'settlement')), 'ZC412 NOT_PROPOSED settlement_id', 'once');
SELECT is(api.get_invoice(:july_invoice) #>> '{invoice,state}', 'settled', 'the invoice is settled');
SELECT results_eq($$SELECT debit_account COLLATE "default", credit_account COLLATE "default", kind COLLATE "default", amount_pence,
    effective_date FROM ledger.transfer
    ORDER BY debit_account, kind DESC$$,
  $$VALUES ('PRACTICE:X00001', 'PROVIDER:RXA', 'posted', 190000::bigint, '2017-07-31'::date),
    ('PRACTICE:X00001', 'PROVIDER:RXA', 'pending', 36200, '2017-07-31'),
    ('PRACTICE:X00002', 'PROVIDER:RXA', 'posted', 327900, '2017-07-31'),
    ('PRACTICE:X00002', 'PROVIDER:RXA', 'pending', 205900, '2017-07-31'),
    ('UNASSIGNED', 'PROVIDER:RXA', 'pending', 68200, '2017-07-31')$$,
  'undisputed is posted and disputed pending, by who bears it, on the month''s last day');
SELECT is((SELECT array_agg(account_code || '=' || name ORDER BY account_code) FROM ledger.account),
  ARRAY['PRACTICE:X00001=The Example Surgery', 'PRACTICE:X00002=Another Surgery', 'PROVIDER:RXA=Trust A', 'UNASSIGNED=Unassigned'],
  'accounts are made on first use');

-- Balances.
SELECT is(b ->> 'balance_pence' || ',' || (b ->> 'pending_credit_pence'), '-517900,310300', 'the provider is owed the undisputed sum')
  FROM json_array_elements(api.list_balances('2017/18') -> 'balances') b WHERE b ->> 'account_code' = 'PROVIDER:RXA';
SELECT is(api.list_balances(NULL) ->> 'debit_pence', '517900', 'all debits');
SELECT is(api.list_balances(NULL) ->> 'credit_pence', '517900', 'are all credits');
SELECT results_eq($$SELECT t ->> 'account_code', sum((t ->> 'balance_pence')::bigint)
  FROM json_array_elements(api.list_balances(NULL) -> 'totals') t GROUP BY 1 ORDER BY 1$$,
  $$SELECT split_part(b ->> 'account_code', ':', 1), sum((b ->> 'balance_pence')::bigint)
  FROM json_array_elements(api.list_balances(NULL) -> 'balances') b GROUP BY 1 ORDER BY 1$$, 'each sort of account has its total');
SELECT is(api.list_balances('2018/19') ->> 'debit_pence', '0', 'another year has its own');
SELECT is(json_array_length(api.list_balances('2018/19') -> 'balances'), 4, 'of every account');
SELECT is(tests.refusal($$SELECT api.list_balances('2017')$$), 'ZC400 BAD_FINANCIAL_YEAR financial_year', 'a year is written 2017/18');

-- A second invoice: what was settled is not paid again, what was left is paid.
\set second '\'20000000-0000-4000-8000-000000000002\''
SELECT tests.add_invoice(:second, 'RXA', 'A-08', 'reconciliation',
  '[["R1", "X00001", "DC", 67200], ["R3", "X00002", "EL", 6300], ["R8", "X00001", "AE", 11000], ["", "X00001", "DC", 100],
    ["", "X00001", "DC", 100]]');
SELECT tests.act_as('5XZ', 'finance');
SELECT tests.settle(:second) ->> 'result_id' AS settlement \gset
SELECT results_eq(format('SELECT record_id COLLATE "default", reason COLLATE "default", undisputed_pence,
    disputed_pence FROM ledger.settlement_line
    WHERE settlement_id = %L ORDER BY ordinal', :'settlement'),
  $$VALUES ('R1', 'duplicate', 0::bigint, 67200::bigint), ('R3', NULL, 6300, 0), ('R8', NULL, 11000, 0),
    ('', 'missing_in_ledger', 0, 100), ('', 'missing_in_ledger', 0, 100)$$,
  'a record is paid up to its price over all invoices; what was settled is not missing; a line without record is no duplicate');

-- A credit note is taken in full: first off what is held, then off what was paid.
\set credit '\'20000000-0000-4000-8000-000000000003\''
SELECT tests.add_invoice(:credit, 'RXA', 'C-01', 'credit_note',
  '[["R2", "X00001", "DC", -5000], ["R2", "X00001", "DC", -5000], ["R4", "X00002", "NEL", -1], ["R55", "X00002", "NEL", -7]]');
SELECT tests.settle(:credit) ->> 'result_id' AS settlement \gset
SELECT results_eq(format('SELECT record_id COLLATE "default", reason COLLATE "default", undisputed_pence,
    disputed_pence FROM ledger.settlement_line
    WHERE settlement_id = %L ORDER BY ordinal', :'settlement'),
  $$VALUES ('R2', NULL, 0::bigint, -5000::bigint), ('R2', NULL, -2800, -2200), ('R4', NULL, 0, -1),
    ('R55', 'missing_in_ledger', -7, 0)$$, 'a credit is set against what is held, then against what was paid');
SELECT tests.act_as('5XZ', 'approver');
SELECT is(api.approve_settlement(:'settlement') #>> '{settlement,state}', 'approved', 'a credit note is approved');
SELECT results_eq(format($$SELECT debit_account COLLATE "default", credit_account COLLATE "default", kind COLLATE "default",
    amount_pence FROM ledger.transfer WHERE settlement_id = %L
    ORDER BY credit_account, kind DESC$$, :'settlement'),
  $$VALUES ('PROVIDER:RXA', 'PRACTICE:X00001', 'posted', 2800::bigint), ('PROVIDER:RXA', 'PRACTICE:X00001', 'pending', 7200),
    ('PROVIDER:RXA', 'PRACTICE:X00002', 'posted', 7), ('PROVIDER:RXA', 'PRACTICE:X00002', 'pending', 1)$$,
  'a negative sum goes the other way');

-- On account: up to the contract's twelfth, over all invoices of the month, and replaced by the reconciliation.
INSERT INTO ledger.contract VALUES ('5XZ', gen_random_uuid(), 'RXB', 2017, 'active', '[]', 0, 0, 0, 0, 500000, gen_random_uuid(),
  gen_random_uuid(), NULL, 'QHB', 'hub', now(), '5XZ', 'approver', now());
\set account1 '\'20000000-0000-4000-8000-000000000004\''
\set account2 '\'20000000-0000-4000-8000-000000000005\''
\set account3 '\'20000000-0000-4000-8000-000000000006\''
\set final '\'20000000-0000-4000-8000-000000000007\''
\set july_b '\'10000000-0000-4000-8000-000000000002\''
SELECT tests.add_invoice(:account1, 'RXB', 'B-1', 'on_account', '[["", "X00001", "", 300000], ["", "", "", 250000]]');
SELECT tests.add_invoice(:account2, 'RXB', 'B-2', 'on_account', '[["", "", "", 10000]]');
SELECT tests.add_invoice(:account3, 'RXA', 'A-9', 'on_account', '[["", "", "", 10000]]');
SELECT tests.add_invoice(:final, 'RXB', 'B-3', 'reconciliation', '[["T1", "X00001", "DC", 67200]]');
SELECT tests.act_as('5XZ', 'finance');
SELECT is(tests.refusal(format($$SELECT * FROM job.settlement_run('{"invoice_id": "%s"}')$$, :account3)), 'ZC412 MONTH_RECONCILED',
  'nothing is due on account of a month that is reconciled');
SELECT is(tests.refusal(format($$SELECT * FROM job.settlement_run('{"invoice_id": "%s"}')$$, :final)), 'ZC412 NO_ACTIVITY invoice_id',
  'a reconciliation needs the month''s activity');
SELECT tests.settle(:account1) AS run, tests.settle(:account2) AS run2 \gset
SELECT is(tests.outcome(:'run'::json, 'undisputed_pence') || ',' || tests.outcome(:'run'::json, 'disputed_pence'), '500000,50000',
  'an on-account invoice is accepted up to the contract''s twelfth');
SELECT is(tests.outcome(:'run2'::json, 'undisputed_pence'), '0', 'which a second one of the month cannot take again');
SELECT tests.add_activity(:july_b, 'RXB', 2, 'T1', 'X00001', 'DC', 'BZ34C', 'registered', 'priced', 67200);
SELECT tests.close_submission(:july_b, 'RXB');
SELECT tests.settle(:final) AS run3 \gset
SELECT tests.act_as('5XZ', 'approver');
SELECT api.approve_settlement((:'run'::json ->> 'result_id')::uuid), api.approve_settlement((:'run3'::json ->> 'result_id')::uuid);
SELECT is(tests.refusal(format('SELECT api.approve_settlement(%L)', :'run2'::json ->> 'result_id')), 'ZC412 MONTH_RECONCILED',
  'after the reconciliation nothing more is approved on account');
SELECT is((SELECT array_agg(concat_ws(',', b ->> 'account_code', b ->> 'balance_pence', (b ->> 'pending_debit_pence')::bigint
                + (b ->> 'pending_credit_pence')::bigint) ORDER BY b ->> 'account_code')
             FROM json_array_elements(api.list_balances('2017/18') -> 'balances') b
            WHERE b ->> 'account_code' IN ('PROVIDER:RXB', 'UNASSIGNED')),
  ARRAY['PROVIDER:RXB,-67200,0', 'UNASSIGNED,0,68200'], 'a reconciled month is its whole value, not that beside what was paid on account');
SELECT is((SELECT count(*) FROM ledger.transfer WHERE kind IN ('reversal', 'void_pending') AND effective_date = '2017-07-31'), 3::bigint,
  'what was posted and held on account is taken back by rows that name it');

SELECT * FROM finish();
ROLLBACK;
