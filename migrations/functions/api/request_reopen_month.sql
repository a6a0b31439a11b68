-- ActivityService.RequestReopenMonth: the first of two people. Nothing changes until another approves.
CREATE OR REPLACE FUNCTION api.request_reopen_month(provider_code text, period text, reason text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  month date := ledger.month_start(period);
  closed_by uuid;
  asked ledger.reopening;
BEGIN
  IF btrim(coalesce(reason, '')) = '' THEN
    PERFORM ledger.refuse('ZC400', 'REASON_NEEDED', 'reopening a month needs a reason', 'reason', 'say what is wrong with what was frozen');
  END IF;
  PERFORM ledger.refuse_identifier(reason, 'reason');
  IF NOT EXISTS (SELECT FROM ledger.provider p
                  WHERE p.commissioner_code = tenant AND p.provider_code = request_reopen_month.provider_code) THEN
    PERFORM ledger.refuse('ZC404', 'PROVIDER_NOT_FOUND', format('no provider %s', provider_code), 'provider_code',
      'see them with: pbc provider list');
  END IF;
  closed_by := ledger.lock_frozen_month(provider_code, month);
  INSERT INTO ledger.reopening AS r (commissioner_code, reopening_id, provider_code, period, edition, submission_id, state, reason,
    requested_by_organisation, requested_by, requested_at)
  VALUES (tenant, gen_random_uuid(), request_reopen_month.provider_code, month,
    ledger.month_edition(request_reopen_month.provider_code, month) + 1, closed_by, 'requested', request_reopen_month.reason,
    ledger.caller_organisation(), ledger.caller_user(), clock_timestamp())
  ON CONFLICT ON CONSTRAINT reopening_commissioner_code_provider_code_period_edition_key DO NOTHING
  RETURNING r.* INTO asked;
  IF asked.reopening_id IS NULL THEN
    PERFORM ledger.refuse('ZC412', 'REOPENING_REQUESTED', format('reopening %s of provider %s was asked for already', period,
      provider_code), 'period', 'another person approves it with: pbc activity approve-reopening');
  END IF;
  PERFORM ledger.audit('request_reopening', format('provider %s, %s', provider_code, period), reason);
  RETURN json_build_object('reopening', ledger.reopening_json(asked));
END
$$;
