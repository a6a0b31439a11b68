-- Deploy pbc:record_index to pg
-- Find a record by its id without its month. A block range index with filters costs an import nothing: vacuum summarises the pages that
-- came in since, and until then they are read. A tree of the ids would be paid for by every row.

BEGIN;

SET LOCAL ROLE pbc_owner;

CREATE INDEX activity_by_record ON ledger.activity USING brin (record_id text_bloom_ops) WITH (pages_per_range = 32);

RESET ROLE;

COMMIT;
