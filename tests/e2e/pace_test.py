#!/usr/bin/python3
"""pbcd between clients and a database of another pace: who sends or reads faster than the other side is held back, at no cost of memory;
what does not fit the queue is told so at once; what nobody waits for any more stops; a drain lets calls in progress end."""

import hashlib
import os
import signal
import subprocess
import sys
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import hyperframe.frame as hf
import transport
from stack import Stack
from tap import Tap

CHUNK, CHUNKS = 256 * 1024, 160  # 40 MiB
STATEMENTS, LINES, PAGE = 4000, 60, 20
QUEUE = 10
CASE = "c0000000-0000-4000-8000-000000000001"
CONTENT = {"title": "Changed"}
SOON_S = 2  # a lock is waited for longer

# A sanitizer that kept what is freed would be taken for a server that does.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
tap = Tap()

FIXTURE = f"""
SET session_replication_role = replica; -- statements without their settlements
SELECT set_config('pbc.commissioner', '5XZ', false);
INSERT INTO ledger.practice VALUES ('5XZ', 'X00001', 'The Example Surgery');
INSERT INTO ledger.business_case (commissioner_code, case_id, reference, practice_code, state, version, content,
  created_by_organisation, created_by, created_at)
VALUES ('5XZ', '{CASE}', 'BC/2017/0001', 'X00001', 'draft', 1, '{{"title": "Held"}}', 'X00001', 'gp-a', now());
INSERT INTO ledger.statement
SELECT '5XZ', md5('s' || n)::uuid, n, 'ST/' || n, gen_random_uuid(), 'X00001', 'RXA', 'N-' || n, '2017-07-01', now(), 0, 0, 0
  FROM generate_series(1, {STATEMENTS}) n;
INSERT INTO ledger.statement_line
SELECT '5XZ', md5('s' || n)::uuid, line, 'X00001', 'DC', 1, 0, 0, 0
  FROM generate_series(1, {STATEMENTS}) n, generate_series(1, {LINES}) line;
"""


class Held:
    """Another session of the database that holds a lock for as long as the block runs."""

    def __init__(self, stack, statement):
        self.stack, self.statement = stack, statement

    def __enter__(self):
        self.session = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-d", self.stack.conninfo], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.session.stdin.write(f"BEGIN; {self.statement};\n\\echo held\n")
        self.session.stdin.flush()
        while self.session.stdout.readline() != "held\n":
            pass
        return self

    def release(self):
        if self.session.returncode is None:
            self.session.communicate("ROLLBACK;\n")

    def __exit__(self, *_):
        self.release()


HOLD_CASE = f"SELECT 1 FROM ledger.business_case WHERE case_id = '{CASE}' FOR UPDATE"


