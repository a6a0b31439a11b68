-- Revert pbc:operation_error from pg

BEGIN;

ALTER TABLE job.operation DROP COLUMN error_code, DROP COLUMN error_reason;

COMMIT;
