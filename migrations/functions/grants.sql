-- The server may call api; job processes may call job. Nothing else is open.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA api, job, ledger, patient FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA api TO pbc_api;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA job TO pbc_job;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA patient TO pbc_owner;
-- What job processes ask in statements of their own, and what these call.
GRANT EXECUTE ON FUNCTION ledger.rule_value(text, date), ledger.months_late(date, date), ledger.top_up_ppm(text, date),
  ledger.refuse(text, text, text, text, text), ledger.holds_nhs_number(text) TO pbc_job;
