-- OperationService.GetOperation
CREATE OR REPLACE FUNCTION api.get_operation(operation_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  operation json;
BEGIN
  SELECT ledger.operation_json(o.operation_id) INTO operation
    FROM job.operation o
   WHERE o.commissioner_code = ledger.caller_commissioner() AND o.operation_id = get_operation.operation_id
     AND (o.organisation_code = ledger.caller_organisation() OR ledger.caller_has_role('operator'));
  IF operation IS NULL THEN
    PERFORM ledger.refuse('ZC404', 'OPERATION_NOT_FOUND', format('no operation %s', get_operation.operation_id), 'operation_id',
      'see them with: pbc operation list');
  END IF;
  RETURN json_build_object('operation', operation);
END
$$;
