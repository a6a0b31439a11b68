-- Revert pbc:review from pg

BEGIN;

-- With the functions that take or give their rows: migrations/apply makes functions anew.
DROP TABLE ledger.review_resolution, ledger.record_review CASCADE;
DELETE FROM ref.rule WHERE name IN ('REVIEW_REPEAT_DAYS', 'REVIEW_FOLLOW_UPS', 'REVIEW_READMISSION_DAYS');

COMMIT;
