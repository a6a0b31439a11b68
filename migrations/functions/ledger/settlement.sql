-- Invoices and settlements: what their RPCs and the settlement run share.

-- The invoice, if it can be settled: an invoice is settled once. To be sure, hold it.
CREATE OR REPLACE FUNCTION ledger.unsettled_invoice(id uuid)
RETURNS ledger.invoice
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  invoice ledger.invoice;
BEGIN
  SELECT * INTO invoice FROM ledger.invoice i WHERE i.commissioner_code = ledger.caller_commissioner() AND i.invoice_id = id;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC404', 'INVOICE_NOT_FOUND', format('no invoice %s', id), 'invoice_id', 'see them with: pbc invoice list');
  END IF;
  IF EXISTS (SELECT FROM ledger.settlement s
              WHERE s.commissioner_code = invoice.commissioner_code AND s.invoice_id = invoice.invoice_id) THEN
    PERFORM ledger.refuse('ZC412', 'SETTLEMENT_EXISTS', format('invoice %s of provider %s has a settlement', invoice.invoice_number,
      invoice.provider_code), 'invoice_id', 'see it with: pbc settlement list');
  END IF;
  RETURN invoice;
END
$$;

-- The same, held until the transaction ends.
CREATE OR REPLACE FUNCTION ledger.lock_unsettled_invoice(id uuid)
RETURNS ledger.invoice
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM FROM ledger.invoice i WHERE i.commissioner_code = ledger.caller_commissioner() AND i.invoice_id = id FOR UPDATE;
  RETURN ledger.unsettled_invoice(id);
END
$$;

-- Of a credit note every line gives money back; of another invoice the whole asks for some.
CREATE OR REPLACE FUNCTION ledger.require_total_sign(kind text, total_pence bigint)
RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF (kind = 'credit_note') <> (total_pence < 0) OR total_pence = 0 THEN
    PERFORM ledger.refuse('ZC400', 'TOTAL_SIGN', format('an invoice of kind %s cannot have a total of %s', kind,
      ledger.pounds(total_pence)), 'total_pence', 'a credit note''s total is negative, any other''s positive');
  END IF;
END
$$;

-- An invoice as the API shows it; NULL if the caller may not see it or there is none.
CREATE OR REPLACE FUNCTION ledger.invoice_json(id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT json_build_object('invoice_id', i.invoice_id, 'provider_code', i.provider_code, 'invoice_number', i.invoice_number,
             'period', to_char(i.period, 'YYYY-MM'), 'kind', i.kind, 'total_pence', i.total_pence, 'line_count', i.line_count,
             'state', i.state, 'submitted_by', i.user_id, 'submit_time', ledger.moment(i.recorded_at))
      FROM ledger.invoice i
     WHERE i.commissioner_code = ledger.caller_commissioner() AND i.invoice_id = id);
END
$$;

-- How firm the activity is that a settlement rests on: frozen if all of its month was. A month that was settled does not reopen.
CREATE OR REPLACE FUNCTION ledger.settled_state(id uuid)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
RETURN coalesce((SELECT ledger.month_state(ledger.closed_with(s)) FROM ledger.submission s
                  WHERE s.commissioner_code = ledger.caller_commissioner() AND s.submission_id = id), '');

-- A settlement as the API shows it; NULL if the caller may not see it or there is none.
CREATE OR REPLACE FUNCTION ledger.settlement_json(id uuid)
RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT json_build_object('settlement_id', s.settlement_id, 'invoice_id', s.invoice_id, 'invoice_number', i.invoice_number,
             'provider_code', s.provider_code, 'period', to_char(s.period, 'YYYY-MM'), 'state', s.state,
             'invoice_pence', s.invoice_pence, 'ledger_pence', s.ledger_pence, 'undisputed_pence', s.undisputed_pence,
             'disputed_pence', s.disputed_pence, 'matched_lines', s.matched_lines, 'difference_lines', s.difference_lines,
             'proposed_by', s.proposed_by, 'propose_time', ledger.moment(s.proposed_at),
             'approved_by', coalesce(s.approved_by, ''), 'approve_time', ledger.moment(s.approved_at),
             'month_state', ledger.settled_state(s.submission_id))
      FROM ledger.settlement s
      JOIN ledger.invoice i ON i.commissioner_code = s.commissioner_code AND i.invoice_id = s.invoice_id
     WHERE s.commissioner_code = ledger.caller_commissioner() AND s.settlement_id = id);
