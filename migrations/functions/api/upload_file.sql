-- UploadService.UploadFile, once per message. The bytes go to schema patient: a provider's file names patients.
CREATE OR REPLACE FUNCTION api.upload_file(upload_id uuid, file_name text, "offset" bigint, data bytea, complete boolean,
  sha256 text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  upload job.upload;
  size bigint := coalesce(length(data), 0);
BEGIN
  -- It is shown to all who see what became of the file.
  PERFORM ledger.refuse_identifier(upload_file.file_name, 'file_name', 'rename the file');
  INSERT INTO job.upload AS u (commissioner_code, upload_id, organisation_code, user_id, file_name, received_bytes, complete,
    created_at)
  VALUES (tenant, upload_file.upload_id, ledger.caller_organisation(), ledger.caller_user(), coalesce(upload_file.file_name, ''),
    0, false, clock_timestamp())
  ON CONFLICT ON CONSTRAINT upload_pkey DO NOTHING;
  SELECT * INTO STRICT upload FROM job.upload u
   WHERE u.commissioner_code = tenant AND u.upload_id = upload_file.upload_id FOR UPDATE;
  IF upload.organisation_code <> ledger.caller_organisation() THEN
    PERFORM ledger.refuse('ZC409', 'UPLOAD_ID_TAKEN', 'this upload id is taken', 'upload_id', 'make a new upload id');
  END IF;
  -- What came later would be kept for ever.
  IF upload.removed_at IS NOT NULL THEN
    PERFORM ledger.refuse('ZC412', 'UPLOAD_REMOVED', 'the bytes of this upload were removed when their time was up', 'upload_id',
      'upload the file again under a new id');
  END IF;
  IF "offset" > upload.received_bytes THEN
    PERFORM ledger.refuse('ZC412', 'UPLOAD_GAP', format('byte %s was sent but the next is %s', "offset",
      upload.received_bytes), 'offset', format('go on from byte %s', upload.received_bytes));
  ELSIF "offset" < upload.received_bytes AND size > 0 THEN
    IF NOT patient.has_chunk(tenant, upload_file.upload_id, "offset", data) THEN
      PERFORM ledger.refuse('ZC409', 'UPLOAD_DIFFERS', format('other bytes were sent at %s before', "offset"), 'offset',
        'start again with a new upload id');
    END IF;
  ELSIF size > 0 THEN
    IF upload.complete THEN
      PERFORM ledger.refuse('ZC412', 'UPLOAD_COMPLETE', 'this upload is complete', 'offset', 'make a new upload id');
    END IF;
    PERFORM patient.keep_chunk(tenant, upload_file.upload_id, "offset", data);
    UPDATE job.upload u SET received_bytes = u.received_bytes + size
     WHERE u.commissioner_code = tenant AND u.upload_id = upload_file.upload_id;
  END IF;
  IF upload_file.complete THEN
    PERFORM ledger.complete_upload(upload, upload_file.sha256);
  END IF;
  RETURN json_build_object('upload', ledger.upload_json(upload_file.upload_id));
END
$$;
