-- SettlementService.GetStatement: a practice's or provider's people see those of their own organisation.
CREATE OR REPLACE FUNCTION api.get_statement(statement_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  statement json := ledger.statement_json(statement_id, with_lines => true);
BEGIN
  IF statement IS NULL THEN
    PERFORM ledger.refuse('ZC404', 'STATEMENT_NOT_FOUND', format('no statement %s', statement_id), 'statement_id',
      'see them with: pbc settlement statements');
  END IF;
  RETURN json_build_object('statement', statement);
END
$$;
