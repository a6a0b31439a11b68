-- Verify pbc:rules on pg

BEGIN;

SELECT 1 / (count(*) > 0)::integer FROM ref.rule WHERE name = 'CASE_DECISION_WEEKS';

ROLLBACK;
