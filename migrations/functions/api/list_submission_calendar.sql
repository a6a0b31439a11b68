-- ActivityService.ListSubmissionCalendar: by month.
CREATE OR REPLACE FUNCTION api.list_submission_calendar(page_size integer, page_token text, financial_year text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('submission_calendar', page_token);
  wanted_year integer := CASE WHEN financial_year IS NOT NULL THEN ledger.year_start(financial_year) END;
  answer json;
BEGIN
  WITH page AS (
    SELECT c.*, row_number() OVER (ORDER BY c.period) AS place
      FROM ledger.calendar() c
     WHERE c.period > coalesce(key[1]::date, '-infinity') AND ledger.year_of(c.period) = coalesce(wanted_year, ledger.year_of(c.period))
     ORDER BY c.period
     LIMIT size + 1
  )
  SELECT json_build_object(
           'months', coalesce(json_agg(json_build_object('period', to_char(p.period, 'YYYY-MM'), 'inclusion_date', p.inclusion_date,
             'first_reconciliation_date', p.first_reconciliation_date, 'final_date', p.final_date, 'source', p.source,
             'evidence', p.evidence) ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('submission_calendar', l.period::text) FROM page l WHERE l.place = size) END)
    INTO answer
    FROM page p;
  RETURN answer;
END
$$;
