-- Verify pbc:tariff_impact on pg

BEGIN;

SELECT commissioner_code, impact_id, tariff_id, first_month, last_month FROM ledger.tariff_impact WHERE false;
SELECT commissioner_code, impact_id, now_pence, then_pence, gained, lost FROM ledger.tariff_impact_line WHERE false;
SELECT 1 / (count(*) = 2)::integer
  FROM pg_catalog.pg_class c
 WHERE c.oid IN ('ledger.tariff_impact'::regclass, 'ledger.tariff_impact_line'::regclass) AND c.relrowsecurity AND c.relforcerowsecurity;

ROLLBACK;
