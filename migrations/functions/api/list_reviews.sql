-- ReviewService.ListReviews: newest first; of each record the review that counted at a moment, or the queries in a state then.
-- Row-level security keeps a practice to its own; the reason is kept in the audit chain. Planned anew for each call: a filter that is not there must not hide from
-- the planner the index of one that is.
CREATE OR REPLACE FUNCTION api.list_reviews(reason text, practice_code text, provider_code text, period text, query_state text,
  page_size integer, page_token text, as_at text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
  practice text := coalesce(practice_code, nullif(ledger.caller_practice(), ''));
  month date := CASE WHEN period IS NOT NULL THEN ledger.month_start(period) END;
  size integer := ledger.page_size(page_size);
  after text[] := ledger.page_key('reviews', page_token);
  at timestamptz := ledger.as_at(as_at);
  answer json;
BEGIN
  PERFORM ledger.require_reason(reason);
  WITH page AS (
    SELECT r.recorded_at, r.review_id, row_number() OVER (ORDER BY r.recorded_at DESC, r.review_id DESC) AS place
      FROM ledger.record_review r
     CROSS JOIN LATERAL (
       SELECT (SELECT true FROM ledger.record_review n
                WHERE n.commissioner_code = r.commissioner_code AND n.practice_code = r.practice_code AND n.provider_code = r.provider_code
                  AND n.period = r.period AND n.record_id = r.record_id AND n.version = r.version + 1
                  AND n.recorded_at <= at) AS replaced,
              (SELECT e.outcome = query_state FROM ledger.review_resolution e
                WHERE e.commissioner_code = r.commissioner_code AND e.review_id = r.review_id AND e.recorded_at <= at) AS ended_so) f   -- NULL while it has no end
     WHERE r.commissioner_code = ledger.caller_commissioner() AND r.recorded_at <= at
       AND (practice IS NULL OR r.practice_code = practice)
       AND (list_reviews.provider_code IS NULL OR r.provider_code = list_reviews.provider_code)
       AND (month IS NULL OR r.period = month)
       AND (query_state IS NULL OR r.verdict = 'queried')
       AND CASE WHEN query_state IS NULL THEN f.replaced IS NOT TRUE
                WHEN query_state = 'open' THEN f.replaced IS NOT TRUE AND f.ended_so IS NOT FALSE
                WHEN query_state = 'withdrawn' THEN f.replaced IS TRUE AND f.ended_so IS NOT FALSE
                ELSE f.ended_so END
       AND (after IS NULL OR (r.recorded_at, r.review_id) < (after[1]::timestamptz, after[2]::uuid))
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
    JOIN ledger.reviews_json(ARRAY(SELECT review_id FROM page), at) j ON j.review_id = p.review_id;
  PERFORM ledger.audit('read_patient_level', format('reviews of %s, %s',
    coalesce('practice ' || practice, 'all practices'),
    coalesce(period, 'all months')), reason);
  RETURN answer;
END
$$;
