-- The next document reference of a series in today's financial year: BC/2017/0001.
CREATE OR REPLACE FUNCTION ledger.next_reference(series_name text)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  in_year integer := ledger.year_of(ledger.today());
  number text := ledger.next_number(series_name, in_year)::text;
BEGIN
  RETURN format('%s/%s/%s', series_name, in_year, lpad(number, greatest(length(number), 4), '0'));
END
$$;
