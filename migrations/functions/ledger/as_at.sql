-- What was known at a moment. Submissions are only ever added, so the past is a query.

-- A day is its end in England, a moment is itself, nothing ('infinity') is now. Nothing is known of the future.
CREATE OR REPLACE FUNCTION ledger.as_at(as_at text)
RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  is_day boolean := as_at ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$';
  moment timestamptz;
BEGIN
  IF as_at IS NULL THEN
    RETURN 'infinity';
  END IF;
  BEGIN
    moment := CASE WHEN is_day THEN (as_at::date + 1)::timestamp AT TIME ZONE 'Europe/London' - interval '1 microsecond'
                   WHEN as_at ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)$' THEN as_at::timestamptz END;
  EXCEPTION WHEN data_exception THEN
    moment := NULL;
  END;
  IF moment IS NULL THEN
    PERFORM ledger.refuse('ZC400', 'BAD_AS_AT', format('"%s" is neither a day nor a moment', as_at), 'as_at',
      'write 2017-08-31 or 2017-08-31T17:00:00Z');
  END IF;
  IF is_day AND as_at::date > ledger.today() OR NOT is_day AND moment > clock_timestamp() THEN
    PERFORM ledger.refuse('ZC400', 'AS_AT_FUTURE', format('%s has not come yet', as_at), 'as_at', 'leave it out to see what is known today');
  END IF;
  RETURN moment;
END
$$;

-- The submission that counted as each provider's month at a moment, and what was closed of the month, from the submissions themselves: the
-- freeze of the month, else the newest; closed are the data sets that had a freeze. A reopening begins another edition of the month: what
-- was frozen counts as flex until a file of that edition comes.
CREATE OR REPLACE FUNCTION ledger.known_months(tenant text, at timestamptz)
RETURNS TABLE (provider_code text, period date, state text, submission_id uuid, frozen_datasets text[])
LANGUAGE sql STABLE ROWS 400
SET search_path = pg_catalog, pg_temp
AS $$
  WITH reopened AS (
    SELECT r.provider_code, r.period, max(r.edition) AS edition
      FROM ledger.reopening r
     WHERE r.commissioner_code = tenant AND r.approved_at <= at
     GROUP BY r.provider_code, r.period
  ), newest AS (
    SELECT DISTINCT ON (s.provider_code, s.period) s.provider_code, s.period, s.submission_id, s.phase, s.dataset, s.edition
      FROM ledger.submission s
     WHERE s.commissioner_code = tenant AND s.recorded_at <= at AND s.phase <> 'adjustment'
     ORDER BY s.provider_code, s.period, s.edition DESC, s.phase = 'freeze' AND s.dataset IS NULL DESC, s.recorded_at DESC
  ), closed AS (
    SELECT s.provider_code, s.period, s.edition, array_agg(DISTINCT s.dataset ORDER BY s.dataset) AS datasets
      FROM ledger.submission s
     WHERE s.commissioner_code = tenant AND s.recorded_at <= at AND s.phase = 'freeze' AND s.dataset IS NOT NULL
     GROUP BY s.provider_code, s.period, s.edition
  )
  SELECT n.provider_code, n.period, ledger.month_state(f.datasets), n.submission_id, f.datasets
    FROM newest n
    LEFT JOIN reopened o ON o.provider_code = n.provider_code AND o.period = n.period
    LEFT JOIN closed c ON c.provider_code = n.provider_code AND c.period = n.period AND c.edition = n.edition
   CROSS JOIN LATERAL (
     SELECT CASE WHEN n.edition < o.edition THEN '{}'   -- reopened, and no file has come since
                 WHEN n.phase = 'freeze' AND n.dataset IS NULL THEN ledger.closed_datasets('freeze', NULL)
                 ELSE coalesce(c.datasets, '{}') END AS datasets) f
$$;

-- The same for the caller's PCT. Now is kept in ledger.provider_month; verify proves that it agrees.
CREATE OR REPLACE FUNCTION ledger.current_months(at timestamptz)
RETURNS TABLE (provider_code text, period date, state text, submission_id uuid, frozen_datasets text[])
LANGUAGE sql STABLE ROWS 400
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT m.provider_code, m.period, m.state, m.submission_id, m.frozen_datasets
    FROM ledger.provider_month m
   WHERE at = 'infinity' AND m.commissioner_code = ledger.caller_commissioner() AND m.state <> 'open'
  UNION ALL
  SELECT k.provider_code, k.period, k.state, k.submission_id, k.frozen_datasets
    FROM ledger.known_months(ledger.caller_commissioner(), at) k
   WHERE at <> 'infinity'
$$;

-- Every submission whose rows counted at a moment: each month's own, and the adjustments that had been posted in it, which add up. What
-- is posted in a month is as firm as its data set of the month.
CREATE OR REPLACE FUNCTION ledger.counting_submissions(at timestamptz)
RETURNS TABLE (provider_code text, period date, state text, submission_id uuid, frozen_datasets text[])
LANGUAGE sql STABLE ROWS 400
SET search_path = pg_catalog, pg_temp
AS $$
  WITH own AS MATERIALIZED (
    SELECT m.provider_code, m.period, m.state, m.submission_id, m.frozen_datasets FROM ledger.current_months(at) m
  )
  SELECT o.provider_code, o.period, o.state, o.submission_id, o.frozen_datasets FROM own o
  UNION ALL
  SELECT s.provider_code, s.period, coalesce(o.state, 'flex'), s.submission_id, coalesce(o.frozen_datasets, '{}')
    FROM ledger.submission s
    LEFT JOIN own o ON o.provider_code = s.provider_code AND o.period = s.period
   WHERE s.commissioner_code = ledger.caller_commissioner() AND s.phase = 'adjustment' AND s.recorded_at <= at
$$;
