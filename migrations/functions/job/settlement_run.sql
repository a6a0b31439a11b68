-- Settlement of an invoice: compares it with the ledger and proposes what is paid and what is held. One transaction, after job.enter.
-- params: invoice_id, and validate_only to look without keeping anything. The row is what job.finish needs.
CREATE OR REPLACE FUNCTION job.settlement_run(params jsonb)
RETURNS TABLE (result_id text, outcomes json)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  invoice ledger.invoice := ledger.lock_unsettled_invoice((params ->> 'invoice_id')::uuid);
  validate_only boolean := coalesce((params ->> 'validate_only')::boolean, false);
  settlement ledger.settlement;
  submission uuid;
  counts json;
BEGIN
  -- Runs of one provider's month wait for each other here: each must see what the others settled. Imports wait too, so that the
  -- snapshot is one submission.
  SELECT m.submission_id INTO submission FROM job.lock_month(invoice.provider_code, invoice.period) m;
  IF invoice.kind = 'reconciliation' AND submission IS NULL THEN
    PERFORM ledger.refuse('ZC412', 'NO_ACTIVITY', format('there is no activity of provider %s for %s', invoice.provider_code,
      to_char(invoice.period, 'YYYY-MM')), 'invoice_id', 'import the month''s activity with: pbc activity import');
  END IF;
  settlement.settlement_id := gen_random_uuid();
  settlement.submission_id := CASE WHEN invoice.kind <> 'on_account' THEN submission END;
  IF NOT validate_only THEN
    INSERT INTO ledger.settlement_line
    SELECT * FROM ledger.match_invoice(invoice, settlement.settlement_id, settlement.submission_id);
  END IF;
  -- The lines as stored, or in a trial as they would be: one half of the union is empty.
  WITH line AS (
    SELECT l.* FROM ledger.settlement_line l
     WHERE l.commissioner_code = invoice.commissioner_code AND l.settlement_id = settlement.settlement_id
    UNION ALL
    SELECT l.* FROM ledger.match_invoice(invoice, settlement.settlement_id, settlement.submission_id) l
     WHERE validate_only
  ), by_reason AS (
    SELECT l.reason, count(*) FILTER (WHERE l.line_number IS NOT NULL OR l.reason IS NOT NULL) AS lines, sum(l.invoice_pence) AS invoice_pence, sum(l.ledger_pence) AS ledger_pence,
           sum(l.undisputed_pence) AS undisputed_pence, sum(l.disputed_pence) AS disputed_pence
      FROM line l
     GROUP BY l.reason
  )
  SELECT sum(r.invoice_pence), sum(r.ledger_pence), sum(r.undisputed_pence), sum(r.disputed_pence),
         coalesce(sum(r.lines) FILTER (WHERE r.reason IS NULL), 0), coalesce(sum(r.lines) FILTER (WHERE r.reason IS NOT NULL), 0),
         coalesce(json_agg(json_build_object('name', r.reason, 'value', r.lines::text) ORDER BY r.reason)
           FILTER (WHERE r.reason IS NOT NULL), '[]')
    INTO STRICT settlement.invoice_pence, settlement.ledger_pence, settlement.undisputed_pence, settlement.disputed_pence,
         settlement.matched_lines, settlement.difference_lines, counts
    FROM by_reason r;
  IF NOT validate_only THEN
    INSERT INTO ledger.settlement (commissioner_code, settlement_id, invoice_id, provider_code, period, submission_id, state,
      invoice_pence, ledger_pence, undisputed_pence, disputed_pence, matched_lines, difference_lines,
      proposed_by_organisation, proposed_by, proposed_at)
    VALUES (invoice.commissioner_code, settlement.settlement_id, invoice.invoice_id, invoice.provider_code, invoice.period,
      settlement.submission_id, 'proposed', settlement.invoice_pence, settlement.ledger_pence, settlement.undisputed_pence,
      settlement.disputed_pence, settlement.matched_lines, settlement.difference_lines, ledger.caller_organisation(),
      ledger.caller_user(), clock_timestamp());
  END IF;
  RETURN QUERY SELECT CASE WHEN validate_only THEN '' ELSE settlement.settlement_id::text END,
    ledger.settlement_outcomes(settlement, counts);
END
$$;
