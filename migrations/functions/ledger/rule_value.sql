-- The value of a dated rule on a day: the PCT's own decision if it made one, else the national row. Refuses if there is none.
CREATE OR REPLACE FUNCTION ledger.rule_value(rule_name text, on_date date)
RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  chosen bigint;
BEGIN
  SELECT r.value INTO chosen
    FROM (SELECT l.value, l.valid_from, 0 AS precedence
            FROM ledger.rule l
           WHERE l.commissioner_code = current_setting('pbc.commissioner', true)
             AND l.name = rule_name AND l.valid_from <= on_date AND coalesce(l.valid_to, 'infinity') >= on_date
          UNION ALL
          SELECT n.value, n.valid_from, 1
            FROM ref.rule n
           WHERE n.name = rule_name AND n.valid_from <= on_date AND coalesce(n.valid_to, 'infinity') >= on_date) r
   ORDER BY r.precedence, r.valid_from DESC
   LIMIT 1;
  IF NOT FOUND THEN
    PERFORM ledger.refuse('ZC412', 'RULE_MISSING', format('no rule %s is in force on %s', rule_name, on_date), '',
      'add a dated row to ref.rule or ledger.rule with its source');
  END IF;
  RETURN chosen;
END
$$;
