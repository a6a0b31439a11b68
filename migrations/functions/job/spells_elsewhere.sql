-- Stays of the days of some months that count now, at other providers than one: of the months' own submissions and of adjustments, and
-- not those that an adjustment took back, nor those that lost their patient.
CREATE OR REPLACE FUNCTION job.spells_elsewhere(but_provider text, first_month date, last_month date)
RETURNS TABLE (patient_key bytea, admission_date date, activity_date date, hrg text)
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  WITH adjusted AS MATERIALIZED (
    SELECT a.*
      FROM ledger.submission s
      JOIN ledger.activity a ON a.commissioner_code = s.commissioner_code AND a.period = s.period AND a.submission_id = s.submission_id
     WHERE s.commissioner_code = ledger.caller_commissioner() AND s.phase = 'adjustment' AND s.provider_code <> but_provider
       AND s.period > first_month AND a.period > first_month AND a.dataset = 'APC' AND a.patient_key IS NOT NULL
       AND a.activity_date >= first_month AND a.activity_date < last_month + interval '1 month'
  ), stays AS (
    SELECT a.submission_id, a.line, a.patient_key, a.admission_date, a.activity_date, a.hrg
      FROM ledger.provider_month m
      JOIN ledger.activity a ON a.commissioner_code = m.commissioner_code AND a.period = m.period AND a.submission_id = m.submission_id
     WHERE m.commissioner_code = ledger.caller_commissioner() AND m.provider_code <> but_provider
       AND m.period BETWEEN first_month AND last_month AND a.period BETWEEN first_month AND last_month AND a.dataset = 'APC'
       AND a.patient_key IS NOT NULL
    UNION ALL
    SELECT a.submission_id, a.line, a.patient_key, a.admission_date, a.activity_date, a.hrg FROM adjusted a WHERE a.quantity = 1
  )
  SELECT n.patient_key, n.admission_date, n.activity_date, n.hrg
    FROM (SELECT y.* FROM stays y
          EXCEPT
          SELECT v.reversed_submission_id, v.reversed_line, v.patient_key, v.admission_date, v.activity_date, v.hrg
            FROM adjusted v
           WHERE v.quantity = -1) n
$$;
