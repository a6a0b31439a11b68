-- ActivityService.ListSubmissions: newest first; as at a moment those that had come by then.
CREATE OR REPLACE FUNCTION api.list_submissions(page_size integer, page_token text, provider_code text, period text,
  current_only boolean, as_at text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('submissions', page_token);
  month date := CASE WHEN period IS NOT NULL THEN ledger.month_start(period) END;
  at timestamptz := ledger.as_at(as_at);
  answer json;
BEGIN
  WITH page AS (
    SELECT s.submission_id, s.recorded_at, m.submission_id IS NOT NULL AS current,
           row_number() OVER (ORDER BY s.recorded_at DESC, s.submission_id DESC) AS place
      FROM ledger.submission s
      LEFT JOIN ledger.counting_submissions(at) m ON m.submission_id = s.submission_id
     WHERE s.commissioner_code = ledger.caller_commissioner()
       AND s.provider_code = coalesce(list_submissions.provider_code, s.provider_code)
       AND s.period = coalesce(month, s.period)
       AND s.recorded_at <= at
       AND (NOT coalesce(current_only, false) OR m.submission_id IS NOT NULL)
       AND (s.recorded_at, s.submission_id) < (coalesce(key[1]::timestamptz, 'infinity'), key[2]::uuid)
     ORDER BY s.recorded_at DESC, s.submission_id DESC
     LIMIT size + 1
  )
  SELECT json_build_object(
           'submissions', coalesce(json_agg(ledger.submission_json(p.submission_id, p.current) ORDER BY p.place)
             FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('submissions', ledger.moment(l.recorded_at), l.submission_id::text)
                FROM page l WHERE l.place = size) END)
    INTO answer
    FROM page p;
  RETURN answer;
END
$$;
