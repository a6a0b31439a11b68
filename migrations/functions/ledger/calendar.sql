-- The submission calendar: a PCT's own row of a month wins over the national one.
CREATE OR REPLACE FUNCTION ledger.calendar()
RETURNS TABLE (period date, inclusion_date date, first_reconciliation_date date, final_date date, source text, evidence text)
LANGUAGE sql STABLE ROWS 180
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT DISTINCT ON (c.period) c.period, c.inclusion_date, c.first_reconciliation_date, c.final_date, c.source, c.evidence
    FROM (SELECT l.period, l.inclusion_date, l.first_reconciliation_date, l.final_date, l.source, 'local' AS evidence
            FROM ledger.submission_calendar l
           WHERE l.commissioner_code = ledger.caller_commissioner()
          UNION ALL
          SELECT n.period, n.inclusion_date, n.first_reconciliation_date, n.final_date, n.source, n.evidence
            FROM ref.submission_calendar n) c
   ORDER BY c.period, c.evidence = 'local' DESC
$$;

-- The day that a file asked for at a moment was too late for: a flex after 17:00 on the inclusion date, a freeze after that hour of the
-- final date. NULL if it was in time or the month has no calendar.
CREATE OR REPLACE FUNCTION ledger.missed_date(month date, phase text, asked_at timestamptz)
RETURNS date
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT d.due
    FROM ledger.calendar() c
   CROSS JOIN LATERAL (SELECT CASE missed_date.phase WHEN 'flex' THEN c.inclusion_date WHEN 'freeze' THEN c.final_date END AS due) d
   WHERE c.period = month AND asked_at > (d.due + time '17:00') AT TIME ZONE 'Europe/London'
$$;
