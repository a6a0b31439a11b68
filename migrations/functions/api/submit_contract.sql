-- ContractService.SubmitContract
CREATE OR REPLACE FUNCTION api.submit_contract(contract_upload_id uuid, plan_upload_id uuid, prices_upload_id uuid,
  validate_only boolean)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM ledger.require_upload(contract_upload_id, 'contract_upload_id');
  PERFORM ledger.require_upload(plan_upload_id, 'plan_upload_id');
  IF prices_upload_id IS NOT NULL THEN
    PERFORM ledger.require_upload(prices_upload_id, 'prices_upload_id');
  END IF;
  RETURN ledger.start_operation('submit_contract', jsonb_build_object('contract_upload_id', contract_upload_id,
    'plan_upload_id', plan_upload_id, 'prices_upload_id', prices_upload_id, 'validate_only', validate_only));
END
$$;
