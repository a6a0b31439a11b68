-- For \ir at the start of a test's transaction: acting as a person, and refusals as words that can be compared.
CREATE SCHEMA tests;

-- Enters as dispatch does, with a method that is open to everybody: roles are the business of the RPC's own tests.
CREATE FUNCTION tests.act_as(organisation text, person text) RETURNS void
LANGUAGE sql AS $$
  SELECT api.enter(organisation, person, NULL, ARRAY['practice_member', 'practice_lead', 'pct_finance', 'pct_approver',
    'pct_board', 'hub', 'provider', 'auditor', 'operator'], 'Test', 0)
$$;

-- 'SQLSTATE REASON field' of the refusal that a statement of a role ends in; 'accepted' when it ends in none.
CREATE FUNCTION tests.refusal(statement text, role_name text DEFAULT 'none') RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  state text;
  reason text;
  field text;
BEGIN
  PERFORM set_config('role', role_name, true);
  EXECUTE statement;
  PERFORM set_config('role', 'none', true);
  RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, reason = CONSTRAINT_NAME, field = COLUMN_NAME;
  RETURN rtrim(format('%s %s %s', state, reason, field));
END
$$;

-- The first column of the one row that a query of a role gives.
CREATE FUNCTION tests.seen_as(role_name text, query text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  answer text;
BEGIN
  PERFORM set_config('role', role_name, true);
  EXECUTE query INTO STRICT answer;
  PERFORM set_config('role', 'none', true);
  RETURN answer;
END
$$;
