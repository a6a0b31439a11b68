-- Deploy pbc:review_index to pg
-- Reviews of a practice, and queries of all, are listed newest first by reading a page of them. Most reviews confirm their record, and most
-- practices' are others'.

BEGIN;

SET LOCAL ROLE pbc_owner;

CREATE INDEX record_review_by_practice ON ledger.record_review (commissioner_code, practice_code, recorded_at, review_id);
CREATE INDEX record_review_queried ON ledger.record_review (commissioner_code, recorded_at, review_id) WHERE verdict = 'queried';

RESET ROLE;

COMMIT;
