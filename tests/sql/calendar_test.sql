-- When files are due: every month has its row, a PCT's own wins, and 17:00 in England is the hour.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
SELECT plan(18);

SELECT is_empty($$SELECT period FROM ref.submission_calendar WHERE extract(isodow FROM inclusion_date) > 5
    OR extract(isodow FROM first_reconciliation_date) > 5 OR extract(isodow FROM final_date) > 5$$, 'no date is on a weekend');
SELECT is_empty($$SELECT period FROM ref.submission_calendar
   WHERE first_reconciliation_date - (period + interval '1 month')::date NOT BETWEEN 19 AND 21
      OR final_date - (period + interval '2 months')::date NOT BETWEEN 19 AND 21$$, 'reconciliation is about the 20th');
SELECT tests.act_as('5XZ', 'finance');
SELECT is((SELECT array_agg(m ->> 'period') FROM json_array_elements(api.list_submission_calendar(NULL, NULL, '2017/18') -> 'months') m),
  ARRAY['2017-04', '2017-05', '2017-06', '2017-07', '2017-08', '2017-09', '2017-10', '2017-11', '2017-12', '2018-01', '2018-02',
    '2018-03'], 'a financial year has its twelve months');
CREATE FUNCTION tests.july() RETURNS text
LANGUAGE sql AS $$
  SELECT concat_ws(' ', m ->> 'inclusion_date', m ->> 'first_reconciliation_date', m ->> 'final_date', m ->> 'evidence')
    FROM json_array_elements(api.list_submission_calendar(NULL, NULL, '2017/18') -> 'months') m WHERE m ->> 'period' = '2017-07'
$$;
-- 20 August 2017 is a Sunday; three working days before Monday the 21st is Wednesday the 16th.
SELECT is(tests.july(), '2017-08-16 2017-08-21 2017-09-20 likely', 'the national row of July 2017');
SELECT is((SELECT count(*) FROM json_array_elements(api.list_submission_calendar(200, NULL, NULL) -> 'months')), 180::bigint,
  'without a year all of them');
SELECT is(api.list_submission_calendar(2, api.list_submission_calendar(2, NULL, '2017/18') ->> 'next_page_token', '2017/18')
  #>> '{months,0,period}', '2017-06', 'by pages');
SELECT is(api.list_submission_calendar(12, NULL, '2017/18') ->> 'next_page_token', NULL, 'the last page has no token');

SELECT is(ledger.missed_date('2017-07-01', 'flex', '2017-08-16T16:00:00Z'), NULL, 'a flex at 17:00 on the inclusion date is in time');
SELECT is(ledger.missed_date('2017-07-01', 'flex', '2017-08-16T16:00:01Z'), '2017-08-16', 'a second later it is not');
SELECT is(ledger.missed_date('2017-12-01', 'flex', '2018-01-17T17:00:00Z'), NULL, 'by the winter clock the hour is another');
SELECT is(ledger.missed_date('2017-12-01', 'flex', '2018-01-17T17:00:01Z'), '2018-01-17', 'in UTC');
SELECT is(ledger.missed_date('2017-07-01', 'freeze', '2017-09-20T16:00:00Z'), NULL, 'a freeze has until the final date');
SELECT is(ledger.missed_date('2017-07-01', 'freeze', '2017-09-20T16:00:01Z'), '2017-09-20', 'and no longer');
SELECT is(ledger.missed_date('2030-07-01', 'flex', '2040-01-01'), NULL, 'a month without a calendar has no deadline');

INSERT INTO ledger.submission_calendar VALUES ('5XZ', '2017-07-01', '2017-08-18', '2017-08-22', '2017-09-19', 'letter of 1 April 2017');
SELECT is(tests.july(), '2017-08-18 2017-08-22 2017-09-19 local', 'the PCT''s own row wins');
SELECT is(ledger.missed_date('2017-07-01', 'flex', '2017-08-17T12:00:00Z'), NULL, 'for its deadlines too');
SELECT is((SELECT count(*) FROM json_array_elements(api.list_submission_calendar(NULL, NULL, '2017/18') -> 'months')), 12::bigint,
  'and stands once');
SELECT tests.act_as('5YY', 'finance');
SELECT is(tests.july(), '2017-08-16 2017-08-21 2017-09-20 likely', 'it is not another PCT''s');

SELECT * FROM finish();
ROLLBACK;
