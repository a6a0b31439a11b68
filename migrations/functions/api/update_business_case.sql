-- BusinessCaseService.UpdateBusinessCase: replaces the whole content of a draft.
CREATE OR REPLACE FUNCTION api.update_business_case(case_id uuid, etag text, content json)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  draft ledger.business_case := ledger.lock_case(case_id);
BEGIN
  IF draft.state <> 'draft' THEN
    PERFORM ledger.refuse('ZC412', 'NOT_DRAFT', format('business case %s is %s', draft.reference, draft.state), 'case_id',
      'only a draft can be changed');
  END IF;
  PERFORM ledger.require_case_etag(draft, etag);
  IF update_business_case.content IS NULL THEN
    PERFORM ledger.refuse('ZC400', 'CONTENT_NEEDED', 'there is no content to replace the case''s with', 'content',
      'send the whole content');
  END IF;
  UPDATE ledger.business_case c
     SET content = ledger.case_content(update_business_case.content), version = c.version + 1
   WHERE c.commissioner_code = draft.commissioner_code AND c.case_id = draft.case_id;
  PERFORM ledger.keep_case_version(draft.case_id);
  RETURN json_build_object('business_case', ledger.case_json(draft.case_id));
END
$$;
