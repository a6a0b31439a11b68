-- For \ir at the start of a test's transaction: acting as a person, and refusals as words that can be compared.
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE SCHEMA tests;

-- Enters as dispatch does, with a method that is open to everybody: roles are the business of the RPC's own tests.
CREATE FUNCTION tests.act_as(organisation text, person text) RETURNS void
LANGUAGE sql AS $$
  SELECT api.enter(organisation, person, NULL, ARRAY['practice_member', 'practice_lead', 'pct_finance', 'pct_approver',
    'pct_board', 'hub', 'provider', 'auditor', 'operator'], 'Test', 0)
$$;

-- 'SQLSTATE REASON field' of the refusal that a statement ends in; 'accepted' when it ends in none.
CREATE FUNCTION tests.refusal(statement text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  state text;
  reason text;
  field text;
BEGIN
  EXECUTE statement;
  RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, reason = CONSTRAINT_NAME, field = COLUMN_NAME;
  RETURN rtrim(format('%s %s %s', state, reason, field));
END
$$;

-- The row count that a deletion as superuser leaves behind is of no interest; that it deleted exactly one is.
CREATE FUNCTION tests.delete_one(table_name regclass, condition text DEFAULT 'true') RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  deleted bigint;
BEGIN
  EXECUTE format('DELETE FROM %s WHERE (tableoid, ctid) = (SELECT tableoid, ctid FROM %s WHERE %s LIMIT 1)', table_name,
    table_name, condition);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN deleted = 1;
END
$$;
