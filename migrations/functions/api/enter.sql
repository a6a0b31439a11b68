-- First statement of every call's transaction: who is it, may they, and for which PCT. Sets what row-level security reads, for this
-- transaction only, and every setting each time, so that a neighbour in a shared transaction never sees an earlier one's.
-- commissioner is needed only by a person who works for several PCTs. allowed: the roles that the method is open to.
CREATE OR REPLACE FUNCTION api.enter(organisation text, user_id text, commissioner text, allowed text[], method text,
  deadline_ms integer)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  person ledger.app_user;
  matches integer;
BEGIN
  PERFORM set_config('statement_timeout', deadline_ms::text, true), set_config('pbc.organisation', organisation, true),
    set_config('pbc.commissioner', '', true);
  SELECT count(*) OVER (), u.* INTO matches, person.commissioner_code, person.organisation_code, person.user_id,
         person.display_name, person.roles, person.practice_code, person.provider_code, person.active
    FROM ledger.app_user u
   WHERE u.organisation_code = enter.organisation AND u.user_id = enter.user_id AND u.active
     AND u.commissioner_code = coalesce(enter.commissioner, u.commissioner_code);
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC401', 'UNKNOWN_PERSON', format('no active user %s of organisation %s', enter.user_id,
      enter.organisation), '', 'ask the PCT to register the certificate''s user');
  END IF;
  IF matches > 1 THEN
    PERFORM ledger.refuse('ZC400', 'COMMISSIONER_NEEDED', 'you work for several PCTs', 'pbc-commissioner',
      'name the PCT in the metadata pbc-commissioner');
  END IF;
  IF NOT person.roles && enter.allowed THEN
    PERFORM ledger.refuse('ZC403', 'ROLE_NEEDED', format('%s is open to %s', enter.method,
      array_to_string(enter.allowed, ', ')), '', 'ask someone with such a role');
  END IF;
  PERFORM set_config('pbc.commissioner', person.commissioner_code, true), set_config('pbc.user', person.user_id, true),
    set_config('pbc.roles', person.roles::text, true),
    set_config('pbc.practice', coalesce(person.practice_code, ''), true),
    set_config('pbc.provider', coalesce(person.provider_code, ''), true), set_config('pbc.worker', '', true);
END
$$;
