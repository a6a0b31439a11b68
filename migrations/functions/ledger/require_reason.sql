-- Rows of single patients are read for a reason, which the audit chain keeps: it must be there and name no patient.
CREATE OR REPLACE FUNCTION ledger.require_reason(reason text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF btrim(coalesce(reason, '')) = '' THEN
    PERFORM ledger.refuse('ZC400', 'REASON_NEEDED', 'reading patient-level records needs a reason', 'reason',
      'say why they are read, for example: monthly validation');
  END IF;
  PERFORM ledger.refuse_identifier(reason, 'reason');
END
$$;
