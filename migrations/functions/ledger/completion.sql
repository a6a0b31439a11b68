-- How complete flex months are likely to be: what earlier months came to when they were frozen, against the flex that the freeze
-- replaced. Of each provider the latest 12 earlier months that have both, by group of points of delivery: of a month that was closed data
-- set by data set each group has its own freeze, and of one that is frozen in part the rest has none. Figures are never scaled by it.
-- A practice's own people see the ratio of their own patients, by row-level security.
CREATE OR REPLACE FUNCTION ledger.completions(from_month date, to_month date, wanted_group text, at timestamptz)
RETURNS TABLE (provider_code text, period date, completions json)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
  -- Said to the planner, which row-level security does not help to an index.
  own_practice text := nullif(ledger.caller_practice(), '');
BEGIN
  RETURN QUERY
  WITH known AS (
    SELECT m.provider_code, m.period, m.state, m.submission_id, m.frozen_datasets FROM ledger.current_months(at) m
  ), ended AS MATERIALIZED (
    -- What a freeze replaced was flex, or in the same edition the freeze of another data set.
    SELECT k.provider_code, k.period, g.pod_group, g.dataset, z.submission_id AS freeze_id, x.submission_id AS flex_id
      FROM known k
      JOIN ledger.submission c ON c.commissioner_code = ledger.caller_commissioner() AND c.submission_id = k.submission_id
      JOIN ledger.submission z ON z.commissioner_code = c.commissioner_code AND z.provider_code = c.provider_code AND z.period = c.period
                              AND z.phase = 'freeze' AND z.edition = c.edition AND z.sent_submission_id = z.submission_id
                              AND z.recorded_at <= at
      JOIN ledger.submission x ON x.commissioner_code = z.commissioner_code AND x.submission_id = z.supersedes_submission_id
      JOIN ledger.summary_groups() g ON g.dataset = coalesce(z.dataset, g.dataset)
     WHERE k.frozen_datasets <> '{}' AND (x.phase = 'flex' OR x.edition = z.edition)
       AND g.pod_group = coalesce(wanted_group, g.pod_group)
  ), pairs AS (
    SELECT k.provider_code, k.period, e.period AS ended, e.pod_group, e.freeze_id, e.flex_id,
           row_number() OVER (PARTITION BY k.provider_code, k.period, e.pod_group ORDER BY e.period DESC) AS newest
      FROM known k
      JOIN ended e ON e.provider_code = k.provider_code AND e.period < k.period
     WHERE k.state = 'flex' AND k.period BETWEEN from_month AND to_month AND e.dataset <> ALL (k.frozen_datasets)
  ), pod_sums AS (
    SELECT r.submission_id, r.pod, sum(r.cost_pence) AS pence
      FROM ledger.activity_rollup r
     WHERE r.commissioner_code = ledger.caller_commissioner() AND r.ours AND r.price_state = 'priced'
       AND r.practice_code = coalesce(own_practice, r.practice_code)
       AND r.submission_id IN (SELECT p.freeze_id FROM pairs p WHERE p.newest <= 12 UNION
                               SELECT p.flex_id FROM pairs p WHERE p.newest <= 12)
     GROUP BY r.submission_id, r.pod
  ), sums AS (
    SELECT s.submission_id, b.pod_group, sum(s.pence) AS pence
      FROM pod_sums s
      JOIN ledger.summary_blocks() b ON s.pod = ANY (b.pods)
     WHERE b.pod_group = coalesce(wanted_group, b.pod_group)
     GROUP BY s.submission_id, b.pod_group
  ), told AS (
    -- The sums beside the submissions of each pair: by a window, since the planner takes both for few and a join would compare each with each.
    SELECT w.provider_code, w.period, w.ended, w.pod_group, w.flex,
           max(w.pence) OVER (PARTITION BY w.submission_id, w.pod_group) AS pence
      FROM (SELECT p.provider_code, p.period, p.ended, p.pod_group, v.flex, v.submission_id, NULL::numeric AS pence
              FROM pairs p
             CROSS JOIN LATERAL (VALUES (true, p.flex_id), (false, p.freeze_id)) AS v (flex, submission_id)
             WHERE p.newest <= 12
            UNION ALL
            SELECT NULL, NULL, NULL, s.pod_group, NULL, s.submission_id, s.pence FROM sums s) w
  ), compared AS (
    SELECT t.provider_code, t.period, t.pod_group, max(t.pence) FILTER (WHERE t.flex) AS flex_pence,
           coalesce(max(t.pence) FILTER (WHERE NOT t.flex), 0) AS frozen_pence
      FROM told t
     WHERE t.provider_code IS NOT NULL
     GROUP BY t.provider_code, t.period, t.pod_group, t.ended
  ), ratios AS (
    SELECT c.provider_code, c.period, c.pod_group, count(*) AS months, sum(c.flex_pence) AS flex_pence, sum(c.frozen_pence) AS frozen_pence
      FROM compared c
     WHERE c.flex_pence IS NOT NULL
     GROUP BY c.provider_code, c.period, c.pod_group
    HAVING sum(c.flex_pence) > 0
  )
  SELECT r.provider_code, r.period,
         json_agg(json_build_object('pod_group', r.pod_group, 'months', r.months, 'flex_pence', r.flex_pence::bigint,
           'frozen_pence', r.frozen_pence::bigint,
           'completion_ppm', div(r.frozen_pence * 1000000 + div(r.flex_pence, 2), r.flex_pence)::bigint) ORDER BY r.pod_group)
    FROM ratios r
   GROUP BY r.provider_code, r.period;
END
$$;

-- How firm the figures of months are, of one provider or all: frozen, flex with what earlier months say of how it will end, or missing.
CREATE OR REPLACE FUNCTION ledger.month_states(first_month date, last_month date, wanted_group text, wanted_provider text, at timestamptz)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(json_agg(json_build_object('period', to_char(m.month, 'YYYY-MM'), 'provider_code', p.provider_code,
           'state', coalesce(s.state, 'missing'), 'frozen_datasets', coalesce(s.frozen_datasets, '{}'), 'completions', coalesce(c.completions, '[]'), 'completion_ppm', e.ppm)
           ORDER BY m.month, p.provider_code), '[]')
    FROM generate_series(first_month::timestamp, last_month::timestamp, '1 month') AS m (month)
   CROSS JOIN ledger.provider p
    LEFT JOIN ledger.current_months(at) s ON s.provider_code = p.provider_code AND s.period = m.month::date
    LEFT JOIN ledger.completions(first_month, last_month, wanted_group, at) c
      ON c.provider_code = p.provider_code AND c.period = m.month::date
    LEFT JOIN LATERAL (
      SELECT div(sum(g.frozen_pence) * 1000000 + div(sum(g.flex_pence), 2), sum(g.flex_pence))::bigint AS ppm
        FROM json_to_recordset(c.completions) AS g (flex_pence numeric, frozen_pence numeric)) e ON true
   WHERE p.commissioner_code = ledger.caller_commissioner() AND p.provider_code = coalesce(wanted_provider, p.provider_code)
$$;
