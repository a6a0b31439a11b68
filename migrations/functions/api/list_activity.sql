-- ActivityService.ListActivity: a practice's own records of a month as they counted at a moment, with what was posted in it of earlier
-- ones. No identifier but the pseudonym; the reason is kept in the audit chain.
CREATE OR REPLACE FUNCTION api.list_activity(practice_code text, period text, reason text, page_size integer, page_token text,
  as_at text)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  practice text := coalesce(practice_code, ledger.caller_practice());
  month date := ledger.month_start(period);
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('activity', page_token);
  at timestamptz := ledger.as_at(as_at);
  answer json;
BEGIN
  PERFORM ledger.require_reason(reason);
  IF ledger.caller_practice() NOT IN ('', practice)
     OR NOT EXISTS (SELECT FROM ledger.practice p WHERE p.commissioner_code = tenant AND p.practice_code = practice) THEN
    PERFORM ledger.refuse('ZC404', 'PRACTICE_NOT_FOUND', format('no practice %s', practice), 'practice_code',
      'give the code of your own practice');
  END IF;
  WITH page AS (
    SELECT a.record, ledger.record_phase(s.phase, m.frozen_datasets, (a.record).dataset) AS phase, m.submission_id, a.line,
           row_number() OVER (ORDER BY m.submission_id, a.line) AS place
      FROM ledger.counting_submissions(at) m
      JOIN ledger.submission s ON s.commissioner_code = tenant AND s.submission_id = m.submission_id
     -- A page of each at most: in what order its id stands among those that it superseded is chance, and they are not to be read.
     CROSS JOIN LATERAL (
       SELECT r AS record, r.line
         FROM ledger.activity r
        WHERE r.commissioner_code = tenant AND r.period = month AND r.submission_id = m.submission_id
          AND r.practice_code = practice AND r.ours
          AND r.line > CASE m.submission_id WHEN key[1]::uuid THEN key[2]::integer ELSE 0 END
        ORDER BY r.line
        LIMIT size + 1) a
     WHERE m.period = month AND (key IS NULL OR m.submission_id >= key[1]::uuid)
     ORDER BY m.submission_id, a.line
     LIMIT size + 1
  )
  SELECT json_build_object(
           'records', coalesce(json_agg(ledger.activity_json(p.record, p.phase) ORDER BY p.place)
             FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('activity', l.submission_id::text, l.line::text) FROM page l WHERE l.place = size) END)
    INTO answer
    FROM page p;
  PERFORM ledger.audit('read_patient_level', format('practice %s, %s', practice, period), reason);
  RETURN answer;
END
$$;
