-- Verify pbc:submission_dataset_once on pg

BEGIN;

SELECT 1 / count(*)
  FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
 WHERE i.indexrelid = 'ledger.submission_accepted_once'::regclass AND a.attname = 'dataset' AND i.indnullsnotdistinct;

ROLLBACK;
