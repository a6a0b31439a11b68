-- Makes an earlier submission stand again: its rows and sums are copied, prices and all, to a new flex that supersedes what counts now.
-- One transaction, after job.enter. params: submission_id, reason. The row is what job.finish needs.
CREATE OR REPLACE FUNCTION job.restore_submission(params jsonb)
RETURNS TABLE (result_id text, outcomes json)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  old ledger.submission := ledger.restorable_submission((params ->> 'submission_id')::uuid);
  replaced ledger.submission;
  new_id uuid := gen_random_uuid();
  copied regclass;
  stale bigint;
BEGIN
  -- On its own: a join would still not see the submission of an import that was waited for.
  SELECT m.submission_id INTO replaced.submission_id FROM job.lock_month(old.provider_code, old.period) m;
  SELECT * INTO STRICT replaced FROM ledger.submission s WHERE s.commissioner_code = tenant AND s.submission_id = replaced.submission_id;
  -- Again, now that nothing else can change the month.
  old := ledger.restorable_submission(old.submission_id);
  FOREACH copied IN ARRAY '{ledger.activity,ledger.activity_rollup}'::regclass[] LOOP
    EXECUTE format($sql$
      INSERT INTO %1$s (submission_id, %2$s)
      SELECT $1, %2$s FROM %1$s c WHERE c.commissioner_code = $2 AND c.period = $3 AND c.submission_id = $4$sql$,
      copied, ledger.stored_columns(copied, '{submission_id}'))
      USING new_id, tenant, old.period, old.submission_id;
  END LOOP;
  INSERT INTO ledger.submission (commissioner_code, submission_id, provider_code, period, phase, upload_id, file_name, header, sha256,
    row_count, accepted_count, rejected_count, priced_count, excluded_count, unpriced_count, not_ours_count, cost_pence,
    supersedes_submission_id, reprice_of_submission_id, restore_of_submission_id, restore_reason, priced_at, carried_priced_at, organisation_code, user_id,
    recorded_at, edition)
  VALUES (tenant, new_id, old.provider_code, old.period, 'flex', old.upload_id, old.file_name, old.header, old.sha256,
    old.row_count, old.accepted_count, old.rejected_count, old.priced_count, old.excluded_count, old.unpriced_count, old.not_ours_count,
    old.cost_pence, replaced.submission_id, old.reprice_of_submission_id, coalesce(old.restore_of_submission_id, old.submission_id),
    params ->> 'reason', coalesce(old.priced_at, old.recorded_at), old.carried_priced_at, ledger.caller_organisation(), ledger.caller_user(), clock_timestamp(),
    ledger.month_edition(old.provider_code, old.period));
  PERFORM job.make_current(new_id);
  SELECT ledger.is_stale(m)::integer INTO stale
    FROM ledger.provider_month m
   WHERE m.commissioner_code = tenant AND m.provider_code = old.provider_code AND m.period = old.period;
  PERFORM job.lock_operation();
  PERFORM ledger.audit('restore_submission', format('provider %s, %s, submission %s', old.provider_code, to_char(old.period, 'YYYY-MM'),
    old.submission_id), params ->> 'reason');
  RETURN QUERY SELECT new_id::text, json_build_array(
    json_build_object('name', 'restored', 'value', old.submission_id),
    json_build_object('name', 'accepted', 'value', old.accepted_count::text),
    json_build_object('name', 'cost_pence', 'value', old.cost_pence::text),
    json_build_object('name', 'supersedes', 'value', replaced.submission_id),
    json_build_object('name', 'superseded_accepted', 'value', replaced.accepted_count::text),
    json_build_object('name', 'superseded_cost_pence', 'value', replaced.cost_pence::text),
    json_build_object('name', 'months_on_other_tariff', 'value', stale::text));
END
$$;
