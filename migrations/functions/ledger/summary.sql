-- The Financial Summary's parts. A summary counts records that Payment by Results prices, of patients who were ours on the day. Outside
-- the practice small counts of a column are left out block by block, and with either of its counts a variance.

-- Blocks in the order of the report, with the points of delivery that each takes in.
CREATE OR REPLACE FUNCTION ledger.summary_blocks()
RETURNS TABLE (block integer, pod_group text, title text, pods text[])
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  VALUES (1, 'admitted', 'Elective (day cases)', ARRAY['DC']),
         (2, 'admitted', 'Elective (inpatients)', ARRAY['EL']),
         (3, 'admitted', 'Non-Elective', ARRAY['NEL', 'NELNE']),
         (4, 'outpatient', 'Outpatients (first attendances)', ARRAY['OPFA']),
         (5, 'outpatient', 'Outpatients (follow-up attendances)', ARRAY['OPFUP']),
         (6, 'outpatient', 'Outpatients (procedures)', ARRAY['OPPROC']),
         (7, 'ae', 'Accident and emergency', ARRAY['AE'])
$$;

-- The data set whose records a group is of.
CREATE OR REPLACE FUNCTION ledger.summary_groups()
RETURNS TABLE (pod_group text, dataset text)
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  VALUES ('admitted', 'APC'), ('outpatient', 'OP'), ('ae', 'AE')
$$;

-- The same of a point of delivery. Without a setting of its own, so that it is inlined: it is asked of every sum.
CREATE OR REPLACE FUNCTION ledger.pod_dataset(pod text)
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN pod IN ('OPFA', 'OPFUP', 'OPPROC') THEN 'OP' WHEN pod = 'AE' THEN 'AE' ELSE 'APC' END;

-- Budget, and actual as known at a moment, by point of delivery and whatever the report is analysed by. Activity in records, cost in pence.
-- Empty filters are NULL. A practice's or provider's own people see their part only, by row-level security. Planned anew
-- for each call: a filter that is not there must not hide from the planner the index of one that is.
CREATE OR REPLACE FUNCTION ledger.summary_figures(budget_year integer, report_month date, practice text, chapter text, hrg text,
  specialty text, provider text, analyse_by text, at timestamptz)
RETURNS TABLE (pod text, code text, month_budget_activity numeric, month_budget_pence numeric, annual_budget_activity numeric,
  annual_budget_pence numeric, ytd_budget_activity numeric, ytd_budget_pence numeric, month_activity numeric,
  month_pence numeric, ytd_activity numeric, ytd_pence numeric, month_flex boolean, ytd_flex boolean)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH budget AS (
    SELECT d.pod, d.provider_code, d.practice_code, d.treatment_function_code, d.hrg, m.month,
           d.month_activity[m.month] AS activity, d.month_cost_pence[m.month] AS pence
      FROM ledger.budget_run r
      JOIN ledger.budget_detail d ON d.commissioner_code = r.commissioner_code AND d.budget_id = r.budget_id
     CROSS JOIN generate_series(1, 12) AS m (month)
     WHERE r.commissioner_code = ledger.caller_commissioner() AND r.year = budget_year AND r.state = 'issued'
       AND (summary_figures.practice IS NULL OR d.practice_code = summary_figures.practice)
  ), actual AS (
    SELECT a.pod, a.provider_code, a.practice_code, a.treatment_function_code, a.hrg, a.period, a.activity, a.cost_pence,
           m.state <> 'frozen' AND ledger.pod_dataset(a.pod) <> ALL (m.frozen_datasets) AS flex
      FROM ledger.counting_submissions(at) m
      JOIN ledger.activity_rollup a ON a.commissioner_code = ledger.caller_commissioner() AND a.submission_id = m.submission_id
     WHERE m.period BETWEEN make_date(budget_year, 4, 1) AND report_month
       AND a.ours AND a.price_state = 'priced'
       AND (summary_figures.practice IS NULL OR a.practice_code = summary_figures.practice)
  ), figures AS (
    SELECT b.pod, b.provider_code, b.practice_code, b.treatment_function_code, b.hrg,
           b.activity * (b.month = ledger.financial_month(report_month))::integer AS month_budget_activity,
           b.pence * (b.month = ledger.financial_month(report_month))::integer AS month_budget_pence,
           b.activity AS annual_budget_activity, b.pence AS annual_budget_pence,
           b.activity * (b.month <= ledger.financial_month(report_month))::integer AS ytd_budget_activity,
           b.pence * (b.month <= ledger.financial_month(report_month))::integer AS ytd_budget_pence,
           0::bigint AS month_activity, 0::bigint AS month_pence, 0::bigint AS ytd_activity, 0::bigint AS ytd_pence,
           NULL::boolean AS month_flex, NULL::boolean AS ytd_flex
      FROM budget b
    UNION ALL
    SELECT a.pod, a.provider_code, a.practice_code, a.treatment_function_code, a.hrg, 0, 0, 0, 0, 0, 0,
           a.activity * (a.period = report_month)::integer, a.cost_pence * (a.period = report_month)::integer,
           a.activity, a.cost_pence, CASE WHEN a.period = report_month THEN a.flex END, a.flex
      FROM actual a
  )
  SELECT f.pod,
         CASE analyse_by WHEN 'provider' THEN f.provider_code WHEN 'pod' THEN f.pod WHEN 'practice' THEN f.practice_code
           WHEN 'specialty' THEN f.treatment_function_code WHEN 'chapter' THEN left(f.hrg, 1) WHEN 'hrg' THEN f.hrg END AS code,
         sum(f.month_budget_activity), sum(f.month_budget_pence), sum(f.annual_budget_activity), sum(f.annual_budget_pence),
         sum(f.ytd_budget_activity), sum(f.ytd_budget_pence), sum(f.month_activity), sum(f.month_pence), sum(f.ytd_activity),
         sum(f.ytd_pence), bool_or(f.month_flex), bool_or(f.ytd_flex)
    FROM figures f
   WHERE (summary_figures.chapter IS NULL OR left(f.hrg, 1) = summary_figures.chapter)
     AND (summary_figures.hrg IS NULL OR f.hrg = summary_figures.hrg)
     AND (summary_figures.specialty IS NULL OR f.treatment_function_code = summary_figures.specialty)
     AND (summary_figures.provider IS NULL OR f.provider_code = summary_figures.provider)
   GROUP BY 1, 2;
