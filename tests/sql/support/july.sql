-- For \ir after parties.sql: Trust A's July 2017 as sent, and its invoice. The prices are the published 2017/18 tariff's
-- (cataract day case 672, hernia day case 1,228 and elective 1,363, emergency 1,979); the faults are one of each kind.
SELECT job.ensure_partition('2017-07-01');
\set july_submission '\'10000000-0000-4000-8000-000000000001\''
\set july_invoice '\'20000000-0000-4000-8000-000000000001\''

CREATE FUNCTION tests.add_activity(submission uuid, provider text, line integer, record text, practice text, pod text, hrg text,
  attribution text, price_state text, pence bigint) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO ledger.activity (commissioner_code, period, submission_id, line, record_id, dataset, provider_code, practice_code,
    responsible_code, attribution, sex, age, hrg, activity_date, pod, price_state, price_reason, total_pence)
  VALUES ('5XZ', '2017-07-01', submission, line, record, 'APC', provider, practice,
    CASE attribution WHEN 'registered_elsewhere' THEN '5YY' ELSE '5XZ' END, attribution, '1', 50, hrg, '2017-07-15', pod, price_state,
    CASE price_state WHEN 'excluded' THEN 'not attended' WHEN 'unpriced' THEN 'no tariff' END, pence)
$$;

-- The submission's own sums, as an import writes them, make it current.
CREATE FUNCTION tests.close_submission(submission uuid, provider text) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO ledger.activity_rollup
  SELECT '5XZ', submission, '2017-07-01', provider, a.practice_code, a.pod, '', a.hrg, a.attribution, a.price_state, count(*),
         coalesce(sum(a.total_pence), 0)
    FROM ledger.activity a WHERE a.submission_id = submission GROUP BY a.practice_code, a.pod, a.hrg, a.attribution, a.price_state;
  INSERT INTO ledger.submission
  SELECT '5XZ', submission, provider, '2017-07-01', 'flex', gen_random_uuid(), 'july.csv', 'record_id',
         sha256(convert_to(submission::text, 'UTF8')), count(*), count(*), 0,
         count(*) FILTER (WHERE a.ours AND a.price_state = 'priced'),
         count(*) FILTER (WHERE a.ours AND a.price_state = 'excluded'),
         count(*) FILTER (WHERE a.ours AND a.price_state = 'unpriced'),
         count(*) FILTER (WHERE NOT a.ours), sum(a.total_pence) FILTER (WHERE a.ours), NULL,
         '5XZ', 'finance', clock_timestamp()
    FROM ledger.activity a WHERE a.submission_id = submission;
  INSERT INTO ledger.provider_month VALUES ('5XZ', provider, '2017-07-01', 'flex', submission, clock_timestamp())
  ON CONFLICT ON CONSTRAINT provider_month_pkey DO UPDATE SET state = 'flex', submission_id = submission;
$$;

-- lines: [[record, practice, pod, price], ...]
CREATE FUNCTION tests.add_invoice(invoice uuid, provider text, number text, kind text, lines jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO ledger.invoice_line
  SELECT '5XZ', invoice, l.ordinal, l.line ->> 0, l.line ->> 1, l.line ->> 2, 'FZ18K', 1, (l.line ->> 3)::bigint
    FROM jsonb_array_elements(lines) WITH ORDINALITY AS l (line, ordinal);
  INSERT INTO ledger.invoice
  SELECT '5XZ', invoice, provider, number, '2017-07-01', kind, sum(l.price_pence), count(*), 'received', gen_random_uuid(), provider,
         'trust', clock_timestamp()
    FROM ledger.invoice_line l WHERE l.invoice_id = invoice;
$$;

SELECT tests.add_activity(:july_submission, 'RXA', r.line, r.record, r.practice, r.pod, r.hrg, r.attribution, r.price_state, r.pence)
  FROM (VALUES
    (2, 'R1', 'X00001', 'DC', 'BZ34C', 'registered', 'priced', 67200::bigint),
    (3, 'R2', 'X00001', 'DC', 'FZ18K', 'registered', 'priced', 122800),
    (4, 'R3', 'X00002', 'EL', 'FZ18K', 'registered', 'priced', 136300),
    (5, 'R4', 'X00002', 'NEL', 'FZ18K', 'registered', 'priced', 197900),
    (6, 'R5', 'X00009', 'DC', 'BZ34C', 'registered_elsewhere', 'priced', 67200),
    (7, 'R6', 'X00001', 'OPFA', 'WF01B', 'registered', 'excluded', NULL),
    (8, 'R7', 'X00002', 'NEL', 'UZ01Z', 'registered', 'unpriced', NULL),
    (9, 'R8', 'X00001', 'AE', 'VB08Z', 'registered', 'priced', 11000))
    AS r (line, record, practice, pod, hrg, attribution, price_state, pence);
SELECT tests.close_submission(:july_submission, 'RXA');
SELECT tests.add_invoice(:july_invoice, 'RXA', 'A-07', 'reconciliation', '[
  ["R1", "X00001", "DC", 67200], ["R2", "X00001", "DC", 130000], ["R3", "X00002", "EL", 130000], ["R4", "X00002", "NEL", 197900],
  ["R4", "X00002", "NEL", 197900], ["R5", "X00009", "DC", 67200], ["R6", "X00001", "OPFA", 9000], ["R7", "X00002", "NEL", 8000],
  ["R99", "X00001", "DC", 20000], ["R98", "V81997", "DC", 1000]]');
