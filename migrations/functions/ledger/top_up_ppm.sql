-- The share of the base that is added for a specialised service on a day; 0 for a service that the year pays no top-up for.
CREATE OR REPLACE FUNCTION ledger.top_up_ppm(service text, on_date date)
RETURNS bigint
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce((
    SELECT ledger.rule_value(s.rule_name, on_date)
      FROM ref.top_up_service s
     WHERE s.service_code = top_up_ppm.service AND s.valid_from <= on_date AND coalesce(s.valid_to, 'infinity') >= on_date), 0)
$$;
