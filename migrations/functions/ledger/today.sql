-- The business day in England, whatever zone the machine keeps.
CREATE OR REPLACE FUNCTION ledger.today() RETURNS date
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
RETURN (clock_timestamp() AT TIME ZONE 'Europe/London')::date;

-- Whether rows can be posted in a month. What was posted in one to come could not be posted elsewhere any more, and would be in nobody's
-- report until then.
CREATE OR REPLACE FUNCTION ledger.has_begun(month date)
RETURNS boolean
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
RETURN month <= ledger.today();
