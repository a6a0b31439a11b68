-- VerifyLedger finds every single row that was deleted or changed behind the service's back, and says in which proof.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
\ir support/july.sql
\ir support/approved_july.sql

-- An on-account payment that the reconciliation of Trust B's July replaced, and a budget.
\set account '\'20000000-0000-4000-8000-000000000004\''
\set final '\'20000000-0000-4000-8000-000000000007\''
\set july_b '\'10000000-0000-4000-8000-000000000002\''
INSERT INTO ledger.contract VALUES ('5XZ', gen_random_uuid(), 'RXB', 2017, 'active', '[]', 0, 0, 0, 0, 500000, gen_random_uuid(),
  gen_random_uuid(), NULL, 'QHB', 'hub', now(), '5XZ', 'approver', now());
SELECT tests.add_invoice(:account, 'RXB', 'B-1', 'on_account', '[["", "X00001", "", 300000], ["", "", "", 250000]]');
SELECT tests.add_invoice(:final, 'RXB', 'B-3', 'reconciliation', '[["T1", "X00001", "DC", 67200]]');
SELECT tests.add_activity(:july_b, 'RXB', 2, 'T1', 'X00001', 'DC', 'BZ34C', 'registered', 'priced', 67200);
SELECT tests.close_submission(:july_b, 'RXB');
SELECT tests.act_as('5XZ', 'finance');
SELECT result_id AS settlement1 FROM job.settlement_run(jsonb_build_object('invoice_id', :account)) \gset
SELECT result_id AS settlement2 FROM job.settlement_run(jsonb_build_object('invoice_id', :final)) \gset
SELECT tests.act_as('5XZ', 'approver');
SELECT count(api.approve_settlement(id::uuid)) AS approved FROM (VALUES (:'settlement1'), (:'settlement2')) s (id) \gset

INSERT INTO ledger.budget_run VALUES ('5XZ', :account, 2017, 'draft', 'historic', 1, 1200, '5XZ', 'finance', now());
INSERT INTO ledger.budget VALUES ('5XZ', :account, 'X00001', 24, 1200);
INSERT INTO ledger.budget_line VALUES ('5XZ', :account, 'X00001', 'DC.RXA', 'DC', 'RXA', 24, 1200, array_fill(2, ARRAY[12]),
  array_fill(100, ARRAY[12]));
INSERT INTO ledger.budget_detail
SELECT '5XZ', :account, 'X00001', 'DC.RXA', 'DC', 'RXA', '100', hrg, 12, 600, array_fill(1, ARRAY[12]), array_fill(50, ARRAY[12])
  FROM (VALUES ('FZ18K'), ('BZ34C')) h (hrg);

