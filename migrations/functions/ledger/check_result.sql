-- A check of the ledger as LedgerService.VerifyLedger reports it.
CREATE OR REPLACE FUNCTION ledger.check_result(name text, examined bigint, differences bigint, detail text)
RETURNS json
LANGUAGE sql IMMUTABLE
RETURN json_build_object('name', name, 'ok', differences = 0, 'examined', examined, 'differences', differences,
  'detail', coalesce(detail, ''));
