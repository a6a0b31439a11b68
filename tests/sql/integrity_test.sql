-- What the tables themselves refuse, whatever a function forgets: rows of nothing, approvals by nobody, a practice in two PCTs on a day.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
\ir support/july.sql
\ir support/approved_july.sql
SELECT plan(15);

-- References are looked at when a transaction ends; here after each statement.
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(tests.refusal(statement), '23503 ' || reference, about)
  FROM (VALUES
    ($$INSERT INTO ledger.rule VALUES ('5ZZ', 'TEST', '2005-04-01', NULL, 6, 'weeks', 'board')$$, 'rule_commissioner', 'a rule of no PCT'),
    ($$INSERT INTO ledger.practice_membership VALUES ('5XZ', 'X00099', '5XZ', '', '2005-04-01', NULL)$$, 'practice_membership_practice',
      'a membership of no practice'),
    ($$INSERT INTO ledger.practice_membership VALUES ('5YY', 'X00001', '5YY', '', '2005-04-01', NULL)$$, 'practice_membership_practice',
      'nor of another PCT''s'),
    ($$UPDATE ledger.provider_month SET submission_id = gen_random_uuid()$$, 'provider_month_submission', 'a month of no submission'),
    ($$DELETE FROM ledger.invoice$$, 'settlement_invoice', 'an invoice that was settled stays'),
    ($$DELETE FROM ledger.account WHERE account_code = 'PRACTICE:X00001'$$, 'transfer_debit', 'so does an account that money moved on'),
    ($$DELETE FROM ledger.settlement$$, 'transfer_settlement', 'and a settlement that moved it'),
    ($$UPDATE ledger.statement_line SET statement_id = gen_random_uuid()$$, 'statement_line_statement', 'a line of no statement')
  ) AS t (statement, reference, about);

SELECT is(tests.refusal(statement), '23514 ' || rule, about)
  FROM (VALUES
    ($$UPDATE ledger.settlement SET approved_by = NULL, approved_by_organisation = NULL$$, 'settlement_approved_by_somebody',
      'an approval by nobody, which differs from whoever ran it'),
    ($$UPDATE ledger.settlement SET approved_by = NULL$$, 'settlement_approved_by_somebody', 'or by nobody of an organisation'),
    ($$INSERT INTO job.operation (commissioner_code, operation_id, kind, state, params, organisation_code, user_id, created_at)
      VALUES ('5XZ', gen_random_uuid(), 'test', 'failed', '{}', '5XZ', 'finance', now())$$, 'operation_ended', 'an end without its time'),
    ($$INSERT INTO job.operation (commissioner_code, operation_id, kind, state, params, organisation_code, user_id, created_at)
      VALUES ('5XZ', gen_random_uuid(), 'test', 'running', '{}', '5XZ', 'finance', now())$$, 'operation_running', 'a run by no worker')
  ) AS t (statement, rule, about);

SELECT is(tests.refusal($$INSERT INTO ledger.practice_membership VALUES ('5XZ', 'X00001', '5YY', '', '2017-04-01', NULL)$$),
  '23P01 practice_membership_one_a_day', 'a practice that is still in a PCT joins no other');
SELECT is(tests.refusal($$UPDATE ledger.practice_membership SET valid_to = '2017-03-31' WHERE practice_code = 'X00001'$$), 'accepted',
  'once it has left');
SELECT is(tests.refusal($$INSERT INTO ledger.practice_membership VALUES ('5XZ', 'X00001', '5YY', '', '2017-04-01', NULL)$$), 'accepted',
  'it may the next day');

SELECT * FROM finish();
ROLLBACK;
