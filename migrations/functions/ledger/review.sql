-- Reviews of records: what their RPCs share.

-- The caller's practice, which a request may name. Another is as if it were not there.
CREATE OR REPLACE FUNCTION ledger.require_own_practice(practice text)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF practice <> ledger.caller_practice() OR NOT EXISTS (SELECT FROM ledger.practice p
       WHERE p.commissioner_code = ledger.caller_commissioner() AND p.practice_code = ledger.caller_practice()) THEN
    PERFORM ledger.refuse('ZC404', 'PRACTICE_NOT_FOUND', format('no practice %s', practice), 'practice_code',
      'a practice reviews records of its own');
  END IF;
  RETURN ledger.caller_practice();
END
$$;

-- Reviews of a practice are made and ended one after another: held until the transaction ends.
CREATE OR REPLACE FUNCTION ledger.lock_reviews(practice text)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT FROM ledger.practice p
   WHERE p.commissioner_code = ledger.caller_commissioner() AND p.practice_code = practice
     FOR NO KEY UPDATE
$$;

-- The adjustment that put in the record of a review as it stood at a moment, among those posted in its month; NULL once it was taken
-- back.
CREATE OR REPLACE FUNCTION ledger.standing_adjustment(review ledger.record_review, at timestamptz)
RETURNS uuid
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE a.quantity WHEN 1 THEN a.submission_id END
    FROM ledger.submission s
    JOIN ledger.activity a ON a.commissioner_code = s.commissioner_code AND a.period = s.period AND a.submission_id = s.submission_id
   WHERE s.commissioner_code = review.commissioner_code AND s.provider_code = review.provider_code AND s.period = review.period
     AND s.phase = 'adjustment' AND s.recorded_at <= at AND a.record_id = review.record_id AND a.practice_code = review.practice_code AND a.ours
   ORDER BY s.recorded_at DESC, a.quantity DESC
   LIMIT 1
$$;

-- Reviews with what follows from what came after them until a moment: state of the query, and the record as it counted then.
CREATE OR REPLACE FUNCTION ledger.reviews_as_at(ids uuid[], at timestamptz)
RETURNS TABLE (review ledger.record_review, resolution ledger.review_resolution, query_state text, standing text,
  current_pence bigint)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH chosen AS (
    SELECT r, r.*, CASE s.phase WHEN 'adjustment' THEN ledger.standing_adjustment(r, at) ELSE m.submission_id END AS current_id
      FROM ledger.record_review r
      JOIN ledger.submission s ON s.commissioner_code = r.commissioner_code AND s.submission_id = r.submission_id
      LEFT JOIN ledger.current_months(at) m ON m.provider_code = r.provider_code AND m.period = r.period
     WHERE r.commissioner_code = ledger.caller_commissioner() AND r.review_id = ANY (ids)
  )
  SELECT c.r, e,
         CASE WHEN c.verdict = 'confirmed' THEN NULL
              WHEN e.outcome IS NOT NULL THEN e.outcome
              WHEN EXISTS (SELECT FROM ledger.record_review n
                            WHERE n.commissioner_code = c.commissioner_code AND n.practice_code = c.practice_code
                              AND n.provider_code = c.provider_code AND n.period = c.period AND n.record_id = c.record_id
                              AND n.version = c.version + 1 AND n.recorded_at <= at) THEN 'withdrawn'
              ELSE 'open' END,
         CASE WHEN c.current_id = c.submission_id THEN 'as_reviewed'
              WHEN a.line IS NULL THEN 'gone'
              WHEN a.total_pence IS DISTINCT FROM c.price_pence THEN 'price_changed'
              ELSE 'as_reviewed' END,
         CASE WHEN c.current_id = c.submission_id THEN c.price_pence
              WHEN a.line IS NOT NULL THEN a.total_pence END
    FROM chosen c
    -- Of what was sent again since; by the record's id, which its own index finds among all of the month.
    LEFT JOIN LATERAL (
      SELECT s.line, s.total_pence
        FROM ledger.activity s
       WHERE s.commissioner_code = c.commissioner_code AND s.period = c.period AND s.submission_id = c.current_id
         AND s.record_id = c.record_id AND s.practice_code = c.practice_code AND s.ours AND s.quantity = 1
         AND c.current_id <> c.submission_id
      OFFSET 0) a ON true
    LEFT JOIN ledger.review_resolution e ON e.commissioner_code = c.commissioner_code AND e.review_id = c.review_id
      AND e.recorded_at <= at
$$;

