-- LedgerService.ListBalances: what every account was debited and credited in a financial year, or ever. Pending is what is still held:
-- less what was posted or voided of it.
CREATE OR REPLACE FUNCTION api.list_balances(financial_year text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  first_year integer := CASE WHEN financial_year IS NOT NULL THEN ledger.year_start(financial_year) END;
  first_day date := coalesce(make_date(first_year, 4, 1), '-infinity');
  last_day date := coalesce(make_date(first_year + 1, 3, 31), 'infinity');
BEGIN
  RETURN (
    WITH movement AS (
      SELECT side.account_code,
             sum(side.debit_pence) FILTER (WHERE t.kind IN ('posted', 'post_pending', 'reversal')) AS debit_pence,
             sum(side.credit_pence) FILTER (WHERE t.kind IN ('posted', 'post_pending', 'reversal')) AS credit_pence,
             sum(CASE t.kind WHEN 'pending' THEN side.debit_pence ELSE -side.debit_pence END)
               FILTER (WHERE t.kind IN ('pending', 'post_pending', 'void_pending')) AS pending_debit_pence,
             sum(CASE t.kind WHEN 'pending' THEN side.credit_pence ELSE -side.credit_pence END)
               FILTER (WHERE t.kind IN ('pending', 'post_pending', 'void_pending')) AS pending_credit_pence
        FROM ledger.transfer t
       CROSS JOIN LATERAL (VALUES (t.debit_account, t.amount_pence, 0), (t.credit_account, 0, t.amount_pence))
               AS side (account_code, debit_pence, credit_pence)
       WHERE t.commissioner_code = ledger.caller_commissioner() AND t.effective_date BETWEEN first_day AND last_day
       GROUP BY side.account_code
    ), balance AS (
      SELECT a.account_code, a.name, coalesce(m.debit_pence, 0) AS debit_pence, coalesce(m.credit_pence, 0) AS credit_pence,
             coalesce(m.pending_debit_pence, 0) AS pending_debit_pence, coalesce(m.pending_credit_pence, 0) AS pending_credit_pence
        FROM ledger.account a
        LEFT JOIN movement m ON m.account_code = a.account_code
       WHERE a.commissioner_code = ledger.caller_commissioner()
    ), total AS (
      SELECT split_part(b.account_code, ':', 1) AS account_code, count(*) AS accounts, sum(b.debit_pence) AS debit_pence,
             sum(b.credit_pence) AS credit_pence, sum(b.pending_debit_pence) AS pending_debit_pence,
             sum(b.pending_credit_pence) AS pending_credit_pence
        FROM balance b
       GROUP BY 1
    )
    SELECT json_build_object(
             'balances', coalesce(json_agg(json_build_object('account_code', b.account_code, 'name', b.name,
               'debit_pence', b.debit_pence, 'credit_pence', b.credit_pence, 'pending_debit_pence', b.pending_debit_pence,
               'pending_credit_pence', b.pending_credit_pence, 'balance_pence', b.debit_pence - b.credit_pence)
               ORDER BY b.account_code), '[]'),
             'debit_pence', coalesce(sum(b.debit_pence), 0), 'credit_pence', coalesce(sum(b.credit_pence), 0),
             'totals', (SELECT coalesce(json_agg(json_build_object('account_code', t.account_code,
               'name', t.accounts || CASE WHEN t.accounts = 1 THEN ' account' ELSE ' accounts' END,
               'debit_pence', t.debit_pence, 'credit_pence', t.credit_pence, 'pending_debit_pence', t.pending_debit_pence,
               'pending_credit_pence', t.pending_credit_pence, 'balance_pence', t.debit_pence - t.credit_pence)
               ORDER BY t.account_code), '[]') FROM total t))
      FROM balance b);
END
$$;
