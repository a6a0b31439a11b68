-- Budgets: one issued version a year, shown to its own practice only, every line with its working.
BEGIN;
SELECT plan(28);

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

-- Outside the practice. Last year's records times 1.5: 4 of day cases are 6, 20 elective are 30, 10 emergencies are 15 and 2 more have no price.
INSERT INTO ledger.budget SELECT '5XZ', '00000000-0000-4000-8000-000000000002', 'X00002', 51, 5100;
INSERT INTO ledger.budget_line
SELECT '5XZ', '00000000-0000-4000-8000-000000000002', 'X00002', pod || '.RXA', pod, 'RXA', activity, activity * 100,
       array_fill(0::bigint, ARRAY[11]) || activity, array_fill(0::bigint, ARRAY[11]) || activity * 100
  FROM (VALUES ('DC', 6::bigint), ('EL', 30), ('NEL', 15)) AS l (pod, activity);
INSERT INTO ledger.budget_step
SELECT '5XZ', '00000000-0000-4000-8000-000000000002', 'X00002', l.pod || '.RXA', s.step, s.rule, s.detail, s.activity, 100, 'source'
  FROM (VALUES ('DC', 4, 0, 6), ('EL', 20, 0, 30), ('NEL', 10, 2, 15)) AS l (pod, priced, unpriced, activity)
 CROSS JOIN LATERAL (VALUES
   (1, 'HISTORIC_ACTIVITY', format('%s records accepted in 2006/07', l.priced + l.unpriced), l.priced + l.unpriced),
   (2, 'REPRICE_AT_TARIFF', format('%s records priced one by one at the tariff of 2007/08; %s have no price in it', l.priced, l.unpriced), l.priced),
   (3, 'UPLIFT', 'activity and cost times 1.5, rounded half up', l.activity),
   (4, 'PHASE', 'over 12 months in the proportion of last year''s activity; the parts add up', l.activity)) AS s (step, rule, detail, activity);
CREATE FUNCTION pg_temp.told(practice text) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', 'all', coalesce(b ->> 'activity', '*'),
           (SELECT string_agg(format('%s %s %s', l ->> 'pod', coalesce(l ->> 'activity', '*'), l ->> 'cost_pence'), ' ' ORDER BY l ->> 'pod')
              FROM json_array_elements(b -> 'lines') l))
    FROM (SELECT api.get_budget(practice, '2007/08') -> 'budget') AS g (b)
$$;
CREATE FUNCTION pg_temp.worked(line text) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws('; ', coalesce(e #>> '{line,activity}', '*'),
           (SELECT string_agg(format('%s %s', coalesce(s ->> 'activity', '*'), s ->> 'detail'), '; ' ORDER BY (s ->> 'step')::integer)
              FROM json_array_elements(e -> 'steps') s))
    FROM (SELECT api.explain_budget_line('X00002', '2007/08', line)) AS g (e)
$$;
SELECT is(pg_temp.told('X00002'), 'all 51 DC * 600 EL 30 3000 NEL * 1500',
  'outside the practice what was made of 4 records is not shown, nor what it could be got from; what it costs is');
SELECT is(pg_temp.told('X00001'), 'all 24 DC 24 2400000', 'what was made of more is');
SELECT is(pg_temp.worked('EL.RXA'), '30; 20 20 records accepted in 2006/07; 20 20 records priced one by one at the tariff of 2007/08; '
  '0 have no price in it; 30 activity and cost times 1.5, rounded half up; 30 over 12 months in the proportion of last year''s activity; the parts add up',
  'of such a line the whole working is');
SELECT is((SELECT string_agg(coalesce(s ->> 'amount_pence', 'none'), ' ' ORDER BY (s ->> 'step')::integer)
             FROM json_array_elements(api.explain_budget_line('X00002', '2007/08', 'EL.RXA') -> 'steps') s), 'none 100 100 100',
  'before its records have a price a line has no amount, which is not one of nothing');
SELECT is(pg_temp.worked('DC.RXA'), '*; * * records accepted in 2006/07; * * records priced one by one at the tariff of 2007/08; '
  '* have no price in it; * activity and cost times 1.5, rounded half up; * over 12 months in the proportion of last year''s activity; the parts add up',
  'of another neither its figures nor its words tell a count');
SELECT matches(pg_temp.worked('NEL.RXA'), '^\*; \* \* records', 'nor of one that the other could be got from');
UPDATE ledger.budget_step SET activity = 9, detail = replace(detail, '4 records', '9 records') WHERE line_id = 'DC.RXA' AND practice_code = 'X00002' AND step < 3;
SELECT is(pg_temp.told('X00002'), 'all 51 DC 6 600 EL 30 3000 NEL 15 1500', 'made of 9 records 6 are shown');
SELECT is(pg_temp.worked('NEL.RXA'), '15; * * records accepted in 2006/07; 10 * records priced one by one at the tariff of 2007/08; '
  '* have no price in it; 15 activity and cost times 1.5, rounded half up; 15 over 12 months in the proportion of last year''s activity; the parts add up',
  'but not how few records had no price');
SELECT api.enter('X00002', 'gp', NULL, '{practice_lead}', 'GetBudget', 0);
UPDATE ledger.budget_step SET activity = 4, detail = replace(detail, '9 records', '4 records') WHERE line_id = 'DC.RXA' AND practice_code = 'X00002' AND step < 3;
SELECT is(pg_temp.told('X00002'), 'all 51 DC 6 600 EL 30 3000 NEL 15 1500', 'the practice sees its own in full');
SELECT matches(pg_temp.worked('NEL.RXA'), '^15; 12 12 records accepted in 2006/07; 10 10 records .*; 2 have no price', 'and all of their working');

SELECT * FROM finish();
ROLLBACK;
