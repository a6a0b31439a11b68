-- Months of a year whose current submission does not rest on what is in force.
CREATE OR REPLACE FUNCTION job.stale_months(tariff_year integer)
RETURNS TABLE (provider_code text, period date, state text)
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT m.provider_code, m.period, m.state
    FROM ledger.provider_month m
   WHERE m.commissioner_code = ledger.caller_commissioner()
     AND m.period BETWEEN make_date(tariff_year, 4, 1) AND make_date(tariff_year + 1, 3, 1) AND ledger.is_stale(m)
   ORDER BY m.period, m.provider_code
$$;
