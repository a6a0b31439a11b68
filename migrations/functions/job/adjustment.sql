-- Adjustments of a provider's frozen months, for the job processes that post them.

-- Holds the provider's frozen months before one until the transaction ends, the earliest first: they stay frozen, and adjustments of one
-- provider wait for each other. To be called before job.lock_month, so that months are locked in their order.
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

-- Ids of the records that an adjustment of a month can update or delete. places are the months and rows of one that stands in more than
-- one, else NULL: an id is unique per provider, so such a record was sent twice or its id used twice, and nobody but the provider knows which.
CREATE OR REPLACE FUNCTION job.standing_records(provider text, before date)
RETURNS TABLE (record_id text, places text)
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT g.record_id,
         CASE WHEN cardinality(g.lines) > 1 THEN
           (SELECT string_agg(format('%s row %s', to_char(u.period, 'YYYY-MM'), u.line), ', ' ORDER BY u.period, u.line)
              FROM unnest(g.periods, g.lines) AS u (period, line)) END
    FROM (SELECT r.record_id, array_agg(r.period) AS periods, array_agg(r.line) AS lines
            FROM ledger.standing_rows(provider, '-infinity', before) r
           GROUP BY r.record_id) g
$$;

-- The newest adjustment that was sent after one and changed records of it again; NULL if all of it stands as it was posted.
CREATE OR REPLACE FUNCTION job.amended_by(adjustment uuid)
RETURNS uuid
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT l.submission_id
    FROM ledger.submission s
    JOIN ledger.submission l ON l.commissioner_code = s.commissioner_code AND l.provider_code = s.provider_code AND l.phase = 'adjustment'
                            AND l.sent_submission_id = l.submission_id AND l.recorded_at > s.recorded_at
   WHERE s.commissioner_code = ledger.caller_commissioner() AND s.submission_id = adjustment AND s.phase = 'adjustment'
     AND EXISTS (
       SELECT a.record_id FROM ledger.activity a
        WHERE a.commissioner_code = s.commissioner_code AND a.period = s.period AND a.submission_id = s.submission_id
       INTERSECT
       SELECT b.record_id FROM ledger.activity b
        WHERE b.commissioner_code = l.commissioner_code AND b.period = l.period AND b.submission_id = l.submission_id)
   ORDER BY l.recorded_at DESC
   LIMIT 1
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
      FROM (SELECT o.*
              FROM ledger.standing_rows($1, '-infinity', $2) r
             CROSS JOIN LATERAL (
               SELECT s.*
                 FROM ledger.activity s
                WHERE s.commissioner_code = ledger.caller_commissioner() AND s.period = r.period AND s.submission_id = r.submission_id
                  AND s.line = r.line
               OFFSET 0) o   -- one look-up for each, whatever the planner thinks that months just frozen hold
             WHERE r.record_id = ANY ($5)) a$sql$,
    ledger.stored_columns('ledger.activity',
      '{period,submission_id,line,quantity,reversed_submission_id,reversed_line}'))
    USING provider, month, submission, first_line, ARRAY(SELECT t.id FROM json_array_elements_text(records) AS t (id));
  RETURN QUERY
    SELECT count(*), count(*) FILTER (WHERE a.ours AND a.price_state = 'priced'),
           count(*) FILTER (WHERE a.ours AND a.price_state = 'excluded'), count(*) FILTER (WHERE a.ours AND a.price_state = 'unpriced'),
           count(*) FILTER (WHERE NOT a.ours), coalesce(sum(-a.total_pence) FILTER (WHERE a.ours), 0)::bigint
      FROM ledger.activity a
     WHERE a.commissioner_code = ledger.caller_commissioner() AND a.period = month AND a.submission_id = submission
       AND a.quantity = -1;
END
$$;

-- The rows of a frozen month that stand, in the month's own submission and in adjustments.
CREATE OR REPLACE FUNCTION job.standing_rows(provider text, month date)
RETURNS TABLE (period date, submission_id uuid, line integer)
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT r.period, r.submission_id, r.line
    FROM ledger.standing_rows(provider, month, (month + interval '1 month')::date) r
$$;

-- The month in which adjustments of a frozen one are posted: the provider's first after it of which nothing is frozen.
CREATE OR REPLACE FUNCTION job.posting_month(provider text, frozen date)
RETURNS date
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT min(n.month)
    FROM ledger.provider_month m
   CROSS JOIN LATERAL (SELECT (m.period + interval '1 month')::date AS month) n
   WHERE m.commissioner_code = ledger.caller_commissioner() AND m.provider_code = provider AND m.frozen_datasets <> '{}'
     AND m.period >= frozen
     AND NOT EXISTS (SELECT FROM ledger.provider_month o
                      WHERE o.commissioner_code = m.commissioner_code AND o.provider_code = provider AND o.period = n.month
                        AND o.frozen_datasets <> '{}')
$$;

-- The same for each of some months of providers; NULL of those that are not frozen, or only in part.
CREATE OR REPLACE FUNCTION job.posting_months(providers text[], periods date[])
RETURNS date[]
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT array_agg(CASE m.state WHEN 'frozen' THEN job.posting_month(m.provider_code, m.period) END ORDER BY s.place)
    FROM unnest(providers, periods) WITH ORDINALITY AS s (provider_code, period, place)
    LEFT JOIN ledger.provider_month m ON m.commissioner_code = ledger.caller_commissioner()
                                     AND m.provider_code = s.provider_code AND m.period = s.period
