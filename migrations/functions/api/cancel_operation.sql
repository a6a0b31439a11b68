-- OperationService.CancelOperation: a queued operation ends here; a running one is asked, and ends when its job process sees it.
CREATE OR REPLACE FUNCTION api.cancel_operation(operation_id uuid)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  operation job.operation;
BEGIN
  SELECT * INTO operation
    FROM job.operation o
   WHERE o.commissioner_code = ledger.caller_commissioner() AND o.operation_id = cancel_operation.operation_id
     AND (o.organisation_code = ledger.caller_organisation() OR ledger.caller_has_role('operator'))
     FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC404', 'OPERATION_NOT_FOUND', format('no operation %s', cancel_operation.operation_id), 'operation_id',
      'see them with: pbc operation list');
  END IF;
  IF operation.state NOT IN ('queued', 'running') THEN
    PERFORM ledger.refuse('ZC412', 'OPERATION_ENDED', format('the operation has ended: it is %s', operation.state), 'operation_id',
      'only what waits or runs can be cancelled');
  END IF;
  UPDATE job.operation o
     SET cancel_requested = true,
         state = CASE o.state WHEN 'queued' THEN 'cancelled' ELSE o.state END,
         ended_at = CASE o.state WHEN 'queued' THEN clock_timestamp() END
   WHERE o.commissioner_code = operation.commissioner_code AND o.operation_id = operation.operation_id;
  PERFORM pg_notify('pbc', 'operation');
  RETURN json_build_object('operation', ledger.operation_json(operation.operation_id));
END
$$;
