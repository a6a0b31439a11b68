-- ReviewService.ReviewRecords: what a practice says of its own records. Rows with a fault are told and do not stop the others.
CREATE OR REPLACE FUNCTION api.review_records(practice_code text, period text, reviews json)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  most CONSTANT integer := 1000;
  practice text := ledger.require_own_practice(practice_code);
  month date := ledger.month_start(period);
  now_at timestamptz;
  judged jsonb;
  made uuid[];
BEGIN
  IF json_array_length(reviews) NOT BETWEEN 1 AND most THEN
    PERFORM ledger.refuse('ZC400', 'REVIEW_COUNT', format('%s reviews in one request', json_array_length(reviews)), 'reviews',
      format('send 1 to %s at once', most));
  END IF;
  PERFORM ledger.lock_reviews(practice);
  -- Not before: it would be earlier than the end of a query that this waited for.
  now_at := clock_timestamp();
  SELECT jsonb_agg(j ORDER BY j.place) INTO judged FROM ledger.judge_reviews(practice, month, reviews) j;
  WITH inserted AS (
    INSERT INTO ledger.record_review (commissioner_code, review_id, practice_code, provider_code, period, record_id, version,
      verdict, reason, note, submission_id, line, price_pence, organisation_code, user_id, recorded_at)
    SELECT ledger.caller_commissioner(), gen_random_uuid(), practice, j.provider_code, month, j.record_id, j.version, j.verdict,
           j.reason, j.note, j.submission_id, j.line, j.price_pence, ledger.caller_organisation(), ledger.caller_user(), now_at
      FROM jsonb_to_recordset(judged) AS j (provider_code text, record_id text, version integer, verdict text, reason text, note text,
             submission_id uuid, line integer, price_pence bigint, unchanged boolean, fault text)
     WHERE j.fault IS NULL AND NOT j.unchanged
    RETURNING review_id, provider_code, record_id)
  SELECT coalesce(array_agg(i.review_id ORDER BY i.provider_code, i.record_id), '{}') INTO made FROM inserted i;
  RETURN (
    SELECT json_build_object('recorded_count', cardinality(made),
             'unchanged_count', count(*) FILTER (WHERE j.fault IS NULL AND j.unchanged),
             'reviews', (SELECT coalesce(json_agg(r.review ORDER BY array_position(made, r.review_id)), '[]')
                           FROM ledger.reviews_json(made, 'infinity') r),
             'rejects', coalesce(json_agg(json_build_object('row', j.place, 'column', j.fault_column, 'code', j.fault,
               'message', j.message) ORDER BY j.place) FILTER (WHERE j.fault IS NOT NULL), '[]'))
      FROM jsonb_to_recordset(judged) AS j (place bigint, unchanged boolean, fault text, fault_column text, message text));
END
$$;
