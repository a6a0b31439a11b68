-- What a file of changes, or of one data set, leaves alone: the rows of the standing submission but the replaced records, or those of the
-- data set, become rows of the new one, with lines from first_line on, so that no two of its rows share a line. Answers what they add up to.
CREATE OR REPLACE FUNCTION job.carry_over(month date, standing uuid, submission uuid, first_line integer, replaced json,
  dataset text)
RETURNS TABLE (accepted bigint, priced bigint, excluded bigint, unpriced bigint, not_ours bigint, cost_pence bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  columns text := ledger.stored_columns('ledger.activity', '{submission_id,line}');
BEGIN
  EXECUTE format($sql$
    INSERT INTO ledger.activity (submission_id, line, %1$s)
    SELECT $3, $4 + (row_number() OVER (ORDER BY a.line))::integer - 1, %1$s
      FROM ledger.activity a
     WHERE a.commissioner_code = ledger.caller_commissioner() AND a.period = $1 AND a.submission_id = $2
       AND a.record_id NOT IN (SELECT r.record_id FROM json_array_elements_text($5) AS r (record_id))
       AND a.dataset IS DISTINCT FROM $6$sql$, columns)
    USING month, standing, submission, first_line, replaced, dataset;
  RETURN QUERY
    SELECT count(*), count(*) FILTER (WHERE a.ours AND a.price_state = 'priced'),
           count(*) FILTER (WHERE a.ours AND a.price_state = 'excluded'), count(*) FILTER (WHERE a.ours AND a.price_state = 'unpriced'),
           count(*) FILTER (WHERE NOT a.ours), coalesce(sum(a.total_pence) FILTER (WHERE a.ours), 0)::bigint
      FROM ledger.activity a
     WHERE a.commissioner_code = ledger.caller_commissioner() AND a.period = month AND a.submission_id = submission
       AND a.line >= first_line;
END
$$;

-- When the oldest of the prices was made that are taken over from a standing submission with rows that are not frozen, those of a replaced
-- data set aside; NULL if there are none.
CREATE OR REPLACE FUNCTION job.carried_priced_at(standing uuid, replaced text)
RETURNS timestamptz
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT least(s.priced_at, s.carried_priced_at, s.recorded_at)
    FROM ledger.submission s
    JOIN ledger.provider_month m ON m.commissioner_code = s.commissioner_code AND m.provider_code = s.provider_code AND m.period = s.period
   WHERE s.commissioner_code = ledger.caller_commissioner() AND s.submission_id = standing
     AND EXISTS (SELECT FROM ledger.activity a
                  WHERE a.commissioner_code = s.commissioner_code AND a.period = s.period AND a.submission_id = s.submission_id
                    AND a.dataset IS DISTINCT FROM replaced AND a.dataset <> ALL (m.frozen_datasets))
$$;

-- What a month that is priced again leaves alone: the rows of its frozen data sets become rows of the new submission as they are.
CREATE OR REPLACE FUNCTION job.keep_frozen(month date, standing uuid, submission uuid)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format($sql$
    INSERT INTO ledger.activity (submission_id, %1$s)
    SELECT $3, %1$s
      FROM ledger.activity a
     WHERE a.commissioner_code = ledger.caller_commissioner() AND a.period = $1 AND a.submission_id = $2
       AND a.dataset = ANY (SELECT unnest(m.frozen_datasets) FROM ledger.provider_month m
                             WHERE m.commissioner_code = a.commissioner_code AND m.period = $1 AND m.submission_id = $2)$sql$,
    ledger.stored_columns('ledger.activity', '{submission_id}'))
    USING month, standing, submission;
END
$$;
