#!/usr/bin/python3
"""The server as the published Python gRPC library sees it: unary, streaming, deadlines, cancellation, limits, refusals, certificates."""

import os
import sys
import threading
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
import grpc
from stack import Stack
from tap import Tap

tap = Tap()
LOCK_WAIT_S = 3  # a write waits so long for a lock: what stops earlier was stopped
LOOK_S = 15  # a watch looks by itself so often: what it tells earlier it was told of

FIXTURE = """
SELECT set_config('pbc.commissioner', '5XZ', false);
INSERT INTO ledger.practice VALUES ('5XZ', 'X00001', 'The Example Surgery'), ('5XZ', 'X00002', 'Another Surgery');
INSERT INTO ledger.provider VALUES ('5XZ', 'RXA', 'Trust A', true);
INSERT INTO ledger.budget_run VALUES ('5XZ', '00000000-0000-4000-8000-000000000001', 2017, 'issued', 'historic', 1, 1200000,
  '5XZ', 'finance', now(), '5XZ', 'approver', now());
INSERT INTO ledger.budget VALUES ('5XZ', '00000000-0000-4000-8000-000000000001', 'X00001', 12, 1200000);
INSERT INTO ledger.budget_line VALUES ('5XZ', '00000000-0000-4000-8000-000000000001', 'X00001', 'DC.RXA', 'DC', 'RXA', 12,
  1200000, array_fill(1::bigint, ARRAY[12]), array_fill(100000::bigint, ARRAY[12]));
"""


def unary(stack):
    budget = stack.call("gp-a", "BudgetService.GetBudget", practice_code="X00001", financial_year="2017/18").budget
    tap.is_(budget.cost_pence, 1200000, "a practice reads its budget")
    tap.is_(list(budget.lines[0].month_cost_pence), [100000] * 12, "with its months")
    tap.is_(budget.practice_name, "The Example Surgery", "and its name")
    another = stack.refusal("gp-b", "BudgetService.GetBudget", practice_code="X00001", financial_year="2017/18")
    none = stack.refusal("gp-b", "BudgetService.GetBudget", practice_code="X99999", financial_year="2017/18")
    tap.is_(another[0], "NOT_FOUND", "another practice's budget is not found")
    tap.is_((another[0], another[1].replace("X00001", ""), another[2]), (none[0], none[1].replace("X99999", ""), none[2]),
            "in the words used for one that does not exist")


def refusals(stack):
    try:
        stack.call("gp-a", "BudgetService.GetBudget", practice_code="nonsense", financial_year="2017/19")
        tap.ok(False, "a bad request is refused")
    except grpc.RpcError as error:
        tap.is_(error.code(), grpc.StatusCode.INVALID_ARGUMENT, "a bad request is refused")
        fields = [violation.field for bad in stack.details(error, "google.rpc.BadRequest")
                  for violation in bad.field_violations]
        tap.is_(sorted(fields), ["financial_year", "practice_code"], "naming every bad field at once")
    tap.is_(stack.refusal("gp-a", "BudgetService.RunBudget", request_id=str(uuid.uuid4()), financial_year="2017/18")[::2],
            ("PERMISSION_DENIED", "ROLE_NEEDED"), "a role that may not")
    tap.is_(stack.refusal("stranger", "BudgetService.GetBudget", practice_code="X00001", financial_year="2017/18")[::2],
            ("UNAUTHENTICATED", "UNKNOWN_PERSON"), "a person nobody registered")
    tap.is_(stack.refusal("", "BudgetService.GetBudget", practice_code="X00001", financial_year="2017/18")[0],
            "UNAUTHENTICATED", "no certificate")
    unknown = stack.channel("gp-a").unary_unary("/pbc.v1.BudgetService/Burn")
    try:
        unknown(b"", timeout=5)
        tap.ok(False, "a method that is not there")
    except grpc.RpcError as error:
        tap.is_(error.code(), grpc.StatusCode.UNIMPLEMENTED, "a method that is not there")
    tap.is_(stack.refusal("finance", "BudgetService.RunBudget", financial_year="2017/18")[0], "INVALID_ARGUMENT",
            "a write without a request id")


