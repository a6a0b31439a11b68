-- Revert pbc:pricing_scope from pg

BEGIN;

DELETE FROM ref.rule
 WHERE name IN ('PRIVATE_PATIENTS_EXCLUDED', 'AE_TYPE_3_LOWEST_BAND', 'PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE');
ALTER TABLE ledger.activity DROP COLUMN administrative_category;

COMMIT;
