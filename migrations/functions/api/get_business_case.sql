-- BusinessCaseService.GetBusinessCase
CREATE OR REPLACE FUNCTION api.get_business_case(case_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found_case json := ledger.case_json(case_id);
BEGIN
  IF found_case IS NULL THEN
    PERFORM ledger.refuse('ZC404', 'CASE_NOT_FOUND', format('no business case %s', case_id), 'case_id',
      'see them with: pbc case list');
  END IF;
  RETURN json_build_object('business_case', found_case);
END
$$;
