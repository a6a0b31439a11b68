-- Verify pbc:operation on pg

BEGIN;

SELECT commissioner_code, upload_id, sha256 FROM job.upload WHERE false;
SELECT commissioner_code, operation_id, attempt, lease_until FROM job.operation WHERE false;
SELECT commissioner_code, upload_id, byte_offset, data FROM patient.upload_chunk WHERE false;
SELECT commissioner_code, patient_key FROM patient.identity WHERE false;
SELECT commissioner_code, submission_id, line FROM patient.reject WHERE false;

ROLLBACK;
