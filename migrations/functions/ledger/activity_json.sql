-- A record of activity as the API shows it: no identifier but the pseudonym.
CREATE OR REPLACE FUNCTION ledger.activity_json(a ledger.activity, phase text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
RETURN json_build_object('record_id', a.record_id, 'provider_code', a.provider_code, 'pod', a.pod, 'hrg', coalesce(a.hrg, ''),
  'treatment_function_code', coalesce(a.treatment_function_code, ''), 'activity_date', a.activity_date,
  'length_of_stay_days', coalesce(a.length_of_stay_days, 0), 'price_state', a.price_state,
  'price_reason', coalesce(a.price_reason, ''), 'price_pence', coalesce(a.total_pence, 0),
  'provider_price_pence', a.provider_price_pence, 'patient_key', coalesce(encode(a.patient_key, 'hex'), ''),
  'submission_id', a.submission_id, 'line', a.line, 'phase', phase);

-- A practice's records of some months as they count now.
CREATE OR REPLACE FUNCTION ledger.practice_activity(practice text, first_month date, last_month date)
RETURNS SETOF ledger.activity
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT a.*
    FROM ledger.provider_month m
    JOIN ledger.activity a ON a.commissioner_code = m.commissioner_code AND a.period = m.period AND a.submission_id = m.submission_id
   WHERE m.commissioner_code = ledger.caller_commissioner() AND m.period BETWEEN first_month AND last_month
     AND a.period BETWEEN first_month AND last_month AND a.practice_code = practice AND a.ours
$$;
