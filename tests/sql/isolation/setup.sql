-- A fictional PCT for the specifications, committed since sessions must see each other. Run once in a database that is thrown away.
INSERT INTO ledger.commissioner VALUES ('5XZ', 'Aldermoor PCT');
INSERT INTO ledger.app_user VALUES
  ('5XZ', '5XZ', 'finance', 'Finance', '{pct_finance}', NULL, NULL, true),
  ('5XZ', '5XZ', 'ann', 'Approver', '{pct_approver}', NULL, NULL, true),
  ('5XZ', '5XZ', 'bob', 'Approver', '{pct_approver}', NULL, NULL, true),
  ('5XZ', 'X00001', 'gp', 'A practice', '{practice_lead}', 'X00001', NULL, true),
  ('5XZ', 'X00001', 'nurse', 'A practice', '{practice_member}', 'X00001', NULL, true);
INSERT INTO ledger.practice VALUES ('5XZ', 'X00001', 'The Example Surgery');
INSERT INTO ledger.practice_membership VALUES ('5XZ', 'X00001', '5XZ', '', '2000-04-01', NULL);
INSERT INTO ledger.provider VALUES ('5XZ', 'RXA', 'Trust A', true);
INSERT INTO ledger.contract VALUES ('5XZ', gen_random_uuid(), 'RXA', 2017, 'active', '[]', 0, 0, 0, 0, 500000, gen_random_uuid(),
  gen_random_uuid(), NULL, '5XZ', 'finance', now(), '5XZ', 'ann', now());

DO 'BEGIN PERFORM job.ensure_partition(''2017-07-01''); END';

-- For the steps of the specifications, whose grammar knows no braces within a step.
CREATE SCHEMA tests;
GRANT USAGE ON SCHEMA tests TO pbc_owner;
CREATE FUNCTION tests.enter(person text) RETURNS void LANGUAGE sql AS
  $$ SELECT api.enter('5XZ', person, NULL, '{pct_finance,pct_approver}', 'Test', 0) $$;
CREATE FUNCTION tests.add_case(id uuid) RETURNS void LANGUAGE sql AS $$
  INSERT INTO ledger.business_case (commissioner_code, case_id, reference, practice_code, state, version, content,
    created_by_organisation, created_by, created_at, submitted_by_organisation, submitted_by, submitted_at)
  VALUES ('5XZ', id, 'BC/2017/0001', 'X00001', 'submitted', 2, '{}', 'X00001', 'gp', now(), 'X00001', 'gp', now())
