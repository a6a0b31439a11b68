-- Free text must not name patients. What looks like an NHS number, ten digits with a right check digit (modulus 11), is refused.

-- The ten digits may be written together, in groups with spaces between, or as 3-3-4 with dashes: 943 476 5919, 943-476-5919. They stand
-- alone: what is joined to a letter, a digit or, by a dash alone, to either of them is part of something else, such as a UUID or the
-- number of a document. Only the word NHS before them hides nothing. A group beside the number is no disguise: every start of a group is
-- tried. What logs withhold is stricter (text_holds_nhs_number): to withhold too much there costs nobody a refusal.
CREATE OR REPLACE FUNCTION ledger.holds_nhs_number(value text)
RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH digit_group AS (
    SELECT g.ordinal, g.parts[1] AS digits, g.parts[2] AS gap,
           coalesce('0' || lag(g.parts[2]) OVER (ORDER BY g.ordinal), substring(v.words FROM '^[^0-9]*')) AS left_side,
           g.parts[2] || CASE WHEN lead(g.ordinal) OVER (ORDER BY g.ordinal) IS NOT NULL THEN '0' ELSE '' END AS right_side
      FROM (SELECT regexp_replace(value, 'NHS(\s*(no|num|number))?', ' ', 'gi')) v (words)
     CROSS JOIN regexp_matches(v.words, '([0-9]+)([^0-9]*)', 'g') WITH ORDINALITY AS g (parts, ordinal)
  ), piece AS (
    -- '<' and '>' are the sides on which a group stands alone, '_' is spaces, '-' dashes with or without spaces, 'x' anything else. Eleven
    -- digits are enough to see that a group is too long.
    SELECT d.ordinal,
           CASE WHEN d.left_side !~ '[[:alnum:]][\u2010-\u2015\u2212-]?$' THEN '<' ELSE '(' END || left(d.digits, 11)
           || CASE WHEN d.right_side !~ '^[\u2010-\u2015\u2212-]?[[:alnum:]]' THEN '>' ELSE ')' END
           || CASE WHEN d.gap ~ '^[\s\u00A0]{1,3}$' THEN '_' WHEN d.gap ~ '^[\s\u00A0\u2010-\u2015\u2212-]{1,3}$' THEN '-' ELSE 'x' END AS text
      FROM digit_group d
  ), candidate AS (
    SELECT string_agg(p.text, '') OVER (ORDER BY p.ordinal ROWS BETWEEN CURRENT ROW AND 9 FOLLOWING) AS pieces
      FROM piece p
  ), ten_digits AS (
    SELECT regexp_replace(coalesce(substring(c.pieces FROM '^<(?:[0-9](?:[>)]_[<(])?){9}[0-9]>'),
             substring(c.pieces FROM '^<[0-9]{3}[>)][_-][<(][0-9]{3}[>)][_-][<(][0-9]{4}>')), '[^0-9]', '', 'g') AS digits
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
