-- For \ir after july.sql: Trust A's July is frozen as july.sql has it; August is open. Leaves the caller as finance.
UPDATE ledger.submission SET phase = 'freeze' WHERE submission_id = :july_submission;
UPDATE ledger.provider_month SET state = 'frozen', frozen_datasets = '{AE,APC,OP}' WHERE provider_code = 'RXA';
SELECT job.ensure_partition('2017-08-01') \g /dev/null
SELECT tests.act_as('5XZ', 'finance') \g /dev/null

-- Posts in August what an import does: reversals of records, and rows of July. rows: [[record, practice, pod, price], ...]
CREATE FUNCTION tests.adjust(id uuid, taken_back json, put_in json) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO ledger.activity (commissioner_code, period, submission_id, line, record_id, dataset, provider_code, practice_code,
    responsible_code, attribution, sex, age, hrg, activity_date, pod, price_state, total_pence)
  SELECT '5XZ', '2017-08-01', id, r.place + 1, r.item ->> 0, 'APC', 'RXA', r.item ->> 1, '5XZ', 'registered', '1', 50, 'FZ18K', '2017-07-20',
         r.item ->> 2, 'priced', (r.item ->> 3)::bigint
    FROM json_array_elements(put_in) WITH ORDINALITY AS r (item, place);
  SELECT job.take_back('RXA', '2017-08-01', id, 100, taken_back);
  SELECT job.store_rollup('2017-08-01', id);
  SELECT ledger.store_repriced((SELECT s FROM ledger.submission s WHERE s.submission_id = '10000000-0000-4000-8000-000000000001'), id,
    '2017-08-01');
  -- As one that was sent, not made of another.
  UPDATE ledger.submission SET reprice_of_submission_id = NULL, sha256 = sha256(convert_to(id::text, 'UTF8')) WHERE submission_id = id;
$$;
