-- Proofs about what practices said of their records.

-- What was answered to have been recorded is there. A review names a record that is there, with the price that it had; a record's reviews
-- follow each other without a gap. A resolution ends a query that was open, the last of its record if it was upheld, and recovers no
-- more than the record ever cost.
CREATE OR REPLACE FUNCTION ledger.verify_reviews(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH answered AS (
    SELECT (i.review ->> 'review_id')::uuid AS review_id, bool_or(q.method = 'ReviewService.ResolveReview') AS resolved
      FROM ledger.request q
     CROSS JOIN LATERAL json_array_elements(CASE q.method WHEN 'ReviewService.ReviewRecords' THEN q.answer -> 'reviews'
             ELSE json_build_array(q.answer -> 'review') END) AS i (review)
     WHERE q.commissioner_code = tenant AND q.method IN ('ReviewService.ReviewRecords', 'ReviewService.ResolveReview')
       AND q.answer IS NOT NULL
     GROUP BY 1
  ), stored AS (
    SELECT coalesce(r.review_id, e.review_id) AS review_id, r.review_id IS NULL AS orphan, e.outcome,
           r.submission_id, r.line, r.practice_code, r.provider_code, r.period, r.record_id, r.version, r.verdict, r.price_pence,
           e.recovered_pence, e.recorded_at AS ended_at,
           e.outcome IS NOT NULL AND (e.practice_code, e.provider_code) IS DISTINCT FROM (r.practice_code, r.provider_code) AS misplaced
      FROM (SELECT * FROM ledger.record_review WHERE commissioner_code = tenant) r
      FULL JOIN (SELECT * FROM ledger.review_resolution WHERE commissioner_code = tenant) e ON e.review_id = r.review_id
  ), judged AS (
    SELECT coalesce(d.review_id, w.review_id) AS review_id,
           CASE WHEN d.review_id IS NULL OR d.orphan THEN 'was recorded and is not there'
                WHEN w.resolved AND d.outcome IS NULL THEN 'was resolved and is open'
                WHEN a.line IS NULL THEN 'names a record that is not there'
                WHEN a.total_pence IS DISTINCT FROM d.price_pence THEN 'has another price than its record'
                WHEN d.version > 1 AND b.review_id IS NULL THEN 'follows one that is not there'
                WHEN d.misplaced OR d.outcome IS NOT NULL AND (d.verdict <> 'queried' OR n.recorded_at < d.ended_at)
                     THEN 'was resolved and was no open query'
                WHEN d.outcome = 'upheld' AND n.review_id IS NOT NULL THEN 'was upheld and is not the last of its record'
                WHEN d.recovered_pence > d.price_pence AND d.recovered_pence > (
                       SELECT max(p.total_pence) FROM ledger.activity p
                        WHERE p.commissioner_code = tenant AND p.period = d.period AND p.provider_code = d.provider_code
                          AND p.record_id = d.record_id) THEN 'recovers more than its record cost' END AS fault
      FROM stored d
      FULL JOIN answered w ON w.review_id = d.review_id
      LEFT JOIN ledger.activity a ON a.commissioner_code = tenant AND a.period = d.period AND a.submission_id = d.submission_id
                                 AND a.line = d.line AND a.record_id = d.record_id AND a.provider_code = d.provider_code
                                 AND a.practice_code = d.practice_code AND a.ours
      LEFT JOIN ledger.record_review b ON b.commissioner_code = tenant AND b.practice_code = d.practice_code
                                      AND b.provider_code = d.provider_code AND b.period = d.period AND b.record_id = d.record_id
                                      AND b.version = d.version - 1
      LEFT JOIN ledger.record_review n ON n.commissioner_code = tenant AND n.practice_code = d.practice_code
                                      AND n.provider_code = d.provider_code AND n.period = d.period AND n.record_id = d.record_id
                                      AND n.version = d.version + 1
  )
  SELECT ledger.check_result('reviews_stand', count(*), count(j.fault),
           min(format('review %s %s', j.review_id, j.fault)) FILTER (WHERE j.fault IS NOT NULL))
    FROM judged j
$$;

-- The figures of each year's summary: the whole is the reviews that none follows, with what was recovered, and each breakdown adds up to it.
CREATE OR REPLACE FUNCTION ledger.verify_review_figures(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH counted AS (
    SELECT make_date(ledger.year_of(r.period), 4, 1) AS first_month, count(*) AS checked, count(r.reason) AS queried,
           count(*) FILTER (WHERE e.outcome = 'upheld') AS upheld, coalesce(sum(e.recovered_pence), 0) AS recovered_pence
      FROM ledger.record_review r
      LEFT JOIN ledger.review_resolution e ON e.commissioner_code = r.commissioner_code AND e.review_id = r.review_id
     WHERE r.commissioner_code = tenant
       AND NOT EXISTS (SELECT FROM ledger.record_review n
                        WHERE n.commissioner_code = tenant AND n.practice_code = r.practice_code AND n.provider_code = r.provider_code
                          AND n.period = r.period AND n.record_id = r.record_id AND n.version = r.version + 1)
     GROUP BY 1
  ), compared AS (
    SELECT c.first_month, w.breakdown,
           (w.queried, w.upheld, w.recovered_pence) IS DISTINCT FROM (c.queried, c.upheld, c.recovered_pence)
           OR w.breakdown <> 'reason' AND w.checked <> c.checked AS differs
      FROM counted c
     CROSS JOIN LATERAL (
       SELECT b.breakdown, coalesce(sum(f.checked), 0) AS checked, coalesce(sum(f.queried), 0) AS queried,
              coalesce(sum(f.upheld), 0) AS upheld, coalesce(sum(f.recovered_pence), 0) AS recovered_pence
         FROM (VALUES ('total'), ('practice'), ('provider'), ('month'), ('reason')) b (breakdown)
         LEFT JOIN ledger.review_figures(c.first_month, 'infinity') f ON f.breakdown = b.breakdown
        GROUP BY b.breakdown) w
  )
  SELECT ledger.check_result('review_figures_add_up', count(*), count(*) FILTER (WHERE c.differs),
           min(format('%s by %s does not add up to its reviews', ledger.year_text(ledger.year_of(c.first_month)), c.breakdown))
             FILTER (WHERE c.differs))
    FROM compared c
$$;
