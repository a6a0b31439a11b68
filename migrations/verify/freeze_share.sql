-- Verify pbc:freeze_share on pg

BEGIN;

SELECT 1 / (count(*) > 0)::integer FROM ref.rule WHERE name = 'FREEZE_ROWS_MIN_PPM';

ROLLBACK;
