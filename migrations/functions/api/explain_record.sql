-- PricingService.ExplainRecord: a stored record with the submission, file and line it came in, and all that priced it. The server works the
-- price out again and compares. As at a moment it is the row that counted then.
-- Without a month its block range index finds the id in all of them: 40 to 95 ms in 10 million rows of 24 months, 2 to 3 s without it.
CREATE OR REPLACE FUNCTION api.explain_record(record_id text, provider_code text, submission_id uuid, period text, reason text,
  as_at text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  at timestamptz := ledger.as_at(as_at);
  month date := CASE WHEN period IS NOT NULL THEN ledger.month_start(period) END;
  found_in record;
  stored ledger.activity;
BEGIN
  PERFORM ledger.require_reason(reason);
  -- What counts comes first, the newest of it: of a record that an adjustment amended the row that it put in. A reversal has the price
  -- of the row that it takes back.
  -- A practice's people see what ListActivity shows them; row-level security sees to the practice itself.
  SELECT a.period, a.submission_id, a.line, coalesce(o.priced_at, o.recorded_at, s.priced_at, s.recorded_at) AS priced_at,
         min(a.provider_code) OVER () <> max(a.provider_code) OVER () AS ambiguous
    INTO found_in
    FROM ledger.activity a
    JOIN ledger.submission s ON s.commissioner_code = tenant AND s.submission_id = a.submission_id
    LEFT JOIN ledger.submission o ON o.commissioner_code = tenant AND o.submission_id = a.reversed_submission_id
    LEFT JOIN ledger.current_months(at) m ON m.provider_code = a.provider_code AND m.period = a.period
   WHERE a.commissioner_code = tenant AND a.record_id = explain_record.record_id
     AND s.recorded_at <= at
     AND (month IS NULL OR a.period = month)
     AND (explain_record.provider_code IS NULL OR a.provider_code = explain_record.provider_code)
     AND (explain_record.submission_id IS NULL OR a.submission_id = explain_record.submission_id)
     AND (ledger.caller_practice() = '' OR a.ours)
   ORDER BY (s.phase = 'adjustment' OR a.submission_id IS NOT DISTINCT FROM m.submission_id) DESC, s.recorded_at DESC, a.quantity DESC
   LIMIT 1;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC404', 'RECORD_NOT_FOUND', 'there is no such record', 'record_id',
      'see a practice''s records with: pbc activity list');
  END IF;
  IF found_in.ambiguous THEN
    PERFORM ledger.refuse('ZC400', 'PROVIDER_NEEDED', 'several providers have a record of that id', 'provider_code',
      'name the provider');
  END IF;
  SELECT * INTO STRICT stored FROM ledger.activity a
   WHERE a.commissioner_code = tenant AND a.period = found_in.period AND a.submission_id = found_in.submission_id
     AND a.line = found_in.line;
  PERFORM ledger.audit('read_patient_level', format('line %s of submission %s', stored.line, stored.submission_id), reason);
  RETURN ledger.explained_record(stored, found_in.priced_at, at);
END
$$;
