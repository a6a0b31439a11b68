-- Free text must not name patients. What looks like an NHS number, ten digits with a right check digit (modulus 11), is refused.

-- The digits may be written together or in groups with spaces or dashes between: 943 476 5919. A longer run of digits is no NHS number,
-- but a group or a word beside one is no disguise: every start of a group is tried. UUIDs alone are passed over, as one in 250 would be
-- refused; the odd number of a document that has a right check digit costs its writer another word, a number let through costs a patient.
CREATE OR REPLACE FUNCTION ledger.holds_nhs_number(value text)
RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH digit_group AS (
    -- Eleven digits are enough to see that a group is too long. '.' joins a group to the next, 'x' parts them.
    SELECT g.ordinal, left(g.parts[1], 11)
           || CASE WHEN g.parts[2] ~ '^[\s\u00A0\u2010-\u2015\u2212-]{1,3}$' THEN '.' ELSE 'x' END AS piece
      FROM regexp_replace(value, '\m[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\M', 'x', 'gi') AS text
     CROSS JOIN regexp_matches(text, '([0-9]+)([^0-9]*)', 'g') WITH ORDINALITY AS g (parts, ordinal)
  ), candidate AS (
    SELECT string_agg(d.piece, '') OVER (ORDER BY d.ordinal ROWS BETWEEN CURRENT ROW AND 9 FOLLOWING) AS pieces
      FROM digit_group d
  ), ten_digits AS (
    SELECT replace(substring(c.pieces FROM '^((?:[0-9][.]?){9}[0-9])[.x]'), '.', '') AS digits
      FROM candidate c
  )
  SELECT coalesce(bool_or(
           (SELECT (11 - sum(substr(t.digits, place, 1)::integer * (11 - place)) % 11) % 11
              FROM generate_series(1, 9) AS place) = right(t.digits, 1)::integer), false)
    FROM ten_digits t
   WHERE t.digits IS NOT NULL
$$;

-- Names the field, never the value.
CREATE OR REPLACE FUNCTION ledger.refuse_identifier(value text, field text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF ledger.holds_nhs_number(value) THEN
    PERFORM ledger.refuse('ZC400', 'IDENTIFIER_IN_TEXT', format('%s holds what looks like an NHS number', field), field,
      'write about patients without identifiers');
  END IF;
END
$$;
