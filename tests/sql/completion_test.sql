-- How complete a flex month is likely to be: the latest 12 earlier months of the provider that had a flex and its freeze, by group of
-- points of delivery. And what is flex in a figure.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
SELECT plan(16);

-- provider, month, phase, place in the month, pence of day cases, pence of A&E
CREATE FUNCTION tests.send(provider text, month date, phase text, place integer, admitted bigint, emergency bigint) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO ledger.submission
  SELECT '5XZ', id, provider, month, phase, gen_random_uuid(), 'file.csv', 'record_id', sha256(convert_to(id::text, 'UTF8')), 2, 2, 0, 2, 0,
         0, 0, admitted + emergency,
         (SELECT s.submission_id FROM ledger.submission s WHERE s.provider_code = provider AND s.period = month
           ORDER BY s.recorded_at DESC LIMIT 1),
         '5XZ', 'finance', month + interval '40 days' + place * interval '1 day'
    FROM (SELECT gen_random_uuid() AS id) n;
  INSERT INTO ledger.activity_rollup (commissioner_code, submission_id, period, provider_code, practice_code, pod,
    treatment_function_code, hrg, attribution, price_state, activity, cost_pence)
  SELECT '5XZ', s.submission_id, month, provider, 'X00001', p.pod, '', p.hrg, p.attribution, 'priced', 1, p.pence
    FROM (SELECT s.submission_id FROM ledger.submission s WHERE s.provider_code = provider AND s.period = month
           ORDER BY s.recorded_at DESC LIMIT 1) s
   CROSS JOIN (VALUES ('DC', 'FZ18K', 'registered', admitted), ('AE', 'VB08Z', 'registered', emergency),
     ('DC', 'FZ18K', 'registered_elsewhere', 9999999)) AS p (pod, hrg, attribution, pence);
  INSERT INTO ledger.provider_month
  SELECT '5XZ', provider, month, CASE phase WHEN 'freeze' THEN 'frozen' ELSE 'flex' END, s.submission_id, now(),
         ledger.closed_datasets(phase, NULL)
    FROM ledger.submission s WHERE s.provider_code = provider AND s.period = month ORDER BY s.recorded_at DESC LIMIT 1
  ON CONFLICT ON CONSTRAINT provider_month_pkey DO UPDATE SET state = excluded.state, submission_id = excluded.submission_id,
    frozen_datasets = excluded.frozen_datasets;
$$;

-- Trust A, July 2016 back to June 2015: 12 months of 1,000.00 that froze at 1,031.00, and A&E that froze lower. Before them two months
-- that doubled, which are too old to count. August 2016 froze without a flex. September 2016 is the flex in question.
SELECT count(tests.send('RXA', month::date, 'flex', 1, 100000, 50000)), count(tests.send('RXA', month::date, 'freeze', 2,
    CASE WHEN month < '2015-06-01' THEN 200000 ELSE 103100 END, 49000))
  FROM generate_series('2015-04-01'::timestamp, '2016-07-01'::timestamp, '1 month') month \gset ignored_
SELECT tests.send('RXA', '2016-08-01', 'freeze', 1, 700000, 1) \gset ignored_
SELECT tests.send('RXA', '2016-09-01', 'flex', 1, 90000, 40000) \gset ignored_
-- Trust B: the freeze is compared with the flex that it replaced, the second.
SELECT tests.send('RXB', '2016-07-01', 'flex', 1, 50000, 0), tests.send('RXB', '2016-07-01', 'flex', 2, 90000, 0),
  tests.send('RXB', '2016-07-01', 'freeze', 3, 93000, 0), tests.send('RXB', '2016-09-01', 'flex', 1, 10000, 0) \gset ignored_

SELECT tests.act_as('5XZ', 'finance');
CREATE FUNCTION tests.completion(provider text, month text, wanted_group text, as_at text) RETURNS text
LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', c ->> 'pod_group', c ->> 'months', c ->> 'flex_pence', c ->> 'frozen_pence', c ->> 'completion_ppm'), ', ')
    FROM json_array_elements(api.get_financial_summary(NULL, '2016/17', '2016-09', wanted_group, NULL, NULL, NULL, NULL, NULL, as_at)
           -> 'months') m
   CROSS JOIN json_array_elements(m -> 'completions') c
   WHERE m ->> 'period' = month AND m ->> 'provider_code' = provider
