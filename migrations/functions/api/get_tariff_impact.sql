-- TariffService.GetTariffImpact
CREATE OR REPLACE FUNCTION api.get_tariff_impact(impact_id uuid, analyse_by text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  by_what text := coalesce(analyse_by, 'provider');
  impact ledger.tariff_impact;
  tariff ref.tariff;
  answer json;
BEGIN
  IF by_what NOT IN ('provider', 'pod', 'practice') THEN
    PERFORM ledger.refuse('ZC400', 'BAD_ANALYSIS', format('"%s" is not an analysis', analyse_by), 'analyse_by',
      'give provider, pod or practice');
  END IF;
  SELECT * INTO impact FROM ledger.tariff_impact i WHERE i.commissioner_code = tenant AND i.impact_id = get_tariff_impact.impact_id;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC404', 'IMPACT_NOT_FOUND', format('no tariff impact %s', impact_id), 'impact_id',
      'make one with: pbc tariff impact');
  END IF;
  SELECT * INTO STRICT tariff FROM ref.tariff t WHERE t.tariff_id = impact.tariff_id;
  WITH line AS (
    SELECT coalesce(CASE by_what WHEN 'provider' THEN l.provider_code WHEN 'pod' THEN l.pod ELSE l.practice_code END, '') AS code,
           grouping(CASE by_what WHEN 'provider' THEN l.provider_code WHEN 'pod' THEN l.pod ELSE l.practice_code END) AS is_total,
           coalesce(sum(l.records), 0)::bigint AS records, coalesce(sum(l.now_pence), 0)::bigint AS now_pence,
           coalesce(sum(l.then_pence), 0)::bigint AS then_pence, coalesce(sum(l.gained), 0)::bigint AS gained,
           coalesce(sum(l.lost), 0)::bigint AS lost
      FROM ledger.tariff_impact_line l
     WHERE l.commissioner_code = tenant AND l.impact_id = impact.impact_id
     GROUP BY ROLLUP (CASE by_what WHEN 'provider' THEN l.provider_code WHEN 'pod' THEN l.pod ELSE l.practice_code END)
  ), placed AS (
    SELECT l.*, row_number() OVER (ORDER BY l.is_total DESC, l.code) AS place FROM line l
  ), counted AS (
    SELECT ledger.counts_shown(array_agg(p.records ORDER BY p.place)) AS records,
           array_agg(ARRAY[p.gained, p.lost, p.records - p.gained - p.lost] ORDER BY p.place) AS parts
      FROM placed p
  ), shown AS (
    -- Who sees a line's records and its gains sees how many others there are.
    SELECT c.records, ledger.counts_shown(c.parts, c.records) AS changes FROM counted c
  ), told AS (
    SELECT l.is_total, abs(l.then_pence - l.now_pence) AS size, l.code,
           json_build_object('code', l.code, 'name', CASE WHEN l.is_total = 1 THEN 'All' ELSE coalesce(n.name, l.code) END,
             'records', CASE WHEN s.records[l.place] THEN l.records END, 'now_pence', l.now_pence, 'then_pence', l.then_pence,
             'difference_pence', l.then_pence - l.now_pence, 'gained', CASE WHEN s.changes[l.place] THEN l.gained END,
             'lost', CASE WHEN s.changes[l.place] THEN l.lost END) AS line
      FROM placed l
     CROSS JOIN shown s
      LEFT JOIN LATERAL ledger.summary_name(tariff.year, by_what, l.code) n ON l.is_total = 0
  )
  SELECT json_build_object('impact', json_build_object('impact_id', impact.impact_id, 'tariff_id', impact.tariff_id,
           'file_name', tariff.file_name, 'financial_year', ledger.year_text(tariff.year),
           'first_period', to_char(impact.first_month, 'YYYY-MM'), 'last_period', to_char(impact.last_month, 'YYYY-MM'),
           'created_by', impact.user_id, 'create_time', ledger.moment(impact.recorded_at),
           'total', (SELECT t.line FROM told t WHERE t.is_total = 1),
           'months', (SELECT coalesce(json_agg(m ORDER BY m ->> 'period', m ->> 'provider_code'), '[]')
                        FROM (SELECT DISTINCT l.provider_code FROM ledger.tariff_impact_line l
                               WHERE l.commissioner_code = tenant AND l.impact_id = impact.impact_id) p
                       CROSS JOIN json_array_elements(ledger.month_states(impact.first_month, impact.last_month, NULL, p.provider_code,
                         impact.recorded_at)) m),
           'lines', coalesce(json_agg(t.line ORDER BY t.size DESC, t.code) FILTER (WHERE t.is_total = 0), '[]')))
    INTO answer
    FROM told t;
  RETURN answer;
END
$$;
