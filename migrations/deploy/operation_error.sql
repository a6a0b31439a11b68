-- Deploy pbc:operation_error to pg
-- Why an operation failed, for programs: what its caller would have been answered if the work had been done at once.

BEGIN;

SET LOCAL ROLE pbc_owner;

ALTER TABLE job.operation
  ADD COLUMN error_code smallint CHECK (error_code BETWEEN 1 AND 16),   -- of gRPC
  ADD COLUMN error_reason text COLLATE "C";

RESET ROLE;

COMMIT;
