-- ActivityService.ListNotOurs: what a provider sent in a month, as it counted at a moment, of patients of other PCTs. Without
-- identifiers, and yet of single patients: the reason is kept in the audit chain.
CREATE OR REPLACE FUNCTION api.list_not_ours(provider_code text, period text, responsible_code text, reason text, page_size integer,
  page_token text, as_at text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  month date := ledger.month_start(period);
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('not_ours', page_token);
  at timestamptz := ledger.as_at(as_at);
  answer json;
BEGIN
  PERFORM ledger.require_reason(reason);
  IF ledger.caller_provider() NOT IN ('', provider_code)
     OR NOT EXISTS (SELECT FROM ledger.provider p WHERE p.commissioner_code = tenant AND p.provider_code = list_not_ours.provider_code) THEN
    PERFORM ledger.refuse('ZC404', 'PROVIDER_NOT_FOUND', format('no provider %s', provider_code), 'provider_code',
      'see them with: pbc provider list');
  END IF;
  -- Few of a month are not ours, and an index has them alone.
  WITH not_ours AS MATERIALIZED (
    SELECT a.*, ledger.record_phase(s.phase, m.frozen_datasets, a.dataset) AS phase
      FROM ledger.counting_submissions(at) m
      JOIN ledger.submission s ON s.commissioner_code = tenant AND s.submission_id = m.submission_id
     CROSS JOIN LATERAL (
       SELECT r.*
         FROM ledger.activity r
        WHERE r.commissioner_code = tenant AND r.period = month AND r.submission_id = m.submission_id AND NOT r.ours
          AND r.responsible_code = coalesce(list_not_ours.responsible_code, r.responsible_code)
       OFFSET 0) a
     WHERE m.provider_code = list_not_ours.provider_code AND m.period = month
  ), page AS (
    SELECT n.*, row_number() OVER (ORDER BY n.submission_id, n.line) AS place
      FROM not_ours n
     WHERE key IS NULL OR (n.submission_id, n.line) > (key[1]::uuid, key[2]::integer)
     ORDER BY n.submission_id, n.line
     LIMIT size + 1
  ), total AS (
    SELECT n.responsible_code, sum(n.quantity) AS records, coalesce(sum(n.quantity * n.total_pence), 0) AS price_pence,
           coalesce(sum(n.quantity * n.provider_price_pence), 0) AS provider_price_pence
      FROM not_ours n
     GROUP BY n.responsible_code
  )
  SELECT json_build_object(
           'records', coalesce(json_agg(json_build_object('record_id', p.record_id, 'practice_code', p.practice_code,
             'stated_code', coalesce(p.stated_commissioner_code, ''), 'responsible_code', p.responsible_code,
             'attribution', p.attribution, 'dataset', p.dataset, 'pod', p.pod, 'hrg', coalesce(p.hrg, ''),
             'treatment_function_code', coalesce(p.treatment_function_code, ''), 'activity_date', p.activity_date,
             'price_state', p.price_state, 'price_reason', coalesce(p.price_reason, ''), 'price_pence', p.total_pence,
             'provider_price_pence', p.provider_price_pence, 'submission_id', p.submission_id, 'line', p.line, 'phase', p.phase,
             'quantity', p.quantity, 'origin_period', to_char(p.activity_date, 'YYYY-MM'))
             ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('not_ours', l.submission_id::text, l.line::text) FROM page l WHERE l.place = size) END,
           'totals', (SELECT coalesce(json_agg(json_build_object('responsible_code', t.responsible_code, 'records', t.records,
             'price_pence', t.price_pence::bigint, 'provider_price_pence', t.provider_price_pence::bigint)
             ORDER BY t.price_pence DESC, t.responsible_code), '[]') FROM total t),
           'months', ledger.month_states(month, month, NULL, list_not_ours.provider_code, at))
    INTO answer
    FROM page p;
  PERFORM ledger.audit('read_patient_level', format('records of other PCTs, provider %s, %s', provider_code, period), reason);
  RETURN answer;
END
$$;
