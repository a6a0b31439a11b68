-- Dated rules of pricing on both sides of each change, and who may see what prices a record.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
SELECT plan(48);
SELECT tests.act_as('5XZ', 'finance');

-- Last day of one row, first day of the next.
SELECT is(ledger.rule_value(name, day::date), value::bigint, format('%s on %s is %s', name, day, value))
  FROM (VALUES
    ('MFF_PAID_BY_COMMISSIONER', '2009-03-31', 0), ('MFF_PAID_BY_COMMISSIONER', '2009-04-01', 1),
    ('SHORT_STAY_MIN_AGE_YEARS', '2009-03-31', 17), ('SHORT_STAY_MIN_AGE_YEARS', '2009-04-01', 19),
    ('SHORT_STAY_BELOW_DAYS', '2003-04-01', 2), ('SHORT_STAY_BELOW_DAYS', '2017-04-01', 2),
    ('OUTPATIENT_CHILD_BELOW_YEARS', '2009-03-31', 17), ('OUTPATIENT_CHILD_BELOW_YEARS', '2009-04-01', 19),
    ('SPELL_ROUNDED_TO_POUNDS', '2003-04-01', 0), ('SPELL_ROUNDED_TO_POUNDS', '2017-04-01', 0),
    ('PRIVATE_PATIENTS_EXCLUDED', '2003-04-01', 1), ('AE_TYPE_3_LOWEST_BAND', '2003-04-01', 1),
    ('PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE', '2003-04-01', 1),
    ('TOPUP_ON_LONG_STAY', '2003-04-01', 0), ('TOPUP_ON_LONG_STAY', '2017-04-01', 0),
    ('EMERGENCY_MARGINAL_PPM', '2006-03-31', 1000000), ('EMERGENCY_MARGINAL_PPM', '2006-04-01', 500000),
    ('EMERGENCY_MARGINAL_PPM', '2008-03-31', 500000), ('EMERGENCY_MARGINAL_PPM', '2008-04-01', 1000000),
    ('EMERGENCY_MARGINAL_PPM', '2010-03-31', 1000000), ('EMERGENCY_MARGINAL_PPM', '2010-04-01', 300000)) AS v (name, day, value);
SELECT is(ledger.top_up_ppm(service, day::date), ppm::bigint, format('the top-up of service %s on %s is %s', service, day, ppm))
  FROM (VALUES
    ('23', '2010-03-31', 0), ('23', '2010-04-01', 780000), ('23', '2011-03-31', 780000), ('23', '2011-04-01', 250000),
    ('34', '2010-03-31', 0), ('34', '2010-04-01', 300000), ('34', '2011-04-01', 250000), ('99', '2010-04-01', 0)) AS v (service, day, ppm);
SELECT is(tests.refusal($$SELECT ledger.rule_value('MFF_PAID_BY_COMMISSIONER', '2003-03-31')$$), 'ZC412 RULE_MISSING',
  'before the first row there is no rule, and no guess');
SELECT is_empty($$SELECT name FROM ref.rule WHERE source = '' OR evidence = ''$$, 'every rule row says where it comes from and how sure it is');
SELECT is_empty($$
  SELECT a.code_prefix FROM ref.tariff_exclusion a JOIN ref.tariff_exclusion b USING (currency_type, code_prefix)
   WHERE a.valid_from < b.valid_from AND coalesce(a.valid_to, 'infinity') >= b.valid_from$$, 'no code is excluded twice on one day');
SELECT is_empty($$SELECT rule_name FROM ref.top_up_service s WHERE NOT EXISTS (SELECT FROM ref.rule r WHERE r.name = s.rule_name
  AND r.valid_from <= s.valid_from)$$, 'every service with a top-up has its rate');

-- A PCT's own decision wins, and says so.
INSERT INTO ledger.rule VALUES ('5XZ', 'SPELL_ROUNDED_TO_POUNDS', '2017-04-01', '2018-03-31', 1, 'flag', 'board, 3 March 2017');
SELECT is(ledger.rule_json('SPELL_ROUNDED_TO_POUNDS', '2017-07-01') ->> 'evidence', 'local', 'a PCT''s own rule is told as local');
SELECT is(ledger.rule_json('SPELL_ROUNDED_TO_POUNDS', '2018-04-01') ->> 'evidence', 'likely', 'beyond its last day the national row counts');

-- Without its month a record is found by its id: every month, an old one and one made today, has the index.
SELECT job.ensure_partition('2031-07-01');
SELECT is_empty($$
  SELECT p.relid FROM pg_partition_tree('ledger.activity') p
   WHERE p.isleaf AND NOT EXISTS (
     SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
      WHERE i.indrelid = p.relid AND i.indisvalid AND m.amname = 'brin' AND pg_get_indexdef(i.indexrelid, 1, false) = 'record_id')$$,
  'every month finds a record by its id');