-- Of practice X00001: a query that was upheld, one that was withdrawn, and a record that is right.
SELECT tests.act_as('X00001', 'gp-a');
CREATE FUNCTION tests.recorded(id uuid, verb text, answer json) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(api.replay('ReviewService.' || verb, id, sha256('b')), api.record('ReviewService.' || verb, id, sha256('b'), answer))::text
$$;
SELECT tests.recorded('30000000-0000-4000-8000-000000000003', 'ReviewRecords', api.review_records(NULL, '2017-07', '[{"record_id": "R1", "verdict": "queried", "reason": "wrong_hrg"},
  {"record_id": "R2", "verdict": "queried", "reason": "duplicate"}, {"record_id": "R8", "verdict": "confirmed"}]')) AS said \gset
SELECT tests.recorded('30000000-0000-4000-8000-000000000004', 'ReviewRecords',
  api.review_records(NULL, '2017-07', '[{"record_id": "R2", "verdict": "confirmed"}]')) AS said \gset
SELECT tests.act_as('5XZ', 'finance');
SELECT tests.recorded('30000000-0000-4000-8000-000000000005', 'ResolveReview',
  api.resolve_review((SELECT review_id FROM ledger.record_review WHERE record_id = 'R1'), 'upheld', 5000, 'recoded')) AS said \gset

-- Two recorded writes.
SELECT count(coalesce(api.replay('Test', id, sha256('a')), api.record('Test', id, sha256('a'), '{}'))) AS recorded
  FROM (VALUES ('30000000-0000-4000-8000-000000000001'::uuid), ('30000000-0000-4000-8000-000000000002')) r (id) \gset

-- The proofs that fail after a statement, which is undone.
CREATE FUNCTION tests.failed_checks(tampering text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  failed text;
BEGIN
  BEGIN
    EXECUTE tampering;
    SELECT string_agg(c ->> 'name', ' ' ORDER BY c ->> 'name') INTO failed
      FROM json_array_elements(api.verify_ledger() -> 'checks') c WHERE NOT (c ->> 'ok')::boolean;
    RAISE EXCEPTION USING ERRCODE = 'ZT000';
  EXCEPTION WHEN SQLSTATE 'ZT000' THEN
    RETURN coalesce(failed, '');
  END;
END
$$;

SELECT plan(58);

SELECT tests.act_as('5XZ', 'auditor');
SELECT api.verify_ledger() AS whole \gset
SELECT is(:'whole'::json ->> 'ok', 'true', 'whole books verify');
SELECT is((SELECT array_agg(c ->> 'name') FROM json_array_elements(:'whole'::json -> 'checks') c WHERE NOT (c ->> 'ok')::boolean), NULL,
  'every check of them');
SELECT is((SELECT array_agg(concat_ws(' ', c ->> 'name', c ->> 'examined')) FROM json_array_elements(:'whole'::json -> 'checks') c),
  ARRAY['rollups_equal_rows 9', 'rows_present 9', 'current_months 2', 'frozen_as_they_were 0', 'adjustments_stand 0', 'restored_as_they_were 0',
    'invoices_add_up 3', 'settlements_add_up 3',
    'transfers_balance 12', 'pending_consistent 4', 'settlements_equal_transfers 11', 'statements_equal_settlements 15',
    'statements_add_up 7', 'budgets_add_up 17', 'reviews_stand 4', 'review_figures_add_up 5', 'audit_chain 5'], 'and each says how much it looked at');
SELECT tests.act_as('5YY', 'finance');
SELECT is(api.verify_ledger() ->> 'ok', 'true', 'a PCT without books verifies too');
SELECT tests.act_as('5XZ', 'auditor');

-- Any one row deleted makes its proof fail: each row of each table in turn.
CREATE FUNCTION tests.undetected(table_name regclass, check_name text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  victim record;
  missed bigint := 0;
BEGIN
  FOR victim IN EXECUTE format('SELECT tableoid, ctid FROM %s', table_name) LOOP
    IF NOT check_name = ANY (string_to_array(tests.failed_checks(format('DELETE FROM %s WHERE (tableoid, ctid) = (%s, %L)', table_name,
         victim.tableoid, victim.ctid)), ' ')) THEN
      missed := missed + 1;
    END IF;
  END LOOP;
  RETURN missed;
END
$$;
SELECT is(tests.undetected(table_name, check_name), 0::bigint, format('%s misses no row deleted from %s', check_name, table_name))
  FROM (VALUES ('ledger.activity', 'rollups_equal_rows'), ('ledger.activity', 'rows_present'),
    ('ledger.activity_rollup', 'rollups_equal_rows'), ('ledger.submission', 'rows_present'), ('ledger.submission', 'current_months'),
    ('ledger.provider_month', 'current_months'), ('ledger.invoice', 'invoices_add_up'), ('ledger.invoice_line', 'invoices_add_up'),
    ('ledger.invoice', 'settlements_add_up'), ('ledger.settlement', 'settlements_add_up'),
    ('ledger.settlement_line', 'settlements_add_up'), ('ledger.transfer', 'settlements_equal_transfers'),
    ('ledger.account', 'transfers_balance'), ('ledger.statement', 'statements_equal_settlements'),
    ('ledger.statement', 'statements_add_up'), ('ledger.statement_line', 'statements_equal_settlements'),
    ('ledger.statement_line', 'statements_add_up'), ('ledger.budget_run', 'budgets_add_up'), ('ledger.budget', 'budgets_add_up'),
    ('ledger.budget_line', 'budgets_add_up'), ('ledger.budget_detail', 'budgets_add_up'), ('ledger.record_review', 'reviews_stand'), ('ledger.review_resolution', 'reviews_stand'),
    ('ledger.audit_event', 'audit_chain'),
    ('ledger.audit_head', 'audit_chain')) AS t (table_name, check_name);

-- What a deletion cannot show: rows that were changed or added.
SELECT is(tests.failed_checks(tampering), failed, about)
  FROM (VALUES
    ($$UPDATE ledger.activity SET total_pence = 67201 WHERE record_id = 'R1'$$, 'reviews_stand rollups_equal_rows rows_present', 'a price'),
    ($$UPDATE ledger.activity SET practice_code = 'X00002' WHERE record_id = 'R1'$$, 'reviews_stand rollups_equal_rows', 'a practice'),
    ($$UPDATE ledger.activity_rollup SET cost_pence = cost_pence + 1 WHERE hrg = 'VB08Z'$$, 'rollups_equal_rows', 'a rollup'),
    ($$UPDATE ledger.submission SET priced_count = priced_count - 1, excluded_count = excluded_count + 1 WHERE provider_code = 'RXA'$$,
      'rows_present', 'a submission''s counts'),
    ($$INSERT INTO ledger.submission SELECT commissioner_code, gen_random_uuid(), provider_code, period, 'freeze', upload_id, file_name,
      header, sha256, 0, 0, 0, 0, 0, 0, 0, 0, NULL, organisation_code, user_id, recorded_at - interval '1 day' FROM ledger.submission$$,
      'current_months', 'an older freeze wins over a flex'),
    ($$UPDATE ledger.invoice_line SET price_pence = price_pence + 1 WHERE record_id = 'R1'$$, 'invoices_add_up', 'an invoice line'),
    ($$UPDATE ledger.invoice SET state = 'received' WHERE invoice_number = 'A-07'$$, 'settlements_add_up', 'an invoice''s state'),
    ($$UPDATE ledger.transfer SET amount_pence = amount_pence + 1 WHERE kind = 'posted' AND debit_account = 'PRACTICE:X00002'$$,
      'settlements_equal_transfers', 'a posting'),
    ($$UPDATE ledger.transfer SET debit_account = 'PRACTICE:X00009' WHERE debit_account = 'PRACTICE:X00002'$$,
      'settlements_equal_transfers transfers_balance', 'an account that is not there'),
    ($$UPDATE ledger.transfer SET amount_pence = amount_pence + 1 WHERE kind = 'reversal'$$, 'transfers_balance', 'a reversal'),
    ($$UPDATE ledger.transfer SET amount_pence = amount_pence + 1 WHERE kind = 'void_pending'$$, 'pending_consistent',
      'more voided than held'),
    ($$INSERT INTO ledger.transfer SELECT commissioner_code, gen_random_uuid(), credit_account, debit_account, 1, 'post_pending',
      transfer_id, NULL, effective_date, recorded_at, NULL, '', 'RXA', '', '5XZ', 'x' FROM ledger.transfer WHERE kind = 'pending'
      AND debit_account = 'PRACTICE:X00002'$$, 'pending_consistent', 'a hold posted to other accounts'),
    ($$INSERT INTO ledger.transfer SELECT (t).* FROM (SELECT t FROM ledger.transfer t WHERE kind = 'posted' LIMIT 1) x
      ON CONFLICT (commissioner_code, transfer_id) DO UPDATE SET settlement_id = gen_random_uuid()$$, 'settlements_equal_transfers',
      'a posting of no settlement'),
    ($$UPDATE ledger.settlement_line SET account_code = 'UNASSIGNED' WHERE record_id = 'R1'$$,
      'settlements_equal_transfers statements_equal_settlements', 'who bears a line'),
    ($$UPDATE ledger.statement_line SET activity = activity + 1$$, 'statements_equal_settlements', 'a statement''s activity'),
    ($$UPDATE ledger.statement SET invoiced_pence = invoiced_pence + 1, disputed_pence = disputed_pence + 1$$, 'statements_add_up',
      'a statement''s totals'),
    ($$UPDATE ledger.budget_line SET month_cost_pence[3] = 101, month_cost_pence[4] = 99$$, 'budgets_add_up', 'a budget''s months'),
    ($$UPDATE ledger.record_review SET record_id = 'R99' WHERE record_id = 'R8'$$, 'reviews_stand', 'a review of no record'),
    ($$UPDATE ledger.record_review SET practice_code = 'X00002' WHERE record_id = 'R8'$$, 'reviews_stand', 'a review of another practice''s'),
    ($$UPDATE ledger.record_review SET price_pence = price_pence - 1 WHERE record_id = 'R8'$$, 'reviews_stand', 'the price that was reviewed'),
    ($$UPDATE ledger.record_review SET version = 3 WHERE version = 2$$, 'review_figures_add_up reviews_stand', 'a gap between reviews'),
    ($$UPDATE ledger.review_resolution SET recovered_pence = 67201$$, 'reviews_stand', 'a penny more than the record cost'),
    ($$UPDATE ledger.review_resolution SET review_id = (SELECT review_id FROM ledger.record_review WHERE record_id = 'R8')$$,
      'review_figures_add_up reviews_stand', 'a resolution of what was confirmed'),
    ($$UPDATE ledger.review_resolution SET review_id = gen_random_uuid()$$, 'reviews_stand', 'a resolution of no review'),
    ($$UPDATE ledger.review_resolution SET review_id = (SELECT review_id FROM ledger.record_review WHERE record_id = 'R2' AND version = 1)$$,
      'reviews_stand', 'a resolution of what was withdrawn'),
    ($$INSERT INTO ledger.record_review SELECT commissioner_code, gen_random_uuid(), practice_code, provider_code, period, record_id, 2,
      'confirmed', NULL, '', submission_id, line, price_pence, organisation_code, user_id, clock_timestamp() FROM ledger.record_review
      WHERE record_id = 'R1'$$, 'reviews_stand', 'a review after the query was upheld'),
    ($$UPDATE ledger.audit_event SET detail = 'x' WHERE sequence = 1$$, 'audit_chain', 'an event''s words'),
    ($$UPDATE ledger.audit_event e SET detail = 'x', sha256 = ledger.audit_hash(previous_sha256, sequence, recorded_at,
      organisation_code, user_id, action, subject, 'x') WHERE sequence = 1$$, 'audit_chain', 'even with its hash made again'),
    ($$DELETE FROM ledger.audit_event; DELETE FROM ledger.audit_head$$, 'audit_chain', 'the whole chain: its writes are still there')
    ) AS t (tampering, failed, about);

SELECT * FROM finish();
ROLLBACK;
