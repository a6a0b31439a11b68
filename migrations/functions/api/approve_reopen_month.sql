-- ActivityService.ApproveReopenMonth: the second of two people. All of the month is flex again; what was frozen counts until a file
-- replaces it.
CREATE OR REPLACE FUNCTION api.approve_reopen_month(reopening_id uuid)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  asked ledger.reopening;
BEGIN
  SELECT * INTO asked FROM ledger.reopening r
   WHERE r.commissioner_code = ledger.caller_commissioner() AND r.reopening_id = approve_reopen_month.reopening_id
     FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC404', 'REOPENING_NOT_FOUND', format('no reopening %s', approve_reopen_month.reopening_id), 'reopening_id',
      'see them with: pbc activity reopenings');
  END IF;
  IF asked.state <> 'requested' THEN
    PERFORM ledger.refuse('ZC412', 'REOPENING_APPROVED', format('the reopening of %s of provider %s was approved already',
      to_char(asked.period, 'YYYY-MM'), asked.provider_code), 'reopening_id', 'its next file can come: pbc activity import');
  END IF;
  IF (asked.requested_by_organisation::text, asked.requested_by) = (ledger.caller_organisation(), ledger.caller_user()) THEN
    PERFORM ledger.refuse('ZC412', 'SELF_APPROVAL', 'you asked for this reopening', 'reopening_id', 'ask another approver');
  END IF;
  PERFORM ledger.lock_frozen_month(asked.provider_code, asked.period);
  UPDATE ledger.reopening r
     SET state = 'approved', approved_by_organisation = ledger.caller_organisation(), approved_by = ledger.caller_user(),
         approved_at = clock_timestamp()
   WHERE r.commissioner_code = asked.commissioner_code AND r.reopening_id = asked.reopening_id
  RETURNING r.* INTO STRICT asked;
  UPDATE ledger.provider_month m SET state = 'flex', frozen_datasets = '{}', changed_at = asked.approved_at
   WHERE m.commissioner_code = asked.commissioner_code AND m.provider_code = asked.provider_code AND m.period = asked.period;
  PERFORM ledger.audit('approve_reopening', format('provider %s, %s', asked.provider_code, to_char(asked.period, 'YYYY-MM')), asked.reason);
  RETURN json_build_object('reopening', ledger.reopening_json(asked));
END
$$;
