-- The next number of a series without gaps; holds the series until the transaction ends.
CREATE OR REPLACE FUNCTION ledger.next_number(series_name text, in_year integer)
RETURNS bigint
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO ledger.counter AS c (commissioner_code, series, year, value)
  VALUES (ledger.caller_commissioner(), series_name, in_year, 1)
  ON CONFLICT (commissioner_code, series, year) DO UPDATE SET value = c.value + 1
  RETURNING c.value
$$;
