-- ActivityService.ListActivity: a practice's own records of a month as they count now. No identifier but the pseudonym; the reason is
-- kept in the audit chain.
CREATE OR REPLACE FUNCTION api.list_activity(practice_code text, period text, reason text, page_size integer, page_token text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  month date := ledger.month_start(period);
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('activity', page_token);
  answer json;
BEGIN
  IF coalesce(reason, '') = '' THEN
    PERFORM ledger.refuse('ZC400', 'REASON_NEEDED', 'reading patient-level records needs a reason', 'reason',
      'say why they are read, for example: monthly validation');
  END IF;
  IF ledger.caller_practice() NOT IN ('', practice_code)
     OR NOT EXISTS (SELECT FROM ledger.practice p WHERE p.commissioner_code = tenant AND p.practice_code = list_activity.practice_code) THEN
    PERFORM ledger.refuse('ZC404', 'PRACTICE_NOT_FOUND', format('no practice %s', practice_code), 'practice_code');
  END IF;
  WITH page AS (
    SELECT a.*, s.phase, row_number() OVER (ORDER BY a.submission_id, a.line) AS place
      FROM ledger.current_months('infinity') m
      JOIN ledger.submission s ON s.commissioner_code = tenant AND s.submission_id = m.submission_id
      JOIN ledger.activity a ON a.commissioner_code = tenant AND a.period = month AND a.submission_id = m.submission_id
     WHERE m.period = month AND a.practice_code = list_activity.practice_code
       AND a.ours
       AND (key IS NULL OR (a.submission_id, a.line) > (key[1]::uuid, key[2]::integer))
     ORDER BY a.submission_id, a.line
     LIMIT size + 1
  )
  SELECT json_build_object(
           'records', coalesce(json_agg(json_build_object('record_id', p.record_id, 'provider_code', p.provider_code,
             'pod', p.pod, 'hrg', coalesce(p.hrg, ''), 'treatment_function_code', coalesce(p.treatment_function_code, ''),
             'activity_date', p.activity_date, 'length_of_stay_days', coalesce(p.length_of_stay_days, 0),
             'price_state', p.price_state, 'price_reason', coalesce(p.price_reason, ''), 'price_pence', coalesce(p.total_pence, 0),
             'provider_price_pence', p.provider_price_pence, 'patient_key', coalesce(encode(p.patient_key, 'hex'), ''),
             'submission_id', p.submission_id, 'line', p.line, 'phase', p.phase) ORDER BY p.place)
             FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('activity', l.submission_id::text, l.line::text) FROM page l WHERE l.place = size) END)
    INTO answer
    FROM page p;
  PERFORM ledger.audit('read_patient_level', format('practice %s, %s', practice_code, period), reason);
  RETURN answer;
END
$$;
