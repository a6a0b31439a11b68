-- Revert pbc:review from pg

BEGIN;

DROP TABLE ledger.review_resolution, ledger.record_review;
DELETE FROM ref.rule WHERE name IN ('REVIEW_REPEAT_DAYS', 'REVIEW_FOLLOW_UPS', 'REVIEW_READMISSION_DAYS');

COMMIT;