END
$$;

-- What a code of the analysis is called, whether it has a row of its own, and its flag. Providers outside the PCT's list of local
-- providers go together as Others; of the other analyses the rows after the named_rows largest do. '!' marks a provider without an
-- active contract this year.
CREATE OR REPLACE FUNCTION ledger.summary_name(budget_year integer, analyse_by text, code text)
RETURNS TABLE (name text, own_row boolean, flag text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT p.name, p.local,
         CASE WHEN EXISTS (SELECT FROM ledger.contract c
                            WHERE c.commissioner_code = p.commissioner_code AND c.provider_code = p.provider_code
                              AND c.year = budget_year AND c.state = 'active') THEN '' ELSE '!' END
    FROM ledger.provider p
   WHERE analyse_by = 'provider' AND p.commissioner_code = ledger.caller_commissioner() AND p.provider_code = summary_name.code
  UNION ALL
  SELECT p.name, true, ''
    FROM ledger.practice p
   WHERE analyse_by = 'practice' AND p.commissioner_code = ledger.caller_commissioner() AND p.practice_code = summary_name.code
  UNION ALL
  SELECT summary_name.code, true, '' WHERE analyse_by = 'pod'
  UNION ALL
  (SELECT w.name, true, ''
     FROM ledger.tariff_in_force t
     JOIN ref.tariff_row w ON w.tariff_id = t.tariff_id
    WHERE analyse_by IN ('hrg', 'specialty') AND t.commissioner_code = ledger.caller_commissioner() AND t.year = budget_year
      AND w.currency_type = CASE analyse_by WHEN 'hrg' THEN 'HRG' ELSE 'TFC' END AND w.currency = summary_name.code
    ORDER BY t.version DESC, w.line
    LIMIT 1)
  UNION ALL
  (SELECT w.chapter, true, ''
     FROM ledger.tariff_in_force t
     JOIN ref.tariff_row w ON w.tariff_id = t.tariff_id
    WHERE analyse_by = 'chapter' AND t.commissioner_code = ledger.caller_commissioner() AND t.year = budget_year
      AND w.currency_type = 'HRG' AND left(w.currency, 1) = summary_name.code
    ORDER BY t.version DESC, w.line
    LIMIT 1)
$$;

-- Without activity where that is not shown.
CREATE OR REPLACE FUNCTION ledger.summary_figure(activity numeric, pence numeric, shown boolean)
RETURNS json
LANGUAGE sql IMMUTABLE
RETURN json_build_object('activity', CASE WHEN shown THEN coalesce(activity, 0)::bigint END, 'cost_pence', coalesce(pence, 0)::bigint);

-- How firm an actual is: flex if anything in it is; '' where there is nothing.
CREATE OR REPLACE FUNCTION ledger.summary_state(any_flex boolean)
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE any_flex WHEN true THEN 'flex' WHEN false THEN 'frozen' ELSE '' END;

-- The blocks of a group (all when NULL), each with its rows in order: All, then the named ones and Others together by year-to-date
-- cost, largest first.
CREATE OR REPLACE FUNCTION ledger.summary_report(budget_year integer, report_month date, wanted_group text, practice text,
  chapter text, hrg text, specialty text, provider text, analyse_by text, at timestamptz)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH blocks AS (
    SELECT b.block, b.pod_group, b.title, b.pods FROM ledger.summary_blocks() b WHERE b.pod_group = coalesce(wanted_group, b.pod_group)
  ), figures AS (
    SELECT b.block, f.code, sum(f.month_budget_activity) AS mba, sum(f.month_budget_pence) AS mbp,
           sum(f.annual_budget_activity) AS aba, sum(f.annual_budget_pence) AS abp, sum(f.ytd_budget_activity) AS yba,
           sum(f.ytd_budget_pence) AS ybp, sum(f.month_activity) AS maa, sum(f.month_pence) AS map, sum(f.ytd_activity) AS yaa,
           sum(f.ytd_pence) AS yap, bool_or(f.month_flex) AS month_flex, bool_or(f.ytd_flex) AS ytd_flex
      FROM ledger.summary_figures(budget_year, report_month, practice, chapter, hrg, specialty, provider, analyse_by,
             at) f
      JOIN blocks b ON f.pod = ANY (b.pods)
     GROUP BY b.block, f.code
  ), names AS (
    SELECT c.code, n.name, n.own_row, n.flag
      FROM (SELECT DISTINCT f.code FROM figures f) c
     CROSS JOIN LATERAL ledger.summary_name(budget_year, analyse_by, c.code) n
  ), named AS (
    SELECT f.*, coalesce(n.name, nullif(f.code, ''), 'Not stated') AS name, coalesce(n.flag, '') AS flag,
           coalesce(n.own_row, analyse_by <> 'provider')
             AND row_number() OVER (PARTITION BY f.block ORDER BY f.yap DESC, f.abp DESC, f.code COLLATE "C") <= 20 AS own_row
      FROM figures f
      LEFT JOIN names n ON n.code = f.code
  ), report_rows AS (
    SELECT b.block, 0 AS place, 'All' AS name, '' AS code, '' AS flag, sum(mba) AS mba, sum(mbp) AS mbp, sum(aba) AS aba,
           sum(abp) AS abp, sum(yba) AS yba, sum(ybp) AS ybp, sum(maa) AS maa, sum(map) AS map, sum(yaa) AS yaa, sum(yap) AS yap,
           bool_or(month_flex) AS month_flex, bool_or(ytd_flex) AS ytd_flex
      FROM blocks b
      LEFT JOIN named n ON n.block = b.block
     GROUP BY b.block
    UNION ALL
    SELECT n.block, 1, n.name, n.code, n.flag, n.mba, n.mbp, n.aba, n.abp, n.yba, n.ybp, n.maa, n.map, n.yaa, n.yap,
           n.month_flex, n.ytd_flex
      FROM named n WHERE n.own_row
    UNION ALL
    SELECT n.block, 1, 'Others', '', '', sum(mba), sum(mbp), sum(aba), sum(abp), sum(yba), sum(ybp), sum(maa), sum(map),
           sum(yaa), sum(yap), bool_or(n.month_flex), bool_or(n.ytd_flex)
      FROM named n WHERE NOT n.own_row GROUP BY n.block
  ), numbered AS (
    SELECT r.*, row_number() OVER (PARTITION BY r.block ORDER BY r.place, r.yap DESC, r.abp DESC, r.name COLLATE "C") AS n
      FROM report_rows r
  ), shown AS (
    SELECT r.block, ledger.counts_shown(array_agg(coalesce(r.mba, 0)::bigint ORDER BY r.n)) AS mba,
           ledger.counts_shown(array_agg(coalesce(r.maa, 0)::bigint ORDER BY r.n)) AS maa,
           ledger.counts_shown(array_agg(coalesce(r.aba, 0)::bigint ORDER BY r.n)) AS aba,
           ledger.counts_shown(array_agg(coalesce(r.yba, 0)::bigint ORDER BY r.n)) AS yba,
           ledger.counts_shown(array_agg(coalesce(r.yaa, 0)::bigint ORDER BY r.n)) AS yaa
      FROM numbered r
     GROUP BY r.block
  ), block_rows AS (
    SELECT r.block, json_agg(json_build_object('name', r.name, 'code', r.code, 'flag', r.flag,
             'month_budget', ledger.summary_figure(r.mba, r.mbp, s.mba[r.n]),
             'month_actual', ledger.summary_figure(r.maa, r.map, s.maa[r.n]),
             'month_variance', ledger.summary_figure(r.mba - r.maa, r.mbp - r.map, s.mba[r.n] AND s.maa[r.n]),
             'annual_budget', ledger.summary_figure(r.aba, r.abp, s.aba[r.n]),
             'ytd_budget', ledger.summary_figure(r.yba, r.ybp, s.yba[r.n]),
             'ytd_actual', ledger.summary_figure(r.yaa, r.yap, s.yaa[r.n]),
             'ytd_variance', ledger.summary_figure(r.yba - r.yaa, r.ybp - r.yap, s.yba[r.n] AND s.yaa[r.n]),
             'month_state', ledger.summary_state(r.month_flex), 'ytd_state', ledger.summary_state(r.ytd_flex))
             ORDER BY r.n) AS in_order
      FROM numbered r
      JOIN shown s ON s.block = r.block
     GROUP BY r.block
  )
  SELECT json_agg(json_build_object('title', b.title, 'pod_group', b.pod_group, 'rows', r.in_order) ORDER BY b.block)
    FROM blocks b JOIN block_rows r ON r.block = b.block
$$;
