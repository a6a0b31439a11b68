-- BusinessCaseService.DecideBusinessCase: once, with reasons, by someone who neither made the case nor has an interest in it.
CREATE OR REPLACE FUNCTION api.decide_business_case(case_id uuid, etag text, decision text, reasons text, conditions text,
  remedy text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  submitted ledger.business_case := ledger.lock_case(case_id);
BEGIN
  PERFORM ledger.require_may_decide(submitted);
  PERFORM ledger.require_case_etag(submitted, etag);
  PERFORM ledger.require_grounds(decision, reasons, conditions, remedy);
  UPDATE ledger.business_case c
     SET state = CASE decision WHEN 'approve' THEN 'approved' WHEN 'reject' THEN 'rejected' ELSE 'approved_with_conditions' END,
         version = c.version + 1, decided_by_organisation = ledger.caller_organisation(), decided_by = ledger.caller_user(),
         decided_at = clock_timestamp(), reasons = decide_business_case.reasons, conditions = decide_business_case.conditions,
         remedy = decide_business_case.remedy
   WHERE c.commissioner_code = submitted.commissioner_code AND c.case_id = submitted.case_id;
  PERFORM ledger.keep_case_version(submitted.case_id);
  RETURN json_build_object('business_case', ledger.case_json(submitted.case_id));
END
$$;
