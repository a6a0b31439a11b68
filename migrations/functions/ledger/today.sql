-- The business day in England, whatever zone the machine keeps.
CREATE OR REPLACE FUNCTION ledger.today() RETURNS date
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
RETURN (clock_timestamp() AT TIME ZONE 'Europe/London')::date;
