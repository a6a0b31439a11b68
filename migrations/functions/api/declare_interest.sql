-- BusinessCaseService.DeclareInterest: by anyone who sees the case, for as long as it can still bar them from deciding.
CREATE OR REPLACE FUNCTION api.declare_interest(case_id uuid, nature text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found_case ledger.business_case := ledger.lock_case(case_id);
BEGIN
  IF found_case.decided_at IS NOT NULL THEN
    PERFORM ledger.refuse('ZC412', 'CASE_DECIDED', format('business case %s is %s', found_case.reference, found_case.state),
      'case_id', 'interests are declared before the decision');
  END IF;
  IF btrim(coalesce(nature, '')) = '' THEN
    PERFORM ledger.refuse('ZC400', 'NATURE_NEEDED', 'an interest has a nature', 'nature', 'say what the interest is');
  END IF;
  PERFORM ledger.refuse_identifier(nature, 'nature');
  INSERT INTO ledger.interest AS i (commissioner_code, case_id, organisation_code, user_id, nature, declared_at)
  VALUES (found_case.commissioner_code, found_case.case_id, ledger.caller_organisation(), ledger.caller_user(), btrim(nature),
    clock_timestamp())
  ON CONFLICT ON CONSTRAINT interest_pkey DO NOTHING;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC409', 'INTEREST_DECLARED', format('you declared an interest in business case %s before',
      found_case.reference), 'case_id', 'a declaration stands as it was made');
  END IF;
  RETURN json_build_object('business_case', ledger.case_json(found_case.case_id));
END
$$;
