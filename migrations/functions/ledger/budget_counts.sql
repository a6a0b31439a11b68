-- Activity of budgets outside of their practice.

-- The lines of a practice's issued budget whose activity the caller may see; '' is the whole. What an uplift makes of few records tells
-- how few they were, so both are looked at.
CREATE OR REPLACE FUNCTION ledger.budget_counts_shown(budget_year integer, practice text)
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    WITH line AS (
      SELECT l.line_id, l.activity, coalesce(s.activity, l.activity) AS records
        FROM ledger.budget_run r
        JOIN ledger.budget_line l ON l.commissioner_code = r.commissioner_code AND l.budget_id = r.budget_id
        LEFT JOIN ledger.budget_step s ON s.commissioner_code = l.commissioner_code AND s.budget_id = l.budget_id
          AND s.practice_code = l.practice_code AND s.line_id = l.line_id AND s.rule = 'REPRICE_AT_TARIFF'
       WHERE r.commissioner_code = ledger.caller_commissioner() AND r.year = budget_year AND r.state = 'issued'
         AND l.practice_code = practice
    ), listed AS (
      SELECT 0 AS place, '' AS line_id, coalesce(sum(l.activity), 0)::bigint AS activity, coalesce(sum(l.records), 0)::bigint AS records FROM line l
      UNION ALL
      SELECT row_number() OVER (ORDER BY l.line_id), l.line_id, l.activity, l.records FROM line l
    ), shown AS (
      SELECT array_agg(l.line_id ORDER BY l.place) AS line_ids,
             ledger.counts_shown(array_agg(ARRAY[l.activity, l.records] ORDER BY l.place)) AS shown
        FROM listed l
    )
    SELECT array_agg(c.line_id) FROM shown s CROSS JOIN unnest(s.line_ids, s.shown) AS c (line_id, shown) WHERE c.shown);
END
$$;

-- A budget as the API shows it, with the counts of these lines alone.
CREATE OR REPLACE FUNCTION ledger.budget_as_shown(budget json, shown text[])
RETURNS json
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT (b.budget || jsonb_build_object('activity', CASE WHEN '' = ANY (shown) THEN b.budget -> 'activity' END,
           'lines', (SELECT jsonb_agg(CASE WHEN l.line ->> 'line_id' = ANY (shown) THEN l.line ELSE l.line - 'activity' END ORDER BY l.place)
                       FROM jsonb_array_elements(b.budget -> 'lines') WITH ORDINALITY AS l (line, place))))::json
    FROM (SELECT budget_as_shown.budget::jsonb) AS b (budget)
$$;

-- The working of a line as the API shows it. Of a line that is not shown no step is, and not in the words of one, where a count begins
-- a clause; nor are few records without a price, which are what step HISTORIC_ACTIVITY has more than REPRICE_AT_TARIFF.
CREATE OR REPLACE FUNCTION ledger.budget_steps_json(budget uuid, practice text, line text, line_shown boolean)
RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    WITH step AS (
      SELECT s.*, line_shown AND (ledger.caller_practice() <> '' OR NOT coalesce(ledger.is_small(
               max(s.activity) FILTER (WHERE s.rule = 'HISTORIC_ACTIVITY') OVER ()
               - max(s.activity) FILTER (WHERE s.rule = 'REPRICE_AT_TARIFF') OVER ()), false)) AS all_shown
        FROM ledger.budget_step s
       WHERE s.commissioner_code = ledger.caller_commissioner() AND s.budget_id = budget AND s.practice_code = practice
         AND s.line_id = line
    )
    SELECT coalesce(json_agg(json_build_object('step', s.step, 'rule', s.rule,
             'detail', CASE WHEN s.all_shown THEN s.detail ELSE regexp_replace(s.detail, '(^|; )\d+ ', '\1* ', 'g') END,
             'activity', CASE WHEN s.all_shown OR (line_shown AND s.rule <> 'HISTORIC_ACTIVITY') THEN s.activity END,
             'amount_pence', CASE WHEN s.rule <> 'HISTORIC_ACTIVITY' THEN s.amount_pence END, 'source', s.source) ORDER BY s.step), '[]')
      FROM step s);
END
$$;
