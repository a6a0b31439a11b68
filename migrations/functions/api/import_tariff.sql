-- ReferenceService.ImportTariff
CREATE OR REPLACE FUNCTION api.import_tariff(upload_id uuid, financial_year text, validate_only boolean)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  year integer := ledger.year_start(financial_year);
BEGIN
  PERFORM ledger.require_upload(upload_id);
  RETURN ledger.start_operation('import_tariff', jsonb_build_object('upload_id', upload_id, 'year', year,
    'validate_only', validate_only));
END
$$;
