-- Deploy pbc:adjustment to pg
-- What a provider corrects of a frozen month is posted in an open one: a row takes back what stood, another puts in what is right.

BEGIN;

SET LOCAL ROLE pbc_owner;

-- An adjustment supersedes nothing: it counts beside its month's own submission and beside the adjustments before it.
ALTER TABLE ledger.submission
  ADD COLUMN reversed_count bigint NOT NULL DEFAULT 0,   -- of the accepted rows, those that take back another
  DROP CONSTRAINT submission_phase_check,
  ADD CONSTRAINT submission_phase_check CHECK (phase IN ('flex', 'freeze', 'adjustment')),
  ADD CONSTRAINT submission_adjustment_adds CHECK (phase <> 'adjustment' OR supersedes_submission_id IS NULL),
  ADD CONSTRAINT submission_reversed_count CHECK (reversed_count = 0
    OR phase = 'adjustment' AND reversed_count BETWEEN 0 AND accepted_count),
  DROP CONSTRAINT submission_check2,
  ADD CONSTRAINT submission_reprice_of CHECK (reprice_of_submission_id IS NULL OR supersedes_submission_id IS NOT NULL
    OR phase = 'adjustment');
CREATE INDEX submission_adjustment ON ledger.submission (commissioner_code, provider_code, period) WHERE phase = 'adjustment';

-- What a row costs is quantity times total_pence. A row of quantity -1 is a copy of the one that it takes back, which it names.
-- The month of activity_date is the one that a row belongs to; period is the one in which it counts.
ALTER TABLE ledger.activity
  ADD COLUMN quantity smallint NOT NULL DEFAULT 1,
  ADD COLUMN reversed_submission_id uuid,
  ADD COLUMN reversed_line integer,
  ADD CONSTRAINT activity_quantity_check CHECK (quantity IN (1, -1)),
  ADD CONSTRAINT activity_reversed_check CHECK ((quantity = -1) = (reversed_submission_id IS NOT NULL)
    AND (quantity = -1) = (reversed_line IS NOT NULL));

-- Sums by how many months after their own the rows were posted.
ALTER TABLE ledger.activity_rollup
  ADD COLUMN months_late smallint NOT NULL DEFAULT 0 CHECK (months_late >= 0),
  DROP CONSTRAINT activity_rollup_pkey,
  ADD CONSTRAINT activity_rollup_pkey PRIMARY KEY (commissioner_code, practice_code, submission_id, pod, treatment_function_code, hrg,
    attribution, price_state, months_late);

RESET ROLE;

COMMIT;
