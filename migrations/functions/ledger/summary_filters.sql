-- Filters of the Financial Summary name codes that somebody knows: of any other the report would be nothing but zeros.

-- Whether a provider is one of the PCT's, with activity or without; whether any tariff, or any record that the caller may see, has the
-- HRG, the chapter or the specialty. Which records count, and what of them is priced, does not matter.
-- Rows of tariffs are keyed by tariff first, so a whole code is looked up in one tariff after the other.
CREATE OR REPLACE FUNCTION ledger.summary_knows(analyse_by text, code text)
RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE analyse_by
    WHEN 'provider' THEN
      EXISTS (SELECT FROM ledger.provider p WHERE p.commissioner_code = ledger.caller_commissioner() AND p.provider_code = code)
    WHEN 'specialty' THEN
      EXISTS (SELECT FROM ref.tariff t JOIN ref.tariff_row w ON w.tariff_id = t.tariff_id WHERE w.currency_type = 'TFC' AND w.currency = code)
      OR EXISTS (SELECT FROM ledger.activity_rollup a
                  WHERE a.commissioner_code = ledger.caller_commissioner() AND a.treatment_function_code = code)
    WHEN 'hrg' THEN
      EXISTS (SELECT FROM ref.tariff t JOIN ref.tariff_row w ON w.tariff_id = t.tariff_id
               WHERE w.currency_type IN ('HRG', 'AE') AND w.currency = code)
      OR EXISTS (SELECT FROM ledger.activity_rollup a WHERE a.commissioner_code = ledger.caller_commissioner() AND a.hrg = code)
    WHEN 'chapter' THEN
      EXISTS (SELECT FROM ref.tariff_row w WHERE w.currency_type IN ('HRG', 'AE') AND left(w.currency, 1) = code)
      OR EXISTS (SELECT FROM ledger.activity_rollup a WHERE a.commissioner_code = ledger.caller_commissioner() AND left(a.hrg, 1) = code)
  END
$$;

CREATE OR REPLACE FUNCTION ledger.require_known_filters(chapter text, hrg text, specialty text, provider text)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  asked record;
BEGIN
  FOR asked IN
    SELECT f.* FROM (VALUES
      ('provider', provider, 'PROVIDER_NOT_FOUND', 'provider', 'provider_code', 'see them with: pbc provider list'),
      ('specialty', specialty, 'SPECIALTY_NOT_FOUND', 'specialty', 'specialty',
       'give the code of a treatment function that a tariff or a record has, such as 100'),
      ('hrg', hrg, 'HRG_NOT_FOUND', 'HRG', 'hrg', 'give an HRG that a tariff or a record has; those of the report are listed by: --by hrg'),
      ('chapter', chapter, 'CHAPTER_NOT_FOUND', 'chapter', 'chapter',
       'give the first letter of HRGs, a capital; those of the report are listed by: --by chapter'))
      AS f (analyse_by, code, reason, noun, field, hint)
     WHERE f.code IS NOT NULL
  LOOP
    IF NOT ledger.summary_knows(asked.analyse_by, asked.code) THEN
      PERFORM ledger.refuse('ZC404', asked.reason, format('no %s %s', asked.noun, asked.code), asked.field, asked.hint);
    END IF;
  END LOOP;
END
$$;
