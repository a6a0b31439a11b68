-- ReferenceService.ImportProviderTerms
CREATE OR REPLACE FUNCTION api.import_provider_terms(upload_id uuid, validate_only boolean)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM ledger.require_upload(upload_id);
  RETURN ledger.start_operation('import_provider_terms', jsonb_build_object('upload_id', upload_id, 'validate_only', validate_only));
END
$$;
