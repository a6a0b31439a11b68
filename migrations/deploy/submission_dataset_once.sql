-- Deploy pbc:submission_dataset_once to pg
-- The same bytes are accepted once for the same thing: as the whole month and as one data set of it they are two.

BEGIN;

SET LOCAL ROLE pbc_owner;

DROP INDEX ledger.submission_accepted_once;
CREATE UNIQUE INDEX submission_accepted_once
  ON ledger.submission (commissioner_code, provider_code, period, phase, edition, sha256, dataset) NULLS NOT DISTINCT
  WHERE sent_submission_id = submission_id;

RESET ROLE;

COMMIT;
