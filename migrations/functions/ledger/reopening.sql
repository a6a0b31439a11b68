-- Reopening a month of which something is frozen: what asking for it and approving it share.

-- How often a provider's month was reopened: the edition that its next file belongs to.
CREATE OR REPLACE FUNCTION ledger.month_edition(provider text, month date)
RETURNS smallint
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(max(r.edition), 0::smallint)
    FROM ledger.reopening r
   WHERE r.commissioner_code = ledger.caller_commissioner() AND r.provider_code = provider AND r.period = month
     AND r.state = 'approved'
$$;

-- Holds the month and answers what counts of it; refuses a month of which nothing is frozen, that money was settled by, or that
-- adjustments rest on.
CREATE OR REPLACE FUNCTION ledger.lock_frozen_month(provider text, month date)
RETURNS uuid
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  held record;
BEGIN
  SELECT m.frozen_datasets, m.submission_id INTO STRICT held FROM job.lock_month(provider, month) m;
  IF held.frozen_datasets = '{}' THEN
    PERFORM ledger.refuse('ZC412', 'MONTH_NOT_FROZEN', format('%s of provider %s is not frozen', to_char(month, 'YYYY-MM'), provider),
      'period', 'a month that is not frozen takes files without reopening');
  END IF;
  IF EXISTS (SELECT FROM ledger.settlement s
              WHERE s.commissioner_code = ledger.caller_commissioner() AND s.provider_code = provider AND s.period = month
                AND s.submission_id IS NOT NULL) THEN
    PERFORM ledger.refuse('ZC412', 'MONTH_SETTLED', format('%s of provider %s has a settlement that rests on its activity',
      to_char(month, 'YYYY-MM'), provider), 'period',
      'correct it by an adjustment in a later month: pbc activity import --phase adjustment');
  END IF;
  IF EXISTS (SELECT FROM ledger.submission s
               JOIN ledger.activity_rollup r ON r.commissioner_code = s.commissioner_code AND r.submission_id = s.submission_id
              WHERE s.commissioner_code = ledger.caller_commissioner() AND s.provider_code = provider AND s.phase = 'adjustment'
                AND s.period > month AND s.period - make_interval(months => r.months_late) = month) THEN
    PERFORM ledger.refuse('ZC412', 'MONTH_ADJUSTED', format('%s of provider %s has adjustments in later months, which rest on it',
      to_char(month, 'YYYY-MM'), provider), 'period', 'correct it as before: pbc activity import --phase adjustment');
  END IF;
  RETURN held.submission_id;
END
$$;

-- A reopening as the API shows it.
CREATE OR REPLACE FUNCTION ledger.reopening_json(reopening ledger.reopening)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT json_build_object('reopening_id', reopening.reopening_id, 'provider_code', reopening.provider_code,
    'period', to_char(reopening.period, 'YYYY-MM'), 'state', reopening.state, 'reason', reopening.reason,
    'submission_id', reopening.submission_id, 'requested_by', reopening.requested_by,
    'request_time', ledger.moment(reopening.requested_at), 'approved_by', coalesce(reopening.approved_by, ''),
    'approve_time', ledger.moment(reopening.approved_at))
$$;
