-- ActivityService.ListRejects: rows as sent name patients, so the reason of every reading is kept in the audit chain.
CREATE OR REPLACE FUNCTION api.list_rejects(submission_id uuid, reason text, page_size integer, page_token text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('rejects', page_token);
  submission ledger.submission;
  answer json;
BEGIN
  PERFORM ledger.require_reason(reason);
  SELECT * INTO submission FROM ledger.submission s
   WHERE s.commissioner_code = ledger.caller_commissioner() AND s.submission_id = list_rejects.submission_id;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC404', 'SUBMISSION_NOT_FOUND', format('no submission %s', list_rejects.submission_id), 'submission_id',
      'see them with: pbc activity submissions');
  END IF;
  WITH page AS (
    SELECT r.*, row_number() OVER (ORDER BY r.line, r.ordinal) AS place
      FROM patient.rejects(ledger.caller_commissioner(), submission.sent_submission_id,
             coalesce(key[1]::bigint, 0), coalesce(key[2]::integer, 0), size + 1) r
  )
  SELECT json_build_object('header', submission.header,
           'rejects', coalesce(json_agg(json_build_object('line', p.line, 'column', p.column_name, 'code', p.code,
             'severity', p.severity, 'message', p.message, 'source', p.source) ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('rejects', l.line::text, l.ordinal::text) FROM page l WHERE l.place = size) END)
    INTO answer
    FROM page p;
  PERFORM ledger.audit('read_patient_level', format('rejects of submission %s', submission.submission_id), reason);
  RETURN answer;
END
$$;
