-- What pricing one record takes, for the server's compute of server/service/pricing.c: {"inputs": ..., "rules": [...]}. Every look-up is
-- fetched wide (by code and day); which of it applies is the arithmetic's business. record has the columns of an activity file and
-- stay_days. as_at is the moment whose tariff, contract and terms count.

-- A dated rule with where it comes from: the PCT's own decision if it made one, else the national row. NULL if there is none.
CREATE OR REPLACE FUNCTION ledger.rule_json(rule_name text, on_date date)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT json_build_object('name', rule_name, 'value', r.value, 'unit', r.unit, 'valid_from_date', r.valid_from,
           'valid_to_date', coalesce(r.valid_to::text, ''), 'source', r.source, 'evidence', r.evidence)
    FROM (SELECT l.value, l.unit, l.valid_from, l.valid_to, l.source, 'local' AS evidence, 0 AS precedence
            FROM ledger.rule l
           WHERE l.commissioner_code = ledger.caller_commissioner() AND l.name = rule_name
          UNION ALL
          SELECT n.value, n.unit, n.valid_from, n.valid_to, n.source, n.evidence, 1
            FROM ref.rule n
           WHERE n.name = rule_name) r
   WHERE r.valid_from <= on_date AND coalesce(r.valid_to, 'infinity') >= on_date
   ORDER BY r.precedence, r.valid_from DESC
   LIMIT 1
$$;

-- The tariff file that a year was priced with at a moment; NULL if none was in force.
CREATE OR REPLACE FUNCTION ledger.tariff_at(tariff_year integer, as_at timestamptz)
RETURNS uuid
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT f.tariff_id
    FROM ledger.tariff_in_force f
   WHERE f.commissioner_code = ledger.caller_commissioner() AND f.year = tariff_year AND f.recorded_at <= as_at
   ORDER BY f.version DESC
   LIMIT 1
$$;

-- Rows of the tariff for any of the record's codes that are valid on the day, with their file.
CREATE OR REPLACE FUNCTION ledger.tariff_rows_json(tariff uuid, codes text[], on_date date)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(json_agg(json_build_object('tariff_id', t.tariff_id, 'file_name', t.file_name, 'line', r.line,
           'currency', r.currency, 'currency_type', r.currency_type, 'name', r.name, 'pod', r.pod, 'age_band', r.age_band,
           'price_pence', r.price_pence, 'trim_days', r.trim_days, 'per_diem_pence', r.per_diem_pence,
           'short_stay_applies', r.short_stay_applies, 'short_stay_price_pence', r.short_stay_price_pence) ORDER BY r.line), '[]')
    FROM ref.tariff t
    JOIN ref.tariff_row r ON r.tariff_id = t.tariff_id
   WHERE t.tariff_id = tariff AND r.currency = ANY (codes) AND on_date BETWEEN r.valid_from AND r.valid_to
$$;

-- The least price above nothing of the day's A&E groups; NULL if there is none.
CREATE OR REPLACE FUNCTION ledger.lowest_band_pence(tariff uuid, on_date date)
RETURNS bigint
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT min(r.price_pence)
    FROM ref.tariff_row r
   WHERE r.tariff_id = tariff AND r.pod = 'AE' AND r.price_pence > 0 AND on_date BETWEEN r.valid_from AND r.valid_to
$$;

-- Prices that the provider's contract agreed for any of the codes, as it stood at a moment.
CREATE OR REPLACE FUNCTION ledger.local_prices_json(provider text, codes text[], price_year integer, as_at timestamptz)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(json_agg(json_build_object('pod', p.pod, 'currency', p.currency, 'price_pence', p.price_pence,
           'source', format('contract %s', c.contract_id)) ORDER BY p.pod, p.currency), '[]')
    FROM (SELECT c.contract_id
            FROM ledger.contract c
           WHERE c.commissioner_code = ledger.caller_commissioner() AND c.provider_code = provider AND c.year = price_year
             AND c.state IN ('active', 'superseded') AND c.activated_at <= as_at
           ORDER BY c.activated_at DESC
           LIMIT 1) c
    JOIN ledger.local_price p ON p.commissioner_code = ledger.caller_commissioner() AND p.contract_id = c.contract_id
   WHERE p.currency = ANY (codes)
