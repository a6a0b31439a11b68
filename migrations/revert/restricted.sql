-- Revert pbc:restricted from pg

BEGIN;

SET LOCAL ROLE pbc_owner;
ALTER TABLE job.upload DROP COLUMN removed_at;
DELETE FROM ref.rule WHERE name = 'UPLOAD_RETENTION_DAYS';
DROP TABLE ledger.restricted_code, ref.restricted_code;

COMMIT;
