-- The Financial Summary of 2007/08 (report end July, admitted care): layout, order, signs and filters of the published example.
-- Its figures are thousands of pounds to one decimal; the pence here are chosen so that rows and All both round to what it prints.
BEGIN;
SELECT plan(37);

SELECT set_config('pbc.commissioner', '5XZ', true), set_config('pbc.organisation', '5XZ', true);
INSERT INTO ledger.commissioner VALUES ('5XZ', 'Aldermoor PCT');
INSERT INTO ledger.app_user VALUES
  ('5XZ', '5XZ', 'finance', 'Finance', '{pct_finance}', NULL, NULL, true);
SELECT set_config('pbc.organisation', 'X00001', true);
INSERT INTO ledger.app_user VALUES
  ('5XZ', 'X00001', 'gp', 'A practice', '{practice_lead}', 'X00001', NULL, true);
INSERT INTO ledger.practice VALUES ('5XZ', 'X00001', 'The Example Surgery'), ('5XZ', 'X00002', 'Another Surgery');
INSERT INTO ledger.provider VALUES
  ('5XZ', 'RXA', 'Provider NHS Trust A', true), ('5XZ', 'RXB', 'Provider NHS Trust B', true),
  ('5XZ', 'RXC', 'Provider NHS Trust C', true), ('5XZ', 'RXD', 'Provider NHS Trust D', true),
  ('5XZ', 'RYE', 'Distant Trust', false), ('5XZ', 'RYF', 'Further Trust', false);
-- Trust D has no contract this year.
INSERT INTO ledger.contract
SELECT '5XZ', gen_random_uuid(), provider, 2007, 'active', '[]', 0, 0, 0, 0, 0, gen_random_uuid(), gen_random_uuid(), NULL,
       'QHB', 'hub', now(), '5XZ', 'approver', now()
  FROM unnest(ARRAY['RXA', 'RXB', 'RXC']) AS t (provider);

-- provider, June's and July's day cases and pence: year to date as in the example.
CREATE TEMP TABLE example (provider text, june_activity bigint, june_pence bigint, july_activity bigint, july_pence bigint);
INSERT INTO example VALUES
  ('RXA', 20, 1204300, 8, 440000), ('RXB', 9, 514000, 2, 80000), ('RXC', 4, 233000, 2, 130000),
  ('RYE', 1, 100000, 1, 110000), ('RYF', 1, 43000, 0, 0), ('RXD', 2, 178000, 0, 0);
CREATE TEMP TABLE sent AS
SELECT e.provider, m.period, gen_random_uuid() AS submission_id, m.activity, m.pence
  FROM example e
 CROSS JOIN LATERAL (VALUES ('2007-06-01'::date, e.june_activity, e.june_pence), ('2007-07-01', e.july_activity, e.july_pence))
   AS m (period, activity, pence);
INSERT INTO ledger.provider_month SELECT '5XZ', provider, period, 'flex', submission_id, now() FROM sent;
INSERT INTO ledger.activity_rollup
SELECT '5XZ', submission_id, period, provider, 'X00001', 'DC', '100', 'FZ18K', 'registered', 'priced', activity, pence FROM sent
UNION ALL  -- what must not count: other practice, not ours, not attended, a submission that was replaced
SELECT '5XZ', submission_id, period, provider, 'X00002', 'DC', '100', 'FZ18K', 'registered', 'priced', 1000, 99999999 FROM sent
UNION ALL
SELECT '5XZ', submission_id, period, provider, 'X00001', 'DC', '100', 'FZ18K', 'registered_elsewhere', 'priced', 1000, 99999999 FROM sent
UNION ALL
SELECT '5XZ', submission_id, period, provider, 'X00001', 'DC', '100', 'FZ18K', 'registered', 'excluded', 1000, 0 FROM sent
UNION ALL
SELECT '5XZ', gen_random_uuid(), period, provider, 'X00001', 'DC', '100', 'FZ18K', 'registered', 'priced', 1000, 99999999 FROM sent;

