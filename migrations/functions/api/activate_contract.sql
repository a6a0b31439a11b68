-- ContractService.ActivateContract: by another person than the one who submitted it; one active per provider and year.
CREATE OR REPLACE FUNCTION api.activate_contract(contract_id uuid)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  contract ledger.contract;
BEGIN
  SELECT * INTO contract FROM ledger.contract c
   WHERE c.commissioner_code = ledger.caller_commissioner() AND c.contract_id = activate_contract.contract_id
     FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC404', 'CONTRACT_NOT_FOUND', format('no contract %s', activate_contract.contract_id), 'contract_id',
      'see them with: pbc contract list');
  END IF;
  IF contract.state <> 'submitted' THEN
    PERFORM ledger.refuse('ZC412', 'CONTRACT_NOT_SUBMITTED', format('the contract is %s', contract.state), 'contract_id',
      'a contract is activated once; see it with: pbc contract show');
  END IF;
  IF (contract.submitted_by_organisation, contract.submitted_by) = (ledger.caller_organisation(), ledger.caller_user()) THEN
    PERFORM ledger.refuse('ZC412', 'SELF_APPROVAL', 'you submitted this contract', 'contract_id', 'ask another approver');
  END IF;
  UPDATE ledger.contract c
     SET state = 'active', activated_by_organisation = ledger.caller_organisation(), activated_by = ledger.caller_user(),
         activated_at = clock_timestamp()
   WHERE c.commissioner_code = contract.commissioner_code AND c.contract_id = contract.contract_id;
  RETURN json_build_object('contract', ledger.contract_json(contract.contract_id));
EXCEPTION
  -- The index decides, also between two approvers at once.
  WHEN unique_violation THEN
    PERFORM ledger.refuse('ZC412', 'CONTRACT_ACTIVE', format('provider %s has an active contract for %s',
      contract.provider_code, ledger.year_text(contract.year)), 'contract_id',
      'a provider has one contract in force in a year; see it with: pbc contract list');
END
$$;
