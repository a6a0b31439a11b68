-- Deploy pbc:operation to pg
-- Long work and the files it reads.

BEGIN;

SET LOCAL ROLE pbc_owner;

CREATE TABLE job.upload (
  commissioner_code ref.code NOT NULL,
  upload_id   uuid NOT NULL,
  organisation_code ref.code NOT NULL,
  user_id     text COLLATE "C" NOT NULL,
  file_name   text NOT NULL,
  received_bytes bigint NOT NULL CHECK (received_bytes >= 0),
  complete    boolean NOT NULL,
  sha256      ref.sha256,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (commissioner_code, upload_id),
  CHECK (complete = (sha256 IS NOT NULL))
);

CREATE TABLE job.operation (
  commissioner_code ref.code NOT NULL,
  operation_id uuid NOT NULL,
  kind        text COLLATE "C" NOT NULL,
  state       text COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  params      jsonb NOT NULL,           -- the request's fields
  organisation_code ref.code NOT NULL,
  user_id     text COLLATE "C" NOT NULL,
  created_at  timestamptz NOT NULL,
  started_at  timestamptz,
  ended_at    timestamptz,
  progress_done  bigint NOT NULL DEFAULT 0,
  progress_total bigint NOT NULL DEFAULT 0,
  progress_unit  text NOT NULL DEFAULT '',
  cancel_requested boolean NOT NULL DEFAULT false,
  -- The run that holds it. A worker that lost its lease cannot finish: worker and attempt no longer match.
  worker      text COLLATE "C",
  attempt     integer NOT NULL DEFAULT 0,
  lease_until timestamptz,
  result_id   text,
  outcomes    json NOT NULL DEFAULT '[]',   -- [{"name": ..., "value": ...}] in the order to print
  error_message text,
  error_hint  text,
  PRIMARY KEY (commissioner_code, operation_id)
);
-- What a job process looks for; ended operations are not in it.
CREATE INDEX operation_waiting ON job.operation (created_at) WHERE state IN ('queued', 'running');

RESET ROLE;
SET LOCAL ROLE pbc_patient;

-- Files as sent; those of providers name patients.
CREATE TABLE patient.upload_chunk (
  commissioner_code text COLLATE "C" NOT NULL,
  upload_id   uuid NOT NULL,
  byte_offset bigint NOT NULL,
  data        bytea COMPRESSION lz4 NOT NULL,
  PRIMARY KEY (commissioner_code, upload_id, byte_offset)
);

-- Who is behind a pseudonym. The key of the keyed hash is outside the database.
CREATE TABLE patient.identity (
  commissioner_code text COLLATE "C" NOT NULL,
  patient_key bytea NOT NULL CHECK (length(patient_key) = 16),
  nhs_number  text COLLATE "C" CHECK (nhs_number ~ '^[0-9]{10}$'),
  -- Where no NHS number was sent: the provider's own number.
  provider_code text COLLATE "C",
  local_patient_id text COLLATE "C",
  PRIMARY KEY (commissioner_code, patient_key),
  CHECK (nhs_number IS NOT NULL OR (provider_code IS NOT NULL AND local_patient_id IS NOT NULL))
);

-- Refused and doubtful rows as sent, to mend and send again.
CREATE TABLE patient.reject (
  commissioner_code text COLLATE "C" NOT NULL,
  submission_id uuid NOT NULL,
  line        bigint NOT NULL,
  ordinal     integer NOT NULL,     -- several faults of one line
  column_name text NOT NULL,
  code        text COLLATE "C" NOT NULL,
  severity    text NOT NULL CHECK (severity IN ('error', 'warning')),
  message     text NOT NULL,
  source      text NOT NULL,
  PRIMARY KEY (commissioner_code, submission_id, line, ordinal)
);

RESET ROLE;

COMMIT;
