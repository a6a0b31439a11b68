-- Queues long work for a job process and returns it as json {"operation": {...}}, the answer of every RPC that starts one.
CREATE OR REPLACE FUNCTION ledger.start_operation(kind text, params jsonb)
RETURNS json
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id uuid := gen_random_uuid();
BEGIN
  INSERT INTO job.operation (commissioner_code, operation_id, kind, state, params, organisation_code, user_id, created_at)
  VALUES (ledger.caller_commissioner(), id, start_operation.kind, 'queued', params, ledger.caller_organisation(),
    ledger.caller_user(), clock_timestamp());
  PERFORM pg_notify('pbc', 'job');
  RETURN json_build_object('operation', ledger.operation_json(id));
END
$$;

-- An upload that an import is about to read: there, whole, and of the caller's organisation; else a refusal. Its bytes stay until the
-- transaction ends, and then for as long as the operation that it starts needs them.
CREATE OR REPLACE FUNCTION ledger.require_upload(id uuid, field text DEFAULT 'upload_id')
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  upload job.upload;
BEGIN
  SELECT * INTO upload FROM job.upload u
   WHERE u.commissioner_code = ledger.caller_commissioner() AND u.upload_id = id
     AND u.organisation_code = ledger.caller_organisation()
     FOR KEY SHARE;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC404', 'UPLOAD_NOT_FOUND', format('no upload %s', id), field, 'upload the file first');
  END IF;
  IF NOT upload.complete THEN
    PERFORM ledger.refuse('ZC412', 'UPLOAD_INCOMPLETE', format('upload %s has %s bytes and is not complete', id,
      upload.received_bytes), field, 'send the rest and the SHA-256');
  END IF;
  IF upload.removed_at IS NOT NULL THEN
    PERFORM ledger.refuse('ZC412', 'UPLOAD_REMOVED', format('the bytes of upload %s were removed when their time was up', id), field,
      'upload the file again under a new id');
  END IF;
END
$$;

-- RFC 3339 with microseconds in UTC, as the API writes moments; NULL stays NULL.
CREATE OR REPLACE FUNCTION ledger.moment(at timestamptz) RETURNS text
LANGUAGE sql STABLE
RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

CREATE OR REPLACE FUNCTION ledger.operation_json(id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT json_build_object('operation_id', o.operation_id, 'kind', o.kind, 'state', o.state,
             'progress_done', o.progress_done, 'progress_total', o.progress_total, 'progress_unit', o.progress_unit,
             'result_id', coalesce(o.result_id, ''), 'outcomes', o.outcomes,
             'error_message', coalesce(o.error_message, ''), 'error_hint', coalesce(o.error_hint, ''),
             'error_code', coalesce(o.error_code, 0), 'error_reason', coalesce(o.error_reason, ''),
             'created_by', o.user_id, 'create_time', ledger.moment(o.created_at), 'start_time', ledger.moment(o.started_at),
             'end_time', ledger.moment(o.ended_at), 'attempts', o.attempt)
      FROM job.operation o
     WHERE o.commissioner_code = ledger.caller_commissioner() AND o.operation_id = id);
END
$$;
