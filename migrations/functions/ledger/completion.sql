-- How complete flex months are likely to be: what earlier months came to when they were frozen, against the flex that the freeze
-- replaced. Of each provider the latest 12 earlier months that have both, by group of points of delivery. Figures are never scaled by
-- it. A practice's own people see the ratio of their own patients, by row-level security.
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
    SELECT m.provider_code, m.period, m.state, m.submission_id FROM ledger.current_months(at) m
  ), ended AS (
    SELECT k.provider_code, k.period, k.submission_id AS freeze_id, x.submission_id AS flex_id
      FROM known k
      JOIN ledger.submission z ON z.commissioner_code = ledger.caller_commissioner() AND z.submission_id = k.submission_id
      JOIN ledger.submission x ON x.commissioner_code = z.commissioner_code AND x.submission_id = z.supersedes_submission_id
     WHERE k.state = 'frozen' AND x.phase = 'flex'
  ), pairs AS (
    SELECT k.provider_code, k.period, e.freeze_id, e.flex_id,
           row_number() OVER (PARTITION BY k.provider_code, k.period ORDER BY e.period DESC) AS newest
      FROM known k
      JOIN ended e ON e.provider_code = k.provider_code AND e.period < k.period
     WHERE k.state = 'flex' AND k.period BETWEEN from_month AND to_month
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
  ), ratios AS (
    SELECT p.provider_code, p.period, x.pod_group, count(*) AS months, sum(x.pence) AS flex_pence,
           sum(coalesce(z.pence, 0)) AS frozen_pence
      FROM pairs p
      JOIN sums x ON x.submission_id = p.flex_id
      LEFT JOIN sums z ON z.submission_id = p.freeze_id AND z.pod_group = x.pod_group
     WHERE p.newest <= 12
     GROUP BY p.provider_code, p.period, x.pod_group
    HAVING sum(x.pence) > 0
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
           'state', coalesce(s.state, 'missing'), 'completions', coalesce(c.completions, '[]'), 'completion_ppm', e.ppm)
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
