-- BudgetService.RunBudget: last year's activity and this year's tariff must be there.
CREATE OR REPLACE FUNCTION api.run_budget(financial_year text, validate_only boolean)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  budget_year integer := ledger.year_start(financial_year);
BEGIN
  IF NOT EXISTS (SELECT FROM ledger.tariff_in_force t
                  WHERE t.commissioner_code = ledger.caller_commissioner() AND t.year = budget_year) THEN
    PERFORM ledger.refuse('ZC412', 'NO_TARIFF', format('there is no tariff for %s', financial_year), 'financial_year',
      'import it with: pbc tariff import');
  END IF;
  IF NOT EXISTS (SELECT FROM ledger.provider_month m
                  WHERE m.commissioner_code = ledger.caller_commissioner() AND m.submission_id IS NOT NULL
                    AND m.period >= make_date(budget_year - 1, 4, 1) AND m.period < make_date(budget_year, 4, 1)) THEN
    PERFORM ledger.refuse('ZC412', 'NO_HISTORY', format('there is no activity of %s', ledger.year_text(budget_year - 1)),
      'financial_year', 'import it with: pbc activity import');
  END IF;
  RETURN ledger.start_operation('budget_run', jsonb_build_object('year', budget_year, 'validate_only', validate_only));
END
$$;
