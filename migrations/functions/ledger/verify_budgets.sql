-- Proof about budgets: details add up to lines month by month, months to years, lines to practices, practices to the run.
CREATE OR REPLACE FUNCTION ledger.verify_budgets(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH detail_month AS (
    SELECT d.budget_id, d.practice_code, d.line_id, m.month, sum(m.activity) AS activity, sum(m.cost_pence) AS cost_pence
      FROM ledger.budget_detail d
     CROSS JOIN LATERAL unnest(d.month_activity, d.month_cost_pence) WITH ORDINALITY AS m (activity, cost_pence, month)
     WHERE d.commissioner_code = tenant
     GROUP BY d.budget_id, d.practice_code, d.line_id, m.month
  ), line_month AS (
    SELECT l.budget_id, l.practice_code, l.line_id, m.month, m.activity, m.cost_pence
      FROM ledger.budget_line l
     CROSS JOIN LATERAL unnest(l.month_activity, l.month_cost_pence) WITH ORDINALITY AS m (activity, cost_pence, month)
     WHERE l.commissioner_code = tenant
  ), year_part AS (
    SELECT d.budget_id, d.practice_code, d.activity, d.cost_pence, d.month_activity, d.month_cost_pence
      FROM ledger.budget_detail d WHERE d.commissioner_code = tenant
    UNION ALL
    SELECT l.budget_id, l.practice_code, l.activity, l.cost_pence, l.month_activity, l.month_cost_pence
      FROM ledger.budget_line l WHERE l.commissioner_code = tenant
  ), line_sum AS (
    SELECT l.budget_id, l.practice_code, sum(l.activity) AS activity, sum(l.cost_pence) AS cost_pence
      FROM ledger.budget_line l WHERE l.commissioner_code = tenant GROUP BY l.budget_id, l.practice_code
  ), budget_sum AS (
    SELECT b.budget_id, count(*) AS practices, sum(b.cost_pence) AS cost_pence
      FROM ledger.budget b WHERE b.commissioner_code = tenant GROUP BY b.budget_id
  ), compared AS (
    SELECT coalesce(l.budget_id, d.budget_id) AS budget_id,
           format('practice %s, line %s, month %s: details', coalesce(l.practice_code, d.practice_code), coalesce(l.line_id, d.line_id),
             coalesce(l.month, d.month)) AS what,
           (l.activity::numeric, l.cost_pence::numeric) IS DISTINCT FROM (d.activity, d.cost_pence) AS differs
      FROM line_month l
      FULL JOIN detail_month d
        ON d.budget_id = l.budget_id AND d.practice_code = l.practice_code AND d.line_id = l.line_id AND d.month = l.month
    UNION ALL
    SELECT y.budget_id, format('practice %s: months', y.practice_code),
           (y.activity::numeric, y.cost_pence::numeric) IS DISTINCT FROM
             ((SELECT sum(m) FROM unnest(y.month_activity) AS m), (SELECT sum(m) FROM unnest(y.month_cost_pence) AS m))
      FROM year_part y
    UNION ALL
    SELECT coalesce(b.budget_id, l.budget_id), format('practice %s: lines', coalesce(b.practice_code, l.practice_code)),
           (b.activity::numeric, b.cost_pence::numeric) IS DISTINCT FROM (l.activity, l.cost_pence)
      FROM (SELECT * FROM ledger.budget WHERE commissioner_code = tenant) b
      FULL JOIN line_sum l ON l.budget_id = b.budget_id AND l.practice_code = b.practice_code
    UNION ALL
    SELECT coalesce(r.budget_id, b.budget_id), 'practices',
           (r.practices, r.total_pence::numeric) IS DISTINCT FROM (b.practices, b.cost_pence)
      FROM (SELECT * FROM ledger.budget_run WHERE commissioner_code = tenant) r
      FULL JOIN budget_sum b ON b.budget_id = r.budget_id
  )
  SELECT ledger.check_result('budgets_add_up', count(*), count(*) FILTER (WHERE c.differs),
           min(format('budget %s, %s do not add up', c.budget_id, c.what)) FILTER (WHERE c.differs))
    FROM compared c
$$;