def rss_kib(stack):
    with open(f"/proc/{stack.programs['pbcd'].pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def waiting(stack):
    """Statements of the server that wait for a lock."""
    return int(stack.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'pbc_api' AND wait_event_type = 'Lock'"))


def update(stack, timeout=30):
    request = stack.request("BusinessCaseService.UpdateBusinessCase", request_id=str(uuid.uuid4()), case_id=CASE, etag="1", content=CONTENT)
    return stack.stub("gp-a", "BusinessCaseService.UpdateBusinessCase").future(request, timeout=timeout)


def read(stack, timeout):
    request = stack.request("BusinessCaseService.GetBusinessCase", case_id=CASE)
    return stack.stub("gp-a", "BusinessCaseService.GetBusinessCase").future(request, timeout=timeout)


def waiting_call(stack, make, timeout):
    """A call that waits for its lock. One whose time a busy machine lets pass before is made again."""
    for _ in range(10):
        call = make(stack, timeout)
        if transport.until(lambda: waiting(stack) == 1 or call.done()) and not call.done():
            return call
    raise TimeoutError("no call waits for its lock")


def slow_database(stack):
    """An upload while the database takes nothing: the sender stops, the server holds a few messages of it."""
    upload_id, digest, sent = str(uuid.uuid4()), hashlib.sha256(), []
    data = os.urandom(CHUNK)
    for _ in range(CHUNKS):
        digest.update(data)

    def messages():
        for index in range(CHUNKS):
            sent.append(index)
            yield stack.request("UploadService.UploadFile", upload_id=upload_id, file_name="big.bin", offset=index * CHUNK, data=data,
                                complete=index == CHUNKS - 1, sha256=digest.hexdigest() if index == CHUNKS - 1 else "")

    before = rss_kib(stack)
    with Held(stack, "LOCK TABLE patient.upload_chunk IN EXCLUSIVE MODE"):
        call = stack.stub("finance", "UploadService.UploadFile").future(messages(), timeout=60)
        transport.until(lambda: waiting(stack) == 1)
        time.sleep(1.5)
        tap.ok(len(sent) < 16, "a sender is held back while the database is slow", f"{len(sent)} messages of {CHUNKS} were taken")
        grown = rss_kib(stack) - before
        tap.ok(grown < 8 * 1024, "which costs the server no more than windows", f"{grown} KiB")
    tap.is_((call.result().upload.received_bytes, call.result().upload.complete), (CHUNK * CHUNKS, True), "then all of it arrives")


def fetches(stack):
    return int(stack.sql("SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions WHERE funcname = 'watch_statements'"))


def slow_reader(stack):
    """A watch whose client reads one message and pauses: the database is not asked for what nobody takes, so nothing piles up."""
    # Windows of the protocol's default size, not grown by a client that reads ahead.
    channel = stack.channel("gp-a", options=(("grpc.http2.bdp_probe", 0), ("grpc.use_local_subchannel_pool", 1)))
    stream = stack.stub("gp-a", "SettlementService.WatchStatements", channel)(
        stack.request("SettlementService.WatchStatements", since_time="2017-01-01T00:00:00Z"), timeout=120)
    seen = [next(stream).statement.reference]
    time.sleep(2.5)
    tap.ok(0 < fetches(stack) < 15, "the database is not read ahead of a slow reader",
           f"{fetches(stack)} fetches of {STATEMENTS // PAGE}")
    for message in stream:
        seen.append(message.statement.reference)
        if len(seen) == STATEMENTS:
            break
    tap.is_(seen, [f"ST/{n}" for n in range(1, STATEMENTS + 1)], "when it reads on every statement comes, once, in order")
    stream.cancel()
    channel.close()


def full_queue(stack):
    """One connection for writes, which waits; QUEUE calls wait for it; the next are told at once, and reads go on."""
    with Held(stack, HOLD_CASE):
        first = update(stack)
        transport.until(lambda: waiting(stack) == 1)
        others = [update(stack) for _ in range(QUEUE + 5)]
        told = transport.until(lambda: sum(call.done() for call in others) == 5)
        codes = {(call.exception().code().name, stack.reason(call.exception())) for call in others if call.done()}
        tap.ok(told and not first.done(), f"of {QUEUE + 5} calls behind a slow one {QUEUE} wait and 5 are told while it waits itself",
               [call.done() for call in others])
        tap.is_(codes, {("RESOURCE_EXHAUSTED", "QUEUE_FULL")}, "that there is no room for them")
        tap.is_(stack.call("gp-a", "BusinessCaseService.GetBusinessCase", case_id=CASE).business_case.content.title, "Held",
                "while reads, which have connections of their own, are answered")
        for call in (first, *others):
            call.cancel()
        tap.ok(transport.until(lambda: waiting(stack) == 0, SOON_S), "and what nobody waits for leaves queue and database")


def abandoned(stack):
    """
    What a caller gives up, or its deadline, stops in PostgreSQL at once, long before a lock runs out of time; a point read, which
    others share a connection with, when its deadline has passed.
    """
    report = stack.request("LedgerService.VerifyLedger")
    with Held(stack, "LOCK TABLE ledger.transfer IN ACCESS EXCLUSIVE MODE"):
        call = stack.stub("auditor", "LedgerService.VerifyLedger").future(report, timeout=50)
        running = transport.until(lambda: waiting(stack) == 1)
        call.cancel()
        tap.ok(running and transport.until(lambda: waiting(stack) == 0, SOON_S), "a cancelled report stops in the database", waiting(stack))
        for index in range(2):
            call = stack.stub("auditor", "LedgerService.VerifyLedger").future(report, timeout=0.7)
            transport.until(lambda: waiting(stack) == 1)
            code = call.exception().code().name
            tap.ok(code == "DEADLINE_EXCEEDED" and transport.until(lambda: waiting(stack) == 0, SOON_S), "so does one past its deadline", code)
    with Held(stack, "LOCK TABLE ledger.business_case IN ACCESS EXCLUSIVE MODE"):
        for left in (False, True):
            call = waiting_call(stack, read, 0.9)
            if left:
                call.cancel()
            code = "CANCELLED" if call.cancelled() else call.exception().code().name
            tap.ok(code == ("CANCELLED" if left else "DEADLINE_EXCEEDED") and transport.until(lambda: waiting(stack) == 0, SOON_S),
                   f"a point read whose caller {'has left' if left else 'waits'} ends with its deadline", (code, waiting(stack)))
    with Held(stack, HOLD_CASE):
        for timeout in (0.5, 50):
            call = waiting_call(stack, update, timeout)
            if timeout > 1:
                call.cancel()
            code = "CANCELLED" if call.cancelled() else call.exception().code().name
            tap.ok(transport.until(lambda: waiting(stack) == 0, SOON_S),
                   f"and a write: {'cancelled' if timeout > 1 else 'past its deadline'}", code)
    tap.is_(stack.sql(f"SELECT version || (content ->> 'title') FROM ledger.business_case WHERE case_id = '{CASE}'"), "1Held",
            "and has no effect")


def drain(stack):
    """SIGTERM while a write waits in the database: GOAWAY, no new connection, the answer, the end."""
    connection = transport.Connection(stack, client="gp-a")
    body = stack.request("BusinessCaseService.UpdateBusinessCase", request_id=str(uuid.uuid4()), case_id=CASE, etag="1",
                         content=CONTENT).SerializeToString()
    with Held(stack, HOLD_CASE) as held:
        stream = connection.request(path="/pbc.v1.BusinessCaseService/UpdateBusinessCase", method="POST", end=False,
                                    extra=[("content-type", "application/grpc"), ("te", "trailers")])
        connection.send(hf.DataFrame(stream, b"\0" + len(body).to_bytes(4, "big") + body, flags=["END_STREAM"]).serialize())
        transport.until(lambda: waiting(stack) == 1)
        server = stack.programs["pbcd"]
        server.send_signal(signal.SIGTERM)
        tap.ok(connection.wait(hf.GoAwayFrame, seconds=5), "SIGTERM tells clients to go away")
        refused = transport.until(lambda: not reachable(stack), 2)
        tap.ok(refused and server.poll() is None, "takes no new connection, and waits for the call in progress")
        held.release()
        status = None
        for frame in connection.frames(5):
            if isinstance(frame, hf.PingFrame) and "ACK" not in frame.flags:
                connection.send(hf.PingFrame(0, frame.opaque_data, flags=["ACK"]).serialize())
            if isinstance(frame, hf.HeadersFrame) and "grpc-status" in frame.decoded:
                status = frame.decoded["grpc-status"]
    tap.is_((status, connection.closed), ("0", True), "which is answered, then the connection closed")
    tap.is_(server.wait(10), 0, "and the server ends in order")
    tap.is_(stack.sql(f"SELECT version FROM ledger.business_case WHERE case_id = '{CASE}'"), "2", "with the write done")
    del stack.programs["pbcd"]


def reachable(stack):
    try:
        transport.socket.create_connection(("127.0.0.1", stack.port), 1).close()
        return True
    except OSError:
        return False


with Stack(settings=["--write-connections", "1", "--queue-limit", str(QUEUE)], database=["track_functions=pl"]) as the_stack:
    the_stack.sql(FIXTURE)
    for part in (slow_database, slow_reader, full_queue, abandoned, drain):
        tap.attempt(part, the_stack)
    log = the_stack.log("pbcd")
    tap.ok("level=error" not in log, "nothing failed inside", log[-3000:])
tap.done()
