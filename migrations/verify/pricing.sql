-- Verify pbc:pricing on pg

BEGIN;

SELECT commissioner_code, provider_code, term, code, pod, valid_from, valid_to, amount_pence FROM ledger.provider_term WHERE false;
SELECT 1 / (count(*) > 0)::integer FROM ref.tariff_exclusion;
SELECT 1 / (count(*) > 0)::integer FROM ref.top_up_service;
SELECT 1 / (count(*) > 0)::integer FROM ref.rule WHERE name = 'TOPUP_ON_LONG_STAY';

ROLLBACK;
