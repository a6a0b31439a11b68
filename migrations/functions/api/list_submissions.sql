-- ActivityService.ListSubmissions: newest first.
CREATE OR REPLACE FUNCTION api.list_submissions(page_size integer, page_token text, provider_code text, period text,
  current_only boolean)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('submissions', page_token);
  month date := CASE WHEN period IS NOT NULL THEN ledger.month_start(period) END;
  answer json;
BEGIN
  WITH page AS (
    SELECT s.submission_id, s.recorded_at, row_number() OVER (ORDER BY s.recorded_at DESC, s.submission_id DESC) AS place
      FROM ledger.submission s
     WHERE s.commissioner_code = ledger.caller_commissioner()
       AND s.provider_code = coalesce(list_submissions.provider_code, s.provider_code)
       AND s.period = coalesce(month, s.period)
       AND (NOT coalesce(current_only, false)
            OR EXISTS (SELECT FROM ledger.provider_month m
                        WHERE m.commissioner_code = s.commissioner_code AND m.provider_code = s.provider_code
                          AND m.period = s.period AND m.submission_id = s.submission_id))
       AND (key IS NULL OR (s.recorded_at, s.submission_id) < (key[1]::timestamptz, key[2]::uuid))
     ORDER BY s.recorded_at DESC, s.submission_id DESC
     LIMIT size + 1
  )
  SELECT json_build_object(
           'submissions', coalesce(json_agg(ledger.submission_json(p.submission_id) ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('submissions', l.recorded_at::text, l.submission_id::text)
                FROM page l WHERE l.place = size) END)
    INTO answer
    FROM page p;
  RETURN answer;
END
$$;
