-- Verify pbc:reference on pg

BEGIN;

SELECT commissioner_code, practice_code, member_of FROM ledger.practice_membership WHERE false;
SELECT commissioner_code, provider_code, mff_ppm FROM ledger.provider_mff WHERE false;
SELECT tariff_id, currency, pod, price_pence FROM ref.tariff_row WHERE false;
SELECT commissioner_code, year, tariff_id FROM ledger.tariff_in_force WHERE false;

ROLLBACK;
