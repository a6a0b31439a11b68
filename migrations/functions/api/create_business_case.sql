-- BusinessCaseService.CreateBusinessCase: a practice's draft. Another practice is as if it were not there.
CREATE OR REPLACE FUNCTION api.create_business_case(practice_code text, content json)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id uuid := gen_random_uuid();
  practice text := ledger.practice_or_own(practice_code);
BEGIN
  IF practice IS DISTINCT FROM nullif(ledger.caller_practice(), '')
     OR NOT EXISTS (SELECT FROM ledger.practice p WHERE p.commissioner_code = ledger.caller_commissioner()
                      AND p.practice_code = practice) THEN
    PERFORM ledger.refuse('ZC404', 'PRACTICE_NOT_FOUND', format('no practice %s', practice),
      'practice_code', 'a practice makes cases of its own');
  END IF;
  INSERT INTO ledger.business_case (commissioner_code, case_id, reference, practice_code, state, version, content,
    created_by_organisation, created_by, created_at)
  VALUES (ledger.caller_commissioner(), id, ledger.next_reference('BC', ledger.year_of(ledger.today())), practice, 'draft', 1,
    ledger.case_content(coalesce(create_business_case.content, '{}')), ledger.caller_organisation(), ledger.caller_user(),
    clock_timestamp());
  PERFORM ledger.keep_case_version(id);
  RETURN json_build_object('business_case', ledger.case_json(id));
END
$$;
