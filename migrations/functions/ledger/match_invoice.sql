-- What a settlement says of an invoice, line by line. Each kind of invoice has its own rule; all are read-only and make rows of
-- ledger.settlement_line, so that a trial run and a stored run cannot differ.

-- Practices that were this PCT's at some time of the month: they bear their lines. All other lines are UNASSIGNED.
CREATE OR REPLACE FUNCTION ledger.own_practices(month date)
RETURNS TABLE (practice_code text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT DISTINCT m.practice_code::text
    FROM ledger.practice_membership m
   WHERE m.commissioner_code = ledger.caller_commissioner() AND m.member_of = ledger.caller_commissioner()
     AND m.valid_from < month + interval '1 month' AND coalesce(m.valid_to, 'infinity') >= month
$$;

-- What earlier settlements of the provider's month paid and held of records. Proposed ones count: two invoices for one record must not
-- both be paid whichever is approved first.
CREATE OR REPLACE FUNCTION ledger.settled_lines(invoice ledger.invoice)
RETURNS SETOF ledger.settlement_line
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT l.*
    FROM ledger.settlement s
    JOIN ledger.invoice i ON i.commissioner_code = s.commissioner_code AND i.invoice_id = s.invoice_id
    JOIN ledger.settlement_line l ON l.commissioner_code = s.commissioner_code AND l.settlement_id = s.settlement_id
   WHERE s.commissioner_code = invoice.commissioner_code AND s.provider_code = invoice.provider_code
     AND s.period = invoice.period AND s.invoice_id <> invoice.invoice_id AND i.kind <> 'on_account'
     AND l.reason IS DISTINCT FROM 'missing_in_invoice' AND l.record_id <> ''
$$;

-- The same by record.
CREATE OR REPLACE FUNCTION ledger.settled_records(invoice ledger.invoice)
RETURNS TABLE (record_id text, paid_pence bigint, held_pence bigint)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT l.record_id, sum(l.undisputed_pence)::bigint, sum(l.disputed_pence)::bigint
    FROM ledger.settled_lines(invoice) l
   GROUP BY l.record_id
$$;

-- What a month comes to by record: the rows of its submission, and what was posted in it of earlier months. Of a record that was
-- amended there are two rows, and what is to pay is their difference; of one that was withdrawn it is less than nothing. The practice is
-- that of the row that was put in: ledger.moved_records tells who else bears. due: it should be on an invoice.
CREATE OR REPLACE FUNCTION ledger.settled_by_record(invoice ledger.invoice, submission_id uuid)
RETURNS TABLE (record_id text, practice_code text, pod text, responsible_code text, ours boolean, price_state text, price_reason text,
  pence bigint, due boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH counting AS (
    SELECT settled_by_record.submission_id
    UNION ALL
    SELECT s.submission_id
      FROM ledger.submission s
     WHERE s.commissioner_code = invoice.commissioner_code AND s.provider_code = invoice.provider_code AND s.period = invoice.period
       AND s.phase = 'adjustment'
  )
  SELECT DISTINCT ON (a.record_id) a.record_id, a.practice_code, a.pod, a.responsible_code, a.ours, a.price_state, a.price_reason,
         sum(CASE WHEN a.ours THEN a.quantity * coalesce(a.total_pence, 0) ELSE 0 END) OVER same_record::bigint,
         a.ours AND a.price_state = 'priced'
           AND (count(*) OVER same_record = 1 OR sum(CASE WHEN a.ours THEN a.quantity * a.total_pence END) OVER same_record <> 0)
    FROM ledger.activity a
   WHERE a.commissioner_code = invoice.commissioner_code AND a.period = invoice.period
     AND a.submission_id IN (SELECT c.submission_id FROM counting c)
  WINDOW same_record AS (PARTITION BY a.record_id)
   ORDER BY a.record_id, (a.ours AND a.price_state = 'priced') DESC, a.quantity DESC, a.submission_id, a.line
$$;

-- Records that adjustments posted in the month moved from practice to practice: what the month comes to of each by practice, and what was
-- paid of it. The practice that bore the first charge gets it back, the other bears the new one. bears: what is left over falls on it.
CREATE OR REPLACE FUNCTION ledger.moved_records(invoice ledger.invoice, submission_id uuid)
RETURNS TABLE (record_id text, practice_code text, pod text, pence bigint, paid_pence bigint, bears boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH counting AS (
    SELECT s.submission_id, true AS adjusts
      FROM ledger.submission s
     WHERE s.commissioner_code = invoice.commissioner_code AND s.provider_code = invoice.provider_code AND s.period = invoice.period
       AND s.phase = 'adjustment'
    UNION ALL
    SELECT moved_records.submission_id, false
  ), borne AS (
    SELECT a.record_id, a.practice_code, CASE WHEN a.ours THEN a.pod END AS pod, c.adjusts,
           CASE WHEN a.ours THEN a.quantity * coalesce(a.total_pence, 0) ELSE 0 END AS pence, 0::bigint AS paid_pence
      FROM counting c
      JOIN ledger.activity a ON a.commissioner_code = invoice.commissioner_code AND a.period = invoice.period
                            AND a.submission_id = c.submission_id
     WHERE EXISTS (SELECT FROM counting o WHERE o.adjusts)
    UNION ALL
    SELECT l.record_id, l.practice_code, l.pod, false, 0, l.undisputed_pence
      FROM ledger.settled_lines(invoice) l
     WHERE EXISTS (SELECT FROM counting o WHERE o.adjusts)
  ), part AS (
    SELECT b.record_id, b.practice_code, max(b.pod) AS pod, sum(b.pence)::bigint AS pence, sum(b.paid_pence)::bigint AS paid_pence,
           bool_or(b.adjusts) AS adjusts
      FROM borne b
     GROUP BY b.record_id, b.practice_code
    HAVING bool_or(b.adjusts) OR sum(b.pence) <> 0 OR sum(b.paid_pence) <> 0
  ), judged AS (
    SELECT p.*, bool_or(p.adjusts) OVER same_record AS adjusted,
           count(*) FILTER (WHERE p.pence <> 0 OR p.paid_pence <> 0) OVER same_record AS bearers,
           row_number() OVER (PARTITION BY p.record_id ORDER BY p.pence DESC, p.practice_code) = 1 AS bears
      FROM part p
    WINDOW same_record AS (PARTITION BY p.record_id)
  )
  SELECT j.record_id, j.practice_code, j.pod, j.pence, j.paid_pence, j.bears
    FROM judged j
   WHERE j.adjusted AND j.bearers > 1 AND (j.pence <> 0 OR j.paid_pence <> 0)
$$;

-- Reconciliation: invoice lines against the ledger by record. Keys are unique, since duplicates would multiply: only the first line of a
-- record can match. Of a record that moved to another practice a single line is of the whole, and further lines, of neither invoice nor
-- reason, give each practice its part: they add up to nothing. Several lines, or none, are matched practice by practice.
CREATE OR REPLACE FUNCTION ledger.match_reconciliation(invoice ledger.invoice, settlement_id uuid, submission_id uuid)
RETURNS SETOF ledger.settlement_line
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH moved AS MATERIALIZED (
    SELECT m.* FROM ledger.moved_records(invoice, submission_id) m
  ), moved_whole AS (
    SELECT l.record_id
      FROM ledger.invoice_line l
     WHERE l.commissioner_code = invoice.commissioner_code AND l.invoice_id = invoice.invoice_id
       AND l.record_id IN (SELECT m.record_id FROM moved m)
     GROUP BY l.record_id
    HAVING count(*) = 1
  ), by_practice AS MATERIALIZED (
    SELECT m.record_id FROM moved m EXCEPT SELECT w.record_id FROM moved_whole w
  ), marked AS (
    SELECT l.*, CASE WHEN l.record_id IN (SELECT b.record_id FROM by_practice b) THEN l.practice_code ELSE '' END AS part
      FROM ledger.invoice_line l
     WHERE l.commissioner_code = invoice.commissioner_code AND l.invoice_id = invoice.invoice_id
  ), line AS (
    SELECT l.*, CASE WHEN row_number() OVER same_record = 1 THEN nullif(l.record_id, '') END AS match_key,
           first_value(l.line_number) OVER same_record AS first_line
      FROM marked l
    WINDOW same_record AS (PARTITION BY l.record_id, l.part ORDER BY l.line_number)
  ), ledger_row AS (
    SELECT r.record_id, '' AS part, coalesce(m.practice_code, r.practice_code) AS practice_code, coalesce(m.pod, r.pod) AS pod,
           r.responsible_code, r.ours, r.price_state, r.price_reason, r.pence, coalesce(s.paid_pence, 0) AS paid_pence,
           r.due AND coalesce(s.paid_pence, 0) = 0 AS missing
      FROM ledger.settled_by_record(invoice, submission_id) r
      LEFT JOIN ledger.settled_records(invoice) s ON s.record_id = r.record_id
      LEFT JOIN moved m ON m.record_id = r.record_id AND m.bears
     WHERE r.record_id NOT IN (SELECT b.record_id FROM by_practice b)
    UNION ALL
    SELECT m.record_id, m.practice_code, m.practice_code, m.pod, NULL, true, 'priced', NULL, m.pence, m.paid_pence, m.pence <> m.paid_pence
      FROM moved m
     WHERE m.record_id IN (SELECT b.record_id FROM by_practice b)
  ), compared AS (
    SELECT l.line_number, l.first_line, coalesce(l.record_id, a.record_id) AS record_id, coalesce(l.part, a.part) AS part,
           coalesce(a.practice_code, l.practice_code) AS practice_code, coalesce(a.pod, l.pod) AS pod,
           coalesce(l.activity, 1) AS activity, coalesce(l.price_pence, 0) AS invoice_pence,
           CASE WHEN l.line_number IS NULL THEN a.pence - a.paid_pence ELSE coalesce(a.pence, 0) END AS ledger_pence,
           coalesce(a.paid_pence, s.paid_pence, 0) AS paid_pence, a.responsible_code, a.price_state, a.price_reason,
           CASE WHEN l.line_number IS NULL THEN 'missing_in_invoice'
                WHEN l.record_id = '' THEN 'missing_in_ledger'
                WHEN l.match_key IS NULL THEN 'duplicate'
                WHEN a.record_id IS NULL THEN 'missing_in_ledger'
                WHEN NOT a.ours THEN 'wrong_commissioner'
                WHEN a.price_state <> 'priced' THEN 'not_priced'
                -- Not a line that gives back what was paid beyond the price.
                WHEN a.paid_pence > 0 AND a.paid_pence >= a.pence AND l.price_pence >= 0 THEN 'duplicate'
                WHEN l.price_pence <> a.pence - a.paid_pence THEN 'price_differs' END AS reason
      FROM line l
      FULL JOIN ledger_row a ON a.record_id = l.match_key AND a.part = l.part
      LEFT JOIN ledger.settled_records(invoice) s ON s.record_id = l.record_id
     WHERE l.line_number IS NOT NULL OR a.missing
  ), judged AS (
    SELECT c.*, CASE WHEN c.reason IS NULL THEN c.invoice_pence
                     WHEN c.reason = 'price_differs' THEN least(c.invoice_pence, c.ledger_pence - c.paid_pence)
                     ELSE 0 END AS undisputed_pence
      FROM compared c
  ), share AS (
    SELECT m.record_id, m.practice_code, m.pod,
           CASE WHEN m.bears THEN -coalesce(sum(m.pence - m.paid_pence) FILTER (WHERE NOT m.bears) OVER (PARTITION BY m.record_id), 0)
                ELSE m.pence - m.paid_pence END::bigint AS pence
      FROM judged j
      JOIN moved m ON m.record_id = j.record_id
     WHERE j.part = '' AND (j.reason IS NULL OR j.reason = 'price_differs')
  ), said AS (
    SELECT j.line_number, j.first_line, j.record_id, j.practice_code, j.pod, j.activity, j.reason, j.invoice_pence, j.ledger_pence,
           j.undisputed_pence, j.paid_pence, j.responsible_code, j.price_state, j.price_reason
      FROM judged j
    UNION ALL
    SELECT NULL, NULL, h.record_id, h.practice_code, h.pod, 0, NULL, h.pence, h.pence, h.pence, 0, NULL, NULL, NULL
      FROM share h
     WHERE h.pence <> 0
  )
  SELECT invoice.commissioner_code, match_reconciliation.settlement_id,
         row_number() OVER (ORDER BY j.line_number NULLS LAST, j.record_id, j.practice_code), j.line_number, j.record_id, j.practice_code,
         CASE WHEN o.practice_code IS NOT NULL AND j.reason IS DISTINCT FROM 'wrong_commissioner'
           THEN 'PRACTICE:' || o.practice_code ELSE 'UNASSIGNED' END,
         j.pod, j.activity, j.reason, j.invoice_pence, j.ledger_pence, j.undisputed_pence, j.invoice_pence - j.undisputed_pence,
         CASE j.reason
           WHEN 'missing_in_invoice' THEN format('record %s is in the ledger at %s and was not invoiced', j.record_id,
             ledger.pounds(j.ledger_pence))
           WHEN 'missing_in_ledger' THEN format('%s is not in the activity of %s',
             coalesce('record ' || nullif(j.record_id, ''), 'a line without record'), to_char(invoice.period, 'YYYY-MM'))
           WHEN 'wrong_commissioner' THEN format('record %s is of a patient of commissioner %s', j.record_id, j.responsible_code)
           WHEN 'not_priced' THEN format('record %s is %s: %s', j.record_id, j.price_state, j.price_reason)
           WHEN 'duplicate' THEN CASE WHEN j.first_line <> j.line_number
             THEN format('record %s is on line %s already', j.record_id, j.first_line)
             ELSE format('record %s was settled before at %s', j.record_id, ledger.pounds(j.paid_pence)) END
           WHEN 'price_differs' THEN format('record %s is invoiced at %s, the ledger says %s', j.record_id,
               ledger.pounds(j.invoice_pence), ledger.pounds(j.ledger_pence))
             || CASE WHEN j.paid_pence <> 0 THEN format(' of which %s was settled before', ledger.pounds(j.paid_pence)) ELSE '' END
           ELSE '' END
    FROM said j
    LEFT JOIN ledger.own_practices(invoice.period) o ON o.practice_code = j.practice_code
$$;

-- On account: not matched; accepted in line order up to what is left of the contract's twelfth of the month.
CREATE OR REPLACE FUNCTION ledger.match_on_account(invoice ledger.invoice, settlement_id uuid, left_pence bigint)
RETURNS SETOF ledger.settlement_line
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH line AS (
    SELECT l.*, sum(l.price_pence) OVER (ORDER BY l.line_number)::bigint AS up_to_here_pence
      FROM ledger.invoice_line l
     WHERE l.commissioner_code = invoice.commissioner_code AND l.invoice_id = invoice.invoice_id
  ), judged AS (
    SELECT l.*, least(l.up_to_here_pence, left_pence) - least(l.up_to_here_pence - l.price_pence, left_pence) AS undisputed_pence
      FROM line l
  )
  SELECT invoice.commissioner_code, match_on_account.settlement_id, row_number() OVER (ORDER BY j.line_number), j.line_number,
         j.record_id, j.practice_code, coalesce('PRACTICE:' || o.practice_code, 'UNASSIGNED'), j.pod, j.activity,
         CASE WHEN j.undisputed_pence <> j.price_pence THEN 'price_differs' END, j.price_pence, j.undisputed_pence,
         j.undisputed_pence, j.price_pence - j.undisputed_pence,
         CASE WHEN j.undisputed_pence <> j.price_pence THEN format('line %s takes the invoice above the %s left of the month''s '
           'on-account sum of the contract', j.line_number, ledger.pounds(left_pence)) ELSE '' END
    FROM judged j
    LEFT JOIN ledger.own_practices(invoice.period) o ON o.practice_code = j.practice_code
$$;

-- Credit note: taken in full. A record's credit is set first against what is held of it in dispute, then against what was paid.
CREATE OR REPLACE FUNCTION ledger.match_credit_note(invoice ledger.invoice, settlement_id uuid, submission_id uuid)
RETURNS SETOF ledger.settlement_line
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH line AS (
    SELECT l.*, -l.price_pence AS credit_pence,
           sum(-l.price_pence) OVER (PARTITION BY l.record_id ORDER BY l.line_number)::bigint AS up_to_here_pence
      FROM ledger.invoice_line l
     WHERE l.commissioner_code = invoice.commissioner_code AND l.invoice_id = invoice.invoice_id
  ), ledger_row AS (
    SELECT r.* FROM ledger.settled_by_record(invoice, submission_id) r
  ), judged AS (
    SELECT l.line_number, l.record_id, coalesce(m.practice_code, a.practice_code, l.practice_code) AS practice_code,
           coalesce(m.pod, a.pod, l.pod) AS pod, l.activity, l.price_pence, coalesce(a.pence, 0) AS ledger_pence, a.ours,
           a.record_id IS NULL AND s.record_id IS NULL AS unknown,
           -(least(l.up_to_here_pence, held.pence) - least(l.up_to_here_pence - l.credit_pence, held.pence)) AS disputed_pence
      FROM line l
      LEFT JOIN ledger_row a ON a.record_id = l.record_id
      LEFT JOIN ledger.settled_records(invoice) s ON s.record_id = l.record_id
      LEFT JOIN ledger.moved_records(invoice, submission_id) m ON m.record_id = l.record_id AND m.practice_code = l.practice_code
     CROSS JOIN LATERAL (SELECT greatest(coalesce(s.held_pence, 0), 0) AS pence) held
  )
  SELECT invoice.commissioner_code, match_credit_note.settlement_id, row_number() OVER (ORDER BY j.line_number), j.line_number,
         j.record_id, j.practice_code,
         CASE WHEN o.practice_code IS NOT NULL AND j.ours IS DISTINCT FROM false
           THEN 'PRACTICE:' || o.practice_code ELSE 'UNASSIGNED' END,
         j.pod, j.activity, CASE WHEN j.unknown THEN 'missing_in_ledger' END, j.price_pence, j.ledger_pence,
         j.price_pence - j.disputed_pence, j.disputed_pence,
         CASE WHEN j.unknown THEN format('%s is neither in the activity of %s nor settled before; its credit is taken',
           coalesce('record ' || nullif(j.record_id, ''), 'a line without record'), to_char(invoice.period, 'YYYY-MM')) ELSE '' END
    FROM judged j
    LEFT JOIN ledger.own_practices(invoice.period) o ON o.practice_code = j.practice_code
$$;

-- What is left of a month's on-account sum: the active contract's twelfth less what other invoices of the month took of it.
CREATE OR REPLACE FUNCTION ledger.on_account_left(invoice ledger.invoice)
RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  month text := to_char(invoice.period, 'YYYY-MM');
  twelfth_pence bigint;
BEGIN
  PERFORM ledger.refuse_reconciled_month(invoice.provider_code, invoice.period);
  SELECT c.on_account_pence INTO twelfth_pence FROM ledger.contract c
   WHERE c.commissioner_code = invoice.commissioner_code AND c.provider_code = invoice.provider_code
     AND c.year = ledger.year_of(invoice.period) AND c.state = 'active';
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC412', 'NO_CONTRACT', format('provider %s has no active contract for %s', invoice.provider_code, month),
      'invoice_id', 'activate a contract: only its twelfth is paid on account');
  END IF;
  RETURN twelfth_pence - (
    SELECT coalesce(sum(s.undisputed_pence), 0)
      FROM ledger.settlement s
      JOIN ledger.invoice i ON i.commissioner_code = s.commissioner_code AND i.invoice_id = s.invoice_id
     WHERE s.commissioner_code = invoice.commissioner_code AND s.provider_code = invoice.provider_code
       AND s.period = invoice.period AND i.kind = 'on_account' AND s.invoice_id <> invoice.invoice_id);
END
$$;

-- Once a month's reconciliation is approved it stands in place of what was paid on account, so nothing more is.
CREATE OR REPLACE FUNCTION ledger.refuse_reconciled_month(provider text, month date)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM ledger.settlement s
               JOIN ledger.invoice i ON i.commissioner_code = s.commissioner_code AND i.invoice_id = s.invoice_id
              WHERE s.commissioner_code = ledger.caller_commissioner() AND s.provider_code = provider AND s.period = month
                AND s.state = 'approved' AND i.kind = 'reconciliation') THEN
    PERFORM ledger.refuse('ZC412', 'MONTH_RECONCILED', format('%s of provider %s is reconciled; nothing is due on account',
      to_char(month, 'YYYY-MM'), provider), '', 'the provider withdraws the on-account invoice by a credit note');
  END IF;
END
$$;

-- The rule of the invoice's kind.
CREATE OR REPLACE FUNCTION ledger.match_invoice(invoice ledger.invoice, settlement_id uuid, submission_id uuid)
RETURNS SETOF ledger.settlement_line
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  CASE invoice.kind
    WHEN 'reconciliation' THEN
      RETURN QUERY SELECT * FROM ledger.match_reconciliation(invoice, settlement_id, submission_id);
    WHEN 'on_account' THEN
      RETURN QUERY SELECT * FROM ledger.match_on_account(invoice, settlement_id, ledger.on_account_left(invoice));
    WHEN 'credit_note' THEN
      RETURN QUERY SELECT * FROM ledger.match_credit_note(invoice, settlement_id, submission_id);
  END CASE;
END
$$;
