-- ReferenceService.ListProviders: by code, with the newest market forces factor.
CREATE OR REPLACE FUNCTION api.list_providers(page_size integer, page_token text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('providers', page_token);
  answer json;
BEGIN
  WITH page AS (
    SELECT p.provider_code, p.name, p.local,
           (SELECT f.mff_ppm FROM ledger.provider_mff f
             WHERE f.commissioner_code = tenant AND f.provider_code = p.provider_code
             ORDER BY f.year DESC LIMIT 1) AS mff_ppm,
           row_number() OVER (ORDER BY p.provider_code) AS place
      FROM ledger.provider p
     WHERE p.commissioner_code = tenant AND p.provider_code > coalesce(key[1], '')
     ORDER BY p.provider_code
     LIMIT size + 1
  )
  SELECT json_build_object(
           'providers', coalesce(json_agg(json_build_object('provider_code', p.provider_code, 'name', p.name, 'local', p.local,
             'mff_ppm', coalesce(p.mff_ppm, 0)) ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('providers', l.provider_code) FROM page l WHERE l.place = size) END)
    INTO answer
    FROM page p;
  RETURN answer;
END
$$;
