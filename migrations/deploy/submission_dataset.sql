-- Deploy pbc:submission_dataset to pg
-- A provider may send its data sets in files of their own.

BEGIN;

SET LOCAL ROLE pbc_owner;

-- Of which data set the file replaced what stood, while the others were carried over. NULL: it was the whole month, or changes of it.
ALTER TABLE ledger.submission
  ADD COLUMN dataset text COLLATE "C" CHECK (dataset IN ('APC', 'OP', 'AE')),
  ADD CHECK (dataset IS NULL OR phase <> 'adjustment');

RESET ROLE;

COMMIT;