-- The review of a record that counted at a moment. Without a setting of its own, so that it is inlined: it is called for many records.
CREATE OR REPLACE FUNCTION ledger.newest_review(practice text, provider text, month date, record text, at timestamptz)
RETURNS SETOF ledger.record_review
LANGUAGE sql STABLE
AS $$
  SELECT r.*
    FROM ledger.record_review r
   WHERE r.commissioner_code = ledger.caller_commissioner() AND r.practice_code = practice AND r.provider_code = provider
     AND r.period = month AND r.record_id = record AND r.recorded_at <= at
   ORDER BY r.version DESC
   LIMIT 1
$$;

-- Counts of a financial year by the review that counted of each record at a moment, whole and broken down in each way. Planned anew for
-- each call: not knowing the year, the planner takes its reviews for few and looks up each by itself. A practice's own are asked for by
-- name, for the policy that keeps it to them is no condition that an index finds.
CREATE OR REPLACE FUNCTION ledger.review_figures(first_month date, at timestamptz)
RETURNS TABLE (breakdown text, key text, checked bigint, queried bigint, upheld bigint, recovered_pence numeric)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
  own_practice text := ledger.caller_practice();
BEGIN
  RETURN QUERY
  WITH cell AS (
    SELECT r.practice_code, r.provider_code, r.period, r.reason, count(*) AS checked, count(r.reason) AS queried,
           count(*) FILTER (WHERE e.outcome = 'upheld') AS upheld, coalesce(sum(e.recovered_pence), 0) AS recovered_pence
      FROM ledger.record_review r
      LEFT JOIN ledger.review_resolution e ON e.commissioner_code = r.commissioner_code AND e.review_id = r.review_id
        AND e.recorded_at <= at
     WHERE r.commissioner_code = ledger.caller_commissioner() AND (own_practice = '' OR r.practice_code = own_practice)
       AND r.period BETWEEN first_month AND (first_month + interval '11 months')::date AND r.recorded_at <= at
       AND NOT EXISTS (SELECT FROM ledger.record_review n
                        WHERE n.commissioner_code = r.commissioner_code AND n.practice_code = r.practice_code
                          AND n.provider_code = r.provider_code AND n.period = r.period AND n.record_id = r.record_id
                          AND n.recorded_at <= at
                          AND n.version > r.version AND n.version > 1)   -- the latter for the planner: they are few
     GROUP BY r.practice_code, r.provider_code, r.period, r.reason
  )
  SELECT b.breakdown, b.key, sum(c.checked)::bigint, sum(c.queried)::bigint, sum(c.upheld)::bigint, sum(c.recovered_pence)
    FROM cell c
   CROSS JOIN LATERAL (VALUES ('total', ''), ('provider', c.provider_code::text), ('reason', c.reason), ('month', to_char(c.period, 'YYYY-MM')),
           ('practice', c.practice_code::text)) AS b (breakdown, key)
   WHERE b.key IS NOT NULL
   GROUP BY b.breakdown, b.key;
END
$$;

CREATE OR REPLACE FUNCTION ledger.reviews_json(ids uuid[], at timestamptz)
RETURNS TABLE (review_id uuid, review json)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT (n.review).review_id,
         json_build_object('review_id', (n.review).review_id, 'practice_code', (n.review).practice_code,
           'provider_code', (n.review).provider_code, 'period', to_char((n.review).period, 'YYYY-MM'),
           'record_id', (n.review).record_id, 'verdict', (n.review).verdict, 'reason', (n.review).reason, 'note', (n.review).note,
           'price_pence', (n.review).price_pence, 'submission_id', (n.review).submission_id,
           'line', (n.review).line, 'reviewed_by', (n.review).user_id, 'review_time', ledger.moment((n.review).recorded_at),
           'query_state', n.query_state, 'recovered_pence', coalesce((n.resolution).recovered_pence, 0),
           'resolution', coalesce((n.resolution).reason, ''), 'resolved_by', coalesce((n.resolution).user_id, ''),
           'resolve_time', ledger.moment((n.resolution).recorded_at), 'standing', n.standing,
           'current_price_pence', n.current_pence)
    FROM ledger.reviews_as_at(ids, at) n
$$;

