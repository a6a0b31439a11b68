-- A stored record as ExplainRecord answers it before the server has worked its price out: what is stored of it, and price_inputs as they were
-- when it was priced. at is the moment of which it is said whether the submission counts.
CREATE OR REPLACE FUNCTION ledger.explained_record(a ledger.activity, priced_at timestamptz, at timestamptz)
RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tariff uuid := coalesce(a.tariff_id, ledger.tariff_at(ledger.year_of(a.activity_date), priced_at));
  frozen text[];
  submission json;
  inputs jsonb := ledger.price_inputs(a.provider_code, a.activity_date, json_build_object('dataset', a.dataset, 'age', a.age,
    'hrg', a.hrg, 'treatment_function_code', a.treatment_function_code, 'main_specialty_code', a.main_specialty_code,
    'patient_classification', a.patient_classification, 'admission_method', a.admission_method,
    'stay_days', a.length_of_stay_days, 'excluded_days', a.excluded_days, 'specialised_service', a.specialised_service,
    'first_attendance', a.first_attendance, 'attended', a.attended, 'ae_department_type', a.ae_department_type,
    'administrative_category', a.administrative_category), tariff, priced_at);
BEGIN
  SELECT m.frozen_datasets INTO frozen FROM ledger.counting_submissions(at) m WHERE m.submission_id = a.submission_id;
  submission := ledger.submission_json(a.submission_id, FOUND);
  IF NOT FOUND THEN   -- of a version that was replaced, as it was then
    frozen := ARRAY(SELECT json_array_elements_text(submission -> 'frozen_datasets'));
  END IF;
  RETURN inputs || jsonb_build_object(
    'record', jsonb_build_object('record_id', a.record_id, 'provider_code', a.provider_code, 'pod', a.pod,
      'hrg', coalesce(a.hrg, ''), 'treatment_function_code', coalesce(a.treatment_function_code, ''),
      'activity_date', a.activity_date, 'length_of_stay_days', coalesce(a.length_of_stay_days, 0), 'price_state', a.price_state,
      'price_reason', coalesce(a.price_reason, ''), 'price_pence', a.total_pence,
      'provider_price_pence', a.provider_price_pence, 'submission_id', a.submission_id, 'line', a.line,
      'phase', ledger.record_phase(submission ->> 'phase', frozen, a.dataset), 'quantity', a.quantity, 'origin_period', to_char(a.activity_date, 'YYYY-MM'),
      'reversed_submission_id', coalesce(a.reversed_submission_id::text, ''), 'reversed_line', coalesce(a.reversed_line, 0)),
    'practice_code', a.practice_code, 'attribution', a.attribution, 'submission', submission,
    'stored', jsonb_build_object('pod', a.pod, 'state', a.price_state, 'reason', a.price_reason, 'base_pence', a.base_pence,
      'excess_days', a.long_stay_days, 'long_stay_pence', a.long_stay_pence, 'adjustment_pence', a.adjustment_pence,
      'mff_ppm', a.mff_ppm, 'total_pence', a.total_pence, 'tariff_line', a.tariff_line));
END
$$;
