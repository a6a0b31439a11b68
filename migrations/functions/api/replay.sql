-- Before a write: NULL for a new request id, which is now taken by this transaction; the first answer for a repeated one.
-- A concurrent repeat waits here for the first to commit. A write waits for no lock longer than it keeps others waiting for its
-- connection: a month is held for as long as the import of its file takes.
CREATE OR REPLACE FUNCTION api.replay(method text, request_id uuid, body_sha256 bytea)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  first ledger.request;
BEGIN
  PERFORM set_config('lock_timeout', '3s', true);
  INSERT INTO ledger.request AS r (commissioner_code, organisation_code, method, request_id, user_id, body_sha256, recorded_at)
  VALUES (ledger.caller_commissioner(), ledger.caller_organisation(), replay.method, replay.request_id, ledger.caller_user(),
    replay.body_sha256, clock_timestamp())
  ON CONFLICT ON CONSTRAINT request_pkey DO NOTHING;
  IF FOUND THEN
    RETURN NULL;
  END IF;
  SELECT * INTO STRICT first
    FROM ledger.request r
   WHERE r.commissioner_code = ledger.caller_commissioner() AND r.organisation_code = ledger.caller_organisation()
     AND r.method = replay.method AND r.request_id = replay.request_id;
  IF first.body_sha256 <> replay.body_sha256 OR first.user_id <> ledger.caller_user() THEN
    PERFORM ledger.refuse('ZC409', 'REQUEST_ID_REUSED', 'this request id was used for another request', 'request_id',
      'make a new request id');
  END IF;
  RETURN first.answer;
END
$$;
