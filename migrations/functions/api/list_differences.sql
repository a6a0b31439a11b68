-- SettlementService.ListDifferences: the lines of a settlement where invoice and ledger do not agree, in the invoice's order, then
-- what was not invoiced. Lines are read through their settlement, whose policy keeps a provider to its own. They are of single records:
-- the reason is kept in the audit chain.
CREATE OR REPLACE FUNCTION api.list_differences(settlement_id uuid, reason text, page_size integer, page_token text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  after text[] := ledger.page_key('differences', page_token);
  answer json;
BEGIN
  PERFORM ledger.require_reason(list_differences.reason);
  IF NOT EXISTS (SELECT FROM ledger.settlement s WHERE s.commissioner_code = ledger.caller_commissioner()
                   AND s.settlement_id = list_differences.settlement_id) THEN
    PERFORM ledger.refuse('ZC404', 'SETTLEMENT_NOT_FOUND', format('no settlement %s', list_differences.settlement_id),
      'settlement_id', 'see them with: pbc settlement list');
  END IF;
  WITH page AS (
    SELECT l.ordinal, row_number() OVER (ORDER BY l.ordinal) AS place,
           json_build_object('line_number', coalesce(l.line_number, 0), 'record_id', l.record_id,
             'practice_code', l.practice_code, 'reason', l.reason, 'invoice_pence', l.invoice_pence,
             'ledger_pence', l.ledger_pence, 'disputed_pence', l.disputed_pence, 'explanation', l.explanation) AS difference
      FROM ledger.settlement_line l
     WHERE l.commissioner_code = ledger.caller_commissioner() AND l.settlement_id = list_differences.settlement_id
       AND l.reason IS NOT NULL AND l.ordinal > coalesce(after[1]::bigint, 0)
     ORDER BY l.ordinal
     LIMIT size + 1)
  SELECT json_build_object(
           'differences', coalesce(json_agg(p.difference ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             max(ledger.page_token('differences', p.ordinal::text)) FILTER (WHERE p.place = size)
             ELSE '' END)
    INTO answer
    FROM page p;
  PERFORM ledger.audit('read_patient_level', format('differences of settlement %s', list_differences.settlement_id),
    list_differences.reason);
  RETURN answer;
END
$$;
