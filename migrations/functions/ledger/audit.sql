-- Appends an event to the PCT's hash chain. Fields are length-prefixed, so no two events can have the same bytes.
CREATE OR REPLACE FUNCTION ledger.audit(action text, subject text, detail text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  head ledger.audit_head;
  now_at timestamptz;
  next_sha256 bytea;
BEGIN
  INSERT INTO ledger.audit_head AS h (commissioner_code, sequence, sha256)
  VALUES (tenant, 0, sha256(convert_to(tenant, 'UTF8')))
  ON CONFLICT (commissioner_code) DO NOTHING;
  SELECT * INTO STRICT head FROM ledger.audit_head h WHERE h.commissioner_code = tenant FOR UPDATE;
  -- Not before: events are in the order of their moments.
  now_at := clock_timestamp();
  next_sha256 := ledger.audit_hash(head.sha256, head.sequence + 1, now_at, ledger.caller_organisation(), ledger.caller_user(),
    action, subject, detail);
  INSERT INTO ledger.audit_event (commissioner_code, sequence, recorded_at, organisation_code, user_id, action, subject,
    detail, previous_sha256, sha256)
  VALUES (tenant, head.sequence + 1, now_at, ledger.caller_organisation(), ledger.caller_user(), action, subject, detail,
    head.sha256, next_sha256);
  UPDATE ledger.audit_head h SET sequence = head.sequence + 1, sha256 = next_sha256 WHERE h.commissioner_code = tenant;
END
$$;

CREATE OR REPLACE FUNCTION ledger.audit_hash(previous bytea, sequence bigint, recorded_at timestamptz, organisation text,
  user_id text, action text, subject text, detail text)
RETURNS bytea
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT sha256(previous || convert_to(string_agg(length(field) || ':' || field, ',' ORDER BY ordinal), 'UTF8'))
    FROM unnest(ARRAY[sequence::text, (extract(epoch FROM recorded_at) * 1000000)::bigint::text, organisation, user_id,
           action, subject, detail]) WITH ORDINALITY AS f (field, ordinal)
$$;
