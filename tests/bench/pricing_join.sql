-- The peer of bench_pricing.py: the same prices by one join, as far as bench.record needs the chain. Prints records and their price in pence.
WITH classed AS (
  SELECT r.*,
         CASE r.dataset
           WHEN 'AE' THEN 'AE'
           WHEN 'OP' THEN CASE WHEN r.attended NOT IN ('5', '6') THEN NULL WHEN r.hrg <> '' AND r.hrg NOT LIKE 'WF%' THEN 'OPPROC'
             WHEN r.first_attendance = '1' THEN 'OPFA' ELSE 'OPFUP' END
           ELSE CASE WHEN r.admission_method IN ('11', '12', '13') THEN
               CASE WHEN r.patient_classification = '2' AND r.stay_days = 0 THEN 'DC' ELSE 'EL' END
             WHEN r.admission_method IN ('21', '22', '23', '24', '25', '28', '2A', '2B', '2C', '2D') THEN 'NEL'
             ELSE 'NELNE' END
         END COLLATE "C" AS pod
    FROM bench.record r
), priced AS (
  SELECT CASE WHEN t.short_stay_applies AND c.pod = 'NEL' AND c.age >= 19 AND c.stay_days < 2 THEN t.short_stay_price_pence
           ELSE t.price_pence + greatest(0, c.stay_days - coalesce(t.trim_days, c.stay_days)) * coalesce(t.per_diem_pence, 0)
         END AS before_mff
    FROM classed c
    JOIN ref.tariff_row t ON t.tariff_id = '10000000-0000-4000-8000-000000000001' AND t.pod = c.pod
     AND t.currency = CASE WHEN c.pod IN ('OPFA', 'OPFUP') THEN c.treatment_function_code ELSE c.hrg END
     AND t.age_band IN ('ALL', CASE WHEN c.age < 19 THEN 'CHILD' ELSE 'ADULT' END) AND c.day BETWEEN t.valid_from AND t.valid_to
)
SELECT (SELECT count(*) FROM bench.record), sum((p.before_mff * 1064800 + 500000) / 1000000)
  FROM priced p;
