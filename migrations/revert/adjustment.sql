-- Revert pbc:adjustment from pg
-- Not with adjustments: without their signs their rows would be other figures. With the functions that name the columns: migrations/apply
-- makes functions anew.

BEGIN;

SET LOCAL ROLE pbc_owner;
DROP INDEX ledger.submission_adjustment;
ALTER TABLE ledger.submission
  DROP CONSTRAINT submission_adjustment_adds,
  DROP CONSTRAINT submission_reversed_count,
  DROP CONSTRAINT submission_reprice_of,
  ADD CONSTRAINT submission_check2 CHECK (reprice_of_submission_id IS NULL OR supersedes_submission_id IS NOT NULL),
  DROP CONSTRAINT submission_phase_check,
  ADD CONSTRAINT submission_phase_check CHECK (phase IN ('flex', 'freeze')),
  DROP COLUMN reversed_count CASCADE;
ALTER TABLE ledger.activity
  DROP CONSTRAINT activity_quantity_check,
  DROP CONSTRAINT activity_reversed_check,
  DROP COLUMN quantity CASCADE,
  DROP COLUMN reversed_submission_id CASCADE,
  DROP COLUMN reversed_line CASCADE;
ALTER TABLE ledger.activity_rollup
  DROP CONSTRAINT activity_rollup_pkey,
  DROP COLUMN months_late CASCADE,
  ADD CONSTRAINT activity_rollup_pkey PRIMARY KEY (commissioner_code, practice_code, submission_id, pod, treatment_function_code, hrg,
    attribution, price_state);

COMMIT;
