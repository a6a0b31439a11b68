-- Small counts outside the practice. A cell is {breakdown, key, checked, queried, upheld, figures}; there is one of breakdown 'total',
-- and the cells of each other breakdown add up to it (those of 'reason' to what was queried). The answer is the same cells with
-- figures lowered to how many of checked, queried, upheld may be shown.
--
-- Figures come into view one after another. With each the total falls into parts: checked; not queried, queried; not queried,
-- not upheld, upheld. None of a shown cell's parts is from 1 to 4. A cell left out could be got by taking those shown from the total,
-- so the least of the others are left out with it until what is left out is at least two cells and no part of their sum is from 1
-- to 4. When the total's own parts are too small nothing more is shown of anything. What stays hidden at one figure stays so at the next.
CREATE OR REPLACE FUNCTION ledger.suppress_small(cells jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  FOR figure IN 1..3 LOOP
    WITH cell AS (
      SELECT c.*, p.parts, c.figures < figure OR ledger.has_small(p.parts) AS small
        FROM jsonb_to_recordset(cells) AS c (breakdown text, key text, checked bigint, queried bigint, upheld bigint,
               recovered_pence bigint, figures integer)
       CROSS JOIN LATERAL (SELECT CASE figure
               WHEN 1 THEN ARRAY[CASE WHEN c.breakdown = 'reason' THEN 0 ELSE c.checked END, 0, 0]
               WHEN 2 THEN ARRAY[c.checked - c.queried, c.queried, 0]
               ELSE ARRAY[c.checked - c.queried, c.queried - c.upheld, c.upheld] END) AS p (parts)
    ), summed AS (
      SELECT c.*, row_number() OVER least_first AS place, count(*) FILTER (WHERE c.small) OVER (PARTITION BY c.breakdown) AS small_cells,
             ARRAY[sum(c.parts[1]) OVER least_first, sum(c.parts[2]) OVER least_first, sum(c.parts[3]) OVER least_first]::bigint[] AS sums
        FROM cell c
      WINDOW least_first AS (PARTITION BY c.breakdown ORDER BY NOT c.small, c.checked, c.key)
    ), left_out AS (
      SELECT s.breakdown, CASE WHEN max(s.small_cells) = 0 THEN 0
               ELSE coalesce(min(s.place) FILTER (WHERE s.place >= greatest(s.small_cells, 2) AND NOT ledger.has_small(s.sums)),
                 count(*)) END AS cells
        FROM summed s
       GROUP BY s.breakdown
    )
    SELECT coalesce(jsonb_agg((to_jsonb(s) - ARRAY['parts', 'small', 'place', 'small_cells', 'sums'])
             || jsonb_build_object('figures',
                  CASE WHEN s.place <= l.cells OR (SELECT t.small FROM cell t WHERE t.breakdown = 'total')
                    THEN least(s.figures, figure - 1) ELSE s.figures END)), '[]')
      INTO cells
      FROM summed s
      JOIN left_out l ON l.breakdown = s.breakdown;
  END LOOP;
  RETURN cells;
END
$$;

CREATE OR REPLACE FUNCTION ledger.has_small(counts bigint[]) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN EXISTS (SELECT FROM unnest(counts) AS c WHERE c BETWEEN 1 AND 4);
