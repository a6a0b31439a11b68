-- The parts of an approval of a settlement: who may, the postings, the statements.

-- The settlement, held until the transaction ends, if the caller may approve it.
CREATE OR REPLACE FUNCTION ledger.lock_proposed_settlement(id uuid)
RETURNS ledger.settlement
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  settlement ledger.settlement;
BEGIN
  SELECT * INTO settlement FROM ledger.settlement s
   WHERE s.commissioner_code = ledger.caller_commissioner() AND s.settlement_id = id
     FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC404', 'SETTLEMENT_NOT_FOUND', format('no settlement %s', id), 'settlement_id',
      'see them with: pbc settlement list');
  END IF;
  IF settlement.state <> 'proposed' THEN
    PERFORM ledger.refuse('ZC412', 'NOT_PROPOSED', format('the settlement is %s', settlement.state), 'settlement_id',
      'a settlement is approved once');
  END IF;
  IF (settlement.proposed_by_organisation::text, settlement.proposed_by) = (ledger.caller_organisation(), ledger.caller_user()) THEN
    PERFORM ledger.refuse('ZC412', 'SELF_APPROVAL', 'you ran this settlement', 'settlement_id', 'ask another approver');
  END IF;
  RETURN settlement;
END
$$;

-- An account is made when it is first used.
CREATE OR REPLACE FUNCTION ledger.open_accounts(codes text[])
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO ledger.account (commissioner_code, account_code, name)
  SELECT ledger.caller_commissioner(), c.code, coalesce(p.name, v.name, CASE c.code WHEN 'UNASSIGNED' THEN 'Unassigned' ELSE c.code END)
    FROM unnest(codes) AS c (code)
    LEFT JOIN ledger.practice p ON p.commissioner_code = ledger.caller_commissioner() AND 'PRACTICE:' || p.practice_code = c.code
    LEFT JOIN ledger.provider v ON v.commissioner_code = ledger.caller_commissioner() AND 'PROVIDER:' || v.provider_code = c.code
   ORDER BY c.code
  ON CONFLICT (commissioner_code, account_code) DO NOTHING
$$;

-- Per bearing account one transfer of what is undisputed and one, pending, of what is disputed. Practice owes provider; a negative sum
-- goes the other way, since a transfer's amount is positive. Effective on the last day of the month.
CREATE OR REPLACE FUNCTION ledger.post_settlement(settlement ledger.settlement, invoice ledger.invoice)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  provider_account text := 'PROVIDER:' || settlement.provider_code;
BEGIN
  PERFORM ledger.open_accounts(array_append(array_agg(DISTINCT l.account_code), provider_account))
     FROM ledger.settlement_line l
    WHERE l.commissioner_code = settlement.commissioner_code AND l.settlement_id = settlement.settlement_id;
  INSERT INTO ledger.transfer (commissioner_code, transfer_id, debit_account, credit_account, amount_pence, kind, effective_date,
    recorded_at, settlement_id, practice_code, provider_code, narrative, organisation_code, user_id)
  SELECT settlement.commissioner_code, gen_random_uuid(),
         CASE WHEN part.pence > 0 THEN bearer.account_code ELSE provider_account END,
         CASE WHEN part.pence > 0 THEN provider_account ELSE bearer.account_code END,
         abs(part.pence), part.kind, (settlement.period + interval '1 month - 1 day')::date, clock_timestamp(),
         settlement.settlement_id,
         CASE WHEN bearer.account_code LIKE 'PRACTICE:%' THEN split_part(bearer.account_code, ':', 2) ELSE '' END,
         settlement.provider_code,
         format('invoice %s of %s: %s', invoice.invoice_number, to_char(settlement.period, 'YYYY-MM'), part.meaning),
         ledger.caller_organisation(), ledger.caller_user()
    FROM (SELECT l.account_code, sum(l.undisputed_pence)::bigint AS undisputed, sum(l.disputed_pence)::bigint AS disputed
            FROM ledger.settlement_line l
           WHERE l.commissioner_code = settlement.commissioner_code AND l.settlement_id = settlement.settlement_id
           GROUP BY l.account_code) bearer
   CROSS JOIN LATERAL (VALUES ('posted', 'undisputed', bearer.undisputed), ('pending', 'disputed', bearer.disputed))
           AS part (kind, meaning, pence)
   WHERE part.pence <> 0;
END
$$;

-- A month's reconciliation is its whole value, so what was posted and held on account of it is taken back.
CREATE OR REPLACE FUNCTION ledger.replace_on_account(settlement ledger.settlement, invoice ledger.invoice)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO ledger.transfer (commissioner_code, transfer_id, debit_account, credit_account, amount_pence, kind,
    pending_transfer_id, reverses_transfer_id, effective_date, recorded_at, settlement_id, practice_code, provider_code, narrative,
    organisation_code, user_id)
  SELECT t.commissioner_code, gen_random_uuid(),
         CASE t.kind WHEN 'posted' THEN t.credit_account ELSE t.debit_account END,
         CASE t.kind WHEN 'posted' THEN t.debit_account ELSE t.credit_account END, t.amount_pence,
         CASE t.kind WHEN 'posted' THEN 'reversal' ELSE 'void_pending' END,
         CASE t.kind WHEN 'pending' THEN t.transfer_id END, CASE t.kind WHEN 'posted' THEN t.transfer_id END,
         t.effective_date, clock_timestamp(), settlement.settlement_id, t.practice_code, t.provider_code,
         format('invoice %s of %s: in place of on account', invoice.invoice_number, to_char(settlement.period, 'YYYY-MM')),
         ledger.caller_organisation(), ledger.caller_user()
    FROM ledger.unreplaced_on_account(settlement.provider_code, settlement.period) u
    JOIN ledger.transfer t ON t.commissioner_code = settlement.commissioner_code AND t.transfer_id = u.transfer_id
