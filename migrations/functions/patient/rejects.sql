-- Refused and doubtful rows of a submission after a position, as sent. The caller has been checked by the api function.
CREATE OR REPLACE FUNCTION patient.rejects(commissioner text, submission_id uuid, after_line bigint, after_ordinal integer,
  row_limit integer)
RETURNS TABLE (line bigint, ordinal integer, column_name text, code text, severity text, message text, source text)
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT r.line, r.ordinal, r.column_name, r.code, r.severity, r.message, r.source
    FROM patient.reject r
   WHERE r.commissioner_code = commissioner AND r.submission_id = rejects.submission_id
     AND (r.line, r.ordinal) > (after_line, after_ordinal)
   ORDER BY r.line, r.ordinal
   LIMIT row_limit
$$;
