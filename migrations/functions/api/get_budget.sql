-- BudgetService.GetBudget: row-level security hides another practice's, so it is not found like one that does not exist. Its own
-- practice, which asks most, sees every count: they are looked at for others only.
CREATE OR REPLACE FUNCTION api.get_budget(practice_code text, financial_year text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := current_setting('pbc.commissioner', true);
  practice text := ledger.practice_or_own(practice_code);
  budget_year integer := ledger.budget_year(financial_year);
  whole boolean := ledger.caller_practice() <> '' OR NOT ledger.budget_has_small(budget_year, practice);
  shown text[];
  budget json;
BEGIN
  IF NOT whole THEN
    shown := ledger.budget_counts_shown(budget_year, practice);
  END IF;
  SELECT json_build_object('budget_id', r.budget_id, 'practice_code', b.practice_code,
           'practice_name', coalesce(p.name, b.practice_code), 'financial_year', ledger.year_text(r.year), 'state', r.state,
           'basis', r.basis, 'activity', CASE WHEN whole OR '' = ANY (shown) THEN b.activity END,
           'cost_pence', b.cost_pence, 'issue_time', ledger.moment(r.issued_at),
           'lines', (SELECT coalesce(json_agg(line), '[]')
                       FROM (SELECT l.line_id, l.pod, l.provider_code, coalesce(v.name, l.provider_code) AS provider_name,
                                    CASE WHEN whole OR l.line_id = ANY (shown) THEN l.activity END AS activity,
                                    l.cost_pence, l.month_cost_pence
                               FROM ledger.budget_line l
                               LEFT JOIN ledger.provider v ON v.commissioner_code = tenant AND v.provider_code = l.provider_code
                              WHERE l.commissioner_code = tenant AND l.budget_id = r.budget_id
                                AND l.practice_code = b.practice_code
                              ORDER BY l.line_id) line))
    INTO budget
    FROM ledger.budget_run r
    JOIN ledger.budget b ON b.commissioner_code = tenant AND b.budget_id = r.budget_id
    LEFT JOIN ledger.practice p ON p.commissioner_code = tenant AND p.practice_code = b.practice_code
   WHERE r.commissioner_code = tenant AND r.year = budget_year AND r.state = 'issued'
     AND b.practice_code = practice;
  IF budget IS NULL THEN
    PERFORM ledger.refuse('ZC404', 'BUDGET_NOT_FOUND', format('no issued budget of practice %s for %s', practice,
      ledger.year_text(budget_year)), 'practice_code',
      'it is there once the PCT has issued it: pbc budget run, then pbc budget issue');
  END IF;
  RETURN json_build_object('budget', budget);
END
$$;
