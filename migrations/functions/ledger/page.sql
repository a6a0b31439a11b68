-- Paging of lists: by the key of the last row shown, never by OFFSET, so that a page costs the same however deep it is.
-- A list reads size + 1 rows, shows size, and makes a token of the last one shown when there was one more. Its condition on the key is one
-- comparison of rows, with a first column that all rows pass where there is no token: an OR would hide it from the index.

-- Rows of a page: 0 or nothing asks for the usual 50, more than 200 gets 200.
CREATE OR REPLACE FUNCTION ledger.page_size(requested integer)
RETURNS integer
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF requested < 0 THEN
    PERFORM ledger.refuse('ZC400', 'BAD_PAGE_SIZE', format('a page cannot have %s rows', requested), 'page_size',
      'leave it out, or ask for 1 to 200');
  END IF;
  RETURN least(coalesce(nullif(requested, 0), 50), 200);
END
$$;

-- The key of a row as an opaque word that needs no escaping in a URL. list names the RPC, so that a token of another list is refused.
CREATE OR REPLACE FUNCTION ledger.page_token(list text, VARIADIC key text[])
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN translate(encode(convert_to(array_to_json(list || key)::text, 'UTF8'), 'base64'), E'+/=\n', '-_');

-- The key in a token that page_token made for the same list; NULL for no token. What the caller makes up is refused here, or where the
-- key is cast to its type.
CREATE OR REPLACE FUNCTION ledger.page_key(list text, page_token text)
RETURNS text[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  parts text[];
BEGIN
  IF page_token IS NULL THEN
    RETURN NULL;
  END IF;
  BEGIN
    SELECT array_agg(part ORDER BY ordinal) INTO parts
      FROM json_array_elements_text(convert_from(decode(
             rpad(translate(page_token, '-_', '+/'), (length(page_token) + 3) / 4 * 4, '='), 'base64'), 'UTF8')::json)
             WITH ORDINALITY AS p (part, ordinal);
  EXCEPTION WHEN data_exception THEN
    parts := NULL;
  END;
  IF parts[1] IS DISTINCT FROM list OR cardinality(parts) < 2 THEN
    PERFORM ledger.refuse('ZC400', 'BAD_PAGE_TOKEN', 'the page token is not one that this list gave', 'page_token',
      'start again without a token');
  END IF;
  RETURN parts[2:];
END
$$;