$$;

-- Sums of a submission's rows, all of them.
CREATE OR REPLACE FUNCTION job.store_rollup(month date, submission uuid)
RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO ledger.activity_rollup (commissioner_code, submission_id, period, provider_code, practice_code, pod,
    treatment_function_code, hrg, attribution, price_state, months_late, activity, cost_pence)
  SELECT a.commissioner_code, a.submission_id, a.period, a.provider_code, a.practice_code, a.pod,
         coalesce(a.treatment_function_code, ''), coalesce(a.hrg, ''), a.attribution, a.price_state,
         ledger.months_late(a.period, a.activity_date), sum(a.quantity), coalesce(sum(a.quantity * a.total_pence), 0)
    FROM ledger.activity a
   WHERE a.commissioner_code = ledger.caller_commissioner() AND a.period = month AND a.submission_id = submission
   GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
   ORDER BY 5
$$;

-- Posts what other prices change of rows that stand in a submission: reversals of those that cost another sum, and the rows anew, which
-- keep their lines. The prices are the caller's pg_temp.new_price. Answers what the rows cost as they were and as they are now, of those
-- that are ours, and how many of all were posted; none makes no submission.
CREATE OR REPLACE FUNCTION job.post_prices(source uuid, posted date, tariff uuid)
RETURNS TABLE (before_pence bigint, after_pence bigint, changed bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  sent ledger.submission;
  new_id uuid := gen_random_uuid();
  place text[] := '{period,submission_id,line,quantity,reversed_submission_id,reversed_line}';
  price text[] := '{pod,price_state,price_reason,tariff_line,base_pence,long_stay_days,long_stay_pence,adjustment_pence,mff_ppm,total_pence}';
BEGIN
  SELECT * INTO STRICT sent FROM ledger.submission s WHERE s.commissioner_code = tenant AND s.submission_id = source;
  EXECUTE $sql$
    SELECT coalesce(sum(a.total_pence) FILTER (WHERE a.ours), 0), coalesce(sum(p.total_pence) FILTER (WHERE a.ours), 0),
           count(*) FILTER (WHERE (a.pod, a.price_state, a.total_pence) IS DISTINCT FROM (p.pod, p.price_state, p.total_pence))
      FROM pg_temp.new_price p
      JOIN ledger.activity a ON a.commissioner_code = $1 AND a.period = $2 AND a.submission_id = $3 AND a.line = p.line$sql$
    INTO before_pence, after_pence, changed USING tenant, sent.period, source;
  IF changed > 0 AND NOT ledger.has_begun(posted) THEN
    PERFORM ledger.refuse('ZC412', 'PERIOD_FUTURE', format(
      'prices of %s of provider %s differ, and the first month that nothing is frozen of, %s, has not begun', to_char(sent.period, 'YYYY-MM'),
      sent.provider_code, to_char(posted, 'YYYY-MM')), 'financial_year',
      'try again when it has, or reopen a month before it: pbc activity reopen');
  END IF;
  IF changed > 0 THEN
    EXECUTE format($sql$
      INSERT INTO ledger.activity (period, submission_id, line, tariff_id, %1$s, %2$s)
      SELECT $4, $5, p.line, CASE WHEN p.tariff_line IS NOT NULL THEN $6 END, %3$s, %2$s
        FROM pg_temp.new_price p
        JOIN ledger.activity a ON a.commissioner_code = $1 AND a.period = $2 AND a.submission_id = $3 AND a.line = p.line
       WHERE (a.pod, a.price_state, a.total_pence) IS DISTINCT FROM (p.pod, p.price_state, p.total_pence)$sql$,
      array_to_string(price, ', '), ledger.stored_columns('ledger.activity', place || price || 'tariff_id'::text),
      'p.' || array_to_string(price, ', p.'))
      USING tenant, sent.period, source, posted, new_id, tariff;
    EXECUTE format($sql$
      INSERT INTO ledger.activity (period, submission_id, line, quantity, reversed_submission_id, reversed_line, %1$s)
      SELECT $4, $5, top.line + (row_number() OVER (ORDER BY a.line))::integer, -1, a.submission_id, a.line, %1$s
        FROM (SELECT n.line AS new_line, max(n.line) OVER () AS line FROM ledger.activity n
               WHERE n.commissioner_code = $1 AND n.period = $4 AND n.submission_id = $5) top
       CROSS JOIN LATERAL (
         SELECT s.*
           FROM ledger.activity s
          WHERE s.commissioner_code = $1 AND s.period = $2 AND s.submission_id = $3 AND s.line = top.new_line
         OFFSET 0) a$sql$,
      ledger.stored_columns('ledger.activity', place))
      USING tenant, sent.period, source, posted, new_id;
    PERFORM job.store_rollup(posted, new_id);
    PERFORM ledger.store_repriced(sent, new_id, posted);
  END IF;
  RETURN NEXT;
END
$$;
