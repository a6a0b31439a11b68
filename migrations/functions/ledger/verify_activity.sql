-- Proofs about activity: rollups, submissions and the months' pointers. tenant is a parameter, not a call per row.

-- Every rollup cell recounted from its rows, in both directions.
CREATE OR REPLACE FUNCTION ledger.verify_rollups(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH counted AS (
    SELECT a.submission_id, a.period, a.provider_code, a.practice_code, a.pod,
           coalesce(a.treatment_function_code, '') AS treatment_function_code, coalesce(a.hrg, '') AS hrg, a.attribution,
           a.price_state, ledger.months_late(a.period, a.activity_date) AS months_late, sum(a.quantity) AS activity,
           coalesce(sum(a.quantity * a.total_pence), 0) AS cost_pence
      FROM ledger.activity a
     WHERE a.commissioner_code = tenant
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
  ), kept AS (
    SELECT r.submission_id, r.period::date, r.provider_code::text, r.practice_code::text, r.pod, r.treatment_function_code, r.hrg,
           r.attribution, r.price_state, r.months_late, r.activity AS kept_activity, r.cost_pence AS kept_cost_pence
      FROM ledger.activity_rollup r
     WHERE r.commissioner_code = tenant
  ), compared AS (
    SELECT *
      FROM counted
      FULL JOIN kept USING (submission_id, period, provider_code, practice_code, pod, treatment_function_code, hrg, attribution,
        price_state, months_late)
  )
  SELECT ledger.check_result('rollups_equal_rows', count(*), count(*) FILTER (WHERE differs), min(detail) FILTER (WHERE differs))
    FROM (SELECT (c.activity, c.cost_pence) IS DISTINCT FROM (c.kept_activity, c.kept_cost_pence::numeric) AS differs,
                 format('submission %s, practice %s, %s %s %s: rows %s at %s, rollup %s at %s', c.submission_id, c.practice_code,
                   c.pod, c.treatment_function_code, c.hrg, coalesce(c.activity, 0), ledger.pounds(coalesce(c.cost_pence, 0)::bigint),
                   coalesce(c.kept_activity, 0), ledger.pounds(coalesce(c.kept_cost_pence, 0))) AS detail
            FROM compared c) d
$$;

-- Every submission has the rows, by outcome, and the cost that it was taken in with; no row is without a submission.
CREATE OR REPLACE FUNCTION ledger.verify_rows(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH counted AS (
    SELECT a.submission_id, count(*) AS accepted, count(*) FILTER (WHERE a.quantity = -1) AS reversed,
           count(*) FILTER (WHERE a.ours AND a.price_state = 'priced') AS priced,
           count(*) FILTER (WHERE a.ours AND a.price_state = 'excluded') AS excluded,
           count(*) FILTER (WHERE a.ours AND a.price_state = 'unpriced') AS unpriced,
           count(*) FILTER (WHERE NOT a.ours) AS not_ours,
           coalesce(sum(a.quantity * a.total_pence) FILTER (WHERE a.ours), 0) AS cost_pence
      FROM ledger.activity a
     WHERE a.commissioner_code = tenant
     GROUP BY a.submission_id
  ), compared AS (
    SELECT coalesce(s.submission_id, c.submission_id) AS submission_id, coalesce(c.accepted, 0) AS accepted, s.accepted_count,
           (coalesce(c.priced, 0), coalesce(c.excluded, 0), coalesce(c.unpriced, 0), coalesce(c.not_ours, 0), coalesce(c.reversed, 0),
             coalesce(c.cost_pence, 0)) AS found,
           (s.priced_count, s.excluded_count, s.unpriced_count, s.not_ours_count, s.reversed_count, s.cost_pence::numeric) AS stated
      FROM (SELECT * FROM ledger.submission WHERE commissioner_code = tenant) s
      FULL JOIN counted c ON c.submission_id = s.submission_id
  ), judged AS (
    SELECT c.*, c.accepted IS DISTINCT FROM c.accepted_count OR c.found IS DISTINCT FROM c.stated AS differs FROM compared c
  )
  SELECT ledger.check_result('rows_present', coalesce(sum(j.accepted), 0)::bigint, count(*) FILTER (WHERE j.differs),
           min(format('submission %s was taken in with %s rows and has %s', j.submission_id, coalesce(j.accepted_count, 0), j.accepted))
             FILTER (WHERE j.differs))
    FROM judged j
$$;

-- A submission that stands again is what it was: its figures, and its sums, which are proved by its rows.
CREATE OR REPLACE FUNCTION ledger.verify_restored(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH restored AS (
    SELECT s.submission_id, s.restore_of_submission_id AS original_id,
           (s.provider_code, s.period, s.sha256, s.row_count, s.accepted_count, s.priced_count, s.excluded_count, s.unpriced_count,
             s.not_ours_count, s.cost_pence)
             IS DISTINCT FROM (o.provider_code, o.period, o.sha256, o.row_count, o.accepted_count, o.priced_count, o.excluded_count,
             o.unpriced_count, o.not_ours_count, o.cost_pence) AS differs
      FROM ledger.submission s
      LEFT JOIN ledger.submission o ON o.commissioner_code = s.commissioner_code AND o.submission_id = s.restore_of_submission_id
     WHERE s.commissioner_code = tenant AND s.restore_of_submission_id IS NOT NULL
  ), cell AS (
    SELECT i.restored_id, i.sign, r.practice_code, r.pod, r.treatment_function_code, r.hrg, r.attribution, r.price_state,
           r.months_late, r.activity, r.cost_pence
      FROM (SELECT d.submission_id, d.submission_id, 1 FROM restored d
            UNION ALL
            SELECT d.submission_id, d.original_id, -1 FROM restored d) i (restored_id, submission_id, sign)
      JOIN ledger.activity_rollup r ON r.commissioner_code = tenant AND r.submission_id = i.submission_id
  ), odd AS (
    SELECT DISTINCT c.restored_id
      FROM cell c
     GROUP BY c.restored_id, c.practice_code, c.pod, c.treatment_function_code, c.hrg, c.attribution, c.price_state,
              c.months_late
    HAVING sum(c.sign * c.activity) <> 0 OR sum(c.sign * c.cost_pence) <> 0
  )
  SELECT ledger.check_result('restored_as_they_were', count(*), count(*) FILTER (WHERE d.differs OR o.restored_id IS NOT NULL),
           min(format('submission %s differs from %s, which it restores', d.submission_id, d.original_id))
             FILTER (WHERE d.differs OR o.restored_id IS NOT NULL))
    FROM restored d
    LEFT JOIN odd o ON o.restored_id = d.submission_id
$$;

-- What counts for a provider's month is its newest submission, and closed of it is what its freezes closed.
CREATE OR REPLACE FUNCTION ledger.verify_months(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH compared AS (
    SELECT coalesce(n.provider_code, m.provider_code) AS provider_code, coalesce(n.period, m.period) AS period,
           (n.submission_id, n.state, n.frozen_datasets) IS DISTINCT FROM (m.submission_id, m.state, m.frozen_datasets) AS differs
      FROM ledger.known_months(tenant, 'infinity') n
      FULL JOIN (SELECT * FROM ledger.provider_month WHERE commissioner_code = tenant AND state <> 'open') m
        ON m.provider_code = n.provider_code AND m.period = n.period
  )
  SELECT ledger.check_result('current_months', count(*), count(*) FILTER (WHERE c.differs),
           min(format('%s of provider %s does not count its newest submission, or not what was frozen as frozen',
             to_char(c.period, 'YYYY-MM'), c.provider_code))
             FILTER (WHERE c.differs))
    FROM compared c
$$;

-- What was frozen of a month counts as it was: each later submission of the edition carried the rows of the data set over, prices and all.
-- Lines are of the files, so they may differ. A sum of hashes does not ask for an order.
CREATE OR REPLACE FUNCTION ledger.verify_frozen(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH closed AS (
    SELECT m.provider_code, m.period, d.dataset, z.submission_id AS freeze_id, m.submission_id AS current_id
      FROM ledger.provider_month m
      JOIN ledger.submission c ON c.commissioner_code = tenant AND c.submission_id = m.submission_id
      JOIN ledger.submission z ON z.commissioner_code = tenant AND z.provider_code = m.provider_code AND z.period = m.period
                              AND z.phase = 'freeze' AND z.edition = c.edition AND z.submission_id <> m.submission_id
     CROSS JOIN LATERAL unnest(ledger.closed_datasets(z.phase, z.dataset)) AS d (dataset)
     WHERE m.commissioner_code = tenant AND m.frozen_datasets <> '{}'
  ), digest AS (
    SELECT a.submission_id, a.dataset, count(*) AS records,
           sum(hash_record_extended(ROW(a.record_id, a.practice_code, a.responsible_code, a.attribution, a.patient_key, a.activity_date,
             a.hrg, a.treatment_function_code, a.pod, a.price_state, a.price_reason, a.tariff_id, a.tariff_line, a.base_pence,
             a.long_stay_pence, a.adjustment_pence, a.mff_ppm, a.total_pence), 0)) AS sum
      FROM (SELECT c.period, c.dataset, c.freeze_id AS submission_id FROM closed c
            UNION ALL
            SELECT c.period, c.dataset, c.current_id FROM closed c) s
      JOIN ledger.activity a ON a.commissioner_code = tenant AND a.period = s.period AND a.submission_id = s.submission_id
                            AND a.dataset = s.dataset
     GROUP BY a.submission_id, a.dataset
  ), judged AS (
    SELECT c.*, (f.records, f.sum) IS DISTINCT FROM (n.records, n.sum) AS differs
      FROM closed c
      LEFT JOIN digest f ON f.submission_id = c.freeze_id AND f.dataset = c.dataset
      LEFT JOIN digest n ON n.submission_id = c.current_id AND n.dataset = c.dataset
  )
  SELECT ledger.check_result('frozen_as_they_were', count(*), count(*) FILTER (WHERE j.differs),
           min(format('%s of %s of provider %s is not what was frozen', j.dataset, to_char(j.period, 'YYYY-MM'), j.provider_code))
             FILTER (WHERE j.differs))
    FROM judged j
$$;

-- Adjustments are of frozen months before the one that they are posted in. A reversal is a copy of the row that it takes back, and no
-- row is taken back twice.
CREATE OR REPLACE FUNCTION ledger.verify_adjustments(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH posted AS (
    SELECT a.*, to_jsonb(a) - ARRAY['period', 'submission_id', 'line', 'quantity', 'reversed_submission_id', 'reversed_line'] AS words,
           row_number() OVER (PARTITION BY a.reversed_submission_id, a.reversed_line ORDER BY s.recorded_at) AS taken_back
      FROM ledger.submission s
      JOIN ledger.activity a ON a.commissioner_code = tenant AND a.period = s.period AND a.submission_id = s.submission_id
     WHERE s.commissioner_code = tenant AND s.phase = 'adjustment'
  ), judged AS (
    SELECT p.submission_id, p.line,
           CASE WHEN p.activity_date >= p.period OR m.state IS DISTINCT FROM 'frozen' THEN 'is not of a frozen month before its own'
                WHEN p.quantity = 1 THEN NULL
                WHEN p.taken_back > 1 THEN 'takes back what was taken back'
                WHEN r.quantity IS DISTINCT FROM 1 OR r.words IS DISTINCT FROM p.words THEN 'is not what it takes back' END AS fault
      FROM posted p
      LEFT JOIN ledger.provider_month m ON m.commissioner_code = tenant AND m.provider_code = p.provider_code
                                       AND m.period = date_trunc('month', p.activity_date)::date
      LEFT JOIN ledger.submission o ON o.commissioner_code = tenant AND o.submission_id = p.reversed_submission_id
      LEFT JOIN LATERAL (
        SELECT a.quantity,
               to_jsonb(a) - ARRAY['period', 'submission_id', 'line', 'quantity', 'reversed_submission_id', 'reversed_line'] AS words
          FROM ledger.activity a
         WHERE a.commissioner_code = tenant AND a.period = o.period AND a.submission_id = o.submission_id
           AND a.line = p.reversed_line
        OFFSET 0) r ON p.quantity = -1   -- one look-up for each, whatever the planner thinks that new months hold
  )
  SELECT ledger.check_result('adjustments_stand', count(*), count(j.fault),
           min(format('line %s of submission %s %s', j.line, j.submission_id, j.fault)) FILTER (WHERE j.fault IS NOT NULL))
    FROM judged j
$$;
