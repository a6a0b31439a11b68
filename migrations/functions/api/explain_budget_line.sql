-- BudgetService.ExplainBudgetLine: to its own practice as it is; for others the counts of the whole budget are looked at.
CREATE OR REPLACE FUNCTION api.explain_budget_line(practice_code text, financial_year text, line_id text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  practice text := ledger.practice_or_own(practice_code);
  budget_year integer := ledger.budget_year(financial_year);
  shown boolean := ledger.caller_practice() <> ''
    OR explain_budget_line.line_id = ANY (ledger.budget_counts_shown(budget_year, practice));
  answer json;
BEGIN
  SELECT json_build_object(
           'line', json_build_object('line_id', l.line_id, 'pod', l.pod, 'provider_code', l.provider_code,
             'provider_name', coalesce(v.name, l.provider_code), 'activity', CASE WHEN shown THEN l.activity END,
             'cost_pence', l.cost_pence, 'month_cost_pence', l.month_cost_pence),
           'steps', ledger.budget_steps_json(l.budget_id, l.practice_code, l.line_id, shown))
    INTO answer
    FROM ledger.budget_run r
    JOIN ledger.budget_line l ON l.commissioner_code = tenant AND l.budget_id = r.budget_id
    LEFT JOIN ledger.provider v ON v.commissioner_code = tenant AND v.provider_code = l.provider_code
   WHERE r.commissioner_code = tenant AND r.year = budget_year AND r.state = 'issued'
     AND l.practice_code = practice AND l.line_id = explain_budget_line.line_id;
  IF answer IS NULL THEN
    PERFORM ledger.refuse('ZC404', 'BUDGET_LINE_NOT_FOUND', format('no line %s in an issued budget of practice %s for %s',
      explain_budget_line.line_id, practice, ledger.year_text(budget_year)), 'line_id',
      'see the lines with: pbc budget show');
  END IF;
  RETURN answer;
END
$$;
