-- The data of bench_pricing.py: a year's tariff of 2,000 groups and :rows records of one provider; the same for the same number.
SELECT setseed(0.42), set_config('pbc.commissioner', '5XZ', false);
INSERT INTO ledger.commissioner VALUES ('5XZ', 'Aldermoor PCT');
INSERT INTO ledger.provider VALUES ('5XZ', 'RXA', 'Trust A', true);
INSERT INTO ledger.provider_mff VALUES ('5XZ', 'RXA', 2017, 1064800);
INSERT INTO ref.tariff VALUES ('10000000-0000-4000-8000-000000000001', 2017, sha256('bench'), 'bench.csv', now());
INSERT INTO ledger.tariff_in_force VALUES ('5XZ', 2017, 1, '10000000-0000-4000-8000-000000000001', '5XZ', 'finance', now());

CREATE SCHEMA bench;
CREATE FUNCTION bench.hrg(n integer) RETURNS text LANGUAGE sql IMMUTABLE
RETURN chr(65 + n / 400) || chr(65 + n % 20) || lpad((n / 20 % 20)::text, 2, '0') || 'Z';
INSERT INTO ref.tariff_row
SELECT '10000000-0000-4000-8000-000000000001', row_number() OVER () + 1, c.currency, c.type, c.currency, '', c.pod, c.age_band,
       (50 + floor(random() * 5000))::bigint * 100, CASE WHEN c.trimmed THEN 5 + floor(random() * 30) END,
       CASE WHEN c.trimmed THEN 23200 END, c.pod = 'NEL' AND random() < 0.3, 66600, '2017-04-01', '2018-03-31'
  FROM (SELECT bench.hrg(n), 'HRG', p.pod, 'ALL', p.pod IN ('EL', 'NEL', 'NELNE')
          FROM generate_series(0, 1999) n CROSS JOIN unnest(ARRAY['DC', 'EL', 'NEL', 'NELNE', 'OPPROC']) p (pod)
        UNION ALL
        SELECT (100 + n)::text, 'TFC', p.pod, b.band, false
          FROM generate_series(0, 99) n CROSS JOIN unnest(ARRAY['OPFA', 'OPFUP']) p (pod)
         CROSS JOIN unnest(ARRAY['ADULT', 'CHILD']) b (band)
        UNION ALL
        SELECT 'VB' || lpad(n::text, 2, '0') || 'Z', 'AE', 'AE', 'ALL', false FROM generate_series(1, 11) n)
       AS c (currency, type, pod, age_band, trimmed);

CREATE TABLE bench.record AS
SELECT d.dataset, floor(random() * 100)::integer AS age,
       CASE d.dataset WHEN 'APC' THEN bench.hrg(floor(random() * 2000)::integer)
         WHEN 'AE' THEN 'VB' || lpad((1 + floor(random() * 11))::text, 2, '0') || 'Z'
         ELSE CASE WHEN random() < 0.1 THEN bench.hrg(floor(random() * 2000)::integer) ELSE '' END END COLLATE "C" AS hrg,
       CASE d.dataset WHEN 'OP' THEN (100 + floor(random() * 100))::text ELSE '' END COLLATE "C" AS treatment_function_code,
       CASE WHEN d.dataset = 'APC' THEN (ARRAY['1', '1', '2'])[1 + floor(random() * 3)] ELSE '' END AS patient_classification,
       CASE WHEN d.dataset = 'APC' THEN (ARRAY['11', '12', '21', '22', '31'])[1 + floor(random() * 5)] ELSE '' END AS admission_method,
       CASE WHEN d.dataset = 'APC' THEN floor(random() * random() * random() * 60)::integer ELSE 0 END AS stay_days,
       CASE WHEN d.dataset = 'OP' THEN (ARRAY['1', '2', '2'])[1 + floor(random() * 3)] ELSE '' END AS first_attendance,
       CASE WHEN d.dataset = 'OP' THEN (ARRAY['5', '5', '5', '6', '3'])[1 + floor(random() * 5)] ELSE '' END AS attended,
       CASE WHEN d.dataset = 'AE' THEN '01' ELSE '' END AS ae_department_type,
       date '2017-07-01' + floor(random() * 31)::integer AS day
  FROM (SELECT (ARRAY['APC', 'OP', 'OP', 'AE'])[1 + floor(random() * 4)] AS dataset FROM generate_series(1, :rows)) d;
VACUUM ANALYZE bench.record, ref.tariff_row;
