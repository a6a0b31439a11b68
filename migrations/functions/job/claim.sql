-- Work for a job process. What a run has in its hands is (commissioner, operation, worker, attempt): worker and attempt are the fence.
-- The setting pbc.worker opens the operations of every PCT to these functions alone (policy any_worker).

-- The oldest operation that waits, or whose worker has let its lease run out; no row when there is none. After max_attempts runs
-- that ended in a crash an operation fails.
CREATE OR REPLACE FUNCTION job.claim(worker text, lease_seconds integer, max_attempts integer)
RETURNS TABLE (commissioner_code text, operation_id uuid, kind text, params jsonb, attempt integer)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET pbc.worker = 'claim'
AS $$
DECLARE
  now_at timestamptz := clock_timestamp();
  next job.operation;
BEGIN
  -- Nothing waits for longer than a minute, unless the clock was set back. Who holds such a lease renews it at once.
  UPDATE job.operation o SET lease_until = now_at + make_interval(secs => lease_seconds)
    FROM (SELECT w.commissioner_code, w.operation_id
            FROM job.operation w
           WHERE w.state IN ('queued', 'running') AND w.lease_until > now_at + interval '1 minute'
             FOR UPDATE SKIP LOCKED) AS waiting
   WHERE o.commissioner_code = waiting.commissioner_code AND o.operation_id = waiting.operation_id;
  LOOP
    SELECT o.* INTO next
      FROM job.operation o
     WHERE o.state IN ('queued', 'running') AND coalesce(o.lease_until, '-infinity') < now_at
     ORDER BY o.created_at, o.operation_id
     LIMIT 1
       FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      RETURN;
    END IF;
    EXIT WHEN next.attempt < max_attempts AND NOT next.cancel_requested;
    UPDATE job.operation o
       SET state = CASE WHEN next.cancel_requested THEN 'cancelled' ELSE 'failed' END,
           error_message = CASE WHEN NOT next.cancel_requested
             THEN coalesce(next.error_message, format('stopped %s times without an end', next.attempt)) END,
           error_hint = CASE WHEN NOT next.cancel_requested THEN 'ask the operator to look at the log of pbc-jobd' END,
           ended_at = now_at
     WHERE o.commissioner_code = next.commissioner_code AND o.operation_id = next.operation_id;
    PERFORM pg_notify('pbc', 'operation');
  END LOOP;
  UPDATE job.operation o
     SET state = 'running', worker = claim.worker, attempt = next.attempt + 1,
         lease_until = now_at + make_interval(secs => lease_seconds), started_at = coalesce(next.started_at, now_at),
         progress_done = 0, progress_total = 0, progress_unit = ''
   WHERE o.commissioner_code = next.commissioner_code AND o.operation_id = next.operation_id;
  PERFORM pg_notify('pbc', 'operation');
  RETURN QUERY SELECT next.commissioner_code::text, next.operation_id, next.kind, next.params, next.attempt + 1;
END
$$;

-- First statement of a run's transaction: acts for the person who asked, in that person's PCT.
CREATE OR REPLACE FUNCTION job.enter(commissioner text, operation_id uuid, worker text, attempt integer)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  run job.operation;
BEGIN
  PERFORM set_config('pbc.commissioner', enter.commissioner, true), set_config('pbc.practice', '', true),
    set_config('pbc.provider', '', true), set_config('pbc.worker', '', true), set_config('pbc.roles', '{}', true);
  SELECT * INTO run
    FROM job.operation o
   WHERE o.commissioner_code = enter.commissioner AND o.operation_id = enter.operation_id
     AND o.worker = enter.worker AND o.attempt = enter.attempt AND o.state = 'running';
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC410', 'LEASE_LOST', format('operation %s is run by another', enter.operation_id));
  END IF;
  PERFORM set_config('pbc.organisation', run.organisation_code, true), set_config('pbc.user', run.user_id, true),
    set_config('pbc.operation', run.operation_id::text, true);
