-- PricingService.PriceRecord: checks the record's form and fetches what prices it; the server works the price out.
CREATE OR REPLACE FUNCTION api.price_record(provider_code text, record json)
RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SECURITY DEFINER
AS $$
DECLARE
  dataset text := record ->> 'dataset';
  date_field text := CASE dataset WHEN 'APC' THEN 'discharge_date' WHEN 'OP' THEN 'attendance_date' WHEN 'AE' THEN 'arrival_date' END;
  code_field text := CASE dataset WHEN 'OP' THEN 'treatment_function_code' ELSE 'hrg' END;
  missing text;
  day date;
  stay_days integer := 0;
  tariff uuid;
BEGIN
  IF date_field IS NULL THEN
    PERFORM ledger.refuse('ZC400', 'BAD_FIELD', 'the data set must be APC, OP or AE', 'record.dataset');
  END IF;
  SELECT f.name INTO missing
    FROM unnest(ARRAY['age', code_field, date_field] || CASE dataset WHEN 'APC' THEN ARRAY['admission_date'] ELSE '{}' END)
           WITH ORDINALITY AS f (name, ordinal)
   WHERE record ->> f.name IS NULL
   ORDER BY f.ordinal LIMIT 1;
  IF missing IS NOT NULL THEN
    PERFORM ledger.refuse('ZC400', 'FIELD_MISSING', format('%s of a record of data set %s is needed', missing, dataset),
      'record.' || missing);
  END IF;
  IF (record ->> 'age')::integer NOT BETWEEN 0 AND 130 THEN
    PERFORM ledger.refuse('ZC400', 'BAD_FIELD', 'the age must be completed years from 0 to 130', 'record.age');
  END IF;
  day := (record ->> date_field)::date;
  IF dataset = 'APC' THEN
    stay_days := day - (record ->> 'admission_date')::date;
    IF stay_days < 0 THEN
      PERFORM ledger.refuse('ZC400', 'BAD_FIELD', 'the discharge is before the admission', 'record.discharge_date');
    END IF;
    IF coalesce((record ->> 'excluded_days')::integer, 0) NOT BETWEEN 0 AND stay_days + 1 THEN
      PERFORM ledger.refuse('ZC400', 'BAD_FIELD', 'excluded days must be 0 to the days of the stay', 'record.excluded_days');
    END IF;
  END IF;
  IF ledger.caller_provider() NOT IN ('', price_record.provider_code) OR NOT EXISTS (
       SELECT FROM ledger.provider p
        WHERE p.commissioner_code = ledger.caller_commissioner() AND p.provider_code = price_record.provider_code) THEN
    PERFORM ledger.refuse('ZC404', 'PROVIDER_NOT_FOUND', format('no provider %s', price_record.provider_code), 'provider_code',
      'see them with: pbc provider list');
  END IF;
  tariff := ledger.tariff_at(ledger.year_of(day), 'infinity');
  IF tariff IS NULL THEN
    PERFORM ledger.refuse('ZC412', 'NO_TARIFF', format('there is no tariff for %s', ledger.year_text(ledger.year_of(day))),
      'record.' || date_field, 'import it with: pbc tariff import');
  END IF;
  RETURN ledger.price_inputs(price_record.provider_code, day,
    (record::jsonb || jsonb_build_object('stay_days', stay_days))::json, tariff, 'infinity');
END
$$;
