-- After a write, in its transaction: keeps the answer for repeats and adds the event to the audit chain.
CREATE OR REPLACE FUNCTION api.record(method text, request_id uuid, body_sha256 bytea, answer json)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE ledger.request r SET answer = record.answer
   WHERE r.commissioner_code = ledger.caller_commissioner() AND r.organisation_code = ledger.caller_organisation()
     AND r.method = record.method AND r.request_id = record.request_id;
  PERFORM ledger.audit(record.method, record.request_id::text, encode(record.body_sha256, 'hex'));
  RETURN record.answer;
END
$$;
