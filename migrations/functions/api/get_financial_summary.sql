-- ReportService.GetFinancialSummary
CREATE OR REPLACE FUNCTION api.get_financial_summary(practice_code text, financial_year text, period text, pod_group text,
  chapter text, hrg text, specialty text, provider_code text, analyse_by text, as_at text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  budget_year integer := ledger.year_start(financial_year);
  report_month date := ledger.month_start(period);
  practice text := coalesce(practice_code, nullif(ledger.caller_practice(), ''));
  practice_name text;
  by_what text := coalesce(analyse_by, 'provider');
  wanted_group text := nullif(pod_group, 'all');
  at timestamptz := ledger.as_at(as_at);
BEGIN
  IF ledger.year_of(report_month) <> budget_year THEN
    PERFORM ledger.refuse('ZC400', 'MONTH_OUTSIDE_YEAR', format('%s is not in %s', period, financial_year), 'period',
      format('give a month from %s-04 to %s-03', budget_year, budget_year + 1));
  END IF;
  IF wanted_group NOT IN ('admitted', 'outpatient', 'ae') THEN
    PERFORM ledger.refuse('ZC400', 'BAD_POD_GROUP', format('"%s" is not a group of points of delivery', pod_group), 'pod_group',
      'give admitted, outpatient, ae or all');
  END IF;
  IF by_what NOT IN ('provider', 'pod', 'specialty', 'chapter', 'hrg', 'practice') THEN
    PERFORM ledger.refuse('ZC400', 'BAD_ANALYSIS', format('"%s" is not an analysis', analyse_by), 'analyse_by',
      'give provider, pod, specialty, chapter, hrg or practice');
  END IF;
  IF practice IS NOT NULL THEN
    SELECT p.name INTO practice_name FROM ledger.practice p
     WHERE p.commissioner_code = tenant AND p.practice_code = practice AND ledger.caller_practice() IN ('', practice);
    IF NOT FOUND THEN
      PERFORM ledger.refuse('ZC404', 'PRACTICE_NOT_FOUND', format('no practice %s', practice), 'practice_code',
        'see them with: pbc practice list');
    END IF;
  END IF;
  PERFORM ledger.require_known_filters(get_financial_summary.chapter, get_financial_summary.hrg, get_financial_summary.specialty,
    get_financial_summary.provider_code);
  RETURN json_build_object('practice_code', coalesce(practice, ''), 'practice_name', coalesce(practice_name,
      (SELECT c.name FROM ledger.commissioner c WHERE c.commissioner_code = tenant)),
    'financial_year', financial_year, 'period', period, 'as_at', coalesce(as_at, ''), 'basket', 'PbR ' || financial_year,
    'blocks', ledger.summary_report(budget_year, report_month, wanted_group, practice, get_financial_summary.chapter,
      get_financial_summary.hrg, get_financial_summary.specialty, get_financial_summary.provider_code, by_what, at),
    'months', ledger.month_states(make_date(budget_year, 4, 1), report_month, wanted_group, NULL, at));
END
$$;
