-- Adjustments of a provider's frozen months, for the job processes that post them.

-- Holds the provider's frozen months before one until the transaction ends, the earliest first: they stay frozen, and adjustments of one
-- provider wait for each other. To be called before job.lock_month, so that months are always locked in their order.
CREATE OR REPLACE FUNCTION job.lock_frozen_months(provider text, before date)
RETURNS TABLE (period date)
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT m.period
    FROM ledger.provider_month m
   WHERE m.commissioner_code = ledger.caller_commissioner() AND m.provider_code = provider AND m.period < before AND m.state = 'frozen'
   ORDER BY m.period
     FOR UPDATE
$$;

-- Ids of the records that an adjustment of a month can update or delete.
CREATE OR REPLACE FUNCTION job.standing_records(provider text, before date)
RETURNS TABLE (record_id text)
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT r.record_id FROM ledger.standing_rows(provider) r WHERE r.activity_date < before
$$;

-- Posts a reversal of every row that stands of some records, as rows of the new submission with lines from first_line on. Answers what
-- they add up to: rows by state, and the cost that they take back, which is less than nothing.
CREATE OR REPLACE FUNCTION job.take_back(provider text, month date, submission uuid, first_line integer, records json)
RETURNS TABLE (accepted bigint, priced bigint, excluded bigint, unpriced bigint, not_ours bigint, cost_pence bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format($sql$
    INSERT INTO ledger.activity (period, submission_id, line, quantity, reversed_submission_id, reversed_line, %1$s)
    SELECT $2, $3, $4 + (row_number() OVER (ORDER BY a.period, a.submission_id, a.line))::integer - 1, -1, a.submission_id, a.line, %1$s
      FROM (SELECT r.period AS standing_period, r.submission_id AS standing_id, r.line AS standing_line
              FROM ledger.standing_rows($1) r
             WHERE r.activity_date < $2 AND r.record_id IN (SELECT t.id FROM json_array_elements_text($5) AS t (id))) r
      JOIN ledger.activity a ON a.commissioner_code = ledger.caller_commissioner() AND a.period = r.standing_period
                            AND a.submission_id = r.standing_id AND a.line = r.standing_line$sql$,
    ledger.stored_columns('ledger.activity',
      '{period,submission_id,line,quantity,reversed_submission_id,reversed_line}'))
    USING provider, month, submission, first_line, records;
  RETURN QUERY
    SELECT count(*), count(*) FILTER (WHERE a.ours AND a.price_state = 'priced'),
           count(*) FILTER (WHERE a.ours AND a.price_state = 'excluded'), count(*) FILTER (WHERE a.ours AND a.price_state = 'unpriced'),
           count(*) FILTER (WHERE NOT a.ours), coalesce(sum(-a.total_pence) FILTER (WHERE a.ours), 0)::bigint
      FROM ledger.activity a
     WHERE a.commissioner_code = ledger.caller_commissioner() AND a.period = month AND a.submission_id = submission
       AND a.quantity = -1;
END
$$;
