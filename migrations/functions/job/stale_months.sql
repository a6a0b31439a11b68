-- Months of a year of which what counts does not rest on what is in force.
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

-- Holds those months until the transaction ends, and with them the months in which differences of the frozen ones are posted; the locks are
-- in their one order (job/month.sql). submission_id is what counts now. posting_month is NULL of a month that is not frozen; of one that is
-- frozen in part kept are the data sets that are.
CREATE OR REPLACE FUNCTION job.lock_stale_months(tariff_year integer)
RETURNS TABLE (provider_code text, period date, submission_id uuid, posting_month date, kept text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  providers text[];
  periods date[];
  wanted date[];
  month record;
BEGIN
  SELECT array_agg(s.provider_code ORDER BY s.period, s.provider_code), array_agg(s.period ORDER BY s.period, s.provider_code)
    INTO providers, periods
    FROM job.stale_months(tariff_year) s;
  LOOP
    BEGIN
      wanted := job.posting_months(providers, periods);
      FOR month IN
        SELECT DISTINCT s.period, s.provider_code
          FROM unnest(periods || wanted, providers || providers) AS s (period, provider_code)
         WHERE s.period IS NOT NULL
         ORDER BY s.period, s.provider_code
      LOOP
        PERFORM FROM job.lock_month(month.provider_code, month.period);
      END LOOP;
      -- A freeze that a lock had to wait for closes the month that was found: then the next is, and the locks are taken anew in their order.
      IF job.posting_months(providers, periods) IS NOT DISTINCT FROM wanted THEN
        RETURN QUERY
          SELECT s.provider_code, s.period, m.submission_id, s.posting_month,
                 CASE m.state WHEN 'frozen' THEN '' ELSE array_to_string(m.frozen_datasets, ', ') END
            FROM unnest(providers, periods, wanted) WITH ORDINALITY AS s (provider_code, period, posting_month, place)
            JOIN ledger.provider_month m ON m.commissioner_code = ledger.caller_commissioner()
                                        AND m.provider_code = s.provider_code AND m.period = s.period
           ORDER BY s.place;
        RETURN;
      END IF;
      RAISE serialization_failure;
    EXCEPTION WHEN serialization_failure THEN
      NULL;
    END;
  END LOOP;
END
$$;
