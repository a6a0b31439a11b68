-- Making an earlier submission stand again: what asking for it and doing it share.

-- The submission, if it may be restored as its month is now; else a refusal. To be sure, hold the month by job.lock_month.
CREATE OR REPLACE FUNCTION ledger.restorable_submission(id uuid)
RETURNS ledger.submission
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  submission ledger.submission;
  month ledger.provider_month;
BEGIN
  SELECT * INTO submission FROM ledger.submission s WHERE s.commissioner_code = ledger.caller_commissioner() AND s.submission_id = id;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC404', 'SUBMISSION_NOT_FOUND', format('no submission %s', id), 'submission_id',
      'see them with: pbc activity submissions');
  END IF;
  IF submission.phase = 'adjustment' THEN
    PERFORM ledger.refuse('ZC412', 'SUBMISSION_CURRENT', format('submission %s is an adjustment, which nothing replaces', id),
      'submission_id', 'take it back by another adjustment');
  END IF;
  SELECT * INTO STRICT month FROM ledger.provider_month m
   WHERE m.commissioner_code = submission.commissioner_code AND m.provider_code = submission.provider_code
     AND m.period = submission.period;
  -- It, a copy of it, or what it is a copy of.
  IF EXISTS (
       SELECT FROM ledger.submission c
        WHERE c.commissioner_code = month.commissioner_code AND c.submission_id = month.submission_id
          AND coalesce(c.restore_of_submission_id, c.submission_id) = coalesce(submission.restore_of_submission_id, id)) THEN
    PERFORM ledger.refuse('ZC412', 'SUBMISSION_CURRENT', format('what submission %s holds counts for %s of provider %s already', id,
      to_char(submission.period, 'YYYY-MM'), submission.provider_code), 'submission_id',
      'see what counts with: pbc activity submissions --current');
  END IF;
  IF month.frozen_datasets <> '{}' THEN
    PERFORM ledger.refuse('ZC412', 'MONTH_FROZEN', format('%s of provider %s is frozen%s', to_char(submission.period, 'YYYY-MM'),
      submission.provider_code, ledger.frozen_part(month.frozen_datasets)), 'submission_id', 'two people can reopen it: pbc activity reopen');
  END IF;
  RETURN submission;
END
$$;

-- The columns of a table that are stored, whatever later changes of the schema add, but some.
CREATE OR REPLACE FUNCTION ledger.stored_columns(of_table regclass, but text[])
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
    FROM pg_attribute a
   WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     AND a.attname <> ALL (but)
$$;
