-- SettlementService.GetSettlement: a provider's people see their own.
CREATE OR REPLACE FUNCTION api.get_settlement(settlement_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  settlement json := ledger.settlement_json(settlement_id);
BEGIN
  IF settlement IS NULL THEN
    PERFORM ledger.refuse('ZC404', 'SETTLEMENT_NOT_FOUND', format('no settlement %s', settlement_id), 'settlement_id',
      'see them with: pbc settlement list');
  END IF;
  RETURN json_build_object('settlement', settlement);
END
$$;
