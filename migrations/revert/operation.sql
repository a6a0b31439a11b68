-- Revert pbc:operation from pg

BEGIN;

DROP TABLE patient.reject, patient.identity, patient.upload_chunk;
-- With the functions that take or give their rows: migrations/apply makes functions anew.
DROP TABLE job.operation, job.upload CASCADE;

COMMIT;
