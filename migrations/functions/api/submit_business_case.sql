-- BusinessCaseService.SubmitBusinessCase: starts the clock of a complete draft.
CREATE OR REPLACE FUNCTION api.submit_business_case(case_id uuid, etag text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  draft ledger.business_case := ledger.lock_case(case_id);
  today date := ledger.today();
  empty_sections text;
BEGIN
  IF draft.state <> 'draft' THEN
    PERFORM ledger.refuse('ZC412', 'NOT_DRAFT', format('business case %s is %s', draft.reference, draft.state), 'case_id',
      'a case is submitted once');
  END IF;
  PERFORM ledger.require_case_etag(draft, etag);
  SELECT string_agg(s.name, ', ' ORDER BY s.ordinal) INTO empty_sections
    FROM unnest(ledger.case_sections()) WITH ORDINALITY AS s (name, ordinal)
   WHERE draft.content ->> s.name = '';
  IF empty_sections IS NOT NULL THEN
    PERFORM ledger.refuse('ZC400', 'SECTIONS_EMPTY', format('empty sections: %s', empty_sections), 'content',
      'fill every section, then submit');
  END IF;
  UPDATE ledger.business_case c
     SET state = 'submitted', version = c.version + 1, submitted_by_organisation = ledger.caller_organisation(),
         submitted_by = ledger.caller_user(), submitted_at = clock_timestamp(),
         decision_due_date = today + 7 * ledger.rule_value('CASE_DECISION_WEEKS', today)::integer
   WHERE c.commissioner_code = draft.commissioner_code AND c.case_id = draft.case_id;
  PERFORM ledger.keep_case_version(draft.case_id);
  RETURN json_build_object('business_case', ledger.case_json(draft.case_id));
END
$$;
