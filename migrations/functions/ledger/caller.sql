-- Who is calling, as api.enter or job.enter set it for this transaction. Empty outside of one.
CREATE OR REPLACE FUNCTION ledger.caller_commissioner() RETURNS text
LANGUAGE sql STABLE
RETURN current_setting('pbc.commissioner', true);

CREATE OR REPLACE FUNCTION ledger.caller_organisation() RETURNS text
LANGUAGE sql STABLE
RETURN current_setting('pbc.organisation', true);

CREATE OR REPLACE FUNCTION ledger.caller_user() RETURNS text
LANGUAGE sql STABLE
RETURN current_setting('pbc.user', true);

-- The caller's practice or provider; '' for the PCT's own people.
CREATE OR REPLACE FUNCTION ledger.caller_practice() RETURNS text
LANGUAGE sql STABLE
RETURN coalesce(current_setting('pbc.practice', true), '');

CREATE OR REPLACE FUNCTION ledger.caller_provider() RETURNS text
LANGUAGE sql STABLE
RETURN coalesce(current_setting('pbc.provider', true), '');

CREATE OR REPLACE FUNCTION ledger.caller_has_role(role text) RETURNS boolean
LANGUAGE sql STABLE
RETURN role = ANY (coalesce(current_setting('pbc.roles', true), '{}')::text[]);
