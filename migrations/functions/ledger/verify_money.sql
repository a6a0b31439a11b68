-- Proofs about money: invoices, settlements, transfers, statements. Each recomputes one side from the other and compares both ways.

-- An invoice is its lines.
CREATE OR REPLACE FUNCTION ledger.verify_invoices(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH compared AS (
    SELECT coalesce(i.invoice_id, l.invoice_id) AS invoice_id, i.total_pence, l.total_pence AS found_pence,
           (i.line_count, i.total_pence::numeric) IS DISTINCT FROM (l.line_count, l.total_pence) AS differs
      FROM (SELECT * FROM ledger.invoice WHERE commissioner_code = tenant) i
      FULL JOIN (SELECT invoice_id, count(*) AS line_count, sum(price_pence) AS total_pence
                   FROM ledger.invoice_line WHERE commissioner_code = tenant GROUP BY invoice_id) l ON l.invoice_id = i.invoice_id
  )
  SELECT ledger.check_result('invoices_add_up', count(*), count(*) FILTER (WHERE c.differs),
           min(format('invoice %s says %s, its lines %s', c.invoice_id, ledger.pounds(coalesce(c.total_pence, 0)),
             ledger.pounds(coalesce(c.found_pence, 0)::bigint))) FILTER (WHERE c.differs))
    FROM compared c
$$;

-- A settlement is its lines, and has every line of its invoice at its price.
CREATE OR REPLACE FUNCTION ledger.verify_settlements(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH summed AS (
    SELECT l.settlement_id, count(l.line_number) FILTER (WHERE l.reason IS NULL) AS matched, count(*) FILTER (WHERE l.reason IS NOT NULL) AS different,
           count(l.line_number) AS invoiced, sum(l.invoice_pence) AS invoice_pence, sum(l.ledger_pence) AS ledger_pence,
           sum(l.undisputed_pence) AS undisputed_pence, sum(l.disputed_pence) AS disputed_pence
      FROM ledger.settlement_line l
     WHERE l.commissioner_code = tenant
     GROUP BY l.settlement_id
  ), compared AS (
    SELECT coalesce(s.settlement_id, l.settlement_id) AS settlement_id,
           (s.matched_lines, s.difference_lines, s.invoice_pence::numeric, s.ledger_pence::numeric, s.undisputed_pence::numeric,
             s.disputed_pence::numeric)
             IS DISTINCT FROM (l.matched, l.different, l.invoice_pence, l.ledger_pence, l.undisputed_pence, l.disputed_pence)
           OR (i.line_count, i.total_pence, i.state = 'settled')
             IS DISTINCT FROM (l.invoiced, s.invoice_pence, s.state = 'approved') AS differs
      FROM (SELECT * FROM ledger.settlement WHERE commissioner_code = tenant) s
      FULL JOIN summed l ON l.settlement_id = s.settlement_id
      LEFT JOIN ledger.invoice i ON i.commissioner_code = tenant AND i.invoice_id = s.invoice_id
  )
  SELECT ledger.check_result('settlements_add_up', count(*), count(*) FILTER (WHERE c.differs),
           min(format('settlement %s does not agree with its lines and invoice', c.settlement_id)) FILTER (WHERE c.differs))
    FROM compared c
$$;

-- Debits are credits by construction; so what can go wrong is an account that is not there, or a reversal of something else.
CREATE OR REPLACE FUNCTION ledger.verify_transfers(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH judged AS (
    SELECT t.transfer_id,
           CASE WHEN d.account_code IS NULL OR c.account_code IS NULL THEN 'names an account that is not there'
                WHEN t.kind = 'reversal' AND (o.debit_account, o.credit_account, o.amount_pence)
                  IS DISTINCT FROM (t.credit_account, t.debit_account, t.amount_pence) THEN 'does not reverse what it names'
                WHEN t.kind = 'reversal' AND o.kind NOT IN ('posted', 'post_pending') THEN 'reverses what was not posted' END AS fault
      FROM ledger.transfer t
      LEFT JOIN ledger.account d ON d.commissioner_code = tenant AND d.account_code = t.debit_account
      LEFT JOIN ledger.account c ON c.commissioner_code = tenant AND c.account_code = t.credit_account
      LEFT JOIN ledger.transfer o ON o.commissioner_code = tenant AND o.transfer_id = t.reverses_transfer_id
     WHERE t.commissioner_code = tenant
  )
  SELECT ledger.check_result('transfers_balance', count(*), count(j.fault),
           min(format('transfer %s %s', j.transfer_id, j.fault)) FILTER (WHERE j.fault IS NOT NULL))
    FROM judged j
$$;

-- What was posted or voided of a held transfer is between its accounts and at most its amount.
CREATE OR REPLACE FUNCTION ledger.verify_pending(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH ended AS (
    SELECT t.pending_transfer_id, sum(t.amount_pence) AS amount_pence,
           bool_and((p.debit_account, p.credit_account, p.kind)
             IS NOT DISTINCT FROM (t.debit_account, t.credit_account, 'pending'::text)) AS same_accounts,
           max(p.amount_pence) AS held_pence
      FROM ledger.transfer t
      LEFT JOIN ledger.transfer p ON p.commissioner_code = tenant AND p.transfer_id = t.pending_transfer_id
     WHERE t.commissioner_code = tenant AND t.pending_transfer_id IS NOT NULL
     GROUP BY t.pending_transfer_id
  ), judged AS (
    SELECT e.pending_transfer_id, NOT e.same_accounts OR e.held_pence IS NULL OR e.amount_pence > e.held_pence AS differs FROM ended e
  )
  SELECT ledger.check_result('pending_consistent',
           (SELECT count(*) FROM ledger.transfer t WHERE t.commissioner_code = tenant AND t.kind = 'pending'),
           count(*) FILTER (WHERE j.differs),
           min(format('more or other than transfer %s holds was posted or voided', j.pending_transfer_id)) FILTER (WHERE j.differs))
    FROM judged j
$$;

-- Per approved settlement and bearing account: undisputed is posted, disputed is pending, and nothing else is. An on-account payment
-- whose month is reconciled is taken back.
CREATE OR REPLACE FUNCTION ledger.verify_postings(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH due AS (
    SELECT l.settlement_id, l.account_code, kind.kind, sum(kind.pence) AS pence
      FROM ledger.settlement s
      JOIN ledger.settlement_line l ON l.commissioner_code = tenant AND l.settlement_id = s.settlement_id
     CROSS JOIN LATERAL (VALUES ('posted', l.undisputed_pence), ('pending', l.disputed_pence)) AS kind (kind, pence)
     WHERE s.commissioner_code = tenant AND s.state = 'approved'
     GROUP BY l.settlement_id, l.account_code, kind.kind
    HAVING sum(kind.pence) <> 0
  ), made AS (
    SELECT t.settlement_id, CASE WHEN owed.by_bearer THEN t.debit_account ELSE t.credit_account END AS account_code, t.kind,
           sum(CASE WHEN owed.by_bearer THEN t.amount_pence ELSE -t.amount_pence END) AS pence
      FROM ledger.transfer t
     CROSS JOIN LATERAL (SELECT t.credit_account = 'PROVIDER:' || t.provider_code AS by_bearer) owed
     WHERE t.commissioner_code = tenant AND t.kind IN ('posted', 'pending') AND t.settlement_id IS NOT NULL
     GROUP BY 1, 2, 3
  ), compared AS (
    SELECT coalesce(d.settlement_id, m.settlement_id) AS settlement_id, coalesce(d.account_code, m.account_code) AS account_code,
           d.pence IS DISTINCT FROM m.pence AS differs
      FROM due d
      FULL JOIN made m ON m.settlement_id = d.settlement_id AND m.account_code = d.account_code AND m.kind = d.kind
    UNION ALL
    SELECT s.settlement_id, 'on account', EXISTS (SELECT FROM ledger.unreplaced_on_account(s.provider_code, s.period))
      FROM ledger.settlement s
      JOIN ledger.invoice i ON i.commissioner_code = tenant AND i.invoice_id = s.invoice_id
     WHERE s.commissioner_code = tenant AND s.state = 'approved' AND i.kind = 'reconciliation'
  )
  SELECT ledger.check_result('settlements_equal_transfers', count(*), count(*) FILTER (WHERE c.differs),
           min(format('settlement %s, account %s: transfers differ from lines', c.settlement_id, c.account_code))
             FILTER (WHERE c.differs))
    FROM compared c
$$;

-- Every approved settlement has its statements, and they say what its lines say.
CREATE OR REPLACE FUNCTION ledger.verify_statements(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH said AS (
    SELECT s.settlement_id, s.organisation_code::text, l.practice_code, l.pod, l.activity, l.invoiced_pence, l.undisputed_pence,
           l.disputed_pence
      FROM ledger.statement s
      JOIN ledger.statement_line l ON l.commissioner_code = tenant AND l.statement_id = s.statement_id
     WHERE s.commissioner_code = tenant
  ), due AS (
    SELECT p.*
      FROM ledger.statement_parts(ARRAY(SELECT s.settlement_id FROM ledger.settlement s
             WHERE s.commissioner_code = tenant AND s.state = 'approved')) p
  ), compared AS (
    SELECT coalesce(d.settlement_id, s.settlement_id) AS settlement_id, coalesce(d.organisation_code, s.organisation_code) AS organisation,
           (d.activity, d.invoiced_pence, d.undisputed_pence, d.disputed_pence)
             IS DISTINCT FROM (s.activity, s.invoiced_pence, s.undisputed_pence, s.disputed_pence) AS differs
      FROM due d
      FULL JOIN said s ON s.settlement_id = d.settlement_id AND s.organisation_code = d.organisation_code
        AND s.practice_code = d.practice_code AND s.pod = d.pod
  )
  SELECT ledger.check_result('statements_equal_settlements', count(*), count(*) FILTER (WHERE c.differs),
           min(format('settlement %s: the statement for %s differs from its lines', c.settlement_id, c.organisation))
             FILTER (WHERE c.differs))
    FROM compared c
$$;

-- A statement's totals are those of its lines, and no number of the sequence is missing.
CREATE OR REPLACE FUNCTION ledger.verify_statement_totals(tenant text)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH compared AS (
    SELECT format('statement %s', coalesce(s.statement_id, l.statement_id)) AS what,
           (s.invoiced_pence::numeric, s.undisputed_pence::numeric, s.disputed_pence::numeric)
             IS DISTINCT FROM (l.invoiced_pence, l.undisputed_pence, l.disputed_pence) AS differs
      FROM (SELECT * FROM ledger.statement WHERE commissioner_code = tenant) s
      FULL JOIN (SELECT statement_id, sum(invoiced_pence) AS invoiced_pence, sum(undisputed_pence) AS undisputed_pence,
                        sum(disputed_pence) AS disputed_pence
                   FROM ledger.statement_line WHERE commissioner_code = tenant GROUP BY statement_id) l
        ON l.statement_id = s.statement_id
    UNION ALL
    SELECT 'the sequence of statements', true
      FROM (SELECT coalesce(max(c.value), 0) AS value FROM ledger.counter c
             WHERE c.commissioner_code = tenant AND c.series = 'statement_sequence' AND c.year = 0) n
      LEFT JOIN ledger.statement s ON s.commissioner_code = tenant
     GROUP BY n.value
    HAVING count(s.sequence) <> n.value OR coalesce(max(s.sequence), 0) <> n.value
  )
  SELECT ledger.check_result('statements_add_up', count(*), count(*) FILTER (WHERE c.differs),
           min(format('%s is not whole', c.what)) FILTER (WHERE c.differs))
    FROM compared c
$$;
