-- InvoiceService.GetInvoice: a provider's people see their own.
CREATE OR REPLACE FUNCTION api.get_invoice(invoice_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  invoice json := ledger.invoice_json(invoice_id);
BEGIN
  IF invoice IS NULL THEN
    PERFORM ledger.refuse('ZC404', 'INVOICE_NOT_FOUND', format('no invoice %s', invoice_id), 'invoice_id',
      'see them with: pbc invoice list');
  END IF;
  RETURN json_build_object('invoice', invoice);
END
$$;
