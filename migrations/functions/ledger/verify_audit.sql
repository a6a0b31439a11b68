-- Proof of the audit chain: no event is missing, each covers the one before and hashes to what it says, the head is the last, and every
-- answered write has its event.
CREATE OR REPLACE FUNCTION ledger.verify_audit(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH event AS (
    SELECT e.sequence, e.sha256, e.previous_sha256, row_number() OVER chain AS place,
           lag(e.sha256::bytea, 1, sha256(convert_to(tenant, 'UTF8'))) OVER chain AS expected_previous,
           ledger.audit_hash(e.previous_sha256, e.sequence, e.recorded_at, e.organisation_code, e.user_id, e.action, e.subject,
             e.detail) AS expected
      FROM ledger.audit_event e
     WHERE e.commissioner_code = tenant
    WINDOW chain AS (ORDER BY e.sequence)
  ), fault AS (
    SELECT format('event %s is not what was recorded, or follows a missing one', e.sequence) AS detail
      FROM event e
     WHERE (e.sequence, e.previous_sha256::bytea, e.sha256::bytea) IS DISTINCT FROM (e.place, e.expected_previous, e.expected)
    UNION ALL
    SELECT 'the head of the chain is not its last event'
      FROM (SELECT max(e.sequence) AS sequence FROM ledger.audit_event e WHERE e.commissioner_code = tenant) l
      LEFT JOIN ledger.audit_event e ON e.commissioner_code = tenant AND e.sequence = l.sequence
      FULL JOIN (SELECT * FROM ledger.audit_head WHERE commissioner_code = tenant) h ON true
     WHERE (h.sequence, h.sha256::bytea) IS DISTINCT FROM (e.sequence, e.sha256::bytea)
    UNION ALL
    SELECT format('the write %s of request %s has no event', r.method, r.request_id)
      FROM ledger.request r
     WHERE r.commissioner_code = tenant AND r.answer IS NOT NULL
       AND NOT EXISTS (SELECT FROM ledger.audit_event e
                        WHERE e.commissioner_code = tenant AND e.organisation_code = r.organisation_code AND e.user_id = r.user_id
                          AND e.action = r.method AND e.subject = r.request_id::text)
  )
  SELECT ledger.check_result('audit_chain', (SELECT count(*) FROM event), count(*), min(f.detail)) FROM fault f
$$;
