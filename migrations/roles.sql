-- Cluster roles and what each may do in this database. Safe to run again. Run as a superuser or a role with CREATEROLE.
-- Passwords are the operator's business: pbc_api and pbc_job log in by peer or SCRAM as pg_hba.conf says.
SELECT format('CREATE ROLE %I %s', name, options)
  FROM (VALUES ('pbc_owner', 'NOLOGIN'),
               ('pbc_patient', 'NOLOGIN'),
               ('pbc_api', 'LOGIN'),
               ('pbc_job', 'LOGIN')) AS wanted (name, options)
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) \gexec
ALTER ROLE pbc_owner NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB;
ALTER ROLE pbc_patient NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB;
ALTER ROLE pbc_api NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB;
ALTER ROLE pbc_job NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB;
-- Row-level security hides from the planner how many rows it will meet, so it guesses costs that start the compiler, which then takes
-- longer than most queries.
ALTER ROLE pbc_api SET jit = off;
ALTER ROLE pbc_job SET jit = off;
SELECT format('GRANT CREATE, CONNECT, TEMPORARY ON DATABASE %I TO pbc_owner, pbc_patient', current_database()) \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO pbc_api, pbc_job', current_database()) \gexec
SELECT format('GRANT TEMPORARY ON DATABASE %I TO pbc_job', current_database()) \gexec
REVOKE ALL ON SCHEMA public FROM PUBLIC;
-- Job functions carry this setting as an attribute: it opens every PCT's operations to them alone.
GRANT SET ON PARAMETER "pbc.worker" TO pbc_owner;
