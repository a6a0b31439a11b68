-- BudgetService.IssueBudget: the year's issued version, if there is one, is superseded in the same transaction.
CREATE OR REPLACE FUNCTION api.issue_budget(budget_id uuid)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  run ledger.budget_run;
BEGIN
  SELECT * INTO run FROM ledger.budget_run r
   WHERE r.commissioner_code = ledger.caller_commissioner() AND r.budget_id = issue_budget.budget_id;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC404', 'BUDGET_NOT_FOUND', format('no budget run %s', issue_budget.budget_id), 'budget_id',
      'see them with: pbc budget list');
  END IF;
  -- All of the year's versions, in one order, so that two people issuing at once do not deadlock.
  PERFORM FROM ledger.budget_run r
    WHERE r.commissioner_code = run.commissioner_code AND r.year = run.year ORDER BY r.budget_id FOR UPDATE;
  SELECT * INTO STRICT run FROM ledger.budget_run r
   WHERE r.commissioner_code = run.commissioner_code AND r.budget_id = run.budget_id;
  IF run.state <> 'draft' THEN
    PERFORM ledger.refuse('ZC412', 'BUDGET_NOT_DRAFT', format('the budget run is %s', run.state), 'budget_id',
      'run a new budget');
  END IF;
  UPDATE ledger.budget_run r SET state = 'superseded'
   WHERE r.commissioner_code = run.commissioner_code AND r.year = run.year AND r.state = 'issued';
  UPDATE ledger.budget_run r
     SET state = 'issued', issued_by_organisation = ledger.caller_organisation(), issued_by = ledger.caller_user(),
         issued_at = clock_timestamp()
   WHERE r.commissioner_code = run.commissioner_code AND r.budget_id = run.budget_id;
  RETURN json_build_object('budget_run', ledger.budget_run_json(run.budget_id));
END
$$;
