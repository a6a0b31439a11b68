-- Says no: raises a registered SQLSTATE (CONTRIBUTING.md, "Refusals"). reason is part of the API.
CREATE OR REPLACE FUNCTION ledger.refuse(sqlstate text, reason text, message text, field text DEFAULT '', hint text DEFAULT '')
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = refuse.sqlstate, MESSAGE = refuse.message, CONSTRAINT = refuse.reason,
    COLUMN = coalesce(refuse.field, ''), HINT = coalesce(refuse.hint, '');
END
$$;