def idempotency(stack):
    request = dict(request_id=str(uuid.uuid4()), practice_code="X00001", content=dict(title="Echocardiography near home"))
    first = stack.call("gp-a", "BusinessCaseService.CreateBusinessCase", **request)
    again = stack.call("gp-a", "BusinessCaseService.CreateBusinessCase", **request)
    tap.is_(again, first, "the same request id gives the first answer")
    request["content"] = dict(title="Something else")
    tap.is_(stack.refusal("gp-a", "BusinessCaseService.CreateBusinessCase", **request)[::2],
            ("ALREADY_EXISTS", "REQUEST_ID_REUSED"), "with another body it is refused")
    request = dict(request_id=str(uuid.uuid4()), practice_code="X00001", content=dict(title="At once"))
    answers = [None] * 12
    stub = stack.stub("gp-a", "BusinessCaseService.CreateBusinessCase")

    def create(index):
        answers[index] = stub(stack.request("BusinessCaseService.CreateBusinessCase", **request), timeout=20).business_case.case_id

    threads = [threading.Thread(target=create, args=(index,)) for index in range(len(answers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tap.is_(len(set(answers)), 1, "twelve at once make one case")
    tap.is_(stack.sql("SELECT count(*) FROM ledger.business_case WHERE content ->> 'title' = 'At once'"), "1", "in the ledger too")


def uploads(stack):
    chunks = [os.urandom(200000) for _ in range(20)]
    name = "UploadService.UploadFile"
    upload_id = str(uuid.uuid4())
    import hashlib
    digest = hashlib.sha256(b"".join(chunks)).hexdigest()

    def messages(count):
        offset = 0
        for index, chunk in enumerate(chunks[:count]):
            last = index == len(chunks) - 1
            yield stack.request(name, upload_id=upload_id, file_name="big.bin", offset=offset, data=chunk, complete=last,
                                sha256=digest if last else "")
            offset += len(chunk)

    answer = stack.stub("finance", name)(messages(7), timeout=30)
    tap.is_((answer.upload.received_bytes, answer.upload.complete), (1400000, False), "a client stream that broke off is kept")
    answer = stack.stub("finance", name)(messages(20), timeout=30)
    tap.is_((answer.upload.received_bytes, answer.upload.complete), (4000000, True), "and goes on to the end")
    stored = stack.sql(f"SELECT encode(sha256(string_agg(data, ''::bytea ORDER BY byte_offset)), 'hex') FROM patient.upload_chunk "
                       f"WHERE upload_id = '{upload_id}'")
    tap.is_(stored, digest, "every byte is in the database as sent")
    tap.is_(stack.refusal("hub", "UploadService.GetUpload", upload_id=upload_id)[0], "NOT_FOUND",
            "another organisation does not find it")


def limits(stack):
    try:
        stack.call("gp-a", "BusinessCaseService.CreateBusinessCase", request_id=str(uuid.uuid4()), practice_code="X00001",
                   content=dict(title="x" * 3000000))
        tap.ok(False, "a message over the limit")
    except grpc.RpcError as error:
        tap.is_(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED, "a message over the limit")
    try:
        stack.stub("gp-a", "BusinessCaseService.CreateBusinessCase")(
            stack.request("BusinessCaseService.CreateBusinessCase", request_id=str(uuid.uuid4()), practice_code="X00001",
                          content=dict(title="x" * 10000)), timeout=10, compression=grpc.Compression.Gzip)
        tap.ok(False, "a compressed request")
    except grpc.RpcError as error:
        tap.is_(error.code(), grpc.StatusCode.UNIMPLEMENTED, "a compressed request is refused in the protocol's words")
    raw = stack.channel("gp-a").unary_unary("/pbc.v1.BudgetService/GetBudget")
    for bytes_, why in ((b"\x0a\xff\xff\xff\xff\x0f", "a length past the end"), (b"\x0a\x02\xc3\x28", "bad UTF-8"),
                        (b"\x0a\x01\x00", "a NUL"), (b"\x0b" * 2000, "groups")):
        try:
            raw(bytes_, timeout=5)
            tap.ok(False, why)
        except grpc.RpcError as error:
            tap.is_(error.code(), grpc.StatusCode.INVALID_ARGUMENT, why + " in the wire bytes is refused")


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'pbc_api' AND wait_event_type = 'Lock'"


def deadlines(stack):
    # A row lock that another session holds: the call waits in the database until its deadline.
    import subprocess
    case = stack.call("gp-a", "BusinessCaseService.CreateBusinessCase", request_id=str(uuid.uuid4()), practice_code="X00001",
                      content=dict(title="Held")).business_case
    holder = subprocess.Popen(["psql", "-X", "-q", "-d", stack.conninfo], stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, text=True)
    holder.stdin.write(f"BEGIN; SELECT 1 FROM ledger.business_case WHERE case_id = '{case.case_id}' FOR UPDATE;\n")
    holder.stdin.flush()
    while stack.sql("SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'business_case' "
                    "AND l.mode = 'RowShareLock'") == "0":
        time.sleep(0.05)

    def stops(begun):
        """Whether no call waits in the database any more, before one that began then would end by itself."""
        while stack.sql(WAITING) != "0":
            if time.monotonic() > begun + LOCK_WAIT_S - 0.2:
                return False
            time.sleep(0.02)
        return True

    start = time.monotonic()
    answer = stack.refusal("gp-a", "BusinessCaseService.UpdateBusinessCase", timeout=0.5, request_id=str(uuid.uuid4()),
                           case_id=case.case_id, etag=case.etag, content=dict(title="Changed"))
    tap.is_(answer[0], "DEADLINE_EXCEEDED", "a call past its deadline")
    tap.ok(time.monotonic() - start < LOCK_WAIT_S - 0.2, "is told at once")
    tap.ok(stops(start), "and its SQL is stopped")
    start = time.monotonic()
    future = stack.stub("gp-a", "BusinessCaseService.UpdateBusinessCase").future(
        stack.request("BusinessCaseService.UpdateBusinessCase", request_id=str(uuid.uuid4()), case_id=case.case_id,
                      etag=case.etag, content=dict(title="Cancelled")), timeout=30)
    while stack.sql(WAITING) == "0" and not future.done():
        time.sleep(0.02)
    future.cancel()
    tap.ok(stops(start), "as is that of a call that is cancelled")
    holder.stdin.write("ROLLBACK;\n")
    holder.stdin.close()
    holder.wait()
    kept = stack.call("gp-a", "BusinessCaseService.GetBusinessCase", case_id=case.case_id).business_case.content.title
    tap.is_(kept, "Held", "and nothing of either call was done")


def health(stack):
    check = stack.channel("").unary_unary("/grpc.health.v1.Health/Check",
                                          request_serializer=lambda m: m.SerializeToString(),
                                          response_deserializer=stack.message("grpc.health.v1.HealthCheckResponse").FromString)
    request = stack.message("grpc.health.v1.HealthCheckRequest")
    tap.is_(check(request(), timeout=5).status, 1, "health needs no certificate")
    tap.is_(check(request(service="pbc.v1.BudgetService"), timeout=5).status, 1, "a service is healthy")
    try:
        check(request(service="nobody"), timeout=5)
        tap.ok(False, "health of an unknown service")
    except grpc.RpcError as error:
        tap.is_(error.code(), grpc.StatusCode.NOT_FOUND, "health of an unknown service")


def reflection(stack):
    for version in ("v1", "v1alpha"):
        request = stack.message(f"grpc.reflection.{version}.ServerReflectionRequest")
        info = stack.channel("gp-a").stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=stack.message(f"grpc.reflection.{version}.ServerReflectionResponse").FromString)
        answers = list(info(iter([request(list_services=""), request(file_containing_symbol="pbc.v1.Budget"),
                                  request(file_containing_symbol="no.such.Symbol")]), timeout=5))
        names = [service.name for service in answers[0].list_services_response.service]
        tap.ok("pbc.v1.BudgetService" in names, f"reflection {version} lists services", names)
        tap.ok(len(answers[1].file_descriptor_response.file_descriptor_proto) > 0, f"reflection {version} gives a file")
        tap.is_(answers[2].error_response.error_code, 5, f"reflection {version} does not find what is not there")


def certificates(stack):
    for name in ("expired", "foreign", "wrongeku"):
        credentials = grpc.ssl_channel_credentials(stack.read("ca.pem"), stack.read(name + ".key"), stack.read(name + ".pem"))
        channel = grpc.secure_channel(f"localhost:{stack.port}", credentials)
        call = channel.unary_unary("/grpc.health.v1.Health/Check")
        try:
            call(b"", timeout=5)
            tap.ok(False, f"a certificate that is {name}")
        except grpc.RpcError as error:
            tap.is_(error.code(), grpc.StatusCode.UNAVAILABLE, f"a certificate that is {name} is refused at the handshake")
        channel.close()


def watches(stack):
    operation = stack.sql("SELECT set_config('pbc.commissioner', '5XZ', false);"
                          "INSERT INTO job.operation (commissioner_code, operation_id, kind, state, params, organisation_code, "
                          "user_id, created_at) VALUES ('5XZ', gen_random_uuid(), 'test', 'queued', '{}', '5XZ', 'finance', now()) "
                          "RETURNING operation_id").splitlines()[-1]
    seen = []
    stream = stack.stub("finance", "OperationService.WatchOperation")(
        stack.request("OperationService.WatchOperation", operation_id=operation), timeout=20)
    started = threading.Event()

    def read():
        try:
            for message in stream:
                seen.append((message.operation.state, time.monotonic()))
                started.set()
        except grpc.RpcError as error:
            seen.append((error.code(), time.monotonic()))

    reader = threading.Thread(target=read)
    reader.start()
    tap.ok(started.wait(10), "a watch tells the state at once")
    changed = time.monotonic()
    stack.sql(f"UPDATE job.operation SET state = 'succeeded', ended_at = now() WHERE operation_id = '{operation}'; "
              f"NOTIFY pbc, 'operation'")
    reader.join(20)
    tap.is_([state for state, _ in seen], [1, 3], "then each change, and ends with the operation")
    tap.ok(len(seen) == 2 and seen[1][1] - changed < LOOK_S / 2, "as soon as it is notified", seen)


def privacy(stack):
    log = stack.log("pbcd")
    tap.ok("method=BudgetService.GetBudget" in log, "each call is a line of the log")
    tap.ok("Echocardiography" not in log and "X99999" not in log, "without a field of the request")


with Stack() as stack:
    stack.sql(FIXTURE)
    for part in (unary, refusals, idempotency, uploads, limits, deadlines, health, reflection, certificates, watches, privacy):
        tap.attempt(part, stack)
    tap.is_(stack.stop("pbcd"), 0, "SIGTERM ends the server in order")
tap.done()
