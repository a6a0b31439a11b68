-- BusinessCaseService.ListBusinessCases: newest first; a practice's people see their own.
CREATE OR REPLACE FUNCTION api.list_business_cases(page_size integer, page_token text, state text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  after text[] := ledger.page_key('business_cases', page_token);
BEGIN
  RETURN (
    WITH page AS (
      SELECT c.case_id, c.created_at, row_number() OVER (ORDER BY c.created_at DESC, c.case_id DESC) AS place
        FROM ledger.business_case c
       WHERE c.commissioner_code = ledger.caller_commissioner()
         AND c.state = coalesce(list_business_cases.state, c.state)
         AND (c.created_at, c.case_id) < (coalesce(after[1]::timestamptz, 'infinity'), after[2]::uuid)
       ORDER BY c.created_at DESC, c.case_id DESC
       LIMIT size + 1)
    SELECT json_build_object(
             'business_cases', coalesce(json_agg(ledger.case_json(p.case_id) ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
             'next_page_token', CASE WHEN count(*) > size THEN
               max(ledger.page_token('business_cases', ledger.moment(p.created_at), p.case_id::text)) FILTER (WHERE p.place = size)
               ELSE '' END)
      FROM page p);
END
$$;
