-- InvoiceService.ListInvoices: newest first; a provider's people see their own.
CREATE OR REPLACE FUNCTION api.list_invoices(page_size integer, page_token text, provider_code text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  after text[] := ledger.page_key('invoices', page_token);
BEGIN
  RETURN (
    WITH page AS (
      SELECT i.invoice_id, i.recorded_at, row_number() OVER (ORDER BY i.recorded_at DESC, i.invoice_id DESC) AS place
        FROM ledger.invoice i
       WHERE i.commissioner_code = ledger.caller_commissioner()
         AND i.provider_code = coalesce(list_invoices.provider_code, i.provider_code)
         AND (i.recorded_at, i.invoice_id) < (coalesce(after[1]::timestamptz, 'infinity'), after[2]::uuid)
       ORDER BY i.recorded_at DESC, i.invoice_id DESC
       LIMIT size + 1)
    SELECT json_build_object(
             'invoices', coalesce(json_agg(ledger.invoice_json(p.invoice_id) ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
             'next_page_token', CASE WHEN count(*) > size THEN
               max(ledger.page_token('invoices', ledger.moment(p.recorded_at), p.invoice_id::text)) FILTER (WHERE p.place = size)
               ELSE '' END)
      FROM page p);
END
$$;