END
$$;

-- A statement as the API shows it, its lines only where asked for; NULL if the caller may not see it or there is none. Lines have no
-- policy of their own: they are read through their statement. How many there are in all is told by the invoice, so small counts are
-- left out as of a sum that is shown.
CREATE OR REPLACE FUNCTION ledger.statement_json(id uuid, with_lines boolean)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT json_build_object('statement_id', s.statement_id, 'reference', s.reference, 'settlement_id', s.settlement_id,
           'organisation_code', s.organisation_code,
           'organisation_name', CASE WHEN s.organisation_code = s.provider_code THEN coalesce(v.name, s.provider_code)
             ELSE coalesce(p.name, s.organisation_code) END,
           'provider_code', s.provider_code, 'provider_name', coalesce(v.name, s.provider_code),
           'invoice_number', s.invoice_number, 'period', to_char(s.period, 'YYYY-MM'), 'issue_time', ledger.moment(s.issued_at),
           'lines', CASE WHEN with_lines THEN (
             SELECT json_agg(json_build_object('practice_code', l.practice_code, 'pod', l.pod,
                      'activity', CASE WHEN c.shown[l.line + 1] THEN l.activity END, 'invoiced_pence', l.invoiced_pence,
                      'undisputed_pence', l.undisputed_pence, 'disputed_pence', l.disputed_pence) ORDER BY l.line)
               FROM ledger.statement_line l
              CROSS JOIN (SELECT ledger.counts_shown(sum(a.activity)::bigint || array_agg(a.activity ORDER BY a.line)) AS shown
                            FROM ledger.statement_line a
                           WHERE a.commissioner_code = s.commissioner_code AND a.statement_id = s.statement_id) c
              WHERE l.commissioner_code = s.commissioner_code AND l.statement_id = s.statement_id) ELSE '[]' END,
           'invoiced_pence', s.invoiced_pence, 'undisputed_pence', s.undisputed_pence, 'disputed_pence', s.disputed_pence,
           'month_state', ledger.settled_state(t.submission_id))
    FROM ledger.statement s
    LEFT JOIN ledger.settlement t ON t.commissioner_code = s.commissioner_code AND t.settlement_id = s.settlement_id
    LEFT JOIN ledger.practice p ON p.commissioner_code = s.commissioner_code AND p.practice_code = s.organisation_code
    LEFT JOIN ledger.provider v ON v.commissioner_code = s.commissioner_code AND v.provider_code = s.provider_code
   WHERE s.commissioner_code = ledger.caller_commissioner() AND s.statement_id = id
$$;

-- A settlement's figures, then its differences by reason, as outcomes of an operation.
CREATE OR REPLACE FUNCTION ledger.settlement_outcomes(settlement ledger.settlement, by_reason json)
RETURNS json
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT json_agg(o.outcome ORDER BY o.part, o.ordinal)
    FROM (SELECT 1 AS part, f.ordinal, json_build_object('name', f.name, 'value', f.value::text) AS outcome
            FROM ROWS FROM (
                   unnest(ARRAY['invoice_pence', 'ledger_pence', 'undisputed_pence', 'disputed_pence', 'matched_lines',
                     'difference_lines']),
                   unnest(ARRAY[settlement.invoice_pence, settlement.ledger_pence, settlement.undisputed_pence,
                     settlement.disputed_pence, settlement.matched_lines, settlement.difference_lines]))
                 WITH ORDINALITY AS f (name, value, ordinal)
          UNION ALL
          SELECT 2, r.ordinal, r.outcome FROM json_array_elements(by_reason) WITH ORDINALITY AS r (outcome, ordinal)) o
$$;
