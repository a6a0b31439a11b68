-- ActivityService.RestoreSubmission: the checks that hold nothing, then an operation, which makes them again under the month's lock.
CREATE OR REPLACE FUNCTION api.restore_submission(submission_id uuid, reason text, validate_only boolean)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF btrim(coalesce(reason, '')) = '' THEN
    PERFORM ledger.refuse('ZC400', 'REASON_NEEDED', 'restoring a submission needs a reason', 'reason',
      'say what is wrong with what counts now');
  END IF;
  PERFORM ledger.refuse_identifier(reason, 'reason');
  PERFORM ledger.restorable_submission(submission_id);
  RETURN ledger.start_operation('restore_submission', jsonb_build_object('submission_id', submission_id, 'reason', reason,
    'validate_only', validate_only));
END
$$;