$$;

-- On-account transfers of a provider's month that no reversal or void names yet.
CREATE OR REPLACE FUNCTION ledger.unreplaced_on_account(provider text, month date)
RETURNS TABLE (transfer_id uuid)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT t.transfer_id
    FROM ledger.settlement s
    JOIN ledger.invoice i ON i.commissioner_code = s.commissioner_code AND i.invoice_id = s.invoice_id
    JOIN ledger.transfer t ON t.commissioner_code = s.commissioner_code AND t.settlement_id = s.settlement_id
   WHERE s.commissioner_code = ledger.caller_commissioner() AND s.provider_code = provider AND s.period = month
     AND i.kind = 'on_account' AND t.kind IN ('posted', 'pending')
     AND NOT EXISTS (SELECT FROM ledger.transfer r
                      WHERE r.commissioner_code = t.commissioner_code AND r.reverses_transfer_id = t.transfer_id)
     AND NOT EXISTS (SELECT FROM ledger.transfer p
                      WHERE p.commissioner_code = t.commissioner_code AND p.pending_transfer_id = t.transfer_id)
$$;

-- One statement for the provider and one for each practice that bears lines, from the lines as stored: per practice and point of
-- delivery; numbered in the financial year of the month it is about. What is in the ledger and was not invoiced is on none.
CREATE OR REPLACE FUNCTION ledger.issue_statements(settlement ledger.settlement, invoice ledger.invoice)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
  WITH part AS MATERIALIZED (
    SELECT r.organisation_code, r.practice_code, r.pod, r.activity, r.invoiced_pence, r.undisputed_pence, r.disputed_pence
      FROM ledger.statement_parts(ARRAY[settlement.settlement_id]) r
  ), recipient AS MATERIALIZED (
    SELECT o.organisation_code, gen_random_uuid() AS statement_id, ledger.next_number('statement_sequence', 0) AS sequence,
           ledger.next_reference('ST', ledger.year_of(settlement.period)) AS reference, clock_timestamp() AS issued_at
      FROM (SELECT DISTINCT p.organisation_code FROM part p ORDER BY p.organisation_code) o
  ), line AS (
    INSERT INTO ledger.statement_line (commissioner_code, statement_id, line, practice_code, pod, activity, invoiced_pence,
      undisputed_pence, disputed_pence)
    SELECT settlement.commissioner_code, r.statement_id,
           row_number() OVER (PARTITION BY r.statement_id ORDER BY p.practice_code, p.pod), p.practice_code, p.pod, p.activity,
           p.invoiced_pence, p.undisputed_pence, p.disputed_pence
      FROM recipient r
      JOIN part p ON p.organisation_code = r.organisation_code
    RETURNING statement_id, invoiced_pence, undisputed_pence, disputed_pence
  )
  INSERT INTO ledger.statement (commissioner_code, statement_id, sequence, reference, settlement_id, organisation_code,
    provider_code, invoice_number, period, issued_at, invoiced_pence, undisputed_pence, disputed_pence)
  SELECT settlement.commissioner_code, r.statement_id, r.sequence, r.reference, settlement.settlement_id, r.organisation_code,
         settlement.provider_code, invoice.invoice_number, settlement.period, r.issued_at, sum(l.invoiced_pence),
         sum(l.undisputed_pence), sum(l.disputed_pence)
    FROM recipient r
    JOIN line l ON l.statement_id = r.statement_id
   GROUP BY r.statement_id, r.sequence, r.reference, r.organisation_code, r.issued_at
$$;

-- What the statements of settlements say: the rule, for issuing and for verifying.
CREATE OR REPLACE FUNCTION ledger.statement_parts(settlements uuid[])
RETURNS TABLE (settlement_id uuid, organisation_code text, practice_code text, pod text, activity bigint, invoiced_pence bigint,
  undisputed_pence bigint, disputed_pence bigint)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH part AS (
    SELECT l.settlement_id, l.account_code, l.practice_code, l.pod, sum(l.activity) AS activity,
           sum(l.invoice_pence) AS invoiced_pence, sum(l.undisputed_pence) AS undisputed_pence,
           sum(l.disputed_pence) AS disputed_pence
      FROM ledger.settlement_line l
     WHERE l.commissioner_code = ledger.caller_commissioner() AND l.settlement_id = ANY (settlements)
       AND l.reason IS DISTINCT FROM 'missing_in_invoice'
     GROUP BY l.settlement_id, l.account_code, l.practice_code, l.pod
  )
  SELECT p.settlement_id, o.organisation_code, p.practice_code, p.pod, sum(p.activity)::bigint, sum(p.invoiced_pence)::bigint,
         sum(p.undisputed_pence)::bigint, sum(p.disputed_pence)::bigint
    FROM part p
    JOIN ledger.settlement s ON s.commissioner_code = ledger.caller_commissioner() AND s.settlement_id = p.settlement_id
   CROSS JOIN LATERAL (
     SELECT s.provider_code::text
      UNION ALL
     SELECT p.practice_code WHERE p.account_code = 'PRACTICE:' || p.practice_code) AS o (organisation_code)
   GROUP BY p.settlement_id, o.organisation_code, p.practice_code, p.pod
$$;
