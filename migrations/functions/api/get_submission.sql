-- ActivityService.GetSubmission
CREATE OR REPLACE FUNCTION api.get_submission(submission_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  submission json := ledger.submission_json(submission_id, EXISTS (
    SELECT FROM ledger.counting_submissions('infinity') m WHERE m.submission_id = get_submission.submission_id));
BEGIN
  IF submission IS NULL THEN
    PERFORM ledger.refuse('ZC404', 'SUBMISSION_NOT_FOUND', format('no submission %s', submission_id), 'submission_id',
      'see them with: pbc activity submissions');
  END IF;
  RETURN json_build_object('submission', submission);
END
$$;
