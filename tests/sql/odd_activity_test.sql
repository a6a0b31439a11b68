-- What is odd about a practice's records: each oddity on one record, and on none of the same shape just beside it.
BEGIN;
\ir support/acting.sql
\ir support/parties.sql
SELECT plan(14);

SELECT set_config('pbc.commissioner', '5XZ', true), set_config('pbc.organisation', '5XZ', true) \g /dev/null
SELECT job.ensure_partition(month::date)
  FROM generate_series('2017-03-01'::timestamp, '2017-07-01', '1 month') AS month \g /dev/null
INSERT INTO ref.tariff (tariff_id, year, sha256, file_name, imported_at)
VALUES ('00000000-0000-4000-8000-0000000000f0', 2017, sha256('tariff'), 'tariff.csv', now());
INSERT INTO ref.tariff_row (tariff_id, line, currency, currency_type, name, chapter, pod, age_band, price_pence, valid_from, valid_to)
VALUES ('00000000-0000-4000-8000-0000000000f0', 2, 'FZ60Z', 'HRG', 'gastroscopy', 'F', 'OPPROC', 'ALL', 30000, '2017-04-01', '2018-03-31'),
  ('00000000-0000-4000-8000-0000000000f0', 3, 'FZ21C', 'HRG', 'anal', 'F', 'OPPROC', 'ALL', 111400, '2017-04-01', '2018-03-31');

-- Each month of provider RXA is a submission of its own; p is the patient.
CREATE FUNCTION tests.month_id(month date) RETURNS uuid LANGUAGE sql AS $$
  SELECT ('10000000-0000-4000-8000-' || to_char(month, 'YYYYMM') || '000000')::uuid
$$;
CREATE FUNCTION tests.add_record(record text, p text, day date, details jsonb) RETURNS void LANGUAGE sql AS $$
  INSERT INTO ledger.provider_month VALUES ('5XZ', 'RXA', date_trunc('month', day), 'flex', tests.month_id(day), now())
  ON CONFLICT DO NOTHING;
  INSERT INTO ledger.activity (commissioner_code, period, submission_id, line, record_id, dataset, provider_code, practice_code,
    responsible_code, attribution, patient_key, sex, age, hrg, treatment_function_code, activity_date, admission_date,
    admission_method, length_of_stay_days, first_attendance, attended, referral_source, pod, price_state, total_pence, base_pence,
    provider_price_pence, tariff_id)
  SELECT '5XZ', date_trunc('month', day), tests.month_id(day), (SELECT count(*) + 2 FROM ledger.activity), record,
         coalesce(d.dataset, 'OP'), 'RXA', coalesce(d.practice, 'X00001'), '5XZ', 'registered', sha256(p::bytea), '1', 50, d.hrg,
         coalesce(d.tfc, '100'), day, d.admitted, d.method, day - d.admitted, d.first, coalesce(d.attended, '5'), d.referral,
         coalesce(d.pod, 'OPFA'), 'priced', coalesce(d.pence, 10000), coalesce(d.pence, 10000), d.stated,
         '00000000-0000-4000-8000-0000000000f0'
    FROM jsonb_to_record(details) AS d (dataset text, practice text, hrg text, tfc text, admitted date, method text, first text,
           attended text, referral text, pod text, pence bigint, stated bigint)
$$;