$$;

-- Terms of the provider for any of the codes, or for the specialised service, as they were known at a moment: of a top-up the value is its
-- rate in ppm, else pence. Of rows for one thing the one that began last counts.
CREATE OR REPLACE FUNCTION ledger.provider_terms_json(provider text, codes text[], service text, on_date date, rule_day date,
  as_at timestamptz)
RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(json_agg(json_build_object('term', t.term, 'code', t.code, 'pod', t.pod,
           'value', coalesce(t.amount_pence, ledger.top_up_ppm(t.code, rule_day)), 'source', t.source) ORDER BY t.term, t.pod), '[]')
    FROM (SELECT DISTINCT ON (t.term, t.code, t.pod) t.term, t.code, t.pod, t.amount_pence, t.source
            FROM ledger.provider_term t
           WHERE t.commissioner_code = ledger.caller_commissioner() AND t.provider_code = provider
             AND on_date BETWEEN t.valid_from AND t.valid_to AND t.recorded_at <= as_at
             AND CASE t.term WHEN 'TOP_UP' THEN t.code = service ELSE t.code = ANY (codes) END
           ORDER BY t.term, t.code, t.pod, t.valid_from DESC) t
$$;

CREATE OR REPLACE FUNCTION ledger.price_inputs(provider text, on_date date, record json, tariff uuid, as_at timestamptz)
RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  price_year integer := ledger.year_of(on_date);
  codes text[] := ARRAY[record ->> 'hrg', record ->> 'treatment_function_code'];
  -- Dated rules count as on the first day of the month, as an import takes them.
  rule_day date := date_trunc('month', on_date)::date;
  rule_names text[] := ARRAY['OUTPATIENT_CHILD_BELOW_YEARS', 'PRIVATE_PATIENTS_EXCLUDED', 'PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE',
    'SHORT_STAY_MIN_AGE_YEARS', 'SHORT_STAY_BELOW_DAYS', 'AE_TYPE_3_LOWEST_BAND', 'TOPUP_ON_LONG_STAY', 'MFF_PAID_BY_COMMISSIONER',
    'SPELL_ROUNDED_TO_POUNDS'];
BEGIN
  -- Refuses what is missing, in its own words.
  PERFORM ledger.rule_value(n.name, rule_day) FROM unnest(rule_names) AS n (name);
  RETURN jsonb_build_object(
    'inputs', jsonb_build_object('record', record, 'financial_year', ledger.year_text(price_year),
      'tariff_rows', ledger.tariff_rows_json(tariff, codes, on_date),
      'lowest_band_pence', CASE WHEN record ->> 'dataset' = 'AE' THEN ledger.lowest_band_pence(tariff, on_date) END,
      'local_prices', ledger.local_prices_json(provider, codes, price_year, as_at),
      'terms', ledger.provider_terms_json(provider, codes, record ->> 'specialised_service', on_date, rule_day, as_at),
      'mff_ppm', (SELECT m.mff_ppm FROM ledger.provider_mff m
                   WHERE m.commissioner_code = ledger.caller_commissioner() AND m.provider_code = provider AND m.year = price_year),
      'exclusions', (SELECT coalesce(json_agg(json_build_object('currency_type', e.currency_type, 'code_prefix', e.code_prefix,
                              'reason', e.reason, 'source', format('%s (%s)', e.source, e.evidence))
                              ORDER BY length(e.code_prefix) DESC, e.code_prefix), '[]')
                       FROM ref.tariff_exclusion e
                      WHERE e.valid_from <= rule_day AND coalesce(e.valid_to, 'infinity') >= rule_day)),
    'rules', (SELECT json_agg(r.rule ORDER BY r.ordinal)
                FROM (SELECT ledger.rule_json(n.name, rule_day) AS rule, n.ordinal
                        FROM unnest(rule_names || (
                               SELECT array_agg(s.rule_name) FROM ref.top_up_service s
                                WHERE s.service_code = record ->> 'specialised_service' AND s.valid_from <= rule_day
                                  AND coalesce(s.valid_to, 'infinity') >= rule_day)) WITH ORDINALITY AS n (name, ordinal)) r
               WHERE r.rule IS NOT NULL));
END
$$;
