-- SettlementService.ApproveSettlement: by a second person. Posts what is undisputed, holds what is disputed, tells everybody concerned.
CREATE OR REPLACE FUNCTION api.approve_settlement(settlement_id uuid)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  settlement ledger.settlement := ledger.lock_proposed_settlement(settlement_id);
  invoice ledger.invoice;
BEGIN
  UPDATE ledger.invoice i SET state = 'settled'
   WHERE i.commissioner_code = settlement.commissioner_code AND i.invoice_id = settlement.invoice_id
  RETURNING i.* INTO STRICT invoice;
  -- Approvals of a month in turn: an on-account payment and the reconciliation that replaces it must see each other.
  PERFORM FROM job.lock_month(settlement.provider_code, settlement.period);
  IF invoice.kind = 'on_account' THEN
    PERFORM ledger.refuse_reconciled_month(invoice.provider_code, invoice.period);
  END IF;
  UPDATE ledger.settlement s
     SET state = 'approved', approved_by_organisation = ledger.caller_organisation(), approved_by = ledger.caller_user(),
         approved_at = clock_timestamp()
   WHERE s.commissioner_code = settlement.commissioner_code AND s.settlement_id = settlement.settlement_id;
  PERFORM ledger.post_settlement(settlement, invoice);
  IF invoice.kind = 'reconciliation' THEN
    PERFORM ledger.replace_on_account(settlement, invoice);
  END IF;
  PERFORM ledger.issue_statements(settlement, invoice), pg_notify('pbc', 'statement');
  RETURN json_build_object('settlement', ledger.settlement_json(settlement.settlement_id));
END
$$;