SELECT tests.add_record(record, patient, day::date, details::jsonb) FROM (VALUES
  -- The same event under another record id: the later id is the copy.
  ('D1', 'd', '2017-07-03', '{"first": "2"}'), ('D2', 'd', '2017-07-03', '{"first": "2"}'),
  ('D3', 'e', '2017-07-03', '{"first": "2"}'),
  -- Two specialties on one day; a missed appointment is no attendance.
  ('S1', 's', '2017-07-04', '{"first": "2", "tfc": "300"}'), ('S2', 's', '2017-07-04', '{"first": "2", "tfc": "301"}'),
  ('S3', 's', '2017-07-04', '{"first": "2", "tfc": "320", "attended": "3"}'),
  -- In through A&E and out the same day; a day later, or by a GP, is not that.
  ('Z1', 'z1', '2017-07-05', '{"dataset": "APC", "pod": "NEL", "method": "21", "admitted": "2017-07-05"}'),
  ('Z2', 'z2', '2017-07-05', '{"dataset": "APC", "pod": "NEL", "method": "21", "admitted": "2017-07-04"}'),
  ('Z3', 'z3', '2017-07-05', '{"dataset": "APC", "pod": "NEL", "method": "22", "admitted": "2017-07-05"}'),
  -- Published 2017/18: gastroscopy 341 as a day case; FZ21C costs the same either way.
  ('P1', 'p1', '2017-07-06', '{"dataset": "APC", "pod": "DC", "hrg": "FZ60Z", "admitted": "2017-07-06", "pence": 34100}'),
  ('P2', 'p2', '2017-07-06', '{"dataset": "APC", "pod": "DC", "hrg": "FZ21C", "admitted": "2017-07-06", "pence": 111400}'),
  ('P3', 'p3', '2017-07-06', '{"dataset": "APC", "pod": "EL", "hrg": "FZ60Z", "admitted": "2017-07-05", "pence": 34100}'),
  -- What the provider states.
  ('V1', 'v1', '2017-07-07', '{"first": "2", "stated": 10001}'), ('V2', 'v2', '2017-07-07', '{"first": "2", "stated": 10000}'),
  -- A first attendance 90 days after a first attendance, and one 91 days after.
  ('F0', 'f1', '2017-04-10', '{"first": "1"}'), ('F1', 'f1', '2017-07-09', '{"first": "1"}'),
  ('F2', 'f2', '2017-04-09', '{"first": "1"}'), ('F3', 'f2', '2017-07-09', '{"first": "3"}'),
  ('F4', 'f3', '2017-07-01', '{"first": "1", "tfc": "300"}'), ('F5', 'f3', '2017-07-09', '{"first": "1", "tfc": "301"}'),
  -- The fifth follow-up in 90 days, and the fourth.
  ('U1', 'u1', '2017-05-01', '{"first": "2"}'), ('U2', 'u1', '2017-05-20', '{"first": "2"}'), ('U3', 'u1', '2017-06-01', '{"first": "4"}'),
  ('U4', 'u1', '2017-07-10', '{"first": "2"}'), ('U5', 'u1', '2017-07-20', '{"first": "2"}'),
  -- Back 30 days after a discharge, 31 days after, and planned.
  ('R0', 'r1', '2017-06-10', '{"dataset": "APC", "pod": "EL", "method": "11", "admitted": "2017-06-08"}'),
  ('R1', 'r1', '2017-07-15', '{"dataset": "APC", "pod": "NEL", "method": "22", "admitted": "2017-07-10"}'),
  ('R2', 'r2', '2017-06-10', '{"dataset": "APC", "pod": "EL", "method": "11", "admitted": "2017-06-08"}'),
  ('R3', 'r2', '2017-07-15', '{"dataset": "APC", "pod": "NEL", "method": "22", "admitted": "2017-07-11"}'),
  ('R4', 'r3', '2017-06-10', '{"dataset": "APC", "pod": "EL", "method": "11", "admitted": "2017-06-08"}'),
  ('R5', 'r3', '2017-07-15', '{"dataset": "APC", "pod": "EL", "method": "11", "admitted": "2017-07-10"}'),
  -- From consultant to consultant; a follow-up there is no referral.
  ('C1', 'c1', '2017-07-11', '{"first": "1", "referral": "05"}'), ('C2', 'c2', '2017-07-11', '{"first": "1", "referral": "03"}'),
  ('C3', 'c3', '2017-07-11', '{"first": "2", "referral": "05"}'),
  -- Another practice's copy of D1's event.
  ('D4', 'd', '2017-07-03', '{"first": "2", "practice": "X00002"}')) AS r (record, patient, day, details) \g /dev/null

CREATE TEMP TABLE judged AS SELECT o.record_id, o.oddities FROM ledger.odd_activity('X00001', '2017-07-01', NULL, 'infinity') o;
SELECT is(string_agg(j.record_id, ' ' ORDER BY j.record_id), expected, word)
  FROM (VALUES ('duplicate_event', 'D2'), ('same_day', 'S2'), ('zero_day_emergency', 'Z1'), ('outpatient_procedure', 'P1'),
          ('price_differs', 'V1'), ('repeated_first', 'F1'), ('many_follow_ups', 'U5'), ('readmission', 'R1'),
          ('consultant_referral', 'C1')) AS e (word, expected)
  LEFT JOIN judged j ON e.word = ANY (j.oddities)
 GROUP BY e.word, e.expected
 ORDER BY e.word;
SELECT is((SELECT count(*) FROM judged), 26::bigint, 'every record of the month is there once, and none of another month or practice');
SELECT is((SELECT count(*)
             FROM (SELECT DISTINCT patient_key FROM ledger.activity) p
            CROSS JOIN LATERAL ledger.odd_activity('X00001', '2017-07-01', ARRAY[p.patient_key], 'infinity') o
             JOIN judged j ON j.record_id = o.record_id AND j.oddities = o.oddities), 26::bigint,
  'what is odd of each patient''s records alone is what is odd of them among all');
SELECT is((SELECT string_agg(o.record_id, ' ' ORDER BY o.record_id)
             FROM ledger.odd_activity('X00001', '2017-07-01', ARRAY(SELECT patient_key FROM ledger.activity WHERE record_id IN ('D1', 'S1')), 'infinity') o),
  (SELECT string_agg(a.record_id, ' ' ORDER BY a.record_id) FROM ledger.activity a
    WHERE a.period = '2017-07-01' AND a.practice_code = 'X00001'
      AND a.patient_key IN (SELECT patient_key FROM ledger.activity WHERE record_id IN ('D1', 'S1'))), 'and no other patient''s is told');

INSERT INTO ledger.rule VALUES ('5XZ', 'REVIEW_FOLLOW_UPS', '2017-04-01', NULL, 3, 'count', 'board');
SELECT is(string_agg(o.record_id, ' ' ORDER BY o.record_id), 'U4 U5', 'a PCT decides how many follow-ups are many')
  FROM ledger.odd_activity('X00001', '2017-07-01', NULL, 'infinity') o WHERE 'many_follow_ups' = ANY (o.oddities);

UPDATE ledger.activity SET record_id = 'D0', line = 999 WHERE record_id = 'D2';
SELECT is(string_agg(o.record_id, ' '), 'D1', 'of two alike the later record id is the copy, wherever it stands in the file')
  FROM ledger.odd_activity('X00001', '2017-07-01', NULL, 'infinity') o WHERE 'duplicate_event' = ANY (o.oddities);

SELECT * FROM finish();
ROLLBACK;
