#!/usr/bin/env node
// The server as the published JavaScript gRPC library sees it. Run by itself it starts a stack: stack.py run node grpc_js_test.js
'use strict';

const { execFileSync, spawn, spawnSync } = require('node:child_process');
const { randomBytes, randomUUID, createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '../..');
if (!process.env.STACK_CONNINFO) {
  const stack = path.join(root, 'tests/support/stack.py');
  process.exit(spawnSync('/usr/bin/python3', [stack, 'run', process.execPath, __filename], { stdio: 'inherit' }).status);
}

const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const loading = { includeDirs: [path.join(root, 'proto')], keepCase: true, longs: String, enums: String, defaults: true };
const definition = loader.loadSync(
  ['budget', 'business_case', 'ledger', 'operation', 'reference', 'upload'].map((name) => `pbc/v1/${name}.proto`),
  loading,
);
const pbc = grpc.loadPackageDefinition(definition).pbc.v1;
const certs = process.env.PBC_CERTS;
const read = (name) => fs.readFileSync(path.join(certs, name));
const credentials = (user) => grpc.credentials.createSsl(read('ca.pem'), read(`${user}.key`), read(`${user}.pem`));
const client = (Service, user) => new Service(process.env.PBC_SERVER, credentials(user));

const psql = ['-X', '-q', '-A', '-t', '-d', process.env.STACK_CONNINFO];
const sql = (text) => execFileSync('psql', [...psql, '-c', text], { encoding: 'utf8' }).trim();

let count = 0;
let failed = 0;
function ok(passed, name, why) {
  count += 1;
  failed += passed ? 0 : 1;
  console.log(`${passed ? 'ok' : 'not ok'} ${count} - ${name}`);
  if (!passed && why !== undefined) console.log(`# ${JSON.stringify(why)}`);
}

const unary = (stub, method, request, options = {}) => new Promise((resolve) => {
  const call = stub[method](request, { deadline: Date.now() + 60000, ...options }, (error, answer) => resolve({ error, answer }));
  if (options.cancelAfter !== undefined) setTimeout(() => call.cancel(), options.cancelAfter);
});

async function calls() {
  const budgets = client(pbc.BudgetService, 'gp-a');
  let { error } = await unary(budgets, 'GetBudget', { practice_code: 'X00001', financial_year: '2017/18' });
  ok(error && error.code === grpc.status.NOT_FOUND, 'a budget that was not issued is not found', error);
  ok(error.metadata.get('grpc-status-details-bin').length === 1, 'with details in the trailers');
  ({ error } = await unary(budgets, 'RunBudget', { request_id: randomUUID(), financial_year: '2017/18' }));
  ok(error && error.code === grpc.status.PERMISSION_DENIED, 'a practice cannot run budgets', error);

  const ledger = client(pbc.LedgerService, 'auditor');
  const { answer } = await unary(ledger, 'VerifyLedger', {});
  ok(answer && answer.ok === true && answer.checks.length > 5, 'the auditor verifies an empty ledger', answer);

  const operations = client(pbc.OperationService, 'finance');
  const many = await Promise.all(Array.from({ length: 1000 }, (_, index) => {
    const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    return unary(operations, 'GetOperation', { operation_id: id }).then((result) => ({ id, ...result }));
  }));
  ok(many.every((result) => result.error && result.error.details.includes(result.id)), 'a thousand calls at once get each its own answer');
}

async function streams() {
  const cases = client(pbc.BusinessCaseService, 'gp-a');
  const large = await unary(cases, 'CreateBusinessCase', {
    request_id: randomUUID(), practice_code: 'X00001', content: { title: 'x'.repeat(5 * 1024 * 1024) },
  });
  ok(large.error && large.error.code === grpc.status.RESOURCE_EXHAUSTED, 'five megabytes in one message are refused', large.error);

  const uploads = client(pbc.UploadService, 'finance');
  const file = randomBytes(3000000);
  const result = await new Promise((resolve) => {
    const call = uploads.UploadFile((error, answer) => resolve({ error, answer }));
    const upload_id = randomUUID();
    const size = 262144;
    for (let offset = 0; offset < file.length; offset += size) {
      const complete = offset + size >= file.length;
      call.write({
        upload_id, file_name: 'random.bin', offset: String(offset), data: file.subarray(offset, offset + size), complete,
        sha256: complete ? createHash('sha256').update(file).digest('hex') : '',
      });
    }
    call.end();
  });
  ok(result.answer && result.answer.upload.received_bytes === '3000000', 'a client stream uploads a file', result.error);
}

// The status that a stream of answers ends with.
const end = (call, onData = () => {}) => new Promise((resolve) => {
  call.on('data', onData).on('error', () => {}).on('status', resolve);
});

