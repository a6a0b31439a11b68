-- Rows that are posted after their own month.

-- How many months after the month of its day a row is posted.
CREATE OR REPLACE FUNCTION ledger.months_late(posted date, day date)
RETURNS smallint
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN day >= posted THEN 0
  ELSE (extract(year FROM posted) - extract(year FROM day)) * 12 + extract(month FROM posted) - extract(month FROM day) END::smallint;

-- A provider's rows that stand in what is closed: those of its frozen months and of its adjustments that no reversal names. By record
-- there is one at most.
CREATE OR REPLACE FUNCTION ledger.standing_rows(provider text)
RETURNS TABLE (period date, submission_id uuid, line integer, record_id text, activity_date date)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH adjustment AS (
    SELECT s.period, s.submission_id
      FROM ledger.submission s
     WHERE s.commissioner_code = ledger.caller_commissioner() AND s.provider_code = provider AND s.phase = 'adjustment'
  ), closed AS (
    SELECT m.period, m.submission_id
      FROM ledger.provider_month m
     WHERE m.commissioner_code = ledger.caller_commissioner() AND m.provider_code = provider AND m.state = 'frozen'
    UNION ALL
    SELECT j.period, j.submission_id FROM adjustment j
  ), reversal AS (
    SELECT v.reversed_submission_id, v.reversed_line
      FROM adjustment j
      JOIN ledger.activity v ON v.commissioner_code = ledger.caller_commissioner() AND v.period = j.period
                            AND v.submission_id = j.submission_id
     WHERE v.quantity = -1
  )
  SELECT a.period, a.submission_id, a.line, a.record_id, a.activity_date
    FROM closed c
    JOIN ledger.activity a ON a.commissioner_code = ledger.caller_commissioner() AND a.period = c.period
                          AND a.submission_id = c.submission_id
   WHERE a.quantity = 1
     AND NOT EXISTS (SELECT FROM reversal v WHERE v.reversed_submission_id = a.submission_id AND v.reversed_line = a.line)
$$;
