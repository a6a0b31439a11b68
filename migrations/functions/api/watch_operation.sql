-- OperationService.WatchOperation: a message when the operation differs from what after stands for; done when it has ended.
CREATE OR REPLACE FUNCTION api.watch_operation(after text, operation_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  answer json := api.get_operation(operation_id);
  seen text := md5(answer::text);
BEGIN
  RETURN json_build_object('cursor', seen,
    'messages', CASE WHEN seen IS DISTINCT FROM after THEN json_build_array(answer) ELSE '[]'::json END,
    'done', answer -> 'operation' ->> 'state' IN ('succeeded', 'failed', 'cancelled'));
END
$$;
