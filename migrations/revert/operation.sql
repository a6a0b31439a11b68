-- Revert pbc:operation from pg

BEGIN;

DROP TABLE patient.reject, patient.identity, patient.upload_chunk;
DROP TABLE job.operation, job.upload;

COMMIT;
