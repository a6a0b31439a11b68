-- An issued budget of 40 practices: 8 points of delivery at each of 6 providers, 12 months each. Run as superuser,
-- past row-level security, after the commissioner 5XZ exists.
BEGIN;
INSERT INTO ledger.practice
SELECT '5XZ', 'X' || to_char(n, 'FM00000'), 'Sample practice ' || n
  FROM generate_series(1, 40) n;

INSERT INTO ledger.provider
SELECT '5XZ', 'RX' || chr(64 + n), 'Sample Hospitals NHS Foundation Trust ' || n, true
  FROM generate_series(1, 6) n;

INSERT INTO ledger.budget_run
SELECT '5XZ', 'b0000000-0000-4000-8000-000000000001', 2017, 'issued', 'historic', 40, 0, '5XZ', 'finance',
       '2017-02-01 10:00Z', '5XZ', 'approver', '2017-03-01 10:00Z';

INSERT INTO ledger.budget_line
SELECT '5XZ', 'b0000000-0000-4000-8000-000000000001', p.practice_code, pod || '.' || v.provider_code, pod, v.provider_code,
       12 * activity, 12 * activity * 123457, array_fill(activity, ARRAY[12]), array_fill(activity * 123457, ARRAY[12])
  FROM ledger.practice p
 CROSS JOIN ledger.provider v
 CROSS JOIN unnest(ARRAY['DC', 'EL', 'NEL', 'NELNE', 'OPFA', 'OPFUP', 'OPPROC', 'AE']) WITH ORDINALITY pods (pod, position)
 CROSS JOIN LATERAL (SELECT 10 + position * ascii(v.provider_code) % 37 + ascii(p.practice_code)) figures (activity);

INSERT INTO ledger.budget
SELECT commissioner_code, budget_id, practice_code, sum(activity), sum(cost_pence)
  FROM ledger.budget_line
 GROUP BY 1, 2, 3;
COMMIT;

ANALYZE;
