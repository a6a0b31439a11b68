-- Small counts, which nobody outside the practice sees.

-- Which counts may be shown outside the practice. counts: of a whole, then of the rows that it is the sum of; of each one figure, or the
-- parts that it falls into. may: of each whether nothing else forbids it.
--
-- No part of what is shown is from 1 to 4, nor from -1 to -4, as where more was taken back than sent. A row left out could be got by
-- taking those shown from the whole, so the least of the others are left out with it, until they are at least two rows and no part of
-- their sum is small. Where that cannot be, or the whole is left out, all is.
CREATE OR REPLACE FUNCTION ledger.shown_outside(counts bigint[], may boolean[] DEFAULT NULL)
RETURNS boolean[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  left_out integer[] := ARRAY(
    SELECT c.line FROM ledger.parts_of(counts) c GROUP BY c.line
    HAVING bool_or(ledger.is_small(c.figure)) OR NOT coalesce(may[c.line], true));
  least integer;
  nothing boolean[] := array_fill(false, ARRAY[coalesce(array_length(counts, 1), 0)]);
BEGIN
  IF 1 = ANY (left_out) THEN
    RETURN nothing;
  END IF;
  WHILE left_out <> '{}' AND (cardinality(left_out) < 2 OR EXISTS (
    SELECT FROM ledger.parts_of(counts) c WHERE c.line = ANY (left_out) GROUP BY c.part HAVING ledger.is_small(sum(c.figure)::bigint))) LOOP
    -- What is 0 comes last: it hides nothing.
    SELECT c.line INTO least
      FROM ledger.parts_of(counts) c
     WHERE c.line > 1 AND c.line <> ALL (left_out)
     GROUP BY c.line
     ORDER BY sum(abs(c.figure)) = 0, sum(abs(c.figure)), c.line
     LIMIT 1;
    IF NOT FOUND THEN
      RETURN nothing;
    END IF;
    left_out := left_out || least;
  END LOOP;
  RETURN ARRAY(SELECT n <> ALL (left_out) FROM generate_series(1, array_length(counts, 1)) n ORDER BY n);
END
$$;

-- Without a setting of its own, so that it is inlined.
CREATE OR REPLACE FUNCTION ledger.parts_of(counts bigint[])
RETURNS TABLE (line integer, part integer, figure bigint)
LANGUAGE sql IMMUTABLE
AS $$
  SELECT ((c.place - 1) / w.parts + 1)::integer, ((c.place - 1) % w.parts)::integer, c.figure
    FROM unnest(counts) WITH ORDINALITY AS c (figure, place)
   CROSS JOIN (SELECT coalesce(array_length(counts, 2), 1)) AS w (parts)
$$;

CREATE OR REPLACE FUNCTION ledger.is_small(figure bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN figure BETWEEN -4 AND 4 AND figure <> 0;

-- The same for the caller: a practice's own people see all of what is theirs. In PL/pgSQL, whose plans stay: reports ask it of each column.
CREATE OR REPLACE FUNCTION ledger.counts_shown(counts bigint[], may boolean[] DEFAULT NULL)
RETURNS boolean[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE ledger.caller_practice() WHEN '' THEN ledger.shown_outside(counts, may)
    ELSE array_fill(true, ARRAY[coalesce(array_length(counts, 1), 0)]) END;
END
$$;

-- Reviews. A cell is {breakdown, key, checked, queried, upheld, figures}; there is one of breakdown 'total', and the cells of each
-- other breakdown add up to it (those of 'reason' to what was queried). The answer is the same cells with figures lowered to how many
-- of checked, queried, upheld may be shown. Figures come into view one after another, and with each a count falls into parts: checked;
-- not queried, queried; not queried, not upheld, upheld. What stays hidden at one figure stays so at the next.
CREATE OR REPLACE FUNCTION ledger.suppress_small(cells jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  FOR figure IN 1..3 LOOP
    WITH cell AS (
      SELECT c.*, c.figures >= figure AS may, row_number() OVER (PARTITION BY c.breakdown ORDER BY c.key) AS place,
             CASE figure
               WHEN 1 THEN ARRAY[CASE WHEN c.breakdown = 'reason' THEN 0 ELSE c.checked END, 0, 0]
               WHEN 2 THEN ARRAY[c.checked - c.queried, c.queried, 0]
               ELSE ARRAY[c.checked - c.queried, c.queried - c.upheld, c.upheld] END AS parts
        FROM jsonb_to_recordset(cells) AS c (breakdown text, key text, checked bigint, queried bigint, upheld bigint,
               recovered_pence bigint, figures integer)
    ), block AS (
      SELECT c.breakdown, ledger.shown_outside(t.parts || array_agg(c.parts ORDER BY c.place),
               t.may || array_agg(c.may ORDER BY c.place)) AS shown
        FROM cell c
        JOIN cell t ON t.breakdown = 'total'
       GROUP BY c.breakdown, t.parts, t.may
    )
    SELECT coalesce(jsonb_agg((to_jsonb(c) - ARRAY['may', 'place', 'parts'])
             || jsonb_build_object('figures', CASE WHEN b.shown[c.place + 1] THEN c.figures ELSE least(c.figures, figure - 1) END)), '[]')
      INTO cells
      FROM cell c
      JOIN block b ON b.breakdown = c.breakdown;
  END LOOP;
  RETURN cells;
END
$$;
