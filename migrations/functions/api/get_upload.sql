-- UploadService.GetUpload
CREATE OR REPLACE FUNCTION api.get_upload(upload_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  upload json := ledger.upload_json(upload_id);
BEGIN
  IF upload IS NULL THEN
    PERFORM ledger.refuse('ZC404', 'UPLOAD_NOT_FOUND', format('no upload %s', upload_id), 'upload_id', 'upload the file first');
  END IF;
  RETURN json_build_object('upload', upload);
END
$$;
