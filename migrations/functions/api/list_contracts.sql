-- ContractService.ListContracts: newest year first, then by provider.
CREATE OR REPLACE FUNCTION api.list_contracts(page_size integer, page_token text, financial_year text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('contracts', page_token);
  wanted_year integer := CASE WHEN financial_year IS NOT NULL THEN ledger.year_start(financial_year) END;
  answer json;
BEGIN
  WITH page AS (
    SELECT c.contract_id, c.year, c.provider_code,
           row_number() OVER (ORDER BY -c.year, c.provider_code, c.contract_id) AS place
      FROM ledger.contract c
     WHERE c.commissioner_code = ledger.caller_commissioner() AND c.year = coalesce(wanted_year, c.year)
       AND (key IS NULL OR (-c.year, c.provider_code::text, c.contract_id) > (key[1]::integer, key[2], key[3]::uuid))
     ORDER BY -c.year, c.provider_code, c.contract_id
     LIMIT size + 1
  )
  SELECT json_build_object(
           'contracts', coalesce(json_agg(ledger.contract_json(p.contract_id) ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('contracts', (-l.year)::text, l.provider_code, l.contract_id::text)
                FROM page l WHERE l.place = size) END)
    INTO answer
    FROM page p;
  RETURN answer;
END
$$;
