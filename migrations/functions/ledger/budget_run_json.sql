-- A budget run as the API shows it.
CREATE OR REPLACE FUNCTION ledger.budget_run_json(id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT json_build_object('budget_id', r.budget_id, 'financial_year', ledger.year_text(r.year), 'state', r.state,
             'basis', r.basis, 'practices', r.practices, 'total_pence', r.total_pence, 'created_by', r.created_by,
             'create_time', ledger.moment(r.created_at), 'issued_by', coalesce(r.issued_by, ''),
             'issue_time', ledger.moment(r.issued_at))
      FROM ledger.budget_run r
     WHERE r.commissioner_code = ledger.caller_commissioner() AND r.budget_id = id);
END
$$;
