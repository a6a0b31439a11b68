-- SettlementService.ListStatements: those issued until a moment, newest first, without lines; a practice's or
-- provider's people see their own.
CREATE OR REPLACE FUNCTION api.list_statements(page_size integer, page_token text, as_at text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  after text[] := ledger.page_key('statements', page_token);
  at timestamptz := ledger.as_at(as_at);
BEGIN
  RETURN (
    WITH page AS (
      SELECT s.statement_id, s.sequence, row_number() OVER (ORDER BY s.sequence DESC) AS place
        FROM ledger.statement s
       WHERE s.commissioner_code = ledger.caller_commissioner() AND s.issued_at <= at
         AND s.sequence < coalesce(after[1]::bigint, 9223372036854775807)
       ORDER BY s.sequence DESC
       LIMIT size + 1)
    SELECT json_build_object(
             'statements', coalesce(json_agg(ledger.statement_json(p.statement_id, with_lines => false) ORDER BY p.place)
               FILTER (WHERE p.place <= size), '[]'),
             'next_page_token', CASE WHEN count(*) > size THEN
               max(ledger.page_token('statements', p.sequence::text)) FILTER (WHERE p.place = size)
               ELSE '' END)
      FROM page p);
END
$$;
