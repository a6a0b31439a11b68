-- Closes an upload with the SHA-256 that its sender states. The operation that reads the file checks it against the bytes.
CREATE OR REPLACE FUNCTION ledger.complete_upload(upload job.upload, stated_sha256 text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF stated_sha256 IS NULL OR stated_sha256 !~ '^[0-9a-f]{64}$' THEN
    PERFORM ledger.refuse('ZC400', 'BAD_SHA256', 'the SHA-256 of the whole file is 64 lower-case hex digits', 'sha256',
      'send it with the last message');
  END IF;
  IF upload.complete AND upload.sha256 <> decode(stated_sha256, 'hex') THEN
    PERFORM ledger.refuse('ZC409', 'UPLOAD_DIFFERS', 'this upload was completed with another SHA-256', 'sha256',
      'start again with a new upload id');
  END IF;
  UPDATE job.upload u SET complete = true, sha256 = decode(stated_sha256, 'hex')
   WHERE u.commissioner_code = upload.commissioner_code AND u.upload_id = upload.upload_id AND NOT u.complete;
END
$$;

CREATE OR REPLACE FUNCTION ledger.upload_json(id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT json_build_object('upload_id', u.upload_id, 'file_name', u.file_name, 'received_bytes', u.received_bytes,
             'complete', u.complete, 'sha256', coalesce(encode(u.sha256, 'hex'), ''), 'create_time', ledger.moment(u.created_at))
      FROM job.upload u
     WHERE u.commissioner_code = ledger.caller_commissioner() AND u.upload_id = id
       AND u.organisation_code = ledger.caller_organisation());
END
$$;