$$;
CREATE FUNCTION tests.add_on_account(id uuid, number text, pence bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO ledger.invoice VALUES ('5XZ', id, 'RXA', number, '2017-07-01', 'on_account', pence, 1, 'received', gen_random_uuid(), 'RXA',
    'trust', now());
  INSERT INTO ledger.invoice_line VALUES ('5XZ', id, 1, '', 'X00001', '', '', 1, pence);
$$;
CREATE FUNCTION tests.add_old_upload(id uuid) RETURNS void LANGUAGE sql AS $$
  INSERT INTO job.upload VALUES ('5XZ', id, '5XZ', 'finance', 'tariff.csv', 4, true, sha256('rows'), now() - interval '31 days');
  INSERT INTO patient.upload_chunk VALUES ('5XZ', id, 0, 'rows');
$$;
CREATE FUNCTION tests.import(id uuid) RETURNS text LANGUAGE sql AS $$
  SELECT api.import_tariff(id, '2017/18', false) #>> '{operation,state}'
$$;
CREATE FUNCTION tests.ask_to_settle(invoice uuid) RETURNS text LANGUAGE sql AS $$
  SELECT api.run_settlement(invoice, false) #>> '{operation,state}'
$$;
CREATE FUNCTION tests.settle(invoice uuid) RETURNS text LANGUAGE sql AS $$
  SELECT o ->> 'value' FROM job.settlement_run(jsonb_build_object('invoice_id', invoice)), json_array_elements(outcomes) o
   WHERE o ->> 'name' = 'undisputed_pence'
$$;
CREATE FUNCTION tests.decide(id uuid, decision text) RETURNS text LANGUAGE sql AS $$
  SELECT api.decide_business_case(id, '2', decision, 'Reasons', NULL, CASE decision WHEN 'reject' THEN 'Remedy' END) #>> '{business_case,state}'
$$;
CREATE FUNCTION tests.declare(id uuid) RETURNS integer LANGUAGE sql AS $$
  SELECT json_array_length(api.declare_interest(id, 'Partner') #> '{business_case,interests}')
$$;
CREATE FUNCTION tests.approve() RETURNS text LANGUAGE sql AS $$
  SELECT api.approve_settlement(settlement_id) #>> '{settlement,approved_by}' FROM ledger.settlement
$$;
CREATE FUNCTION tests.enter_practice(person text) RETURNS void LANGUAGE sql AS
  $$ SELECT api.enter('X00001', person, NULL, '{practice_lead,practice_member}', 'Test', 0) $$;
CREATE FUNCTION tests.add_record() RETURNS void LANGUAGE sql AS $$
  INSERT INTO ledger.submission (commissioner_code, submission_id, provider_code, period, phase, upload_id, file_name, header, sha256,
    row_count, accepted_count, rejected_count, priced_count, excluded_count, unpriced_count, not_ours_count, cost_pence, organisation_code,
    user_id, recorded_at)
  VALUES ('5XZ', '00000000-0000-4000-8000-000000000001', 'RXA', '2017-07-01', 'flex', gen_random_uuid(), 'july.csv', '', sha256('july'),
    1, 1, 0, 1, 0, 0, 0, 67200, 'RXA', 'trust', now());
  INSERT INTO ledger.provider_month VALUES ('5XZ', 'RXA', '2017-07-01', 'flex', '00000000-0000-4000-8000-000000000001', now());
  INSERT INTO ledger.activity (commissioner_code, period, submission_id, line, record_id, dataset, provider_code, practice_code,
    responsible_code, attribution, sex, age, activity_date, pod, price_state, total_pence)
  VALUES ('5XZ', '2017-07-01', '00000000-0000-4000-8000-000000000001', 2, 'R1', 'APC', 'RXA', 'X00001', '5XZ', 'registered', '1', 50,
    '2017-07-15', 'DC', 'priced', 67200)
$$;
-- Its last state, or the code of why not.
CREATE FUNCTION tests.review(verdict text, reason text) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(answer #>> '{reviews,0,query_state}', answer #>> '{rejects,0,code}', answer #>> '{reviews,0,verdict}', 'unchanged')
    FROM api.review_records(NULL, '2017-07', json_build_array(json_build_object('record_id', 'R1', 'verdict', verdict,
           'reason', reason))) AS answer
$$;
CREATE FUNCTION tests.uphold() RETURNS text LANGUAGE sql AS $$
  SELECT api.resolve_review((SELECT review_id FROM ledger.record_review ORDER BY version LIMIT 1), 'upheld', 67200, 'agreed')
    #>> '{review,query_state}'
$$;
CREATE FUNCTION tests.write(request_id uuid, by_whom text) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(api.replay('Test', request_id, sha256('body')),
    api.record('Test', request_id, sha256('body'), json_build_object('by', by_whom))) ->> 'by'
$$;
-- The record was sent again, and its first file is being made to stand again.
CREATE FUNCTION tests.add_restore(id uuid) RETURNS void LANGUAGE sql AS $$
  SELECT tests.add_record();
  INSERT INTO ledger.submission (commissioner_code, submission_id, provider_code, period, phase, upload_id, file_name, header, sha256,
    row_count, accepted_count, rejected_count, priced_count, excluded_count, unpriced_count, not_ours_count, cost_pence,
    supersedes_submission_id, organisation_code, user_id, recorded_at)
  VALUES ('5XZ', '00000000-0000-4000-8000-000000000002', 'RXA', '2017-07-01', 'flex', gen_random_uuid(), 'wrong.csv', '', sha256('wrong'),
    0, 0, 0, 0, 0, 0, 0, 0, '00000000-0000-4000-8000-000000000001', 'RXA', 'trust', now());
  UPDATE ledger.provider_month SET submission_id = '00000000-0000-4000-8000-000000000002';
  INSERT INTO job.operation (commissioner_code, operation_id, kind, state, params, organisation_code, user_id, created_at, started_at, lease_until,
    worker, attempt)
  VALUES ('5XZ', id, 'restore_submission', 'running', '{}', '5XZ', 'finance', now(), now(), now() + interval '1 hour', 'worker', 1)
$$;
CREATE FUNCTION tests.restore() RETURNS text LANGUAGE sql AS $$
  SELECT o ->> 'value'
    FROM job.restore_submission('{"submission_id": "00000000-0000-4000-8000-000000000001", "reason": "wrong file"}'), json_array_elements(outcomes) o
   WHERE o ->> 'name' = 'accepted'
$$;
CREATE FUNCTION tests.finish(id uuid) RETURNS void LANGUAGE sql AS
  $$ SELECT job.finish('5XZ', id, 'worker', 1, 'succeeded', NULL, '[]', NULL, NULL) $$;
-- As the server writes it: the effect, then the answer and its event.
CREATE FUNCTION tests.cancel(id uuid) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(api.replay('Test', gen_random_uuid(), sha256('body')),
    api.record('Test', gen_random_uuid(), sha256('body'), api.cancel_operation(id))) #>> '{operation,state}'
$$;
CREATE FUNCTION tests.clear() RETURNS void LANGUAGE sql AS $$
  TRUNCATE ledger.business_case, ledger.business_case_version, ledger.interest, ledger.invoice, ledger.invoice_line,
    ledger.settlement, ledger.settlement_line, ledger.transfer, ledger.account, ledger.statement, ledger.statement_line,
    ledger.request, ledger.audit_event, ledger.audit_head, ledger.counter, ledger.provider_month,
    ledger.submission, ledger.reopening, ledger.activity, ledger.record_review, ledger.review_resolution, job.upload, job.operation, patient.upload_chunk
$$;
