-- LedgerService.VerifyLedger: recomputes everything that is kept twice, on one snapshot.
-- Row-level security hides from the planner how many rows it will meet; told of few it would sort a million of them on disk. So sums
-- are made by hashing, with room for it: 1 million rows in 36,000 rollup cells took 11 s by sorting, 3 s so. A forbidden
-- sort where there is no other way has a cost that would start the compiler for a query of three rows, so that is off here whoever calls.
CREATE OR REPLACE FUNCTION api.verify_ledger()
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_sort = off
SET work_mem = '64MB'
SET jit = off
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  checks json := json_build_array(ledger.verify_rollups(tenant), ledger.verify_rows(tenant), ledger.verify_months(tenant),
    ledger.verify_frozen(tenant), ledger.verify_adjustments(tenant), ledger.verify_restored(tenant), ledger.verify_invoices(tenant),
    ledger.verify_settlements(tenant), ledger.verify_transfers(tenant), ledger.verify_pending(tenant), ledger.verify_postings(tenant),
    ledger.verify_statements(tenant), ledger.verify_statement_totals(tenant), ledger.verify_budgets(tenant),
    ledger.verify_reviews(tenant), ledger.verify_review_figures(tenant), ledger.verify_audit(tenant));
BEGIN
  RETURN json_build_object('ok', (SELECT bool_and((c ->> 'ok')::boolean) FROM json_array_elements(checks) c), 'checks', checks);
END
$$;
