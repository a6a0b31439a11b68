-- A submission as the API shows it, current if it counts for its month; NULL if the caller may not see it or there is none.
CREATE OR REPLACE FUNCTION ledger.submission_json(id uuid, current boolean)
RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT json_build_object('submission_id', s.submission_id, 'provider_code', s.provider_code,
             'period', to_char(s.period, 'YYYY-MM'), 'phase', s.phase,
             'current', current,
             'row_count', s.row_count, 'accepted_count', s.accepted_count, 'rejected_count', s.rejected_count,
             'priced_count', s.priced_count, 'excluded_count', s.excluded_count, 'unpriced_count', s.unpriced_count,
             'not_ours_count', s.not_ours_count, 'cost_pence', s.cost_pence, 'sha256', encode(s.sha256, 'hex'),
             'file_name', s.file_name, 'submitted_by', s.user_id, 'submit_time', ledger.moment(s.recorded_at),
             'supersedes_submission_id', coalesce(s.supersedes_submission_id::text, ''),
             'reprice_of_submission_id', coalesce(s.reprice_of_submission_id::text, ''), 'reversed_count', s.reversed_count,
             'restore_of_submission_id', coalesce(s.restore_of_submission_id::text, ''),
             'restore_reason', coalesce(s.restore_reason, ''), 'dataset', coalesce(s.dataset, ''),
             'frozen_datasets', ledger.closed_with(s))
      FROM ledger.submission s
     WHERE s.commissioner_code = ledger.caller_commissioner() AND s.submission_id = id);
END
$$;
