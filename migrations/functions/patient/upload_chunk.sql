-- Keeps a run of an upload's bytes as sent.
CREATE OR REPLACE FUNCTION patient.keep_chunk(commissioner text, upload_id uuid, byte_offset bigint, data bytea)
RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO patient.upload_chunk (commissioner_code, upload_id, byte_offset, data)
  VALUES (commissioner, upload_id, byte_offset, data)
$$;

-- Whether the same bytes are kept at that offset.
CREATE OR REPLACE FUNCTION patient.has_chunk(commissioner text, upload_id uuid, byte_offset bigint, data bytea)
RETURNS boolean
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM patient.upload_chunk c
                  WHERE c.commissioner_code = commissioner AND c.upload_id = has_chunk.upload_id
                    AND c.byte_offset = has_chunk.byte_offset AND c.data = has_chunk.data)
$$;

-- The caller has seen that nothing needs them.
CREATE OR REPLACE FUNCTION patient.forget_upload(commissioner text, upload_id uuid)
RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  DELETE FROM patient.upload_chunk c WHERE c.commissioner_code = commissioner AND c.upload_id = forget_upload.upload_id
$$;
