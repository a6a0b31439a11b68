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
             'activate_time', ledger.moment(c.activated_at), 'terms', c.terms)
      FROM ledger.contract c
      LEFT JOIN ledger.provider p ON p.commissioner_code = c.commissioner_code AND p.provider_code = c.provider_code
     WHERE c.commissioner_code = ledger.caller_commissioner() AND c.contract_id = id);
END
$$;
