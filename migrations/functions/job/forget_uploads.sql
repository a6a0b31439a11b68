-- Removes the bytes of a PCT's uploads that are older than its rule UPLOAD_RETENTION_DAYS and that no operation waits for or reads.
-- Name, size and SHA-256 stay, so that the same bytes are still known. Returns how many uploads it was. To be run
-- daily: pbc-jobd --forget-uploads.
CREATE OR REPLACE FUNCTION job.forget_uploads(commissioner text)
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  now_at timestamptz := clock_timestamp();
  keep_days integer;
  old job.upload;
  forgotten bigint := 0;
BEGIN
  PERFORM set_config('pbc.commissioner', commissioner, true), set_config('pbc.organisation', commissioner, true),
    set_config('pbc.user', 'retention', true);
  IF NOT EXISTS (SELECT FROM ledger.commissioner c WHERE c.commissioner_code = commissioner) THEN
    PERFORM ledger.refuse('ZC404', 'COMMISSIONER_NOT_FOUND', format('no PCT %s', commissioner), '', 'give the code of a PCT of this database');
  END IF;
  keep_days := ledger.rule_value('UPLOAD_RETENTION_DAYS', ledger.today());
  FOR old IN
    SELECT u.*
      FROM job.upload u
     WHERE u.commissioner_code = commissioner AND u.removed_at IS NULL AND u.created_at < now_at - make_interval(days => keep_days)
     ORDER BY u.upload_id
       FOR UPDATE SKIP LOCKED
  LOOP
    -- Looked at once the upload is held: whoever asks for it holds it until the operation is there to be seen.
    CONTINUE WHEN EXISTS (SELECT FROM job.operation o CROSS JOIN LATERAL jsonb_each_text(o.params) AS p (name, value)
                           WHERE o.commissioner_code = commissioner AND o.state IN ('queued', 'running')
                             AND p.value = old.upload_id::text);
    PERFORM patient.forget_upload(commissioner, old.upload_id);
    UPDATE job.upload u SET removed_at = now_at WHERE u.commissioner_code = commissioner AND u.upload_id = old.upload_id;
    forgotten := forgotten + 1;
  END LOOP;
  IF forgotten > 0 THEN
    PERFORM ledger.audit('forget_uploads', format('%s uploads', forgotten), 'older than UPLOAD_RETENTION_DAYS');
  END IF;
  RETURN forgotten;
END
$$;
