-- Revert pbc:rules from pg

BEGIN;

DELETE FROM ref.rule;

COMMIT;
