-- Deploy pbc:restore to pg
-- An earlier submission can be made to stand again: as a copy, so that what was known in between stays known.

BEGIN;

SET LOCAL ROLE pbc_owner;

ALTER TABLE ledger.submission
  ADD COLUMN restore_of_submission_id uuid,
  ADD COLUMN restore_reason text,
  -- When its prices were made, if that was before it was recorded.
  ADD COLUMN priced_at timestamptz,
  ADD CONSTRAINT submission_restored CHECK ((restore_of_submission_id IS NULL) = (restore_reason IS NULL)
    AND (restore_of_submission_id IS NULL) = (priced_at IS NULL)),
  ADD CONSTRAINT submission_restore_reason CHECK (btrim(restore_reason) <> ''),
  ADD CONSTRAINT submission_restore_supersedes CHECK (restore_of_submission_id IS NULL OR supersedes_submission_id IS NOT NULL),
  ADD CONSTRAINT submission_priced_at CHECK (priced_at <= recorded_at);

-- The submission that was sent, of whose file this one is: itself, unless it was repriced or restored.
ALTER TABLE ledger.submission ADD COLUMN sent_submission_id uuid NOT NULL
  GENERATED ALWAYS AS (coalesce(reprice_of_submission_id, restore_of_submission_id, submission_id)) STORED;

DROP INDEX ledger.submission_accepted_once;
CREATE UNIQUE INDEX submission_accepted_once ON ledger.submission (commissioner_code, provider_code, period, phase, edition, sha256)
  WHERE sent_submission_id = submission_id;

RESET ROLE;

COMMIT;
