-- ReferenceService.ListProviderTerms: by provider and what they are for, the newest first. The policy own_provider hides others' from a provider.
CREATE OR REPLACE FUNCTION api.list_provider_terms(page_size integer, page_token text, provider_code text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('provider_terms', page_token);
  answer json;
BEGIN
  WITH page AS (
    SELECT t.*, row_number() OVER (ORDER BY t.provider_code, t.term, t.code, t.pod, t.valid_from DESC) AS place
      FROM ledger.provider_term t
     WHERE t.commissioner_code = ledger.caller_commissioner()
       AND t.provider_code = coalesce(list_provider_terms.provider_code, t.provider_code)
       AND (key IS NULL OR (t.provider_code, t.term, t.code, t.pod) > (key[1], key[2], key[3], key[4])
            OR (t.provider_code, t.term, t.code, t.pod) = (key[1], key[2], key[3], key[4]) AND t.valid_from < key[5]::date)
     ORDER BY t.provider_code, t.term, t.code, t.pod, t.valid_from DESC
     LIMIT size + 1
  )
  SELECT json_build_object(
           'terms', coalesce(json_agg(json_build_object('provider_code', p.provider_code, 'term', p.term, 'code', p.code, 'pod', p.pod,
             'valid_from_date', p.valid_from, 'valid_to_date', p.valid_to, 'amount_pence', p.amount_pence, 'source', p.source,
             'recorded_at', p.recorded_at) ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('provider_terms', l.provider_code, l.term, l.code, l.pod, l.valid_from::text)
                FROM page l WHERE l.place = size) END)
    INTO answer
    FROM page p;
  RETURN answer;
END
$$;
