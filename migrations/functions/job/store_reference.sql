-- Reference files, whole: each row is new, the same as before, or refused by its line. Nothing dated is overwritten; a name is a
-- label and follows the newest file. rows are json objects of the file's columns and line. Each returns how many rows were new.

-- Holds the PCT's reference data until the transaction ends: of two files at once the second is checked against what the first stored.
CREATE OR REPLACE FUNCTION job.lock_reference()
RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT FROM ledger.commissioner c WHERE c.commissioner_code = ledger.caller_commissioner() FOR NO KEY UPDATE
$$;

CREATE OR REPLACE FUNCTION job.refuse_line(line bigint, reason text, message text, field text, hint text)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT ledger.refuse('ZC409', reason, format('line %s: %s', line, message), field, hint)
$$;

-- Practices and the PCT each belonged to, with dates. An open membership may be closed; the next one opens after it.
CREATE OR REPLACE FUNCTION job.store_practices(file_rows json)
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  stored bigint;
  clash record;
BEGIN
  CREATE TEMP TABLE practice_file ON COMMIT DROP AS
    SELECT * FROM json_to_recordset(file_rows) AS f (line bigint, practice_code text, name text, member_of text, group_code text,
      valid_from date, valid_to date);
  SELECT f.line, f.practice_code INTO clash
    FROM pg_temp.practice_file f
    JOIN ledger.practice_membership m ON m.commissioner_code = tenant AND m.practice_code = f.practice_code
     AND m.valid_from = f.valid_from
   WHERE m.member_of <> f.member_of OR m.valid_to IS NOT NULL AND m.valid_to IS DISTINCT FROM f.valid_to
   ORDER BY f.line LIMIT 1;
  IF FOUND THEN
    PERFORM job.refuse_line(clash.line, 'MEMBERSHIP_DIFFERS', format('practice %s has another membership from that day',
      clash.practice_code), 'valid_from', 'close the old membership and open a new one from a later day');
  END IF;
  INSERT INTO ledger.practice AS p (commissioner_code, practice_code, name)
  SELECT DISTINCT ON (f.practice_code) tenant, f.practice_code, f.name
    FROM pg_temp.practice_file f ORDER BY f.practice_code, f.valid_from DESC
  ON CONFLICT ON CONSTRAINT practice_pkey DO UPDATE SET name = excluded.name;
  UPDATE ledger.practice_membership m
     SET valid_to = f.valid_to, group_code = f.group_code
    FROM pg_temp.practice_file f
   WHERE m.commissioner_code = tenant AND m.practice_code = f.practice_code AND m.valid_from = f.valid_from;
  INSERT INTO ledger.practice_membership AS m (commissioner_code, practice_code, member_of, group_code, valid_from, valid_to)
  SELECT tenant, f.practice_code, f.member_of, f.group_code, f.valid_from, f.valid_to FROM pg_temp.practice_file f
  ON CONFLICT ON CONSTRAINT practice_membership_pkey DO NOTHING;
  GET DIAGNOSTICS stored = ROW_COUNT;
  SELECT f.line, f.practice_code INTO clash
    FROM pg_temp.practice_file f
    JOIN ledger.practice_membership m ON m.commissioner_code = tenant AND m.practice_code = f.practice_code
     AND m.valid_from <> f.valid_from
     AND daterange(m.valid_from, m.valid_to, '[]') && daterange(f.valid_from, f.valid_to, '[]')
   ORDER BY f.line LIMIT 1;
  IF FOUND THEN
    PERFORM job.refuse_line(clash.line, 'MEMBERSHIP_OVERLAPS', format('practice %s is in two PCTs on one day',
      clash.practice_code), 'valid_from', 'give the earlier membership its last day');
  END IF;
  RETURN stored;
END
$$;

CREATE OR REPLACE FUNCTION job.store_providers(file_rows json)
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  stored bigint;
  clash record;
BEGIN
  CREATE TEMP TABLE provider_file ON COMMIT DROP AS
    SELECT * FROM json_to_recordset(file_rows) AS f (line bigint, provider_code text, name text, local boolean, year integer,
      mff_ppm integer);
  SELECT f.line, f.provider_code, f.year INTO clash
    FROM pg_temp.provider_file f
    JOIN ledger.provider_mff m ON m.commissioner_code = tenant AND m.provider_code = f.provider_code AND m.year = f.year
   WHERE m.mff_ppm <> f.mff_ppm
   ORDER BY f.line LIMIT 1;
  IF FOUND THEN
    PERFORM job.refuse_line(clash.line, 'MFF_DIFFERS', format('provider %s has another market forces factor for %s',
      clash.provider_code, ledger.year_text(clash.year)), 'mff', 'prices already rest on it; leave the year as it is');
  END IF;
  INSERT INTO ledger.provider AS p (commissioner_code, provider_code, name, local)
  SELECT DISTINCT ON (f.provider_code) tenant, f.provider_code, f.name, f.local
    FROM pg_temp.provider_file f ORDER BY f.provider_code, f.year DESC NULLS LAST
  ON CONFLICT ON CONSTRAINT provider_pkey DO UPDATE SET name = excluded.name, local = excluded.local;
  INSERT INTO ledger.provider_mff AS m (commissioner_code, provider_code, year, mff_ppm)
  SELECT tenant, f.provider_code, f.year, f.mff_ppm FROM pg_temp.provider_file f WHERE f.mff_ppm IS NOT NULL
  ON CONFLICT ON CONSTRAINT provider_mff_pkey DO NOTHING;
  GET DIAGNOSTICS stored = ROW_COUNT;
  RETURN stored;
END
$$;

-- Terms of providers. months is how many months of theirs count with prices that do not know the terms: pbc tariff apply prices them again.
CREATE OR REPLACE FUNCTION job.store_provider_terms(file_rows json)
RETURNS TABLE (stored bigint, months bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
BEGIN
  CREATE TEMP TABLE term_file ON COMMIT DROP AS
    SELECT * FROM json_to_recordset(file_rows) AS f (line bigint, provider_code text, term text, code text, pod text, valid_from date,
      valid_to date, amount_pence bigint, source text);
  INSERT INTO ledger.provider_term AS t (commissioner_code, provider_code, term, code, pod, valid_from, valid_to, amount_pence, source,
    recorded_at)
  SELECT tenant, f.provider_code, f.term, f.code, f.pod, f.valid_from, f.valid_to, f.amount_pence, f.source, clock_timestamp()
    FROM pg_temp.term_file f
  ON CONFLICT ON CONSTRAINT provider_term_pkey DO NOTHING;
  GET DIAGNOSTICS stored = ROW_COUNT;
  SELECT count(*) INTO months
    FROM ledger.provider_month m
   WHERE stored > 0 AND m.commissioner_code = tenant AND ledger.is_stale(m)
     AND EXISTS (SELECT FROM pg_temp.term_file f
                  WHERE f.provider_code = m.provider_code AND m.period BETWEEN date_trunc('month', f.valid_from)::date AND f.valid_to);
  RETURN NEXT;
END
$$;
