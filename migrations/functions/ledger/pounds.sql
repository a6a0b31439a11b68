-- Pence for a sentence: £1,486.00.
CREATE OR REPLACE FUNCTION ledger.pounds(pence bigint) RETURNS text
LANGUAGE sql STABLE
RETURN CASE WHEN pence < 0 THEN '-' ELSE '' END || '£' || to_char(abs(pence::numeric) / 100, 'FM999,999,999,999,999,990.00');
