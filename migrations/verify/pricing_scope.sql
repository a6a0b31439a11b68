-- Verify pbc:pricing_scope on pg

BEGIN;

SELECT administrative_category FROM ledger.activity WHERE false;
SELECT 1 / (count(*) = 3)::integer FROM ref.rule
 WHERE name IN ('PRIVATE_PATIENTS_EXCLUDED', 'AE_TYPE_3_LOWEST_BAND', 'PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE');

ROLLBACK;
