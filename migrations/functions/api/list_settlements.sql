-- SettlementService.ListSettlements: newest first; a provider's people see their own.
CREATE OR REPLACE FUNCTION api.list_settlements(page_size integer, page_token text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  after text[] := ledger.page_key('settlements', page_token);
BEGIN
  RETURN (
    WITH page AS (
      SELECT s.settlement_id, s.proposed_at, row_number() OVER (ORDER BY s.proposed_at DESC, s.settlement_id DESC) AS place
        FROM ledger.settlement s
       WHERE s.commissioner_code = ledger.caller_commissioner()
         AND (s.proposed_at, s.settlement_id) < (coalesce(after[1]::timestamptz, 'infinity'), after[2]::uuid)
       ORDER BY s.proposed_at DESC, s.settlement_id DESC
       LIMIT size + 1)
    SELECT json_build_object(
             'settlements', coalesce(json_agg(ledger.settlement_json(p.settlement_id) ORDER BY p.place)
               FILTER (WHERE p.place <= size), '[]'),
             'next_page_token', CASE WHEN count(*) > size THEN
               max(ledger.page_token('settlements', ledger.moment(p.proposed_at), p.settlement_id::text))
                 FILTER (WHERE p.place = size)
               ELSE '' END)
      FROM page p);
END
$$;