$$;
SELECT is(tests.completion('RXA', '2016-09', NULL, NULL),
  'admitted 12 1200000 1237200 1031000, ae 12 600000 588000 980000', 'the latest 12 months that have both, by group');
SELECT is(tests.completion('RXA', '2016-09', 'admitted', NULL), 'admitted 12 1200000 1237200 1031000', 'only the group of the report');
SELECT is(tests.completion('RXB', '2016-09', 'admitted', NULL), 'admitted 1 90000 93000 1033333', 'a freeze against the flex it replaced');
SELECT is(tests.completion('RXA', '2016-07', NULL, NULL), NULL, 'a frozen month is complete');
SELECT is(tests.completion('RXB', '2016-09', 'outpatient', NULL), NULL, 'nothing is said of what there was nothing of');
SELECT is(tests.completion('RXB', '2016-07', 'admitted', '2016-08-12'), NULL, 'nor when no earlier month was frozen yet');
-- May 2016 was still a flex on 11 June; the 12 months to April 2016 are May 2015, which doubled, and 11 others.
SELECT is(tests.completion('RXA', '2016-05', 'admitted', '2016-06-11'), 'admitted 12 1200000 1334100 1111750',
  'as at a day: the 12 months that were frozen then');

CREATE FUNCTION tests.states(month text, provider text) RETURNS text
LANGUAGE sql AS $$
  SELECT concat_ws(' ', nullif(r ->> 'month_state', ''), nullif(r ->> 'ytd_state', ''), r #>> '{month_actual,cost_pence}')
    FROM json_array_elements(api.get_financial_summary(NULL, '2016/17', month, 'admitted', NULL, NULL, NULL, NULL, NULL, NULL)
           #> '{blocks,0,rows}') r
   WHERE r ->> 'name' = provider
$$;
SELECT is(tests.states('2016-07', 'Trust A'), 'frozen frozen 103100', 'a figure of frozen months says so');
SELECT is(tests.states('2016-09', 'Trust A'), 'flex flex 90000', 'a flex figure says so and is not scaled');
SELECT is(tests.states('2016-09', 'All'), 'flex flex 100000', 'so does a sum');
SELECT is(tests.states('2016-08', 'Trust B'), 'frozen 0', 'a month without anything is neither');
SELECT is(tests.states('2016-08', 'All'), 'frozen frozen 700000', 'and leaves a sum as firm as it is');
SELECT is((SELECT count(*) FROM json_array_elements(api.get_financial_summary(NULL, '2016/17', '2016-09', NULL, NULL, NULL, NULL, NULL,
    NULL, NULL) -> 'months') m WHERE json_array_length(m -> 'completions') > 0), 2::bigint, 'only flex months have a completion');
-- (12,372.00 + 5,880.00) of (12,000.00 + 6,000.00).
SELECT is((SELECT string_agg(concat_ws(' ', m ->> 'period', m ->> 'state', m ->> 'completion_ppm'), ', ')
             FROM json_array_elements(api.list_not_ours('RXA', '2016-09', NULL, 'to check', NULL, NULL, NULL) -> 'months') m),
  '2016-09 flex 1014000', 'other lists say it of their months, of all groups together');
SELECT is((SELECT string_agg(concat_ws(' ', m ->> 'state', m ->> 'completion_ppm'), ', ')
             FROM json_array_elements(api.list_not_ours('RXA', '2016-08', NULL, 'to check', NULL, NULL, NULL) -> 'months') m),
  'frozen', 'a frozen month has none');
SELECT tests.act_as('X00002', 'gp-b');
SELECT is(tests.completion('RXA', '2016-09', NULL, NULL), NULL, 'a practice sees the ratio of its own patients only');

SELECT * FROM finish();
ROLLBACK;
