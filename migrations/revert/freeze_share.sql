-- Revert pbc:freeze_share from pg

BEGIN;

DELETE FROM ref.rule WHERE name = 'FREEZE_ROWS_MIN_PPM';

COMMIT;
