-- ReviewService.ListReviews: newest first; of each record the review that counts, or the queries in a state. Row-level security keeps
-- a practice to its own; the reason is kept in the audit chain.
CREATE OR REPLACE FUNCTION api.list_reviews(reason text, practice_code text, provider_code text, period text, query_state text,
  page_size integer, page_token text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  month date := CASE WHEN period IS NOT NULL THEN ledger.month_start(period) END;
  size integer := ledger.page_size(page_size);
  after text[] := ledger.page_key('reviews', page_token);
  answer json;
BEGIN
  PERFORM ledger.require_reason(reason);
  WITH page AS (
    SELECT r.recorded_at, r.review_id, row_number() OVER (ORDER BY r.recorded_at DESC, r.review_id DESC) AS place
      FROM ledger.record_review r
      LEFT JOIN ledger.record_review n ON n.commissioner_code = r.commissioner_code AND n.practice_code = r.practice_code
        AND n.provider_code = r.provider_code AND n.period = r.period AND n.record_id = r.record_id AND n.version = r.version + 1
      LEFT JOIN ledger.review_resolution e ON e.commissioner_code = r.commissioner_code AND e.review_id = r.review_id
     WHERE r.commissioner_code = ledger.caller_commissioner()
       AND r.practice_code = coalesce(list_reviews.practice_code, r.practice_code)
       AND r.provider_code = coalesce(list_reviews.provider_code, r.provider_code)
       AND r.period = coalesce(month, r.period)
       AND CASE WHEN query_state IS NULL THEN n.review_id IS NULL
                WHEN r.verdict <> 'queried' THEN false
                WHEN query_state = 'open' THEN n.review_id IS NULL AND e.review_id IS NULL
                WHEN query_state = 'withdrawn' THEN n.review_id IS NOT NULL AND e.review_id IS NULL
                ELSE e.outcome = query_state END
       AND (r.recorded_at, r.review_id) < (coalesce(after[1]::timestamptz, 'infinity'), after[2]::uuid)
     ORDER BY r.recorded_at DESC, r.review_id DESC
     LIMIT size + 1
  )
  SELECT json_build_object(
           'reviews', coalesce(json_agg(j.review ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             max(ledger.page_token('reviews', ledger.moment(p.recorded_at), p.review_id::text)) FILTER (WHERE p.place = size)
             ELSE '' END)
    INTO answer
    FROM page p
    JOIN ledger.reviews_json(ARRAY(SELECT review_id FROM page)) j ON j.review_id = p.review_id;
  PERFORM ledger.audit('read_patient_level', format('reviews of %s, %s',
    coalesce('practice ' || coalesce(practice_code, nullif(ledger.caller_practice(), '')), 'all practices'),
    coalesce(period, 'all months')), reason);
  RETURN answer;
END
$$;
