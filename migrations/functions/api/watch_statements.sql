-- SettlementService.WatchStatements: the statements after the cursor, which is a sequence number, at most 20 a call. Sequence numbers are
-- given under a lock that is held to the end of the transaction, so none appears behind a cursor later.
CREATE OR REPLACE FUNCTION api.watch_statements(after text, since_time timestamptz)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  seen bigint := after::bigint;
BEGIN
  IF seen IS NULL THEN
    -- Behind the first that is wanted; with none wanted, behind the newest.
    SELECT coalesce(min(s.sequence) FILTER (WHERE s.issued_at >= since_time) - 1, max(s.sequence), 0) INTO seen
      FROM ledger.statement s
     WHERE s.commissioner_code = ledger.caller_commissioner();
  END IF;
  RETURN (
    WITH fresh AS (
      SELECT s.statement_id, s.sequence
        FROM ledger.statement s
       WHERE s.commissioner_code = ledger.caller_commissioner() AND s.sequence > seen
       ORDER BY s.sequence
       LIMIT 20)
    SELECT json_build_object('cursor', coalesce(max(f.sequence), seen)::text,
             'messages', coalesce(json_agg(json_build_object('statement', ledger.statement_json(f.statement_id, with_lines => true))
               ORDER BY f.sequence), '[]'),
             'done', false)
      FROM fresh f);
END
$$;
