-- ReviewService.ListWorklist: the practice's records of a month to look at as they counted at a moment, dearest first. The sample is the records whose digest with
-- the seed is lowest, so that it is the same each time and a record that is sent again stays in it.
CREATE OR REPLACE FUNCTION api.list_worklist(practice_code text, period text, reason text, min_price_pence bigint, odd_only boolean,
  oddity text, percent integer, seed text, unreviewed_only boolean, page_size integer, page_token text, as_at text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  practice text := ledger.require_own_practice(practice_code);
  month date := ledger.month_start(period);
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('worklist', page_token);
  drawn_by text := coalesce(seed, practice || ' ' || period);
  at timestamptz := ledger.as_at(as_at);
  by_oddity boolean := coalesce(odd_only, false) OR oddity IS NOT NULL;
  answer json;
BEGIN
  PERFORM ledger.require_reason(reason);
  IF percent NOT BETWEEN 0 AND 100 THEN
    PERFORM ledger.refuse('ZC400', 'BAD_PERCENT', format('%s is no share of a hundred', percent), 'percent', 'ask for 1 to 100, or 0 for all');
  END IF;
  -- What is looked up for single records is looked up for each, however few the planner thinks that there are. What is odd is found out for
  -- all records where that decides which are wanted, else for those of the page.
  WITH record AS MATERIALIZED (
    SELECT a.submission_id, a.line, a.provider_code, a.record_id, a.patient_key, a.total_pence, coalesce(a.total_pence, 0) AS pence,
           NULL::text[] AS oddities
      FROM ledger.practice_activity(practice, month, month, at) a
     WHERE NOT by_oddity
    UNION ALL
    SELECT o.submission_id, o.line, o.provider_code, o.record_id, NULL, o.total_pence, coalesce(o.total_pence, 0), o.oddities
      FROM ledger.odd_activity(practice, month, NULL, at) o
     WHERE by_oddity
  ), passing AS (
    SELECT r.*, count(*) OVER () AS passing,
           row_number() OVER (ORDER BY CASE WHEN percent BETWEEN 1 AND 99 THEN
               sha256(convert_to(concat_ws('/', drawn_by, r.provider_code, r.record_id), 'UTF8')) END,
             r.provider_code, r.record_id) AS draw
      FROM record r
     WHERE r.pence >= coalesce(min_price_pence, 0)
       AND (NOT by_oddity OR r.oddities <> '{}') AND (oddity IS NULL OR oddity = ANY (r.oddities))
  ), drawn AS MATERIALIZED (
    SELECT p.* FROM passing p WHERE p.draw <= ceil(p.passing * coalesce(nullif(percent, 0), 100) / 100.0)
  ), page AS MATERIALIZED (
    SELECT d.*, n.review_id, row_number() OVER (ORDER BY d.pence DESC, d.submission_id, d.line) AS place
      -- In their order already, so that no more are looked up than are wanted.
      FROM (SELECT w.* FROM drawn w ORDER BY w.pence DESC, w.submission_id, w.line) d
      LEFT JOIN LATERAL ledger.newest_review(practice, d.provider_code, month, d.record_id, at) n ON true
     WHERE (NOT coalesce(unreviewed_only, false) OR n.review_id IS NULL OR n.price_pence IS DISTINCT FROM d.total_pence)
       AND (key IS NULL OR (-d.pence, d.submission_id, d.line) > (-key[1]::bigint, key[2]::uuid, key[3]::integer))
     ORDER BY d.pence DESC, d.submission_id, d.line
     LIMIT size + 1
  )
  SELECT json_build_object(
           'items', coalesce(json_agg(json_build_object('record', ledger.activity_json(a,
             ledger.record_phase(s.phase, m.frozen_datasets, a.dataset)), 'oddities', to_json(coalesce(p.oddities, o.oddities)), 'review', j.review) ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             max(ledger.page_token('worklist', p.pence::text, p.submission_id::text, p.line::text)) FILTER (WHERE p.place = size)
             ELSE '' END,
           'record_count', (SELECT count(*) FROM record), 'drawn_count', (SELECT count(*) FROM drawn), 'seed', drawn_by)
    INTO answer
    FROM page p
    JOIN ledger.submission s ON s.commissioner_code = ledger.caller_commissioner() AND s.submission_id = p.submission_id
    LEFT JOIN ledger.current_months(at) m ON m.provider_code = p.provider_code AND m.period = month
   CROSS JOIN LATERAL (
     SELECT r.*
       FROM ledger.activity r
      WHERE r.commissioner_code = ledger.caller_commissioner() AND r.period = month AND r.submission_id = p.submission_id
        AND r.line = p.line
     OFFSET 0) a
    LEFT JOIN ledger.reviews_json(ARRAY(SELECT review_id FROM page), at) j ON j.review_id = p.review_id
    LEFT JOIN (SELECT t.submission_id, t.line, t.oddities
                 FROM ledger.odd_activity(practice, month, ARRAY(SELECT patient_key FROM page), at) t
                WHERE NOT by_oddity) o ON o.submission_id = p.submission_id AND o.line = p.line;
  PERFORM ledger.audit('read_patient_level', format('practice %s, %s, worklist', practice, period), reason);
  RETURN answer;
END
$$;
