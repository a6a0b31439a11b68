-- How complete a flex month is likely to be: the latest 12 earlier months of the provider that had a flex and its freeze, by group of
-- points of delivery. And what is flex in a figure.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
INSERT INTO ledger.provider VALUES ('5XZ', 'RXC', 'Trust C', true);
SELECT plan(24);

-- provider, month, phase, place in the month, pence of day cases, pence of A&E
CREATE FUNCTION tests.send(provider text, month date, phase text, place integer, admitted bigint, emergency bigint,
  of_dataset text DEFAULT NULL) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO ledger.submission (commissioner_code, submission_id, provider_code, period, phase, upload_id, file_name, header, sha256,
    row_count, accepted_count, rejected_count, priced_count, excluded_count, unpriced_count, not_ours_count, cost_pence,
    supersedes_submission_id, organisation_code, user_id, recorded_at, dataset)
  SELECT '5XZ', id, provider, month, phase, gen_random_uuid(), 'file.csv', 'record_id', sha256(convert_to(id::text, 'UTF8')), 2, 2, 0, 2, 0,
         0, 0, admitted + emergency,
         (SELECT s.submission_id FROM ledger.submission s WHERE s.provider_code = provider AND s.period = month
           ORDER BY s.recorded_at DESC LIMIT 1),
         '5XZ', 'finance', month + interval '40 days' + place * interval '1 day', of_dataset
    FROM (SELECT gen_random_uuid() AS id) n;
  INSERT INTO ledger.activity_rollup (commissioner_code, submission_id, period, provider_code, practice_code, pod,
    treatment_function_code, hrg, attribution, price_state, activity, cost_pence)
  SELECT '5XZ', s.submission_id, month, provider, 'X00001', p.pod, '', p.hrg, p.attribution, 'priced', 1, p.pence
    FROM (SELECT s.submission_id FROM ledger.submission s WHERE s.provider_code = provider AND s.period = month
           ORDER BY s.recorded_at DESC LIMIT 1) s
   CROSS JOIN (VALUES ('DC', 'FZ18K', 'registered', admitted), ('AE', 'VB08Z', 'registered', emergency),
     ('DC', 'FZ18K', 'registered_elsewhere', 9999999)) AS p (pod, hrg, attribution, pence);
  INSERT INTO ledger.provider_month
  SELECT '5XZ', provider, month, ledger.month_state(ledger.closed_with(s)), s.submission_id, now(), ledger.closed_with(s)
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

-- Trust C: A&E is frozen first, then another flex of day cases and their freeze; outpatients, of which there are none, close the month. In
-- September A&E is frozen alone.
SELECT tests.send('RXC', '2016-07-01', 'flex', 1, 100000, 50000), tests.send('RXC', '2016-07-01', 'freeze', 2, 100000, 51000, 'AE'),
  tests.send('RXC', '2016-07-01', 'flex', 3, 110000, 51000, 'APC'), tests.send('RXC', '2016-07-01', 'freeze', 4, 121000, 51000, 'APC'),
  tests.send('RXC', '2016-07-01', 'freeze', 5, 121000, 51000, 'OP'), tests.send('RXC', '2016-09-01', 'flex', 1, 1000, 2000),
  tests.send('RXC', '2016-09-01', 'freeze', 2, 1000, 2100, 'AE') \gset ignored_

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

SELECT is(tests.completion('RXC', '2016-09', NULL, NULL), 'admitted 1 110000 121000 1100000',
  'a group is compared between its own freeze and what that replaced; what is frozen is complete');
SELECT is(tests.completion('RXC', '2016-09', NULL, '2016-10-12'), 'admitted 1 110000 121000 1100000, ae 1 50000 51000 1020000',
  'as at a day before its freeze it was not');
SELECT is(tests.completion('RXC', '2016-07', NULL, '2016-08-12'), NULL, 'of the first month nothing is known');
SELECT is((SELECT string_agg(concat_ws(' ', m ->> 'period', m ->> 'state', m ->> 'frozen_datasets'), ', ' ORDER BY m ->> 'period')
  FROM json_array_elements(ledger.month_states('2016-07-01', '2016-09-01', NULL, 'RXC', 'infinity')) m),
  '2016-07 frozen ["AE","APC","OP"], 2016-08 missing [], 2016-09 flex ["AE"]', 'a month says which of its data sets are frozen');
SELECT is((SELECT count(*) FROM ledger.summary_blocks() b CROSS JOIN unnest(b.pods) p (pod)
    LEFT JOIN ledger.summary_groups() g ON g.pod_group = b.pod_group WHERE g.dataset IS DISTINCT FROM ledger.pod_dataset(p.pod)), 0::bigint,
  'a point of delivery is of the data set of its group');

CREATE FUNCTION tests.states(month text, provider text, wanted_group text DEFAULT 'admitted') RETURNS text
LANGUAGE sql AS $$
  SELECT concat_ws(' ', nullif(r ->> 'month_state', ''), nullif(r ->> 'ytd_state', ''), r #>> '{month_actual,cost_pence}')
    FROM json_array_elements(api.get_financial_summary(NULL, '2016/17', month, wanted_group, NULL, NULL, NULL, NULL, NULL, NULL)
           #> '{blocks,0,rows}') r
   WHERE r ->> 'name' = provider
$$;
SELECT is(tests.states('2016-07', 'Trust A'), 'frozen frozen 103100', 'a figure of frozen months says so');
SELECT is(tests.states('2016-09', 'Trust A'), 'flex flex 90000', 'a flex figure says so and is not scaled');
SELECT is(tests.states('2016-09', 'All'), 'flex flex 101000', 'so does a sum');
SELECT is(tests.states('2016-09', 'Trust C'), 'flex flex 1000', 'in a month that is frozen in part a figure is flex');
SELECT is(tests.states('2016-09', 'Trust C', 'ae'), 'frozen frozen 2100', 'unless its own data set is frozen');
SELECT is(tests.states('2016-09', 'All', 'ae'), 'flex flex 42100', 'a sum of both is flex');
SELECT is(tests.states('2016-08', 'Trust B'), 'frozen 0', 'a month without anything is neither');
SELECT is(tests.states('2016-08', 'All'), 'frozen frozen 700000', 'and leaves a sum as firm as it is');
SELECT is((SELECT count(*) FROM json_array_elements(api.get_financial_summary(NULL, '2016/17', '2016-09', NULL, NULL, NULL, NULL, NULL,
    NULL, NULL) -> 'months') m WHERE json_array_length(m -> 'completions') > 0), 3::bigint, 'only flex months have a completion');
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
