-- BudgetService.GetBudget: row-level security hides another practice's, so it is not found like one that does not exist. For others than
-- its own practice the same statement says whether any count is small; most budgets have none, and then there is nothing to leave out.
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
  budget json;
  has_small boolean;
BEGIN
  SELECT json_build_object('budget_id', r.budget_id, 'practice_code', b.practice_code,
           'practice_name', coalesce(p.name, b.practice_code), 'financial_year', ledger.year_text(r.year), 'state', r.state,
           'basis', r.basis, 'activity', b.activity, 'cost_pence', b.cost_pence, 'issue_time', ledger.moment(r.issued_at),
           'lines', listed.lines),
         CASE ledger.caller_practice() WHEN '' THEN listed.has_small OR EXISTS (
           SELECT FROM ledger.budget_step s
            WHERE s.commissioner_code = tenant AND s.budget_id = r.budget_id AND s.practice_code = b.practice_code
              AND s.rule = 'REPRICE_AT_TARIFF' AND ledger.is_small(s.activity)) END
    INTO budget, has_small
    FROM ledger.budget_run r
    JOIN ledger.budget b ON b.commissioner_code = tenant AND b.budget_id = r.budget_id
    LEFT JOIN ledger.practice p ON p.commissioner_code = tenant AND p.practice_code = b.practice_code
   CROSS JOIN LATERAL (
     SELECT coalesce(json_agg(line), '[]') AS lines, bool_or(ledger.is_small(line.activity)) AS has_small
       FROM (SELECT l.line_id, l.pod, l.provider_code, coalesce(v.name, l.provider_code) AS provider_name,
                    l.activity, l.cost_pence, l.month_cost_pence
               FROM ledger.budget_line l
               LEFT JOIN ledger.provider v ON v.commissioner_code = tenant AND v.provider_code = l.provider_code
              WHERE l.commissioner_code = tenant AND l.budget_id = r.budget_id AND l.practice_code = b.practice_code
              ORDER BY l.line_id) line) listed
   WHERE r.commissioner_code = tenant AND r.year = budget_year AND r.state = 'issued'
     AND b.practice_code = practice;
  IF budget IS NULL THEN
    PERFORM ledger.refuse('ZC404', 'BUDGET_NOT_FOUND', format('no issued budget of practice %s for %s', practice,
      ledger.year_text(budget_year)), 'practice_code',
      'it is there once the PCT has issued it: pbc budget run, then pbc budget issue');
  END IF;
  IF has_small THEN
    budget := ledger.budget_as_shown(budget, ledger.budget_counts_shown(budget_year, practice));
  END IF;
  RETURN json_build_object('budget', budget);
END
$$;
