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
RETURNS TABLE (submission_id uuid, frozen_datasets text[])
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO ledger.provider_month AS m (commissioner_code, provider_code, period, state, changed_at)
  VALUES (ledger.caller_commissioner(), provider, month, 'open', clock_timestamp())
  ON CONFLICT ON CONSTRAINT provider_month_pkey DO NOTHING;
  RETURN QUERY
    SELECT m.submission_id, m.frozen_datasets
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

-- Refuses a file that a month does not take any more. Into one that is frozen in part comes only what is of a data set that is not. An
-- adjustment is posted where nothing is frozen, so that no figure that said so changes. The caller holds the month by job.lock_month.
CREATE OR REPLACE FUNCTION job.require_open_month(provider text, month date, phase text, dataset text)
RETURNS void
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  frozen text[] := (SELECT m.frozen_datasets FROM ledger.provider_month m
                     WHERE m.commissioner_code = ledger.caller_commissioner() AND m.provider_code = provider AND m.period = month);
  closed text := format('%s of provider %s is frozen%s', to_char(month, 'YYYY-MM'), provider, ledger.frozen_part(frozen));
  left_open text := ledger.open_part(frozen);
  reopen text := 'or two people can reopen it: pbc activity reopen';
BEGIN
  IF frozen = '{}' THEN
    RETURN;
  ELSIF phase = 'adjustment' THEN
    PERFORM ledger.refuse('ZC412', 'MONTH_FROZEN', closed, 'period', 'post the adjustment in a later month');
  ELSIF left_open = '' THEN
    PERFORM ledger.refuse('ZC412', 'MONTH_FROZEN', closed, 'period',
      'correct it by an adjustment in a later month: pbc activity import --phase adjustment; ' || reopen);
  ELSIF dataset IS NULL THEN
    PERFORM ledger.refuse('ZC412', 'MONTH_FROZEN', closed, 'dataset',
      format('send what is not frozen, %s, in files of their own: pbc activity import --dataset', left_open));
  ELSIF dataset = ANY (frozen) THEN
    PERFORM ledger.refuse('ZC412', 'MONTH_FROZEN', closed, 'dataset',
      format('once %s is frozen too, correct it by an adjustment in a later month; %s', left_open, reopen));
  END IF;
END
$$;

-- Makes a submission the one that counts for its month, and closes the data sets that it freezes. One that is priced again leaves alone
-- what is frozen. Answers which data sets of the month are open still. The caller holds the month by job.lock_month.
CREATE OR REPLACE FUNCTION job.make_current(submission uuid)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  made ledger.submission;
  priced_again boolean;
  frozen text[];
BEGIN
  SELECT * INTO STRICT made FROM ledger.submission s
   WHERE s.commissioner_code = ledger.caller_commissioner() AND s.submission_id = submission;
  priced_again := made.reprice_of_submission_id IS NOT NULL AND made.restore_of_submission_id IS NULL;
  IF NOT priced_again THEN
    PERFORM job.require_open_month(made.provider_code, made.period, made.phase, made.dataset);
  END IF;
  frozen := ARRAY(SELECT unnest(m.frozen_datasets || ledger.closed_datasets(made.phase, made.dataset)) AS dataset
                    FROM ledger.provider_month m
                   WHERE m.commissioner_code = made.commissioner_code AND m.provider_code = made.provider_code AND m.period = made.period
                   ORDER BY dataset);
  UPDATE ledger.provider_month m
     SET state = ledger.month_state(frozen), frozen_datasets = frozen, submission_id = submission, changed_at = clock_timestamp()
   WHERE m.commissioner_code = made.commissioner_code AND m.provider_code = made.provider_code AND m.period = made.period;
  RETURN ledger.open_part(frozen);
END
$$;