END
$$;

-- Holds the operation that the transaction works for until it ends, as job.finish will: for a run that takes the end of the audit chain
-- before that. A cancellation has the operation first, too. Not sooner than needed, since the lease waits.
CREATE OR REPLACE FUNCTION job.lock_operation()
RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT FROM job.operation o
   WHERE o.commissioner_code = ledger.caller_commissioner() AND o.operation_id = current_setting('pbc.operation')::uuid
     FOR NO KEY UPDATE
$$;

-- Renews the lease and shows progress. go: carry on; cancel: somebody asked to stop; lost: another runs it, or it has ended.
CREATE OR REPLACE FUNCTION job.progress(commissioner text, operation_id uuid, worker text, attempt integer, lease_seconds integer,
  done bigint, total bigint, unit text)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET pbc.worker = 'progress'
AS $$
DECLARE
  run job.operation;
BEGIN
  SELECT * INTO run
    FROM job.operation o
   WHERE o.commissioner_code = progress.commissioner AND o.operation_id = progress.operation_id
     AND o.worker = progress.worker AND o.attempt = progress.attempt AND o.state = 'running'
     FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'lost';
  END IF;
  UPDATE job.operation o
     SET lease_until = clock_timestamp() + make_interval(secs => lease_seconds),
         progress_done = done, progress_total = total, progress_unit = unit
   WHERE o.commissioner_code = progress.commissioner AND o.operation_id = progress.operation_id;
  IF (run.progress_done, run.progress_total) IS DISTINCT FROM (done, total) THEN
    PERFORM pg_notify('pbc', 'operation');
  END IF;
  RETURN CASE WHEN run.cancel_requested THEN 'cancel' ELSE 'go' END;
END
$$;

-- Ends an operation. Inside the transaction of a success's effect, so that a run which lost its lease commits nothing. The last two
-- may be absent: job processes of the version before call it so while a database is brought to this one.
CREATE OR REPLACE FUNCTION job.finish(commissioner text, operation_id uuid, worker text, attempt integer, state text,
  result_id text, outcomes json, error_message text, error_hint text, error_code smallint DEFAULT NULL, error_reason text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET pbc.worker = 'finish'
AS $$
BEGIN
  UPDATE job.operation o
     SET state = finish.state, result_id = finish.result_id, outcomes = finish.outcomes,
         error_message = finish.error_message, error_hint = finish.error_hint, error_code = finish.error_code,
         error_reason = finish.error_reason, ended_at = clock_timestamp(),
         progress_done = CASE WHEN finish.state = 'succeeded' THEN o.progress_total ELSE o.progress_done END
   WHERE o.commissioner_code = finish.commissioner AND o.operation_id = finish.operation_id
     AND o.worker = finish.worker AND o.attempt = finish.attempt AND o.state = 'running';
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC410', 'LEASE_LOST', format('operation %s is run by another', finish.operation_id));
  END IF;
  PERFORM pg_notify('pbc', 'operation');
END
$$;

-- Gives an operation back: a polite stop does not count as an attempt, a failed environment does and waits delay_seconds.
CREATE OR REPLACE FUNCTION job.release(commissioner text, operation_id uuid, worker text, attempt integer, delay_seconds integer,
  counts boolean, reason text)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET pbc.worker = 'release'
AS $$
BEGIN
  UPDATE job.operation o
     SET state = 'queued', worker = NULL, attempt = o.attempt - (NOT counts)::integer,
         lease_until = clock_timestamp() + make_interval(secs => delay_seconds),
         error_message = reason, progress_done = 0
   WHERE o.commissioner_code = release.commissioner AND o.operation_id = release.operation_id
     AND o.worker = release.worker AND o.attempt = release.attempt AND o.state = 'running';
  IF FOUND THEN
    PERFORM pg_notify('pbc', 'operation'), pg_notify('pbc', 'job');
  END IF;
END
$$;
