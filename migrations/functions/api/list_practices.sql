-- ReferenceService.ListPractices: the PCT's practices by code, with the membership that is open or ended last.
CREATE OR REPLACE FUNCTION api.list_practices(page_size integer, page_token text)
RETURNS json
LANGUAGE plpgsql STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := ledger.caller_commissioner();
  size integer := ledger.page_size(page_size);
  key text[] := ledger.page_key('practices', page_token);
  answer json;
BEGIN
  WITH page AS (
    SELECT p.practice_code, p.name, m.group_code, m.valid_from, m.valid_to,
           (SELECT sum(n.patients) FROM ledger.population n
             WHERE n.commissioner_code = tenant AND n.practice_code = p.practice_code
               AND n.year = (SELECT max(y.year) FROM ledger.population y
                              WHERE y.commissioner_code = tenant AND y.practice_code = p.practice_code)) AS patients,
           row_number() OVER (ORDER BY p.practice_code) AS place
      FROM ledger.practice p
     CROSS JOIN LATERAL (SELECT s.group_code, s.valid_from, s.valid_to
                           FROM ledger.practice_membership s
                          WHERE s.commissioner_code = tenant AND s.practice_code = p.practice_code AND s.member_of = tenant
                          ORDER BY s.valid_from DESC LIMIT 1) m
     WHERE p.commissioner_code = tenant AND p.practice_code > coalesce(key[1], '')
     ORDER BY p.practice_code
     LIMIT size + 1
  )
  SELECT json_build_object(
           'practices', coalesce(json_agg(json_build_object('practice_code', p.practice_code, 'name', p.name,
             'group_code', p.group_code, 'valid_from_date', p.valid_from, 'valid_to_date', coalesce(p.valid_to::text, ''),
             'patients', coalesce(p.patients, 0)) ORDER BY p.place) FILTER (WHERE p.place <= size), '[]'),
           'next_page_token', CASE WHEN count(*) > size THEN
             (SELECT ledger.page_token('practices', l.practice_code) FROM page l WHERE l.place = size) END)
    INTO answer
    FROM page p;
  RETURN answer;
END
$$;
