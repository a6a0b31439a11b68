-- A month closes data set by data set.

-- What a submission closes: all data sets of its month, or the one that its file was of.
CREATE OR REPLACE FUNCTION ledger.closed_datasets(phase text, dataset text)
RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN phase <> 'freeze' THEN '{}' WHEN dataset IS NULL THEN '{AE,APC,OP}' ELSE ARRAY[dataset] END;

-- Of a month that has a submission, by what is closed of it.
CREATE OR REPLACE FUNCTION ledger.month_state(frozen_datasets text[])
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE cardinality(frozen_datasets) WHEN 3 THEN 'frozen' ELSE 'flex' END;

-- What a sentence says of a month that is frozen in part: " for AE, OP".
CREATE OR REPLACE FUNCTION ledger.frozen_part(frozen_datasets text[])
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE cardinality(frozen_datasets) WHEN 3 THEN '' ELSE ' for ' || array_to_string(frozen_datasets, ', ') END;

-- And of what is not frozen of it: "APC"; '' of a frozen month.
CREATE OR REPLACE FUNCTION ledger.open_part(frozen_datasets text[])
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(string_agg(d.dataset, ', ' ORDER BY d.dataset), '')
    FROM unnest(ledger.closed_datasets('freeze', NULL)) AS d (dataset)
   WHERE d.dataset <> ALL (frozen_datasets)
$$;

-- The data sets of its month that were closed with a submission: by it, or before it in the same edition.
CREATE OR REPLACE FUNCTION ledger.closed_with(s ledger.submission)
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF s.phase = 'adjustment' OR s.phase = 'freeze' AND s.dataset IS NULL THEN
    RETURN ledger.closed_datasets(s.phase, s.dataset);
  END IF;
  RETURN ARRAY(
    SELECT DISTINCT d.dataset
      FROM (SELECT f.*
              FROM ledger.submission f
             WHERE f.commissioner_code = s.commissioner_code AND f.provider_code = s.provider_code AND f.period = s.period
               AND f.phase = 'freeze' AND f.edition = s.edition AND f.sent_submission_id = f.submission_id
            OFFSET 0) z   -- the month's few, not all that came before
     CROSS JOIN LATERAL unnest(ledger.closed_datasets(z.phase, z.dataset)) AS d (dataset)
     WHERE z.recorded_at <= s.recorded_at
     ORDER BY d.dataset);
END
$$;

-- How firm a record of a submission is: by its own data set.
CREATE OR REPLACE FUNCTION ledger.record_phase(submission_phase text, closed_datasets text[], dataset text)
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN submission_phase = 'adjustment' THEN 'adjustment' WHEN dataset = ANY (closed_datasets) THEN 'freeze' ELSE 'flex' END;
