-- Deploy pbc:rollup_index to pg
-- Reports of the whole PCT find a submission's sums without reading those of every version of every month.

BEGIN;

SET LOCAL ROLE pbc_owner;

CREATE INDEX rollup_by_submission ON ledger.activity_rollup (commissioner_code, submission_id);

RESET ROLE;

COMMIT;
