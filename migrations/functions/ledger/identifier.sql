-- Free text must not name patients. What looks like an NHS number, ten digits with a right check digit (modulus 11), is refused.

-- Compatibility forms (full-width digits, no-break spaces) are read as what they stand for, and what has no width as nothing. The digits may
-- be written together, in any groups with white space between, or with dashes, dots, slashes and the like as numbers of this kind are
-- written: 943-476-5919, 4-3-3, or in ones or twos all through. Invoices, dates and ledger codes have those between groups too, and other
-- groups: of references such as 2017-000123 one in eleven has a right check digit. A longer run of digits is no NHS number, but a group or
-- a word beside one is no disguise: every start of a group is tried. UUIDs are passed over, as one in 250 would be refused. The odd number of
-- a document that is written like one and has a right check digit costs its writer another word, a number let through costs a patient.
-- What may be logged is decided elsewhere and more strictly (text_holds_nhs_number): nobody has to write that again.
CREATE OR REPLACE FUNCTION ledger.holds_nhs_number(value text)
RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH plain AS (
    SELECT regexp_replace(normalize(value, NFKC), '[\u00AD\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]', '', 'g') AS text
  ), digit_group AS (
    -- Eleven digits are enough to see that a group is too long. ' ' joins a group to the next, '/' does in some ways, 'x' parts them.
    SELECT g.ordinal, left(g.parts[1], 11)
           || CASE WHEN g.parts[2] ~ '^\s+$' THEN ' '
                   WHEN g.parts[2] ~ '^[\s\u2010-\u2015\u2212\u00B7\u2022./\\_-]+$' THEN '/' ELSE 'x' END AS piece
      FROM plain p
     CROSS JOIN regexp_replace(p.text, '\m[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\M', 'x', 'gi') AS words
     CROSS JOIN regexp_matches(words, '([0-9]+)([^0-9]*)', 'g') WITH ORDINALITY AS g (parts, ordinal)
  ), candidate AS (
    SELECT string_agg(d.piece, '') OVER (ORDER BY d.ordinal ROWS BETWEEN CURRENT ROW AND 9 FOLLOWING) AS pieces
      FROM digit_group d
  ), grouped AS (
    SELECT substring(c.pieces FROM '^((?:[0-9][ /]?){9}[0-9])[ /x]') AS digits
      FROM candidate c
  ), ten_digits AS (
    SELECT translate(g.digits, ' /', '') AS digits
      FROM grouped g
     WHERE g.digits ~ '^[0-9 ]+$|^[0-9]{3}[ /][0-9]{3}[ /][0-9]{4}$|^[0-9]{4}[ /][0-9]{3}[ /][0-9]{3}$|^[0-9]{1,2}([ /][0-9]{1,2})+$'
  )
  SELECT coalesce(bool_or(
           (SELECT (11 - sum(substr(t.digits, place, 1)::integer * (11 - place)) % 11) % 11
              FROM generate_series(1, 9) AS place) = right(t.digits, 1)::integer), false)
    FROM ten_digits t
$$;

-- Names the field, never the value.
CREATE OR REPLACE FUNCTION ledger.refuse_identifier(value text, field text, remedy text DEFAULT 'write about patients without identifiers')
RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF ledger.holds_nhs_number(value) THEN
    PERFORM ledger.refuse('ZC400', 'IDENTIFIER_IN_TEXT', format('%s holds what looks like an NHS number', field), field, remedy);
  END IF;
END
$$;
