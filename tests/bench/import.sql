-- The SQL way of an import: staging, INSERT ... SELECT joined to the tariff, rollup; one transaction. It gets the rows that the job
-- process accepted, so it checks nothing, and it keeps no identities. Variables: file, provider, period, partition, submission.
BEGIN;
SET LOCAL work_mem = '256MB';
SET LOCAL jit = off;
CREATE TEMP TABLE staging (
  record_id text, dataset text, practice_code text, commissioner_code text, nhs_number text, local_patient_id text, sex text, age text,
  site_code text, main_specialty_code text, treatment_function_code text, hrg text, primary_diagnosis text, primary_procedure text,
  patient_classification text, admission_method text, admission_date date, discharge_date date, discharge_method text,
  excluded_days integer, specialised_service text, attendance_date date, first_attendance text, attended text, referral_source text,
  arrival_date date, ae_department_type text, ae_disposal text, prior_approval text, provider_price numeric,
  line integer GENERATED ALWAYS AS IDENTITY
) ON COMMIT DROP;
\set columns 'record_id, dataset, practice_code, commissioner_code, nhs_number, local_patient_id, sex, age, site_code, main_specialty_code, treatment_function_code, hrg, primary_diagnosis, primary_procedure, patient_classification, admission_method, admission_date, discharge_date, discharge_method, excluded_days, specialised_service, attendance_date, first_attendance, attended, referral_source, arrival_date, ae_department_type, ae_disposal, prior_approval, provider_price'
COPY staging (:columns) FROM :'file' (FORMAT csv, HEADER);
ANALYZE staging;

WITH classified AS (
  SELECT s.*, coalesce(s.discharge_date, s.attendance_date, s.arrival_date) AS activity_date,
         CASE WHEN s.dataset = 'APC' THEN s.discharge_date - s.admission_date END AS stay,
         greatest(s.discharge_date - s.admission_date - coalesce(s.excluded_days, 0), 0) AS paid_stay,
         s.dataset = 'OP' AND s.hrg IS NOT NULL AND s.hrg NOT LIKE 'WF%' AND s.attended IN ('5', '6')
           AND s.main_specialty_code <> '560' AND s.main_specialty_code NOT LIKE '9%' AS is_procedure
    FROM staging s
), placed AS MATERIALIZED (
  SELECT c.*,
         CASE c.dataset
           WHEN 'APC' THEN CASE
             WHEN c.patient_classification IN ('3', '4') THEN ''
             WHEN c.admission_method IN ('11', '12', '13') THEN
               CASE WHEN c.patient_classification = '2' AND c.stay = 0 THEN 'DC' WHEN c.patient_classification IN ('1', '2') THEN 'EL' ELSE '' END
             WHEN c.admission_method IN ('21', '22', '23', '24', '25', '28', '2A', '2B', '2C', '2D') THEN 'NEL'
             WHEN c.admission_method IN ('31', '32', '81', '82', '83') THEN 'NELNE' ELSE '' END
           WHEN 'OP' THEN CASE WHEN c.is_procedure THEN 'OPPROC' WHEN c.first_attendance IN ('1', '3') THEN 'OPFA'
             WHEN c.first_attendance IN ('2', '4') THEN 'OPFUP' ELSE '' END
           ELSE 'AE' END AS pod,
         CASE c.dataset
           WHEN 'APC' THEN CASE WHEN c.patient_classification IN ('3', '4') THEN 'REGULAR_ADMISSION' END
           WHEN 'OP' THEN CASE WHEN c.attended NOT IN ('5', '6') THEN 'NOT_ATTENDED'
             WHEN c.main_specialty_code = '560' OR c.main_specialty_code LIKE '9%' THEN 'NOT_CONSULTANT_LED'
             WHEN NOT c.is_procedure AND c.first_attendance IN ('3', '4') THEN 'NOT_FACE_TO_FACE' END
           ELSE CASE WHEN c.ae_department_type = '04' THEN 'WALK_IN_CENTRE' END END AS excluded_for,
         CASE WHEN c.dataset = 'APC' OR c.is_procedure THEN 'HRG' WHEN c.dataset = 'OP' THEN 'TFC' ELSE 'AE' END AS currency_type,
         CASE WHEN c.dataset = 'OP' AND NOT c.is_procedure THEN c.treatment_function_code ELSE c.hrg END AS currency,
         CASE WHEN c.age::integer < 19 THEN 'CHILD' ELSE 'ADULT' END AS age_band
    FROM classified c
), found AS (
  SELECT p.*, coalesce(b.tariff_id, t.tariff_id) AS tariff_id, coalesce(b.line, t.line) AS tariff_line,
         coalesce(b.price_pence, t.price_pence) AS price_pence, coalesce(b.trim_days, t.trim_days) AS trim_days,
         coalesce(b.per_diem_pence, t.per_diem_pence) AS per_diem_pence,
         coalesce(b.short_stay_price_pence, t.short_stay_price_pence) AS short_stay_price_pence,
         p.pod = 'NEL' AND coalesce(b.short_stay_applies, t.short_stay_applies) AND p.age::integer >= 19 AND p.paid_stay < 2 AS short_stay,
         f.mff_ppm, m.member_of
    FROM placed p
    CROSS JOIN (SELECT tariff_id FROM ledger.tariff_in_force WHERE commissioner_code = '5XZ' AND year = 2017
                 ORDER BY version DESC LIMIT 1) i
    CROSS JOIN (SELECT mff_ppm FROM ledger.provider_mff WHERE commissioner_code = '5XZ' AND provider_code = :'provider'
                   AND year = 2017) f
    LEFT JOIN ledger.practice_membership m ON m.commissioner_code = '5XZ' AND m.practice_code = p.practice_code
     AND p.activity_date BETWEEN m.valid_from AND coalesce(m.valid_to, 'infinity')
    LEFT JOIN ref.tariff_row b ON b.tariff_id = i.tariff_id AND b.currency_type = p.currency_type AND b.currency = p.currency
     AND b.pod = p.pod AND b.age_band = p.age_band AND p.activity_date BETWEEN b.valid_from AND b.valid_to
     AND p.excluded_for IS NULL
    LEFT JOIN ref.tariff_row t ON t.tariff_id = i.tariff_id AND t.currency_type = p.currency_type AND t.currency = p.currency
     AND t.pod = p.pod AND t.age_band = 'ALL' AND p.activity_date BETWEEN t.valid_from AND t.valid_to
     AND p.excluded_for IS NULL
), based AS MATERIALIZED (
  SELECT f.*, CASE WHEN f.short_stay THEN f.short_stay_price_pence ELSE f.price_pence END AS paid_pence,
         CASE WHEN NOT f.short_stay AND f.pod IN ('EL', 'NEL', 'NELNE') AND f.paid_stay > f.trim_days
              THEN f.paid_stay - f.trim_days ELSE 0 END AS excess_days
    FROM found f
), priced AS (
  SELECT b.*, CASE WHEN b.excluded_for IS NOT NULL THEN 'excluded'
                   WHEN b.paid_pence IS NULL OR (b.excess_days > 0 AND b.per_diem_pence IS NULL) THEN 'unpriced'
                   ELSE 'priced' END AS price_state,
         b.excess_days * coalesce(b.per_diem_pence, 0) AS long_stay_pence
    FROM based b
)
INSERT INTO ledger.:"partition" (commissioner_code, period, submission_id, line, record_id, dataset, provider_code, practice_code,
  responsible_code, stated_commissioner_code, attribution, patient_key, sex, age, site_code, main_specialty_code,
  treatment_function_code, hrg, primary_diagnosis, primary_procedure, patient_classification, admission_method, admission_date,
  activity_date, discharge_method, length_of_stay_days, excluded_days, specialised_service, first_attendance, attended,
  referral_source, ae_department_type, ae_disposal, prior_approval, pod, price_state, price_reason, tariff_id, tariff_line,
  base_pence, long_stay_days, long_stay_pence, adjustment_pence, mff_ppm, total_pence, provider_price_pence)