SELECT api.enter('X00001', 'gp', NULL, '{practice_lead}', 'GetFinancialSummary', 0);
CREATE TEMP TABLE report AS
SELECT api.get_financial_summary('X00001', '2007/08', '2007-07', 'admitted', NULL, NULL, NULL, NULL, NULL, NULL) AS answer;
CREATE TEMP TABLE day_case AS
SELECT r.* FROM report, json_to_recordset(answer #> '{blocks,0,rows}') AS r (name text, code text, flag text, month_budget json,
  month_actual json, month_variance json, annual_budget json, ytd_budget json, ytd_actual json, ytd_variance json);

SELECT is((SELECT array_agg(b ->> 'title') FROM report, json_array_elements(answer -> 'blocks') b),
  ARRAY['Elective (day cases)', 'Elective (inpatients)', 'Non-Elective'], 'admitted care has the three blocks, in order');
SELECT is((SELECT array_agg(name) FROM day_case),
  ARRAY['All', 'Provider NHS Trust A', 'Provider NHS Trust B', 'Provider NHS Trust C', 'Others', 'Provider NHS Trust D'],
  'All first, then providers and Others together by year-to-date cost');
SELECT is((SELECT array_agg(name) FROM day_case WHERE flag = '!'), ARRAY['Provider NHS Trust D'],
  'a provider without a contract is flagged');
SELECT is((SELECT array_agg((month_actual ->> 'activity')::bigint) FROM day_case), ARRAY[13, 8, 2, 2, 1, 0]::bigint[],
  'July activity');
SELECT is((SELECT array_agg(round((month_actual ->> 'cost_pence')::numeric / 100000, 1)) FROM day_case),
  ARRAY[7.6, 4.4, 0.8, 1.3, 1.1, 0.0], 'July cost');
SELECT is((SELECT array_agg((ytd_actual ->> 'activity')::bigint) FROM day_case), ARRAY[50, 28, 11, 6, 3, 2]::bigint[],
  'year to date activity');
SELECT is((SELECT array_agg(round((ytd_actual ->> 'cost_pence')::numeric / 100000, 1)) FROM day_case),
  ARRAY[30.3, 16.4, 5.9, 3.6, 2.5, 1.8], 'year to date cost');
SELECT is((SELECT (ytd_actual ->> 'cost_pence')::bigint FROM day_case WHERE name = 'All'),
  (SELECT sum((ytd_actual ->> 'cost_pence')::bigint) FROM day_case WHERE name <> 'All')::bigint, 'All is the sum of its rows');
SELECT is((SELECT (month_variance ->> 'activity')::bigint FROM day_case WHERE name = 'All'), -13::bigint,
  'variance is budget minus actual: 0 - 13');
SELECT is((SELECT (ytd_variance ->> 'cost_pence')::bigint FROM day_case WHERE name = 'All'),
  (SELECT -(ytd_actual ->> 'cost_pence')::bigint FROM day_case WHERE name = 'All'), 'the last column is the year to date variance');
