-- The activity ledger by month.
--
-- Whoever holds more than one thing until the end of a transaction takes them in this order, so that no two wait for each other:
--   1. the request id (api.replay), and the upload that a call reads;
--   2. a turn: reference data (job.lock_reference), reviews of a practice (ledger.lock_reviews);
--   3. what the call is about: a reopening, a settlement, an invoice, a business case, a contract, a budget run;
--   4. months, the earliest first and of one month by provider: job.lock_frozen_months before job.lock_month, job.lock_stale_months alone;
--   5. accounts by their codes and numbers of documents (ledger.open_accounts, ledger.next_number);
--   6. the operation (job.lock_operation, job.finish);
--   7. the end of the audit chain (ledger.audit), for whoever has it keeps all others waiting.

-- Makes the partition of a month; its own short transaction, before the import. The name is the caller's to copy into. Attached, not
-- created in place, so that readers of the ledger are not locked out.
CREATE OR REPLACE FUNCTION job.ensure_partition(period date)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  month date := date_trunc('month', period)::date;
  partition_name text := 'activity_' || to_char(month, 'YYYY_MM');
BEGIN
  IF to_regclass('ledger.' || partition_name) IS NULL THEN
    LOCK TABLE ledger.activity IN SHARE UPDATE EXCLUSIVE MODE;
    IF to_regclass('ledger.' || partition_name) IS NULL THEN
      EXECUTE format('CREATE TABLE ledger.%I (LIKE ledger.activity INCLUDING ALL)', partition_name);
      EXECUTE format('ALTER TABLE ledger.activity ATTACH PARTITION ledger.%I FOR VALUES FROM (%L) TO (%L)', partition_name,
        month, month + interval '1 month');
      EXECUTE format('GRANT INSERT ON ledger.%I TO pbc_job', partition_name);
    END IF;
  END IF;
  RETURN 'ledger.' || partition_name;
END
$$;

-- Holds a provider's month until the transaction ends: imports of one month wait for each other here.
CREATE OR REPLACE FUNCTION job.lock_month(provider text, month date)
RETURNS TABLE (state text, submission_id uuid)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO ledger.provider_month AS m (commissioner_code, provider_code, period, state, changed_at)
  VALUES (ledger.caller_commissioner(), provider, month, 'open', clock_timestamp())
  ON CONFLICT ON CONSTRAINT provider_month_pkey DO NOTHING;
  RETURN QUERY
    SELECT m.state::text, m.submission_id
      FROM ledger.provider_month m
     WHERE m.commissioner_code = ledger.caller_commissioner() AND m.provider_code = provider AND m.period = month
       FOR UPDATE;
END
$$;

-- The edition of the month that its next file of a phase belongs to. An adjustment is not of the month: it counts in all of them.
CREATE OR REPLACE FUNCTION job.month_edition(provider text, month date, phase text)
RETURNS smallint
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
RETURN CASE phase WHEN 'adjustment' THEN 0::smallint ELSE ledger.month_edition(provider, month) END;

-- The day by which the file of an operation was due, if it was asked for too late; else NULL.
CREATE OR REPLACE FUNCTION job.missed_date(operation uuid, month date, phase text)
RETURNS date
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT ledger.missed_date(month, missed_date.phase, o.created_at)
    FROM job.operation o
   WHERE o.commissioner_code = ledger.caller_commissioner() AND o.operation_id = operation
$$;

-- Makes a submission the one that counts; a freeze closes the month. The caller holds the month by job.lock_month.
CREATE OR REPLACE FUNCTION job.make_current(provider text, month date, submission uuid, phase text)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE ledger.provider_month m
     SET state = CASE phase WHEN 'freeze' THEN 'frozen' ELSE 'flex' END, submission_id = submission, changed_at = clock_timestamp()
   WHERE m.commissioner_code = ledger.caller_commissioner() AND m.provider_code = provider AND m.period = month
     AND m.state <> 'frozen';
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC412', 'MONTH_FROZEN', format('%s of provider %s is frozen', to_char(month, 'YYYY-MM'), provider),
      'period', 'correct it by an adjustment in a later month: pbc activity import --phase adjustment');
  END IF;
END
$$;
