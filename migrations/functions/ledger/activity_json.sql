-- A record of activity as the API shows it: no identifier but the pseudonym.
CREATE OR REPLACE FUNCTION ledger.activity_json(a ledger.activity, phase text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
RETURN json_build_object('record_id', a.record_id, 'provider_code', a.provider_code, 'pod', a.pod, 'hrg', coalesce(a.hrg, ''),
  'treatment_function_code', coalesce(a.treatment_function_code, ''), 'activity_date', a.activity_date,
  'length_of_stay_days', coalesce(a.length_of_stay_days, 0), 'price_state', a.price_state,
  'price_reason', coalesce(a.price_reason, ''), 'price_pence', a.total_pence,
  'provider_price_pence', a.provider_price_pence, 'patient_key', coalesce(encode(a.patient_key, 'hex'), ''),
  'submission_id', a.submission_id, 'line', a.line, 'phase', phase, 'quantity', a.quantity,
  'origin_period', to_char(a.activity_date, 'YYYY-MM'), 'reversed_submission_id', coalesce(a.reversed_submission_id::text, ''),
  'reversed_line', coalesce(a.reversed_line, 0));

-- A practice's records of some months as they counted at a moment: not those that an adjustment of the months had taken back. All submissions of a month
-- are looked up at once, by their ids or by reading the month, whichever is less: each by itself, from row to row by its key, takes longer
-- than both. What is asked of a row first stands near its beginning, so that of most rows no more is read: ours and quantity are at the end.
-- Without a setting of its own, so that it is inlined and no column is copied that its caller does not want.
CREATE OR REPLACE FUNCTION ledger.practice_activity(practice text, first_month date, last_month date, at timestamptz)
RETURNS SETOF ledger.activity
LANGUAGE sql STABLE
AS $$
  WITH reversal AS (
    SELECT v.reversed_submission_id, v.reversed_line
      FROM ledger.submission s
      JOIN ledger.activity v ON v.commissioner_code = s.commissioner_code AND v.period = s.period AND v.submission_id = s.submission_id
     WHERE s.commissioner_code = ledger.caller_commissioner() AND s.phase = 'adjustment' AND s.period BETWEEN first_month AND last_month
       AND s.recorded_at <= at AND v.practice_code = practice AND v.quantity = -1
  )
  SELECT a.*
    FROM (SELECT c.*
            FROM ledger.activity c
           WHERE c.commissioner_code = ledger.caller_commissioner() AND c.period BETWEEN first_month AND last_month
             AND c.submission_id = ANY (ARRAY(SELECT m.submission_id FROM ledger.counting_submissions(at) m
                                               WHERE m.period BETWEEN first_month AND last_month))
             AND c.practice_code = practice
          OFFSET 0) a
   WHERE a.ours AND a.quantity = 1
     AND (a.submission_id, a.line) NOT IN (SELECT v.reversed_submission_id, v.reversed_line FROM reversal v)
$$;
