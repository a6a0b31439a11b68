-- Verify pbc:attribution on pg

BEGIN;

SELECT attribution, ours FROM ledger.activity WHERE false;
SELECT attribution, ours FROM ledger.activity_rollup WHERE false;
SELECT 1 / (count(*) = 2)::integer
  FROM pg_catalog.pg_class c
 WHERE c.oid IN ('ledger.activity'::regclass, 'ledger.activity_rollup'::regclass) AND c.relrowsecurity AND c.relforcerowsecurity;

ROLLBACK;