SELECT is((SELECT json_array_length(answer #> '{blocks,1,rows}') FROM report), 1, 'an empty block still has its row All');
SELECT is((SELECT answer #>> '{months,0,state}' FROM report), 'missing', 'a month without a file is said to be missing');
SELECT is((SELECT m ->> 'state' FROM report, json_array_elements(answer -> 'months') m
            WHERE m ->> 'period' = '2007-07' AND m ->> 'provider_code' = 'RXA'), 'flex', 'a flex month says so');

-- A budget: 12 months of 1,000 a day case at Trust A, which the filters must follow.
INSERT INTO ledger.budget_run VALUES ('5XZ', '00000000-0000-4000-8000-000000000001', 2007, 'issued', 'historic', 1, 1200000, '5XZ',
  'finance', now(), '5XZ', 'approver', now());
INSERT INTO ledger.budget_detail VALUES
  ('5XZ', '00000000-0000-4000-8000-000000000001', 'X00001', 'DC.RXA', 'DC', 'RXA', '100', 'FZ18K', 12, 1200000,
   array_fill(1::bigint, ARRAY[12]), array_fill(100000::bigint, ARRAY[12]));
CREATE TEMP TABLE budgeted AS
SELECT api.get_financial_summary('X00001', '2007/08', '2007-07', 'admitted', NULL, NULL, NULL, NULL, NULL, NULL)
         #> '{blocks,0,rows,0}' AS all_row;
SELECT is((SELECT (all_row #>> '{month_budget,cost_pence}')::bigint FROM budgeted), 100000::bigint, 'one month of budget');
SELECT is((SELECT (all_row #>> '{ytd_budget,cost_pence}')::bigint FROM budgeted), 400000::bigint, 'April to July is four months');
SELECT is((SELECT (all_row #>> '{annual_budget,activity}')::bigint FROM budgeted), 12::bigint, 'the year');
SELECT is((SELECT (all_row #>> '{month_variance,cost_pence}')::bigint FROM budgeted), (100000 - 760000)::bigint,
  'variance is budget minus actual in pence');

SELECT is(api.get_financial_summary('X00001', '2007/08', '2007-07', 'admitted', NULL, NULL, NULL, 'RXB', NULL, NULL)
  #>> '{blocks,0,rows,0,ytd_actual,activity}', '11', 'filtered by provider');

-- Filters: a tariff of another year has AA22C and 140; trust G has no activity; of the records only the other practice's have ZZ99Z.
INSERT INTO ref.tariff VALUES ('00000000-0000-4000-8000-000000000006', 2006, sha256('6'::bytea), 'tariff.csv', now());
INSERT INTO ref.tariff_row (tariff_id, line, currency, currency_type, name, chapter, pod, age_band, price_pence, valid_from, valid_to) VALUES
  ('00000000-0000-4000-8000-000000000006', 2, 'AA22C', 'HRG', 'Accident', 'Nervous', 'NEL', 'ALL', 100, '2006-04-01', '2007-03-31'),
  ('00000000-0000-4000-8000-000000000006', 3, '140', 'TFC', 'Oral surgery', 'Outpatients', 'OPFA', 'ALL', 100, '2006-04-01', '2007-03-31');
INSERT INTO ledger.provider VALUES ('5XZ', 'RXG', 'Provider NHS Trust G', true);
INSERT INTO ledger.activity_rollup
SELECT '5XZ', gen_random_uuid(), '2007-07-01', 'RXA', 'X00002', 'DC', '999', 'ZZ99Z', 'registered', 'unpriced', 10, 0;
CREATE FUNCTION pg_temp.day_cases(chapter text, hrg text, specialty text, provider text) RETURNS text LANGUAGE sql AS $$
  SELECT api.get_financial_summary(NULL, '2007/08', '2007-07', 'admitted', chapter, hrg, specialty, provider, NULL, NULL)
    #>> '{blocks,0,rows,0,ytd_actual,activity}'
$$;
SELECT is(pg_temp.day_cases('F', 'FZ18K', '100', 'RXB'), '11', 'filtered by what all of them have');
SELECT is(ARRAY[pg_temp.day_cases('A', NULL, NULL, NULL), pg_temp.day_cases(NULL, 'AA22C', NULL, NULL), pg_temp.day_cases(NULL, NULL, '140', NULL),
    pg_temp.day_cases(NULL, NULL, NULL, 'RXG')], ARRAY['0', '0', '0', '0'], 'what is known and has no activity is nothing, and said to be');
CREATE FUNCTION pg_temp.refused(chapter text, hrg text, specialty text, provider text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  state text; reason text; message text; field text; hint text;
BEGIN
  RETURN pg_temp.day_cases(chapter, hrg, specialty, provider);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, reason = CONSTRAINT_NAME, message = MESSAGE_TEXT, field = COLUMN_NAME, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(' ', state, reason, field, message, CASE WHEN hint = '' THEN 'without a remedy' END);
END
$$;
SELECT is(pg_temp.refused(NULL, NULL, NULL, 'RQX'), 'ZC404 PROVIDER_NOT_FOUND provider_code no provider RQX', 'a provider that the PCT does not know is refused');
SELECT is(pg_temp.refused(NULL, 'ZZ98Z', NULL, NULL), 'ZC404 HRG_NOT_FOUND hrg no HRG ZZ98Z', 'so is an HRG of no tariff and no record');
SELECT is(pg_temp.refused(NULL, '140', NULL, NULL), 'ZC404 HRG_NOT_FOUND hrg no HRG 140', 'which a treatment function is not');
SELECT is(pg_temp.refused(NULL, NULL, '998', NULL), 'ZC404 SPECIALTY_NOT_FOUND specialty no specialty 998', 'a specialty');
SELECT is(ARRAY[pg_temp.refused('Q', NULL, NULL, NULL), pg_temp.refused('f', NULL, NULL, NULL), pg_temp.refused('FZ', NULL, NULL, NULL)],
  ARRAY['ZC404 CHAPTER_NOT_FOUND chapter no chapter Q', 'ZC404 CHAPTER_NOT_FOUND chapter no chapter f',
        'ZC404 CHAPTER_NOT_FOUND chapter no chapter FZ'], 'and a chapter');
SELECT is(ARRAY[pg_temp.refused('Z', NULL, NULL, NULL), pg_temp.refused(NULL, 'ZZ99Z', NULL, NULL), pg_temp.refused(NULL, NULL, '999', NULL)],
  ARRAY['ZC404 CHAPTER_NOT_FOUND chapter no chapter Z', 'ZC404 HRG_NOT_FOUND hrg no HRG ZZ99Z',
        'ZC404 SPECIALTY_NOT_FOUND specialty no specialty 999'], 'what only another practice''s records have is like what nobody has');
SELECT api.enter('5XZ', 'finance', NULL, '{pct_finance}', 'GetFinancialSummary', 0);
SELECT is(ARRAY[pg_temp.refused('Z', NULL, NULL, NULL), pg_temp.refused(NULL, 'ZZ99Z', NULL, NULL), pg_temp.refused(NULL, NULL, '999', NULL)],
  ARRAY['0', '0', '0'], 'the PCT knows what any of its records have, priced or not');

-- Outside the practice: of 13 day cases of July 8, 2, 2, 1 and none, of 50 of the year 28, 11, 6, 3 and 2.
SELECT api.enter('5XZ', 'finance', NULL, '{pct_finance}', 'GetFinancialSummary', 0);
CREATE TEMP TABLE outside AS
SELECT r.* FROM json_to_recordset(api.get_financial_summary('X00001', '2007/08', '2007-07', 'admitted', NULL, NULL, NULL, NULL, NULL, NULL)
  #> '{blocks,0,rows}') AS r (name text, month_budget json, month_actual json, month_variance json, annual_budget json, ytd_budget json, ytd_actual json,
  ytd_variance json);
CREATE FUNCTION pg_temp.counts(of_row text, VARIADIC figures json[]) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', of_row, string_agg(coalesce(f ->> 'activity', '*'), ' ' ORDER BY n)) FROM unnest(figures) WITH ORDINALITY AS t (f, n)
$$;
SELECT is((SELECT array_agg(pg_temp.counts(right(name, 1), month_actual, ytd_actual)) FROM outside),
  ARRAY['l 13 50', 'A 8 28', 'B * 11', 'C * 6', 's * *', 'D 0 *'], 'outside the practice no count is from 1 to 4, or tells one with All');
SELECT is((SELECT array_agg(pg_temp.counts(right(name, 1), month_budget, annual_budget, ytd_budget)) FROM outside),
  ARRAY['l * 12 *', 'A * 12 *', 'B * 0 *', 'C * 0 *', 's * 0 *', 'D * 0 *'], 'of the budget neither: where All is small nothing is shown');
SELECT is((SELECT array_agg(pg_temp.counts(right(name, 1), month_variance, ytd_variance)) FROM outside),
  ARRAY['l * *', 'A * *', 'B * *', 'C * *', 's * *', 'D * *'], 'nor a variance from a count that is not shown');
SELECT is((SELECT string_agg(month_actual ->> 'cost_pence', ' ') FROM outside),
  (SELECT string_agg(month_actual ->> 'cost_pence', ' ') FROM day_case), 'what they cost is shown to the penny');
SELECT is(api.get_financial_summary('X00001', '2007/08', '2007-07', 'admitted', NULL, NULL, NULL, 'RXB', NULL, NULL)
  #>> '{blocks,0,rows,0,month_actual,activity}', NULL, 'no filter shows what is not shown');
SELECT api.enter('X00001', 'gp', NULL, '{practice_lead}', 'GetFinancialSummary', 0);

SELECT throws_ok($$SELECT api.get_financial_summary('X00002', '2007/08', '2007-07', NULL, NULL, NULL, NULL, NULL, NULL, NULL)$$,
  'ZC404', 'no practice X00002', 'another practice is not found');
SELECT throws_ok($$SELECT api.get_financial_summary('X99999', '2007/08', '2007-07', NULL, NULL, NULL, NULL, NULL, NULL, NULL)$$,
  'ZC404', 'no practice X99999', 'like one that does not exist');
SELECT throws_ok($$SELECT api.get_financial_summary('X00001', '2007/08', '2008-07', NULL, NULL, NULL, NULL, NULL, NULL, NULL)$$,
  'ZC400', '2008-07 is not in 2007/08', 'the month is of the year');

-- Two tariffs of the year, each of 3,000 HRGs and a specialty; the later one's names count.
INSERT INTO ref.tariff SELECT ('00000000-0000-4000-8000-00000000000' || v)::uuid, 2007, sha256(v::text::bytea), 'tariff.csv', now()
  FROM generate_series(1, 2) v;
INSERT INTO ref.tariff_row (tariff_id, line, currency, currency_type, name, chapter, pod, age_band, price_pence, valid_from, valid_to)
SELECT t.tariff_id, n, CASE n WHEN 2 THEN '130' ELSE 'F' || n END, CASE n WHEN 2 THEN 'TFC' ELSE 'HRG' END,
       format('name of %s in %s', n, right(t.tariff_id::text, 1)), 'Digestive ' || right(t.tariff_id::text, 1), 'DC', 'ALL', 100,
       '2007-04-01', '2008-03-31'
  FROM ref.tariff t, generate_series(2, 3002) n WHERE t.year = 2007;
INSERT INTO ledger.tariff_in_force SELECT '5XZ', 2007, right(t.tariff_id::text, 1)::integer, t.tariff_id, '5XZ', 'finance', now()
  FROM ref.tariff t WHERE t.year = 2007;
ANALYZE ref.tariff_row, ledger.tariff_in_force;
SELECT is((SELECT string_agg(coalesce(n.name, 'none'), ', ' ORDER BY w.place)
             FROM (VALUES (1, 'hrg', 'F77'), (2, 'specialty', '130'), (3, 'chapter', 'F'), (4, 'hrg', '130'), (5, 'specialty', 'F77'),
                     (6, 'pod', 'DC')) AS w (place, analyse_by, code)
             LEFT JOIN LATERAL ledger.summary_name(2007, w.analyse_by, w.code) n ON true),
  'name of 77 in 2, name of 2 in 2, Digestive 2, none, none, DC', 'codes are named as the tariff in force does');
CREATE FUNCTION pg_temp.rows_read() RETURNS bigint LANGUAGE sql AS $$
  SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_all_tables WHERE relid = 'ref.tariff_row'::regclass
$$;
SELECT pg_temp.rows_read() AS before \gset
SELECT count(*) FROM generate_series(1000, 1099) c CROSS JOIN LATERAL ledger.summary_name(2007, 'hrg', 'F' || c) \g /dev/null
SELECT cmp_ok(pg_temp.rows_read() - :before, '<=', 200::bigint, 'and a hundred names are not a hundred readings of it');

SELECT * FROM finish();
ROLLBACK;
