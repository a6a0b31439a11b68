-- A practice's records of a month as they counted at a moment, with what is odd about each (review.proto, enum Oddity): what a practice can know better than the
-- ledger. Earlier months are looked at as far back as the rules say. Of records that are alike the one with the later record_id is
-- odd, so that sending a month again does not move the oddity to another record. Where patients are given only of their records and of
-- those of nobody known: what is odd about a record follows from its patient's alone, and to sort everybody's takes as long as to read them.
CREATE OR REPLACE FUNCTION ledger.odd_activity(practice text, month date, patients bytea[], at timestamptz)
RETURNS TABLE (submission_id uuid, line integer, provider_code text, record_id text, total_pence bigint, oddities text[])
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan   -- that looks patients up by hash
SET work_mem = '32MB'   -- for 65,000 rows of four months of a large practice
AS $$
#variable_conflict use_column
DECLARE
  repeat_days integer := ledger.rule_value('REVIEW_REPEAT_DAYS', month);
  readmission_days integer := ledger.rule_value('REVIEW_READMISSION_DAYS', month);
  follow_ups bigint := ledger.rule_value('REVIEW_FOLLOW_UPS', month);
  first_month date := date_trunc('month', month - greatest(repeat_days, readmission_days))::date;
BEGIN
  RETURN QUERY
  WITH recent AS MATERIALIZED (
    -- No more columns than are compared: these rows are sorted in five ways.
    SELECT a.period, a.submission_id, a.line, a.provider_code, a.record_id, a.dataset, a.patient_key, a.hrg, a.treatment_function_code,
           a.admission_method, a.admission_date, a.activity_date, a.length_of_stay_days, a.first_attendance, a.referral_source, a.pod,
           a.tariff_id, a.base_pence, a.total_pence, a.provider_price_pence,
           CASE WHEN a.dataset = 'APC' THEN 'spell'
                WHEN a.dataset = 'OP' AND a.attended IN ('5', '6') THEN
                  CASE WHEN a.first_attendance IN ('1', '3') THEN 'first' ELSE 'follow_up' END END AS kind
      FROM ledger.practice_activity(practice, first_month, month, at) a
     WHERE patients IS NULL OR a.patient_key = ANY (patients) OR a.patient_key IS NULL AND a.period = month
  ), compared AS (
    SELECT r.*, r.patient_key IS NOT NULL AS known,
           row_number() OVER event AS event_copy,
           row_number() OVER (PARTITION BY r.patient_key, r.provider_code, r.dataset, r.kind IS NULL, r.activity_date
             ORDER BY r.record_id) AS of_day,
           r.activity_date - lag(r.activity_date) OVER alike AS days_since_alike,
           r.admission_date - lag(r.activity_date) OVER stay AS days_since_discharge,
           count(*) OVER (PARTITION BY r.patient_key, r.provider_code, r.treatment_function_code, r.kind ORDER BY r.activity_date
             RANGE BETWEEN make_interval(days => repeat_days) PRECEDING AND CURRENT ROW) AS alike
      FROM recent r
     -- A record is compared with those of its patient at its provider alone: the others of earlier months need not be sorted.
     WHERE r.period = month OR (r.patient_key, r.provider_code) IN (
             SELECT m.patient_key, m.provider_code FROM recent m WHERE m.period = month AND m.patient_key IS NOT NULL)
    WINDOW event AS (PARTITION BY r.patient_key, r.provider_code, r.dataset, r.admission_date, r.activity_date, r.hrg,
             r.treatment_function_code, r.first_attendance ORDER BY r.record_id),
           alike AS (PARTITION BY r.patient_key, r.provider_code, r.treatment_function_code, r.kind
             ORDER BY r.activity_date, r.record_id),
           stay AS (PARTITION BY r.patient_key, r.provider_code, r.kind ORDER BY r.activity_date, r.record_id)
  ), judged AS (
    -- A copy of an event is that and nothing that follows from it.
    SELECT c.*, c.known AND c.event_copy > 1 AS is_copy, c.known AND c.event_copy = 1 AS is_event FROM compared c
  )
  SELECT j.submission_id, j.line, j.provider_code, j.record_id, j.total_pence, array_remove(ARRAY[
           CASE WHEN j.is_copy THEN 'duplicate_event' END,
           CASE WHEN j.is_event AND j.kind IN ('first', 'follow_up') AND j.of_day > 1 THEN 'same_day' END,
           CASE WHEN j.kind = 'spell' AND j.admission_method IN ('21', '2A') AND j.length_of_stay_days = 0 THEN
             'zero_day_emergency' END,
           CASE WHEN j.pod = 'DC' AND EXISTS (
                  SELECT FROM ref.tariff_row t
                   WHERE t.tariff_id = j.tariff_id AND t.currency_type = 'HRG' AND t.currency = j.hrg AND t.pod = 'OPPROC'
                     AND j.activity_date BETWEEN t.valid_from AND t.valid_to AND t.price_pence < j.base_pence) THEN
             'outpatient_procedure' END,
           CASE WHEN j.provider_price_pence <> coalesce(j.total_pence, 0) THEN 'price_differs' END,
           CASE WHEN j.is_event AND j.kind = 'first' AND j.days_since_alike <= repeat_days THEN 'repeated_first' END,
           CASE WHEN j.is_event AND j.kind = 'follow_up' AND j.alike > follow_ups THEN 'many_follow_ups' END,
           CASE WHEN j.is_event AND j.kind = 'spell' AND j.admission_method LIKE '2_'
                 AND j.days_since_discharge BETWEEN 0 AND readmission_days THEN 'readmission' END,
           CASE WHEN j.kind = 'first' AND j.referral_source = '05' THEN 'consultant_referral' END], NULL)
    FROM judged j
   WHERE j.period = month;
END
$$;
