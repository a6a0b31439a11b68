-- OperationService.ListOperations: newest first.
CREATE OR REPLACE FUNCTION api.list_operations(page_size integer, page_token text, kind text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('operations', page_token);
  answer json;
BEGIN
  WITH page AS (
    SELECT o.operation_id, o.created_at, row_number() OVER (ORDER BY o.created_at DESC, o.operation_id DESC) AS place
      FROM job.operation o
     WHERE o.commissioner_code = ledger.caller_commissioner()
       AND (o.organisation_code = ledger.caller_organisation() OR ledger.caller_has_role('operator'))
       AND o.kind = coalesce(list_operations.kind, o.kind)
       AND (o.created_at, o.operation_id) < (coalesce(key[1]::timestamptz, 'infinity'), key[2]::uuid)
     ORDER BY o.created_at DESC, o.operation_id DESC
     LIMIT size + 1
  )
  SELECT json_build_object(
           'operations', coalesce(json_agg(ledger.operation_json(p.operation_id) ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('operations', ledger.moment(l.created_at), l.operation_id::text) FROM page l WHERE l.place = size) END)
    INTO answer
    FROM page p;
  RETURN answer;
END
$$;
