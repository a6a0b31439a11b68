-- Rows that are posted after their own month.

-- How many months after the month of its day a row is posted.
CREATE OR REPLACE FUNCTION ledger.months_late(posted date, day date)
RETURNS smallint
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN day >= posted THEN 0
  ELSE (extract(year FROM posted) - extract(year FROM day)) * 12 + extract(month FROM posted) - extract(month FROM day) END::smallint;

-- A provider's rows that stand in what is closed, of days from one until another, both first days of months: those of its frozen months
-- and of its adjustments, except what a reversal takes back, which is a copy of it. Set against set: a join of the two has to guess how
-- many reversals there are, and where it guesses few it compares each row with each.
CREATE OR REPLACE FUNCTION ledger.standing_rows(provider text, from_day date, until_day date)
RETURNS TABLE (period date, submission_id uuid, line integer, record_id text)
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
       AND m.period >= from_day AND m.period < until_day
    UNION ALL
    SELECT j.period, j.submission_id FROM adjustment j
  ), standing AS (
    SELECT a.submission_id, a.line, a.record_id
      FROM closed c
      JOIN ledger.activity a ON a.commissioner_code = ledger.caller_commissioner() AND a.period = c.period
                            AND a.submission_id = c.submission_id
     WHERE a.quantity = 1 AND a.activity_date >= from_day AND a.activity_date < until_day
    EXCEPT
    SELECT v.reversed_submission_id, v.reversed_line, v.record_id
      FROM adjustment j
      JOIN ledger.activity v ON v.commissioner_code = ledger.caller_commissioner() AND v.period = j.period
                            AND v.submission_id = j.submission_id
     WHERE v.quantity = -1 AND v.activity_date >= from_day AND v.activity_date < until_day
  )
  SELECT c.period, n.submission_id, n.line, n.record_id
    FROM standing n
    JOIN closed c ON c.submission_id = n.submission_id
$$;

-- The adjustment that prices rows of a submission again, of the same file as it.
CREATE OR REPLACE FUNCTION ledger.store_repriced(sent ledger.submission, new_id uuid, posted date)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO ledger.submission (commissioner_code, submission_id, provider_code, period, phase, upload_id, file_name, header, sha256,
    row_count, accepted_count, rejected_count, priced_count, excluded_count, unpriced_count, not_ours_count, reversed_count, cost_pence,
    reprice_of_submission_id, organisation_code, user_id, recorded_at)
  SELECT sent.commissioner_code, new_id, sent.provider_code, posted, 'adjustment', sent.upload_id, sent.file_name, sent.header, sent.sha256,
         count(*), count(*), 0, count(*) FILTER (WHERE a.ours AND a.price_state = 'priced'),
         count(*) FILTER (WHERE a.ours AND a.price_state = 'excluded'), count(*) FILTER (WHERE a.ours AND a.price_state = 'unpriced'),
         count(*) FILTER (WHERE NOT a.ours), count(*) FILTER (WHERE a.quantity = -1),
         coalesce(sum(a.quantity * a.total_pence) FILTER (WHERE a.ours), 0), sent.sent_submission_id, ledger.caller_organisation(),
         ledger.caller_user(), clock_timestamp()
    FROM ledger.activity a
   WHERE a.commissioner_code = sent.commissioner_code AND a.period = posted AND a.submission_id = new_id
$$;
