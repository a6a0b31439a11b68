-- Uploads come in order and whole; operations are the caller's organisation's own.
BEGIN;
SELECT plan(26);

SELECT set_config('pbc.commissioner', '5XZ', true), set_config('pbc.organisation', '5XZ', true);
INSERT INTO ledger.commissioner VALUES ('5XZ', 'Aldermoor PCT');
INSERT INTO ledger.app_user VALUES ('5XZ', '5XZ', 'finance', 'Finance', '{pct_finance}', NULL, NULL, true);
INSERT INTO ledger.app_user VALUES ('5XZ', '5XZ', 'keeper', 'Operator', '{operator}', NULL, NULL, true);
INSERT INTO ledger.app_user VALUES ('5XZ', 'QHB', 'hub', 'Hub', '{hub}', NULL, NULL, true);
INSERT INTO ledger.provider VALUES ('5XZ', 'RXA', 'Trust A', true);
CREATE TEMP TABLE made (name text PRIMARY KEY, id uuid);
GRANT ALL ON made TO PUBLIC;

SELECT api.enter('5XZ', 'finance', NULL, '{pct_finance}', 'UploadFile', 0);
\set upload '\'7d8b3a52-11f1-4c9d-9a52-0f4f7a1b2c3d\''
SELECT is(api.upload_file(:upload, 'july.csv', 0, 'record', false, NULL) #>> '{upload,received_bytes}', '6', 'the first bytes');
SELECT is(api.upload_file(:upload, 'july.csv', 0, 'record', false, NULL) #>> '{upload,received_bytes}', '6',
  'the same bytes again change nothing');
SELECT throws_ok(format('SELECT api.upload_file(%L, %L, 0, %L, false, NULL)', gen_random_uuid(), '943 476 5919.csv', 'record'), 'ZC400',
  'file_name holds what looks like an NHS number', 'the name of a file names no patient');
SELECT is((SELECT count(*) FROM job.upload), 1::bigint, 'and no such upload is begun');
SELECT throws_ok(format('SELECT api.upload_file(%L, %L, 0, %L, false, NULL)', :upload, 'july.csv', 'RECORD'), 'ZC409',
  'other bytes were sent at 0 before', 'other bytes at the same place are refused');
SELECT throws_ok(format('SELECT api.upload_file(%L, %L, 9, %L, false, NULL)', :upload, 'july.csv', 'x'), 'ZC412',
  'byte 9 was sent but the next is 6', 'a gap is refused and names the next byte');
SELECT throws_ok(format('SELECT api.upload_file(%L, %L, 6, %L, true, %L)', :upload, 'july.csv', '_id', 'short'), 'ZC400',
  NULL, 'a SHA-256 has 64 digits');
SELECT throws_ok(format('SELECT api.import_activity(%L, %L, %L, %L, false, NULL, NULL, NULL)', :upload, 'RXA', '2007-07', 'flex'), 'ZC412',
  format('upload %s has 6 bytes and is not complete', :upload), 'an unfinished upload cannot be imported');
SELECT is(api.upload_file(:upload, 'july.csv', 6, '_id', true, repeat('0a', 32)) #>> '{upload,complete}', 'true', 'the end');
SELECT throws_ok(format('SELECT api.upload_file(%L, %L, 9, %L, false, NULL)', :upload, 'july.csv', 'x'), 'ZC412',
  'this upload is complete', 'nothing follows the end');
SELECT is(api.get_upload(:upload) #>> '{upload,received_bytes}', '9', 'get_upload says how far it is');
SELECT is((SELECT string_agg(convert_from(data, 'UTF8'), '' ORDER BY byte_offset) FROM patient.upload_chunk
            WHERE upload_id = :upload), 'record_id', 'the bytes are kept as sent');

SELECT throws_ok(format('SELECT api.import_activity(%L, %L, %L, %L, false, NULL, NULL, NULL)', gen_random_uuid(), 'RXA', '2007-07', 'flex'), 'ZC404',
  NULL, 'an upload that is not there');
SELECT throws_ok(format('SELECT api.import_activity(%L, %L, %L, %L, false, NULL, NULL, NULL)', :upload, 'RXZ', '2007-07', 'flex'), 'ZC404',
  'no provider RXZ', 'a provider that is not there');
SELECT throws_ok(format('SELECT api.import_activity(%L, %L, %L, NULL, false, NULL, NULL, NULL)', :upload, 'RXA', '2007-07'), 'ZC400',
  'a submission is flex, freeze or adjustment', 'a phase is needed');
SELECT throws_ok(format('SELECT api.import_activity(%L, %L, %L, %L, false, NULL, NULL, NULL)', :upload, 'RXA',
  to_char(ledger.today() + interval '1 month', 'YYYY-MM'), 'adjustment'), 'ZC400', NULL, 'a month that has not begun');
INSERT INTO made SELECT 'import', (api.import_activity(:upload, 'RXA', '2007-07', 'flex', false, 3, 0, NULL) #>> '{operation,operation_id}')::uuid;
SELECT is(api.get_operation(id) #>> '{operation,state}', 'queued', 'an import is queued') FROM made;
SELECT is((SELECT (params -> 'control_rows')::text || ' ' || (params -> 'control_cost_pence')::text FROM job.operation o
            WHERE o.operation_id = made.id), '3 0', 'with its control totals, of which 0 is one') FROM made;
SELECT is(api.watch_operation(NULL, id) ->> 'done', 'false', 'a watch goes on while it is queued') FROM made;
SELECT is(json_array_length(api.watch_operation(api.watch_operation(NULL, id) ->> 'cursor', id) -> 'messages'), 0,
  'a watch says nothing new twice') FROM made;

SELECT api.enter('QHB', 'hub', NULL, '{hub}', 'GetOperation', 0);
SELECT throws_ok(format('SELECT api.get_operation(%L)', id), 'ZC404', NULL, 'another organisation''s operation is not found') FROM made;
SELECT throws_ok(format('SELECT api.get_upload(%L)', :upload), 'ZC404', NULL, 'nor its upload');

SELECT api.enter('5XZ', 'keeper', NULL, '{operator}', 'CancelOperation', 0);
SELECT is(api.cancel_operation(id) #>> '{operation,state}', 'cancelled', 'the operator cancels a queued operation') FROM made;
SELECT throws_ok(format('SELECT api.cancel_operation(%L)', id), 'ZC412', 'the operation has ended: it is cancelled', 'once') FROM made;
SELECT is(api.watch_operation(NULL, id) ->> 'done', 'true', 'a watch ends with it') FROM made;
SELECT is(json_array_length(api.list_operations(1, NULL, NULL) -> 'operations'), 1, 'and it is listed');

SELECT * FROM finish();
ROLLBACK;
