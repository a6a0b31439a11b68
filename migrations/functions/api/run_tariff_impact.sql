-- TariffService.RunTariffImpact: the checks that need no file, then an operation.
CREATE OR REPLACE FUNCTION api.run_tariff_impact(upload_id uuid, tariff_id uuid, financial_year text, first_period text,
  last_period text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  first_month date := ledger.month_start(first_period, 'first_period');
  last_month date := ledger.month_start(last_period, 'last_period');
  tariff_year integer := CASE WHEN financial_year IS NOT NULL THEN ledger.year_start(financial_year) END;
  stored_year integer;
BEGIN
  IF last_month < first_month OR last_month >= first_month + interval '12 months' THEN
    PERFORM ledger.refuse('ZC400', 'BAD_PERIOD', format('%s to %s is not one to twelve months', first_period, last_period),
      'last_period', 'give the first month and one of the eleven after it');
  END IF;
  IF (upload_id IS NULL) = (tariff_id IS NULL) THEN
    PERFORM ledger.refuse('ZC400', 'TARIFF_NEEDED', 'one tariff is needed: a file or the id of one that is stored', 'tariff_id',
      'give one of them');
  END IF;
  IF upload_id IS NOT NULL THEN
    PERFORM ledger.require_upload(upload_id);
    IF tariff_year IS NULL THEN
      PERFORM ledger.refuse('ZC400', 'FIELD_MISSING', 'a tariff file does not say which year it is for', 'financial_year', 'say which');
    END IF;
  ELSE
    SELECT t.year INTO stored_year FROM ref.tariff t WHERE t.tariff_id = run_tariff_impact.tariff_id;
    IF NOT FOUND THEN
      PERFORM ledger.refuse('ZC404', 'TARIFF_NOT_FOUND', format('no tariff %s', tariff_id), 'tariff_id',
        'the id is what pbc tariff import and pbc tariff impact print');
    ELSIF tariff_year <> stored_year THEN
      PERFORM ledger.refuse('ZC400', 'TARIFF_OF_OTHER_YEAR', format('tariff %s is for %s', tariff_id, ledger.year_text(stored_year)),
        'financial_year', 'leave the year out');
    END IF;
    tariff_year := stored_year;
  END IF;
  RETURN ledger.start_operation('tariff_impact', jsonb_build_object('upload_id', upload_id, 'tariff_id', tariff_id,
    'year', tariff_year, 'first_period', first_period, 'last_period', last_period));
END
$$;
