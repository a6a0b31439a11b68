-- The next document reference of a series in a financial year: BC/2017-18/0001.
CREATE OR REPLACE FUNCTION ledger.next_reference(series_name text, in_year integer)
RETURNS text
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT format('%s/%s/%s', series_name, replace(ledger.year_text(in_year), '/', '-'),
           lpad(n.number, greatest(length(n.number), 4), '0'))
    FROM (SELECT ledger.next_number(series_name, in_year)::text AS number) n
$$;
