-- ContractService.GetContract
CREATE OR REPLACE FUNCTION api.get_contract(contract_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  contract json := ledger.contract_json(contract_id);
BEGIN
  IF contract IS NULL THEN
    PERFORM ledger.refuse('ZC404', 'CONTRACT_NOT_FOUND', format('no contract %s', contract_id), 'contract_id',
      'see them with: pbc contract list');
  END IF;
  RETURN json_build_object('contract', contract);
END
$$;
