-- A contract as the API shows it; NULL if the caller may not see it or there is none.
CREATE OR REPLACE FUNCTION ledger.contract_json(id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT json_build_object('contract_id', c.contract_id, 'provider_code', c.provider_code,
             'provider_name', coalesce(p.name, c.provider_code), 'financial_year', ledger.year_text(c.year), 'state', c.state,
             'plan_activity', c.plan_activity, 'plan_cost_pence', c.plan_cost_pence, 'on_account_pence', c.on_account_pence,
             'plan_lines', c.plan_lines, 'local_prices', c.local_prices, 'submitted_by', c.submitted_by,
             'submit_time', ledger.moment(c.submitted_at), 'activated_by', coalesce(c.activated_by, ''),
             'activate_time', ledger.moment(c.activated_at), 'terms', c.terms,
             'plan_months', (
               SELECT json_agg(json_build_object('part', to_char(make_date(c.year, 4, 1) + (m.month - 1) * interval '1 month', 'YYYY-MM'),
                        'activity', m.activity, 'cost_pence', m.cost_pence) ORDER BY m.month)
                 FROM (SELECT l.month, sum(l.activity) AS activity, sum(l.cost_pence) AS cost_pence
                         FROM ledger.plan_line l
                        WHERE l.commissioner_code = c.commissioner_code AND l.contract_id = c.contract_id
                        GROUP BY l.month) m),
             'plan_pods', (
               SELECT json_agg(json_build_object('part', d.pod, 'activity', d.activity, 'cost_pence', d.cost_pence) ORDER BY d.pod)
                 FROM (SELECT l.pod, sum(l.activity) AS activity, sum(l.cost_pence) AS cost_pence
                         FROM ledger.plan_line l
                        WHERE l.commissioner_code = c.commissioner_code AND l.contract_id = c.contract_id
                        GROUP BY l.pod) d))
      FROM ledger.contract c
      LEFT JOIN ledger.provider p ON p.commissioner_code = c.commissioner_code AND p.provider_code = c.provider_code
     WHERE c.commissioner_code = ledger.caller_commissioner() AND c.contract_id = id);
END
$$;
