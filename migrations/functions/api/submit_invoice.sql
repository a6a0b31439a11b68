-- InvoiceService.SubmitInvoice: the checks that need no file, then an operation.
CREATE OR REPLACE FUNCTION api.submit_invoice(upload_id uuid, provider_code text, period text, invoice_number text,
  total_pence bigint, kind text, validate_only boolean)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  month date := ledger.month_start(period);
BEGIN
  PERFORM ledger.require_upload(upload_id);
  -- A provider bills for itself; another is as if it were not there.
  IF ledger.caller_provider() NOT IN ('', coalesce(submit_invoice.provider_code, ''))
     OR NOT EXISTS (SELECT FROM ledger.provider p WHERE p.commissioner_code = ledger.caller_commissioner()
                      AND p.provider_code = submit_invoice.provider_code) THEN
    PERFORM ledger.refuse('ZC404', 'PROVIDER_NOT_FOUND', format('no provider %s', submit_invoice.provider_code), 'provider_code',
      CASE WHEN ledger.caller_has_role('pct_finance') THEN 'import it with: pbc provider import'
        ELSE 'give the code of your own organisation' END);
  END IF;
  IF kind IS NULL THEN
    PERFORM ledger.refuse('ZC400', 'KIND_NEEDED', 'an invoice is on account, a reconciliation or a credit note', 'kind', 'say which');
  END IF;
  PERFORM ledger.require_total_sign(kind, total_pence), ledger.refuse_identifier(invoice_number, 'invoice_number');
  IF btrim(coalesce(invoice_number, '')) = '' OR length(invoice_number) > 35 THEN
    PERFORM ledger.refuse('ZC400', 'BAD_INVOICE_NUMBER', 'an invoice number has 1 to 35 characters', 'invoice_number',
      'give the number as printed on the invoice');
  END IF;
  IF EXISTS (SELECT FROM ledger.invoice i WHERE i.commissioner_code = ledger.caller_commissioner()
               AND i.provider_code = submit_invoice.provider_code AND i.invoice_number = submit_invoice.invoice_number) THEN
    PERFORM ledger.refuse('ZC409', 'INVOICE_NUMBER_USED', format('provider %s has an invoice %s', submit_invoice.provider_code,
      submit_invoice.invoice_number), 'invoice_number', 'a number is used once per provider');
  END IF;
  RETURN ledger.start_operation('submit_invoice', jsonb_build_object('upload_id', upload_id, 'provider_code',
    submit_invoice.provider_code, 'period', to_char(month, 'YYYY-MM'), 'invoice_number', invoice_number,
    'total_pence', total_pence, 'kind', kind, 'validate_only', validate_only));
END
$$;