async function watches() {
  const operations = client(pbc.OperationService, 'finance');
  const watch = (operation_id) => operations.WatchOperation({ operation_id }, { deadline: Date.now() + 60000 });
  const absent = await end(watch(randomUUID()));
  ok(absent.code === grpc.status.NOT_FOUND, 'a watch of what is not there ends with its status', absent);

  const operation_id = randomUUID();
  sql(`INSERT INTO job.operation (commissioner_code, operation_id, kind, state, params, organisation_code, user_id, created_at)
    VALUES ('5XZ', '${operation_id}', 'import_tariff', 'queued', '{}', '5XZ', 'finance', now())`);
  // Each state is changed when it has arrived, so that none can be passed over.
  const next = {
    OPERATION_STATE_QUEUED: "state = 'running', worker = 'test', attempt = 1, lease_until = now(), started_at = now(), progress_done = 40",
    OPERATION_STATE_RUNNING: "state = 'succeeded', ended_at = now(), result_id = 'made'",
  };
  const seen = [];
  const status = await end(watch(operation_id), ({ operation }) => {
    seen.push([operation.state, operation.progress_done, operation.result_id].join(' ').trim());
    if (next[operation.state]) sql(`UPDATE job.operation SET ${next[operation.state]} WHERE operation_id = '${operation_id}'; NOTIFY pbc, 'operation'`);
  });
  const want = ['OPERATION_STATE_QUEUED 0', 'OPERATION_STATE_RUNNING 40', 'OPERATION_STATE_SUCCEEDED 40 made'];
  ok(JSON.stringify(seen) === JSON.stringify(want), 'a watch tells each state of an operation', seen);
  ok(status.code === grpc.status.OK, 'and ends well with it', status);
}

async function reflection() {
  const { v1 } = grpc.loadPackageDefinition(loader.loadSync('grpc/reflection/v1/reflection.proto', loading)).grpc.reflection;
  const call = client(v1.ServerReflection, 'gp-a').ServerReflectionInfo({ deadline: Date.now() + 60000 });
  const answers = [];
  const done = end(call, (answer) => answers.push(answer));
  call.write({ list_services: '*' });
  call.write({ file_containing_symbol: 'pbc.v1.BudgetService' });
  call.end();
  const status = await done;
  const [services, file] = answers;
  const names = services?.list_services_response?.service.map(({ name }) => name) ?? [];
  ok(status.code === grpc.status.OK && Object.keys(pbc).filter((name) => pbc[name].service).every((name) => names.includes(`pbc.v1.${name}`)),
    'reflection lists the services', { status, names });
  const described = file?.file_descriptor_response?.file_descriptor_proto ?? [];
  ok(described.some((bytes) => bytes.includes('BudgetService') && bytes.includes('GetBudget')), 'and has the file of one', file);
}

async function interruptions() {
  const cases = client(pbc.BusinessCaseService, 'gp-a');
  const created = await unary(cases, 'CreateBusinessCase', { request_id: randomUUID(), practice_code: 'X00001', content: { title: 'Held' } });
  ok(created.answer, 'a case is created', created.error);
  const { case_id, etag } = created.answer.business_case;
  const holder = spawn('psql', psql, { stdio: ['pipe', 'pipe', 'inherit'] });
  const held = new Promise((resolve) => holder.stdout.once('data', resolve));
  holder.stdin.write(`BEGIN; SELECT 1 FROM ledger.business_case WHERE case_id = '${case_id}' FOR UPDATE;\n`);
  await held;
  const change = () => ({ request_id: randomUUID(), case_id, etag, content: { title: 'Changed' } });
  const late = await unary(cases, 'UpdateBusinessCase', change(), { deadline: Date.now() + 400 });
  ok(late.error && late.error.code === grpc.status.DEADLINE_EXCEEDED, 'a deadline ends a call that waits', late.error);
  const cancelled = await unary(cases, 'UpdateBusinessCase', change(), { cancelAfter: 300 });
  ok(cancelled.error && cancelled.error.code === grpc.status.CANCELLED, 'a cancelled call is cancelled', cancelled.error);
  let waiting = '?';
  // A write waits for a lock for longer than these two seconds.
  for (let tries = 0; tries < 20 && waiting !== '0'; tries += 1) {
    waiting = sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'pbc_api' AND wait_event_type = 'Lock'");
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  ok(waiting === '0', 'and their SQL has stopped', waiting);
  holder.stdin.end('ROLLBACK;\n');
  await new Promise((resolve) => { holder.on('close', resolve); });
}

async function certificates() {
  for (const name of ['expired', 'foreign', 'wrongeku']) {
    const stub = client(pbc.LedgerService, name);
    const { error } = await unary(stub, 'VerifyLedger', {});
    ok(error && error.code === grpc.status.UNAVAILABLE, `a certificate that is ${name} is refused at the handshake`, error);
    stub.close();
  }
}

(async () => {
  sql("INSERT INTO ledger.practice VALUES ('5XZ', 'X00001', 'The Example Surgery')");
  for (const part of [calls, streams, watches, reflection, interruptions, certificates]) {
    try {
      await part();
    } catch (error) {
      ok(false, `${part.name} runs to its end`, String(error.stack));
    }
  }
  console.log(`1..${count}`);
  process.exit(failed ? 1 : 0);
})();
