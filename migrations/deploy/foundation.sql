-- Deploy pbc:foundation to pg
-- Schemas, tenancy, people, idempotency, audit, dated rules.

BEGIN;

SET LOCAL ROLE pbc_owner;

CREATE SCHEMA ref;
CREATE SCHEMA ledger;
CREATE SCHEMA job;
CREATE SCHEMA api;

CREATE DOMAIN ref.code AS text COLLATE "C" CHECK (VALUE ~ '^[A-Z0-9]{1,10}$');
CREATE DOMAIN ref.month_start AS date CHECK (extract(day FROM VALUE) = 1);
CREATE DOMAIN ref.sha256 AS bytea CHECK (length(VALUE) = 32);

-- Rules that guidance changed from year to year. A rule of a day is the row with the latest valid_from not after it.
CREATE TABLE ref.rule (
  name        text COLLATE "C" NOT NULL,
  valid_from  date NOT NULL,
  valid_to    date,
  value       bigint NOT NULL,
  unit        text NOT NULL,   -- ppm, pence, days, years, weeks, flag, count
  source      text NOT NULL,   -- document and clause
  evidence    text NOT NULL CHECK (evidence IN ('seen', 'likely', 'uncertain', 'local')),
  PRIMARY KEY (name, valid_from),
  CHECK (valid_to >= valid_from)
);

-- A PCT's own decisions, which win over the national row of the same name and day.
CREATE TABLE ledger.rule (
  commissioner_code ref.code NOT NULL,
  name        text COLLATE "C" NOT NULL,
  valid_from  date NOT NULL,
  valid_to    date,
  value       bigint NOT NULL,
  unit        text NOT NULL,
  source      text NOT NULL,
  PRIMARY KEY (commissioner_code, name, valid_from),
  CHECK (valid_to >= valid_from)
);

CREATE TABLE ledger.commissioner (
  commissioner_code ref.code NOT NULL PRIMARY KEY,
  name        text NOT NULL
);

-- A person of an organisation, as the client certificate names them (O, CN).
-- practice_code or provider_code narrows what the person sees; both empty is the PCT's, hub's or auditor's own staff.
CREATE TABLE ledger.app_user (
  commissioner_code ref.code NOT NULL,
  organisation_code ref.code NOT NULL,
  user_id       text COLLATE "C" NOT NULL CHECK (user_id ~ '^[A-Za-z0-9._-]{1,63}$'),
  display_name  text NOT NULL,
  roles         text[] NOT NULL CHECK (roles <@ ARRAY['practice_member', 'practice_lead', 'pct_finance',
                  'pct_approver', 'pct_board', 'hub', 'provider', 'auditor', 'operator']),
  practice_code ref.code,
  provider_code ref.code,
  active        boolean NOT NULL DEFAULT true,
  PRIMARY KEY (commissioner_code, organisation_code, user_id),
  CHECK (practice_code IS NULL OR provider_code IS NULL),
  -- Nobody is of a practice without being bound to it, nor of a provider.
  CHECK (practice_code IS NOT NULL OR NOT roles && ARRAY['practice_member', 'practice_lead']),
  CHECK (provider_code IS NOT NULL OR NOT roles && ARRAY['provider']),
  CHECK (practice_code IS NULL OR roles <@ ARRAY['practice_member', 'practice_lead']),
  CHECK (provider_code IS NULL OR roles <@ ARRAY['provider'])
);
-- Enter looks a person up before it knows the tenant.
CREATE INDEX app_user_by_person ON ledger.app_user (organisation_code, user_id);

-- Every write, for ever: a repeat of its id returns its answer.
CREATE TABLE ledger.request (
  commissioner_code ref.code NOT NULL,
  organisation_code ref.code NOT NULL,
  method        text COLLATE "C" NOT NULL,
  request_id    uuid NOT NULL,
  user_id       text COLLATE "C" NOT NULL,
  body_sha256   ref.sha256 NOT NULL,
  answer        json,           -- NULL only inside the transaction that makes it
  recorded_at   timestamptz NOT NULL,
  PRIMARY KEY (commissioner_code, organisation_code, method, request_id)
);

-- Document numbers without gaps, per PCT, series and year.
CREATE TABLE ledger.counter (
  commissioner_code ref.code NOT NULL,
  series      text COLLATE "C" NOT NULL,
  year        integer NOT NULL,
  value       bigint NOT NULL,
  PRIMARY KEY (commissioner_code, series, year)
);

-- Tamper-evident: each event's hash covers the one before. The head row is the lock that keeps it one chain.
CREATE TABLE ledger.audit_event (
  commissioner_code ref.code NOT NULL,
  sequence    bigint NOT NULL,
  recorded_at timestamptz NOT NULL,
  organisation_code ref.code NOT NULL,
  user_id     text COLLATE "C" NOT NULL,
  action      text COLLATE "C" NOT NULL,   -- method of a write, or read_patient_level
  subject     text NOT NULL,               -- request id, practice and month: never a patient's identifier
  detail      text NOT NULL,
  previous_sha256 ref.sha256 NOT NULL,
  sha256      ref.sha256 NOT NULL,
  PRIMARY KEY (commissioner_code, sequence)
);
CREATE TABLE ledger.audit_head (
  commissioner_code ref.code NOT NULL PRIMARY KEY,
  sequence    bigint NOT NULL,
  sha256      ref.sha256 NOT NULL
);

RESET ROLE;
SET LOCAL ROLE pbc_patient;
CREATE SCHEMA patient;
RESET ROLE;

COMMIT;
