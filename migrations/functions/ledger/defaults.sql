-- What a caller may leave out.

-- The practice that a request names, or else the caller's own.
CREATE OR REPLACE FUNCTION ledger.practice_or_own(practice_code text)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF practice_code IS NULL AND ledger.caller_practice() = '' THEN
    PERFORM ledger.refuse('ZC400', 'PRACTICE_NEEDED', 'name a practice', 'practice_code', 'only a practice''s own people may leave it out');
  END IF;
  RETURN coalesce(practice_code, ledger.caller_practice());
END
$$;

-- The financial year that a request names, or else the newest that has an issued budget, or else this one.
CREATE OR REPLACE FUNCTION ledger.budget_year(financial_year text)
RETURNS integer
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF financial_year IS NOT NULL THEN
    RETURN ledger.year_start(financial_year);
  END IF;
  RETURN coalesce((SELECT max(r.year) FROM ledger.budget_run r
                    WHERE r.commissioner_code = ledger.caller_commissioner() AND r.state = 'issued'),
                  ledger.year_of(ledger.today()));
END
$$;