-- What a request says of records, beside each record of the practice's month and the review of it that counts now.
-- fault: the first that is wrong (NULL for none), with its column and a sentence without any of the row's values.
CREATE OR REPLACE FUNCTION ledger.judge_reviews(practice text, month date, reviews json)
RETURNS TABLE (place bigint, provider_code text, record_id text, verdict text, reason text, note text, submission_id uuid,
  line integer, price_pence bigint, version integer, unchanged boolean, fault text, fault_column text, message text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH item AS (
    SELECT i.place, i.item ->> 'record_id' AS record_id, i.item ->> 'provider_code' AS provider_code, i.item ->> 'verdict' AS verdict,
           i.item ->> 'reason' AS reason, btrim(coalesce(i.item ->> 'note', ''), E' \t\r\n') AS note
      FROM json_array_elements(reviews) WITH ORDINALITY AS i (item, place)
  ), found AS (
    -- A full join, for that is never made by comparing each with each: however few the planner thinks that a month's records are.
    SELECT i.place, i.record_id, i.verdict, i.reason, i.note, a.provider_code, a.submission_id, a.line, a.total_pence,
           a.record_id AS found_id
      FROM item i
      FULL JOIN ledger.practice_activity(practice, month, month, 'infinity') a
        ON a.record_id = i.record_id AND a.provider_code = coalesce(i.provider_code, a.provider_code)
    OFFSET 0
  ), matched AS (
    SELECT f.place, f.provider_code, f.record_id, f.verdict, f.reason, f.note, f.submission_id, f.line, f.total_pence,
           count(f.found_id) OVER (PARTITION BY f.place) AS matches,
           row_number() OVER (PARTITION BY f.place ORDER BY f.provider_code) AS match
      FROM found f
     WHERE f.place IS NOT NULL
  ), compared AS (
    SELECT m.*, row_number() OVER (PARTITION BY m.provider_code, m.record_id ORDER BY m.place) AS mention,
           coalesce(n.version, 0) AS newest_version, e.outcome,
           coalesce((n.verdict, coalesce(n.reason, ''), n.note) = (m.verdict, coalesce(m.reason, ''), m.note)
             AND (e.outcome = 'upheld' OR n.price_pence IS NOT DISTINCT FROM m.total_pence), false) AS unchanged
      FROM matched m
      LEFT JOIN LATERAL ledger.newest_review(practice, m.provider_code, month, m.record_id, 'infinity') n ON true
      LEFT JOIN ledger.review_resolution e ON e.commissioner_code = n.commissioner_code AND e.review_id = n.review_id
     WHERE m.match = 1
  ), judged AS (
    SELECT c.*, CASE
             WHEN c.record_id IS NULL THEN 'RECORD_NEEDED'
             WHEN c.verdict IS NULL THEN 'VERDICT_NEEDED'
             WHEN c.verdict = 'queried' AND c.reason IS NULL THEN 'REASON_NEEDED'
             WHEN c.verdict = 'confirmed' AND c.reason IS NOT NULL THEN 'REASON_UNEXPECTED'
             WHEN c.reason = 'other' AND c.note = '' THEN 'NOTE_NEEDED'
             WHEN length(c.note) > 500 THEN 'NOTE_TOO_LONG'
             WHEN ledger.holds_nhs_number(c.note) THEN 'IDENTIFIER_IN_TEXT'
             WHEN c.matches = 0 THEN 'RECORD_NOT_FOUND'
             WHEN c.matches > 1 THEN 'RECORD_AMBIGUOUS'
             WHEN c.mention > 1 THEN 'RECORD_REPEATED'
             WHEN c.outcome = 'upheld' AND NOT c.unchanged THEN 'QUERY_UPHELD' END AS fault
      FROM compared c
  )
  SELECT j.place, j.provider_code, j.record_id, j.verdict, j.reason, j.note, j.submission_id, j.line, j.total_pence,
         j.newest_version + 1, j.unchanged, j.fault, f.fault_column, f.message
    FROM judged j
    LEFT JOIN (VALUES
      ('RECORD_NEEDED', 'record_id', 'name a record'),
      ('VERDICT_NEEDED', 'verdict', 'confirm or query the record'),
      ('REASON_NEEDED', 'reason', 'a query has a reason'),
      ('REASON_UNEXPECTED', 'reason', 'only a query has a reason'),
      ('NOTE_NEEDED', 'note', 'say in a note what the other reason is'),
      ('NOTE_TOO_LONG', 'note', 'a note has at most 500 characters'),
      ('IDENTIFIER_IN_TEXT', 'note', 'the note holds what looks like an NHS number; write about patients without identifiers'),
      ('RECORD_NOT_FOUND', 'record_id', 'the practice has no such record in the month as it counts now'),
      ('RECORD_AMBIGUOUS', 'provider_code', 'several providers have such a record: name one'),
      ('RECORD_REPEATED', 'record_id', 'an earlier row is about this record'),
      ('QUERY_UPHELD', 'verdict', 'the query of this record was upheld, which ends its review')) AS f (fault, fault_column, message)
      ON f.fault = j.fault
   ORDER BY j.place
$$;
