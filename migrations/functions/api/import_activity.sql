-- ActivityService.ImportActivity: the checks that need no file, then an operation.
CREATE OR REPLACE FUNCTION api.import_activity(upload_id uuid, provider_code text, period text, phase text, validate_only boolean,
  control_rows bigint, control_cost_pence bigint, dataset text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  month date := ledger.month_start(period);
BEGIN
  PERFORM ledger.require_upload(upload_id);
  IF phase IS NULL THEN
    PERFORM ledger.refuse('ZC400', 'PHASE_NEEDED', 'a submission is flex, freeze or adjustment', 'phase', 'say which');
  END IF;
  IF dataset NOT IN ('APC', 'OP', 'AE') OR dataset IS NOT NULL AND phase = 'adjustment' THEN
    PERFORM ledger.refuse('ZC400', 'BAD_DATASET', CASE phase WHEN 'adjustment' THEN 'an adjustment has no data set'
      ELSE format('"%s" is not a data set', dataset) END, 'dataset', 'give APC, OP or AE, or leave it out for the whole month');
  END IF;
  IF NOT ledger.has_begun(month) THEN
    PERFORM ledger.refuse('ZC400', 'PERIOD_FUTURE', format('%s has not begun', to_char(month, 'YYYY-MM')), 'period',
      'name the month of the file, of an adjustment the one to post it in');
  END IF;
  IF NOT EXISTS (SELECT FROM ledger.provider p WHERE p.commissioner_code = ledger.caller_commissioner()
                   AND p.provider_code = import_activity.provider_code) THEN
    PERFORM ledger.refuse('ZC404', 'PROVIDER_NOT_FOUND', format('no provider %s', provider_code), 'provider_code',
      'import it with: pbc provider import');
  END IF;
  RETURN ledger.start_operation('import_activity', jsonb_build_object('upload_id', upload_id, 'provider_code', provider_code,
    'period', to_char(month, 'YYYY-MM'), 'phase', phase, 'validate_only', validate_only,
    'control_rows', control_rows, 'control_cost_pence', control_cost_pence, 'dataset', dataset));
END
$$;
