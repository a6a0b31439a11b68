-- SettlementService.RunSettlement: of an invoice that has no settlement yet. Asking holds nothing: it does not wait for a run, which
-- looks again under its own lock.
CREATE OR REPLACE FUNCTION api.run_settlement(invoice_id uuid, validate_only boolean)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  invoice ledger.invoice := ledger.unsettled_invoice(invoice_id);
BEGIN
  RETURN ledger.start_operation('settlement_run', jsonb_build_object('invoice_id', invoice.invoice_id,
    'validate_only', validate_only));
END
$$;