SELECT '5XZ', :'period', :'submission', line, record_id, dataset, :'provider', practice_code, coalesce(member_of, ''), commissioner_code,
       CASE member_of WHEN '5XZ' THEN 'registered' ELSE 'registered_elsewhere' END, substr(sha256(nhs_number::bytea), 1, 16), sex,
       age::smallint, site_code, main_specialty_code, treatment_function_code, hrg, primary_diagnosis, primary_procedure,
       patient_classification, admission_method, admission_date, activity_date, discharge_method, stay, excluded_days,
       specialised_service, first_attendance, attended, referral_source, ae_department_type, ae_disposal, prior_approval, pod,
       price_state, coalesce(excluded_for, CASE price_state WHEN 'unpriced' THEN 'NOT_IN_TARIFF' END),
       CASE WHEN tariff_line IS NOT NULL THEN tariff_id END, tariff_line,
       CASE price_state WHEN 'priced' THEN price_pence END, CASE price_state WHEN 'priced' THEN excess_days END,
       CASE price_state WHEN 'priced' THEN long_stay_pence END, CASE price_state WHEN 'priced' THEN paid_pence - price_pence END,
       CASE price_state WHEN 'priced' THEN mff_ppm END,
       CASE price_state WHEN 'priced' THEN ((paid_pence + long_stay_pence) * mff_ppm + 500000) / 1000000 END,
       (provider_price * 100)::bigint
  FROM priced;

INSERT INTO ledger.activity_rollup (commissioner_code, submission_id, period, provider_code, practice_code, pod,
  treatment_function_code, hrg, attribution, price_state, activity, cost_pence)
SELECT commissioner_code, submission_id, period, provider_code, practice_code, pod, coalesce(treatment_function_code, ''),
       coalesce(hrg, ''), attribution, price_state, count(*), coalesce(sum(total_pence), 0)
  FROM ledger.:"partition"
 WHERE submission_id = :'submission'
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
COMMIT;
