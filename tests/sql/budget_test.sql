-- Budgets: one issued version a year, shown to its own practice only, every line with its working.
BEGIN;
SELECT plan(18);

SELECT set_config('pbc.commissioner', '5XZ', true), set_config('pbc.organisation', '5XZ', true);
INSERT INTO ledger.commissioner VALUES ('5XZ', 'Aldermoor PCT');
INSERT INTO ledger.app_user VALUES ('5XZ', '5XZ', 'approver', 'Approver', '{pct_approver,pct_finance}', NULL, NULL, true),
  ('5XZ', 'X00001', 'gp', 'A practice', '{practice_lead}', 'X00001', NULL, true),
  ('5XZ', 'X00002', 'gp', 'Another', '{practice_lead}', 'X00002', NULL, true);
INSERT INTO ledger.practice VALUES ('5XZ', 'X00001', 'The Example Surgery'), ('5XZ', 'X00002', 'Another Surgery');
INSERT INTO ledger.provider VALUES ('5XZ', 'RXA', 'Trust A', true);
INSERT INTO ledger.budget_run (commissioner_code, budget_id, year, state, basis, practices, total_pence, created_by_organisation,
  created_by, created_at)
SELECT '5XZ', ('00000000-0000-4000-8000-00000000000' || n)::uuid, 2007, 'draft', 'historic', 1, 1200000 * n, '5XZ', 'finance',
       now() + n * interval '1 second'
  FROM generate_series(1, 2) n;
INSERT INTO ledger.budget
SELECT '5XZ', ('00000000-0000-4000-8000-00000000000' || n)::uuid, 'X00001', 12 * n, 1200000 * n FROM generate_series(1, 2) n;
INSERT INTO ledger.budget_line
SELECT '5XZ', ('00000000-0000-4000-8000-00000000000' || n)::uuid, 'X00001', 'DC.RXA', 'DC', 'RXA', 12 * n, 1200000 * n,
       array_fill(n::bigint, ARRAY[12]), array_fill(100000::bigint * n, ARRAY[12])
  FROM generate_series(1, 2) n;
INSERT INTO ledger.budget_step
SELECT '5XZ', '00000000-0000-4000-8000-000000000001', 'X00001', 'DC.RXA', n, 'STEP', 'detail ' || n, 12, 1200000, 'source'
  FROM generate_series(3, 1, -1) n;

SELECT api.enter('X00001', 'gp', NULL, '{practice_lead}', 'GetBudget', 0);
SELECT throws_ok($$SELECT api.get_budget('X00001', '2007/08')$$, 'ZC404', NULL, 'a draft is not shown to the practice');

SELECT api.enter('5XZ', 'approver', NULL, '{pct_approver}', 'IssueBudget', 0);
SELECT is(api.issue_budget('00000000-0000-4000-8000-000000000001') #>> '{budget_run,state}', 'issued', 'a draft is issued');
SELECT throws_ok($$SELECT api.issue_budget('00000000-0000-4000-8000-000000000001')$$, 'ZC412', 'the budget run is issued', 'once');
SELECT throws_ok($$SELECT api.issue_budget('00000000-0000-4000-8000-000000000009')$$, 'ZC404', NULL, 'one that is not there');

SELECT api.enter('X00001', 'gp', NULL, '{practice_lead}', 'GetBudget', 0);
SELECT is(api.get_budget('X00001', '2007/08') #>> '{budget,cost_pence}', '1200000', 'the practice sees its budget');
SELECT is(api.get_budget(NULL, NULL) #>> '{budget,practice_code}', 'X00001', 'its own of the newest year if it names none');
SELECT is(json_array_length(api.get_budget('X00001', '2007/08') #> '{budget,lines,0,month_cost_pence}'), 12, 'by month');
SELECT is((SELECT sum(m::bigint) FROM json_array_elements_text(api.get_budget('X00001', '2007/08') #>
  '{budget,lines,0,month_cost_pence}') m)::bigint, 1200000::bigint, 'the months add up to the year');
SELECT is((SELECT string_agg(s ->> 'detail', ',') FROM json_array_elements(
  api.explain_budget_line('X00001', '2007/08', 'DC.RXA') -> 'steps') s), 'detail 1,detail 2,detail 3', 'the working is in order');
SELECT throws_ok($$SELECT api.explain_budget_line('X00001', '2007/08', 'EL.RXA')$$, 'ZC404', NULL, 'no such line');

SELECT api.enter('X00002', 'gp', NULL, '{practice_lead}', 'GetBudget', 0);
SELECT throws_ok($$SELECT api.get_budget('X00001', '2007/08')$$, 'ZC404', 'no issued budget of practice X00001 for 2007/08',
  'another practice''s budget is not found');
SELECT throws_ok($$SELECT api.get_budget('X00009', '2007/08')$$, 'ZC404', 'no issued budget of practice X00009 for 2007/08',
  'in the words used for one that does not exist');
SELECT throws_ok($$SELECT api.explain_budget_line('X00001', '2007/08', 'DC.RXA')$$, 'ZC404', NULL, 'nor is its working');

SELECT api.enter('5XZ', 'approver', NULL, '{pct_approver}', 'IssueBudget', 0);
SELECT throws_ok($$SELECT api.get_budget(NULL, NULL)$$, 'ZC400', 'name a practice', 'the PCT''s people name a practice');
SELECT is(api.issue_budget('00000000-0000-4000-8000-000000000002') #>> '{budget_run,state}', 'issued', 'a new version');
SELECT is((SELECT string_agg(state, ',' ORDER BY budget_id) FROM ledger.budget_run), 'superseded,issued', 'takes the place of the old');
SELECT is(api.get_budget('X00001', '2007/08') #>> '{budget,cost_pence}', '2400000', 'and is what is shown');
SELECT is(api.list_budgets('2007/08', NULL, NULL) #>> '{budget_runs,0,total_pence}', '2400000', 'newest first');

SELECT * FROM finish();
ROLLBACK;
