-- One contract a provider and year: submitted by the hub, activated by someone else, once.
BEGIN;
SELECT plan(16);

SELECT set_config('pbc.commissioner', '5XZ', true), set_config('pbc.organisation', '5XZ', true);
INSERT INTO ledger.commissioner VALUES ('5XZ', 'Aldermoor PCT');
INSERT INTO ledger.app_user VALUES
  ('5XZ', '5XZ', 'approver', 'Approver', '{pct_approver}', NULL, NULL, true),
  ('5XZ', '5XZ', 'both', 'Hub and approver', '{hub,pct_approver}', NULL, NULL, true),
  ('5XZ', 'RXB', 'trust', 'Trust B', '{provider}', NULL, 'RXB', true);
INSERT INTO ledger.provider VALUES ('5XZ', 'RXA', 'Trust A', true), ('5XZ', 'RXB', 'Trust B', true);
INSERT INTO ledger.contract (commissioner_code, contract_id, provider_code, year, state, terms, plan_lines, plan_activity,
  plan_cost_pence, local_prices, on_account_pence, contract_upload_id, plan_upload_id, submitted_by_organisation, submitted_by,
  submitted_at)
SELECT '5XZ', ('00000000-0000-4000-8000-00000000000' || n)::uuid, provider, 2007, 'submitted',
       '[{"name": "follow_up_ratio", "value": "2.0"}]', 12, 1200, 120000000, 0, 10000000, gen_random_uuid(), gen_random_uuid(),
       '5XZ', 'both', now() + n * interval '1 second'
  FROM (VALUES (1, 'RXA'), (2, 'RXA'), (3, 'RXB')) AS c (n, provider);

SELECT api.enter('5XZ', 'both', NULL, '{pct_approver}', 'ActivateContract', 0);
SELECT throws_ok($$SELECT api.activate_contract('00000000-0000-4000-8000-000000000001')$$, 'ZC412', 'you submitted this contract',
  'who submitted it cannot activate it');

SELECT api.enter('5XZ', 'approver', NULL, '{pct_approver}', 'ActivateContract', 0);
SELECT is(api.activate_contract('00000000-0000-4000-8000-000000000001') #>> '{contract,state}', 'active', 'another person can');
SELECT throws_ok($$SELECT api.activate_contract('00000000-0000-4000-8000-000000000001')$$, 'ZC412', 'the contract is active', 'once');
SELECT throws_ok($$SELECT api.activate_contract('00000000-0000-4000-8000-000000000002')$$, 'ZC412',
  'provider RXA has an active contract for 2007/08', 'a second one for the provider and year is refused');
SELECT throws_ok($$SELECT api.activate_contract('00000000-0000-4000-8000-000000000009')$$, 'ZC404', NULL, 'one that is not there');
SELECT throws_ok($$UPDATE ledger.contract SET state = 'active', activated_at = now(), activated_by = 'x',
  activated_by_organisation = '5XZ' WHERE contract_id = '00000000-0000-4000-8000-000000000002'$$, '23505', NULL,
  'the table itself refuses two active ones');
SELECT throws_ok($$UPDATE ledger.contract SET state = 'active', activated_at = now(), activated_by = 'both',
  activated_by_organisation = '5XZ' WHERE contract_id = '00000000-0000-4000-8000-000000000003'$$, '23514', NULL,
  'the table itself refuses maker = checker');

SELECT is(api.get_contract('00000000-0000-4000-8000-000000000001') #>> '{contract,on_account_pence}', '10000000',
  'the twelfth is a tenth of a million pounds');
SELECT is(api.get_contract('00000000-0000-4000-8000-000000000001') #>> '{contract,terms,0,value}', '2.0', 'terms are kept');
SELECT is(api.get_contract('00000000-0000-4000-8000-000000000001') #>> '{contract,plan_months}', NULL, 'a plan without lines has no months');
INSERT INTO ledger.plan_line (commissioner_code, contract_id, line, month, pod, currency, practice_code, activity, cost_pence)
VALUES ('5XZ', '00000000-0000-4000-8000-000000000001', 2, 1, 'DC', 'BZ34C', '', 2, 134400),
  ('5XZ', '00000000-0000-4000-8000-000000000001', 3, 1, 'EL', 'FZ18K', '', 1, 136300),
  ('5XZ', '00000000-0000-4000-8000-000000000001', 4, 12, 'DC', 'BZ34C', '', 3, 201600);
SELECT is(api.get_contract('00000000-0000-4000-8000-000000000001') #> '{contract,plan_months}' ->> 1,
  '{"part" : "2008-03", "activity" : 3, "cost_pence" : 201600}', 'month 12 of 2007/08 is March 2008');
SELECT results_eq($$SELECT p ->> 'part', (p ->> 'activity')::integer, (p ->> 'cost_pence')::integer
  FROM json_array_elements(api.get_contract('00000000-0000-4000-8000-000000000001') #> '{contract,plan_pods}') p$$,
  $$VALUES ('DC', 5, 336000), ('EL', 1, 136300)$$, 'and a point of delivery has its sums of all months');
SELECT is(json_array_length(api.list_contracts(NULL, NULL, '2007/08') -> 'contracts'), 3, 'all of the year');
SELECT is(json_array_length(api.list_contracts(2, NULL, NULL) -> 'contracts'), 2, 'a page of two');
SELECT is(json_array_length(api.list_contracts(2, api.list_contracts(2, NULL, NULL) ->> 'next_page_token', NULL) -> 'contracts'), 1,
  'and the one after them');

SELECT api.enter('RXB', 'trust', NULL, '{provider}', 'GetContract', 0);
SELECT throws_ok($$SELECT api.get_contract('00000000-0000-4000-8000-000000000001')$$, 'ZC404', NULL,
  'a trust does not find another trust''s contract');

SELECT * FROM finish();
ROLLBACK;
