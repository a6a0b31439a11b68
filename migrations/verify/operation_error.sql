-- Verify pbc:operation_error on pg

BEGIN;

SELECT error_code, error_reason FROM job.operation WHERE false;

ROLLBACK;