-- Terms are the provider's own business.
INSERT INTO ledger.provider_term VALUES
  ('5XZ', 'RXA', 'LOCAL', 'FZ18K', 'EL', '2017-04-01', '2018-03-31', 100, 'schedule 3', now()),
  ('5XZ', 'RXB', 'LOCAL', 'FZ18K', 'EL', '2017-04-01', '2018-03-31', 200, 'schedule 3', now());
SELECT is(tests.seen_as('pbc_owner', 'SELECT count(*) FROM ledger.provider_term'), '2', 'the PCT sees all terms');
SELECT tests.act_as('RXA', 'trust-a');
SELECT is(tests.seen_as('pbc_owner', 'SELECT string_agg(provider_code, $$ $$) FROM ledger.provider_term'), 'RXA', 'a provider its own');

SELECT is(tests.refusal($$SELECT api.price_record('RXB', '{"dataset": "AE", "age": 1, "hrg": "VB08Z", "arrival_date": "2017-07-01"}')$$),
  'ZC404 PROVIDER_NOT_FOUND provider_code', 'nor does it price as another');
SELECT is(tests.refusal($$INSERT INTO ledger.provider_term VALUES ('5XZ', 'RXA', 'TOP_UP', '23', '', '2017-04-01', '2018-03-31', 5, 'x', now())$$),
  '23514 provider_term_check1', 'a top-up has a rate by rule, never an amount');

-- What was loaded can be read back.
SELECT tests.act_as('5XZ', 'finance');
INSERT INTO ledger.provider_term VALUES
  ('5XZ', 'RXA', 'LOCAL', 'FZ18K', 'EL', '2017-10-01', '2018-03-31', 0, 'it ended', now()),
  ('5XZ', 'RXA', 'TOP_UP', '23', '', '2017-04-01', '2018-03-31', NULL, 'list of trusts', now());
CREATE FUNCTION tests.terms(answer json) RETURNS text LANGUAGE sql AS
$$SELECT string_agg(concat_ws(' ', t ->> 'provider_code', t ->> 'term', t ->> 'code', t ->> 'pod', t ->> 'valid_from_date', t ->> 'valid_to_date',
    t ->> 'amount_pence', t ->> 'source'), ', ') FROM json_array_elements(answer -> 'terms') t$$;
SELECT is(tests.terms(api.list_provider_terms(NULL, NULL, NULL)),
  'RXA LOCAL FZ18K EL 2017-10-01 2018-03-31 0 it ended, RXA LOCAL FZ18K EL 2017-04-01 2018-03-31 100 schedule 3, '
  'RXA TOP_UP 23  2017-04-01 2018-03-31 list of trusts, RXB LOCAL FZ18K EL 2017-04-01 2018-03-31 200 schedule 3',
  'terms are listed by provider and what they are for, the newest first; an amount of 0 is one, a top-up has none');
SELECT is(tests.terms(api.list_provider_terms(NULL, NULL, 'RXB')), 'RXB LOCAL FZ18K EL 2017-04-01 2018-03-31 200 schedule 3',
  'or of one provider');
WITH RECURSIVE page AS (
  SELECT api.list_provider_terms(1, NULL, NULL) AS answer
  UNION ALL
  SELECT api.list_provider_terms(1, answer ->> 'next_page_token', NULL) FROM page WHERE answer ->> 'next_page_token' IS NOT NULL)
SELECT is((count(*), string_agg(tests.terms(answer), ', '))::text, (4, tests.terms(api.list_provider_terms(NULL, NULL, NULL)))::text,
  'pages of one give each once, in the same order') FROM page;
SELECT is(tests.refusal(format('SELECT api.list_provider_terms(1, %L, NULL)', ledger.page_token('providers', 'RXA'))),
  'ZC400 BAD_PAGE_TOKEN page_token', 'the token of another list is refused');
SELECT tests.act_as('RXB', 'trust-b');
SELECT is(tests.terms(api.list_provider_terms(NULL, NULL, NULL)),
  'RXB LOCAL FZ18K EL 2017-04-01 2018-03-31 200 schedule 3', 'a provider reads its own');
SELECT is(json_array_length(api.list_provider_terms(NULL, NULL, 'RXA') -> 'terms'), 0,
  'and nothing of another, asked for or not');
SELECT tests.act_as('5YY', 'finance');
SELECT is(json_array_length(api.list_provider_terms(NULL, NULL, NULL) -> 'terms'), 0,
  'nor does another PCT');
SELECT tests.act_as('5XZ', 'finance');
SELECT is(tests.refusal($$SELECT api.list_provider_terms(-1, NULL, NULL)$$), 'ZC400 BAD_PAGE_SIZE page_size', 'a page has no negative size');

SELECT * FROM finish();
ROLLBACK;
