-- ActivityService.ListReopenings: newest first.
CREATE OR REPLACE FUNCTION api.list_reopenings(page_size integer, page_token text, provider_code text, period text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('reopenings', page_token);
  month date := CASE WHEN period IS NOT NULL THEN ledger.month_start(period) END;
  answer json;
BEGIN
  WITH page AS (
    SELECT r AS reopening, r.requested_at, r.reopening_id, row_number() OVER (ORDER BY r.requested_at DESC, r.reopening_id DESC) AS place
      FROM ledger.reopening r
     WHERE r.commissioner_code = ledger.caller_commissioner()
       AND r.provider_code = coalesce(list_reopenings.provider_code, r.provider_code) AND r.period = coalesce(month, r.period)
       AND (r.requested_at, r.reopening_id) < (coalesce(key[1]::timestamptz, 'infinity'), key[2]::uuid)
     ORDER BY r.requested_at DESC, r.reopening_id DESC
     LIMIT size + 1
  )
  SELECT json_build_object(
           'reopenings', coalesce(json_agg(ledger.reopening_json(p.reopening) ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('reopenings', ledger.moment(l.requested_at), l.reopening_id::text) FROM page l WHERE l.place = size) END)
    INTO answer
    FROM page p;
  RETURN answer;
END
$$;
