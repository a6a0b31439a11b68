-- TariffService.ApplyTariff
CREATE OR REPLACE FUNCTION api.apply_tariff(financial_year text, validate_only boolean)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tariff_year integer := ledger.year_start(financial_year);
BEGIN
  IF ledger.tariff_at(tariff_year, 'infinity') IS NULL THEN
    PERFORM ledger.refuse('ZC412', 'NO_TARIFF', format('there is no tariff for %s', financial_year), 'financial_year',
      'import it with: pbc tariff import');
  END IF;
  RETURN ledger.start_operation('tariff_apply', jsonb_build_object('year', tariff_year, 'validate_only', validate_only));
END
$$;
