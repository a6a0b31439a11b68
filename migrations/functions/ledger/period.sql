-- '2007-07' to its first day, or a refusal that names the field.
CREATE OR REPLACE FUNCTION ledger.month_start(period text, field text DEFAULT 'period')
RETURNS date
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF period IS NULL OR period !~ '^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$' THEN
    PERFORM ledger.refuse('ZC400', 'BAD_PERIOD', format('"%s" is not a month', coalesce(period, '')), field,
      'write the month as 2007-07');
  END IF;
  RETURN (period || '-01')::date;
END
$$;

-- '2007/08' to 2007.
CREATE OR REPLACE FUNCTION ledger.year_start(financial_year text, field text DEFAULT 'financial_year')
RETURNS integer
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF financial_year IS NULL OR financial_year !~ '^(19|20|21)[0-9]{2}/[0-9]{2}$'
     OR (left(financial_year, 4)::integer + 1) % 100 <> right(financial_year, 2)::integer THEN
    PERFORM ledger.refuse('ZC400', 'BAD_FINANCIAL_YEAR', format('"%s" is not a financial year', coalesce(financial_year, '')),
      field, 'write the year as 2007/08');
  END IF;
  RETURN left(financial_year, 4)::integer;
END
$$;

CREATE OR REPLACE FUNCTION ledger.year_text(year integer) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN year::text || '/' || lpad(((year + 1) % 100)::text, 2, '0');

-- The financial year of a day, by its first calendar year.
CREATE OR REPLACE FUNCTION ledger.year_of(day date) RETURNS integer
LANGUAGE sql IMMUTABLE
RETURN extract(year FROM day)::integer - (extract(month FROM day) < 4)::integer;

-- 1 (April) to 12 (March).
CREATE OR REPLACE FUNCTION ledger.financial_month(day date) RETURNS integer
LANGUAGE sql IMMUTABLE
RETURN (extract(month FROM day)::integer + 8) % 12 + 1;
