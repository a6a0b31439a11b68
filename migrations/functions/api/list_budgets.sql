-- BudgetService.ListBudgets: newest first.
CREATE OR REPLACE FUNCTION api.list_budgets(financial_year text, page_size integer, page_token text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('budgets', page_token);
  wanted_year integer := CASE WHEN financial_year IS NOT NULL THEN ledger.year_start(financial_year) END;
  answer json;
BEGIN
  WITH page AS (
    SELECT r.budget_id, r.created_at, row_number() OVER (ORDER BY r.created_at DESC, r.budget_id DESC) AS place
      FROM ledger.budget_run r
     WHERE r.commissioner_code = ledger.caller_commissioner() AND r.year = coalesce(wanted_year, r.year)
       AND (r.created_at, r.budget_id) < (coalesce(key[1]::timestamptz, 'infinity'), key[2]::uuid)
     ORDER BY r.created_at DESC, r.budget_id DESC
     LIMIT size + 1
  )
  SELECT json_build_object(
           'budget_runs', coalesce(json_agg(ledger.budget_run_json(p.budget_id) ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('budgets', ledger.moment(l.created_at), l.budget_id::text) FROM page l WHERE l.place = size) END)
    INTO answer
    FROM page p;
  RETURN answer;
END
$$;
