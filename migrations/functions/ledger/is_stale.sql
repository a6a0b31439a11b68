-- Whether what counts of a month does not rest on what is in force: taken in under another tariff, with a price of another in its rows, or
-- before a term of the provider was recorded that counts in the month; rows that were taken over from an older submission are as old as there.
-- Of a frozen month each freeze that closed a data set of it, and the
-- adjustments that stand; of one that is frozen in part what is not, for the rest waits until the month has closed.
CREATE OR REPLACE FUNCTION ledger.is_stale(m ledger.provider_month)
RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tariff uuid := ledger.tariff_at(ledger.year_of(m.period), 'infinity');
  priced_at timestamptz;
BEGIN
  SELECT least(s.priced_at, s.carried_priced_at, s.recorded_at, CASE m.state WHEN 'frozen' THEN
           (SELECT min(least(z.carried_priced_at, z.recorded_at)) FROM ledger.submission z
             WHERE z.commissioner_code = s.commissioner_code AND z.provider_code = s.provider_code AND z.period = s.period
               AND z.phase = 'freeze' AND z.edition = s.edition AND z.sent_submission_id = z.submission_id) END)
    INTO priced_at
    FROM ledger.submission s
   WHERE s.commissioner_code = m.commissioner_code AND s.submission_id = m.submission_id;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  -- The dearest question last: it reads all rows of the month where none is stale.
  RETURN ledger.tariff_at(ledger.year_of(m.period), priced_at) IS DISTINCT FROM tariff
    OR EXISTS (SELECT FROM ledger.provider_term t
                WHERE t.commissioner_code = m.commissioner_code AND t.provider_code = m.provider_code AND t.recorded_at > priced_at
                  AND m.period BETWEEN date_trunc('month', t.valid_from)::date AND t.valid_to)
    OR m.state = 'frozen' AND EXISTS (
         SELECT FROM ledger.standing_rows(m.provider_code, m.period, (m.period + interval '1 month')::date) r
           JOIN ledger.activity a ON a.commissioner_code = m.commissioner_code AND a.period = r.period
                                 AND a.submission_id = r.submission_id AND a.line = r.line
          WHERE r.submission_id <> m.submission_id AND a.tariff_id <> tariff)
    OR EXISTS (SELECT FROM ledger.activity a
                WHERE a.commissioner_code = m.commissioner_code AND a.period = m.period AND a.submission_id = m.submission_id
                  AND a.tariff_id <> tariff AND (m.state = 'frozen' OR a.dataset <> ALL (m.frozen_datasets)));
END
$$;
