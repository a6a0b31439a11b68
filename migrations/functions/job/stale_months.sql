-- Months of a year whose current submission does not rest on what is in force: taken in under another tariff, with a price of another
-- in its rows, or before a term of the provider was recorded that counts in the month. Of a frozen month also if an adjustment that
-- stands has such a price.
CREATE OR REPLACE FUNCTION job.stale_months(tariff_year integer)
RETURNS TABLE (provider_code text, period date, state text)
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT m.provider_code, m.period, m.state
    FROM ledger.provider_month m
    JOIN ledger.submission s ON s.commissioner_code = m.commissioner_code AND s.submission_id = m.submission_id
   CROSS JOIN (SELECT ledger.tariff_at(tariff_year, 'infinity') AS tariff_id) f
   WHERE m.commissioner_code = ledger.caller_commissioner() AND m.state <> 'open'
     AND m.period BETWEEN make_date(tariff_year, 4, 1) AND make_date(tariff_year + 1, 3, 1)
     AND (ledger.tariff_at(tariff_year, coalesce(s.priced_at, s.recorded_at)) IS DISTINCT FROM f.tariff_id
          OR EXISTS (SELECT FROM ledger.activity a
                      WHERE a.commissioner_code = m.commissioner_code AND a.period = m.period
                        AND a.submission_id = m.submission_id AND a.tariff_id <> f.tariff_id)
          OR EXISTS (SELECT FROM ledger.provider_term t
                      WHERE t.commissioner_code = m.commissioner_code AND t.provider_code = m.provider_code
                        AND t.recorded_at > coalesce(s.priced_at, s.recorded_at)
                        AND m.period BETWEEN date_trunc('month', t.valid_from)::date AND t.valid_to)
          OR m.state = 'frozen' AND EXISTS (
               SELECT FROM ledger.standing_rows(m.provider_code, m.period, (m.period + interval '1 month')::date) r
                 JOIN ledger.activity a ON a.commissioner_code = m.commissioner_code AND a.period = r.period
                                       AND a.submission_id = r.submission_id AND a.line = r.line
                WHERE r.submission_id <> m.submission_id AND a.tariff_id <> f.tariff_id))
   ORDER BY m.period, m.provider_code
$$;
