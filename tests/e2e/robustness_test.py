#!/usr/bin/python3
"""pbcd under attack and in bad weather: mutated requests, unfinished ones, repeats through two workers, signals at bad moments,
few descriptors, sessions of the database killed. It must answer, refuse or heal, and lose no acknowledged write.

ROBUSTNESS_CALLS mutated requests (default 3000) of ROBUSTNESS_SEED; ROBUSTNESS_SOAK calls to look for growth of memory (default none).
"""

import collections
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import grpc
import hyperframe.frame as hf
import transport
from stack import PEOPLE, Stack, free_port
from tap import Tap
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FieldDescriptor as Field

CALLS = int(os.environ.get("ROBUSTNESS_CALLS", "3000"))
SEED = int(os.environ.get("ROBUSTNESS_SEED", "2007"))
SOAK = int(os.environ.get("ROBUSTNESS_SOAK", "0"))
MIB = 1 << 20
HELD_KIB = 64 * 1024  # what one hostile client may cost
BUDGET = {"practice_code": "X00001", "financial_year": "2017/18"}

# A sanitizer that kept what is freed would be taken for a server that does.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"
tap = Tap()
chance = random.Random(SEED)


def rss_kib(stack):
    with open(f"/proc/{stack.programs['pbcd'].pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def code_of(act):
    """The status code's name; RuntimeError texts never pass for one."""
    try:
        act()
        return "OK"
    except grpc.RpcError as error:
        return error.code().name


# Requests that nobody would send

TEXTS = ["X00001", "X99999", "RXA", "5XZ", "2017/18", "2017-07", "2017-02-30", "HN22E", "a'b\"; DROP TABLE x; --", "\u202e", "é" * 60,
         "%s%n", "x" * 3000, "-1", "1e309", "\x01", "null", "{}", ""]
FITTING = {"practice_code": "X00001", "financial_year": "2017/18", "period": "2017-07", "provider_code": "RXA", "_date": "2017-07-31",
           "_time": "2017-07-31T09:30:00Z", "hrg": "HN22E"}
NUMBERS = [0, 1, -1, 200, 10**12, 2**31 - 1, -2**31, 2**63 - 1, -2**63]


def value_of(field):
    if field.type == Field.TYPE_STRING:
        if field.name.endswith("_id") and chance.random() < 0.8:
            return str(uuid.UUID(int=chance.getrandbits(128), version=4))
        fitting = [text for name, text in FITTING.items() if field.name.endswith(name)]
        return fitting[0] if fitting and chance.random() < 0.6 else chance.choice(TEXTS)
    if field.type == Field.TYPE_BYTES:
        return chance.randbytes(chance.choice([0, 1, 30]))
    if field.type == Field.TYPE_BOOL:
        return chance.random() < 0.5
    if field.type == Field.TYPE_ENUM:
        return chance.choice([value.number for value in field.enum_type.values])
    small = field.type in (Field.TYPE_INT32, Field.TYPE_UINT32)
    return chance.choice([number for number in NUMBERS if not small or -2**31 <= number < 2**31])


def fill(message, depth=0):
    for field in message.DESCRIPTOR.fields:
        if chance.random() < 0.15:
            continue
        if field.type == Field.TYPE_MESSAGE:
            if depth == 4:
                continue
            if field.label == Field.LABEL_REPEATED:
                for _ in range(chance.choice([0, 1, 3])):
                    fill(getattr(message, field.name).add(), depth + 1)
            else:
                getattr(message, field.name).SetInParent()
                fill(getattr(message, field.name), depth + 1)
        elif field.label == Field.LABEL_REPEATED:
            getattr(message, field.name).extend(value_of(field) for _ in range(chance.choice([0, 1, 4])))
        else:
            setattr(message, field.name, value_of(field))
    return message


def mutate(data):
    data = bytearray(data)
    for _ in range(chance.choice([0, 0, 0, 1, 1, 2, 4])):
        at = chance.randrange(len(data) + 1)
        kind = chance.random()
        if kind < 0.4 and at < len(data):
            data[at] = chance.getrandbits(8)
        elif kind < 0.6:
            del data[at:at + chance.randrange(5)]
        elif kind < 0.8:
            data[at:at] = chance.randbytes(chance.randrange(6))
        else:
            data += data[at:at + chance.randrange(40)]
    return bytes(data)


def methods_of(stack):
    """(path, input, kind) of every method that proto/ has."""
    kinds = {(False, False): "unary_unary", (False, True): "unary_stream", (True, False): "stream_unary"}
    for name in sorted(os.listdir(os.path.join(transport.ROOT, "proto/pbc/v1"))):
        if not name.endswith(".proto"):
            continue
        file = descriptor_pb2.FileDescriptorProto()
        stack.symbols.pool.FindFileByName("pbc/v1/" + name).CopyToProto(file)
        for service in file.service:
            for method in service.method:
                yield (f"/pbc.v1.{service.name}/{method.name}", stack.message(method.input_type[1:]),
                       kinds[method.client_streaming, method.server_streaming])


def drained(answers):
    try:
        for _ in answers:
            pass
    except grpc.RpcError:
        pass


def mutated_requests(stack):
    methods = list(methods_of(stack))
    told = len(stack.log("pbcd"))
    users = [user for user in PEOPLE if user != "stranger"]
    codes, lock, room = collections.Counter(), threading.Lock(), threading.Semaphore(32)

    def ended(path, call):
        with lock:
            codes[path.rsplit("/", 1)[1], call.code().name] += 1
        room.release()

    for i in range(CALLS):
        path, kind_of_message, kind = chance.choice(methods)
        body = mutate(fill(kind_of_message()).SerializeToString())
        method = getattr(stack.channel(chance.choice(users)), kind)(path)
        timeout = chance.choice([5, 5, 5, 0.3, 0.02, 0.001]) if kind != "unary_stream" else 0.05
        room.acquire()
        if kind == "unary_unary":
            call = method.future(body, timeout=timeout)
        elif kind == "stream_unary":
            call = method.future(iter([body] * chance.choice([1, 2, 3])), timeout=timeout)
        else:
            call = method(body, timeout=timeout)
            threading.Thread(target=drained, args=(call,)).start()
        if kind == "unary_stream":
            if not call.add_callback(lambda path=path, call=call: ended(path, call)):
                ended(path, call)
        else:
            call.add_done_callback(lambda call, path=path: ended(path, call))
        if chance.random() < 0.03:
            call.cancel()
    for _ in range(32):
        room.acquire(timeout=30)
    tap.is_(sum(codes.values()), CALLS, f"{CALLS} mutated requests (seed {SEED}) are all answered")
    bad = {key: count for key, count in codes.items() if key[1] in ("INTERNAL", "UNKNOWN", "DATA_LOSS")}
    tap.is_(bad, {}, "none of them as an error inside the server")
    errors = [line for line in stack.log("pbcd")[told:].splitlines() if "level=error" in line]
    tap.is_(errors, [], "nor does the log tell of one")


# Limits

def message_sizes(stack):
    channel = stack.channel("gp-a")
    name = "/pbc.v1.BudgetService/GetBudget"
    call = channel.unary_unary(name)
    head = stack.request("BudgetService.GetBudget", **BUDGET).SerializeToString()

    def padded(size):
        """The request with an unknown field of bytes, so long in all."""
        length = size - len(head) - 5
        return head + b"\xfa\x01" + bytes([length & 0x7f | 0x80, length >> 7 & 0x7f | 0x80, length >> 14]) + bytes(length)

    assert len(padded(MIB)) == MIB
    tap.is_(code_of(lambda: call(padded(MIB), timeout=10)), "NOT_FOUND", "a message of 1 MiB is read")
    tap.is_(code_of(lambda: call(padded(MIB + 1), timeout=10)), "RESOURCE_EXHAUSTED", "one byte more is refused")


def leave_unfinished(connection, path, streams):
    """A message of a MiB on each stream, of which all but the last byte comes; whether the server took all of it."""
    body = struct.pack(">BI", 0, MIB) + bytes(MIB - 1)
    for _ in range(streams):
        data, stream = connection.headers(path=path, method="POST", end=False, extra=[("content-type", "application/grpc")])
        connection.send(data)
        for at in range(0, len(body), 16384):
            if not connection.send(hf.DataFrame(stream, body[at:at + 16384]).serialize()):
                return
        # What it answers is thrown away, so that it goes on reading.
        for _ in connection.frames(0.001):
            pass


def unfinished_messages(stack):
    for path, client, who in (("/grpc.health.v1.Health/Check", None, "without a certificate"),
                              ("/pbc.v1.BudgetService/GetBudget", "gp-a", "with one")):
        before = rss_kib(stack)
        connections = [transport.Connection(stack, client=client) for _ in range(2)]
        for connection in connections:
            leave_unfinished(connection, path, 60)
        grown = rss_kib(stack) - before
        tap.ok(grown < HELD_KIB * 1.5, f"120 MiB of messages that a client {who} never ends cost little", f"{grown} KiB")
        tap.is_(code_of(lambda: stack.call("gp-b", "BudgetService.GetBudget", practice_code="X00002", financial_year="2017/18")),
                "NOT_FOUND", "and keep nobody's small request out")
        for connection in connections:
            connection.close()


# The database's bad days

def lost_sessions(stack):
    """Every session of pbcd is ended, some many times, under load. A read may be told UNAVAILABLE; nothing else, and soon no more."""
    codes, stop = collections.Counter(), threading.Event()

    def read():
        while not stop.is_set():
            codes[code_of(lambda: stack.call("gp-a", "BudgetService.GetBudget", timeout=10, **BUDGET))] += 1

    readers = [threading.Thread(target=read) for _ in range(6)]
    for reader in readers:
        reader.start()
    for _ in range(8):
        stack.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pbcd%'")
        time.sleep(0.15)
    stop.set()
    for reader in readers:
        reader.join()
    tap.is_(set(codes) - {"NOT_FOUND", "UNAVAILABLE"}, set(), "calls whose session is ended say UNAVAILABLE at worst")
    stack.wait_healthy()
    tap.is_(code_of(lambda: stack.call("gp-a", "BudgetService.GetBudget", **BUDGET)), "NOT_FOUND", "and the server heals")


# Writes that are acknowledged, whatever happens

PRACTICE = """
SELECT set_config('pbc.commissioner', '5XZ', false);
INSERT INTO ledger.practice VALUES ('5XZ', 'X00001', 'The Example Surgery');
"""


def in_letters(request_id):
    return request_id.translate(str.maketrans("0123456789", "ghijklmnop"))


def create_case(stack, channel, request_id, title):
    name = "BusinessCaseService.CreateBusinessCase"
    request = stack.request(name, request_id=request_id, practice_code="X00001", content={"title": title})
    assert not any(digit in title for digit in "0123456789"), "digits of a UUID may look like an NHS number, which is refused"
    return stack.stub("gp-a", name, channel)(request, timeout=20)


def stored(stack, title):
    return int(stack.sql(f"SELECT count(*) FROM ledger.business_case WHERE content ->> 'title' LIKE '{title}%'"))


def repeats(stack):
    """The same request ids at once through many connections, which two workers share."""
    ids = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(10)]
    answers, failures, lock = collections.defaultdict(set), [], threading.Lock()

    def send(number):
        channel = stack.channel("gp-a", options=(("grpc.use_local_subchannel_pool", 1), ("test.channel", number)))
        for request_id in ids:
            try:
                answer = create_case(stack, channel, request_id, "Repeat " + in_letters(request_id)).SerializeToString()
                with lock:
                    answers[request_id].add(answer)
            except grpc.RpcError as error:
                failures.append((error.code().name, error.details()))
        channel.close()

    senders = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    tap.is_(failures, [], "the same request ids at once through two workers: none is refused")
    tap.is_([len(answers[request_id]) for request_id in ids], [1] * 10, "all repeats get the first answer")
    tap.is_(stored(stack, "Repeat "), 10, "and each happens once")


def end_under_load(stack, rounds=3):
    """SIGTERM while writes come in: what was acknowledged is there, once."""
    acknowledged, surprises, lock = set(), collections.Counter(), threading.Lock()

    def send(stop):
        # Own connections, that both workers have some, and no long waits between attempts to connect.
        channel = stack.channel("gp-a", options=(("grpc.use_local_subchannel_pool", 1), ("grpc.max_reconnect_backoff_ms", 100),
                                                 ("grpc.initial_reconnect_backoff_ms", 100)))
        while not stop.is_set():
            request_id = str(uuid.uuid4())
            try:
                create_case(stack, channel, request_id, "Load " + in_letters(request_id))
                with lock:
                    acknowledged.add(in_letters(request_id))
            except grpc.RpcError as error:
                if error.code().name != "UNAVAILABLE":
                    surprises[error.code().name, error.details()] += 1
                time.sleep(0.01)
        channel.close()

    exits = []
    for _ in range(rounds):
        stop = threading.Event()
        senders = [threading.Thread(target=send, args=(stop,)) for _ in range(6)]
        for sender in senders:
            sender.start()
        time.sleep(0.5 + chance.random() / 4)
        exits.append(stack.stop("pbcd"))
        stop.set()
        for sender in senders:
            sender.join()
        stack.start_server()
    tap.is_(exits, [0] * rounds, "SIGTERM under load ends both workers in order")
    tap.is_(dict(surprises), {}, "callers are told UNAVAILABLE at worst")
    kept = set(stack.sql("SELECT substr(content ->> 'title', 6) FROM ledger.business_case WHERE content ->> 'title' LIKE 'Load %'")
               .splitlines())
    tap.ok(acknowledged and acknowledged <= kept, f"{len(acknowledged)} acknowledged writes are all there",
           f"{len(acknowledged - kept)} lost")
    tap.is_(stored(stack, "Load "), len(kept), "once each")


# Signals and descriptors

def ignores(pid, number):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        mask = next(int(line.split()[1], 16) for line in status if line.startswith("SigIgn"))
    return mask >> (number - 1) & 1


def reload_at_start(stack):
    """SIGHUP may come at any moment, also before the server is ready for it."""
    command = [part if part != f"127.0.0.1:{stack.port}" else f"127.0.0.1:{free_port()}" for part in stack.server_command()]
    command[command.index("--admin") + 1] = ""
    ended = []
    for i in range(10):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        # The loader's time is not pbcd's: it has begun when it ignores SIGPIPE.
        while not ignores(process.pid, signal.SIGPIPE):
            time.sleep(0.0005)
        time.sleep(i * 0.002)
        process.send_signal(signal.SIGHUP)
        time.sleep(0.1)
        ended.append(process.poll())
        process.terminate()
        process.wait(20)
    tap.is_(ended, [None] * 10, "SIGHUP during the start ends no server")


def broken_reload(stack):
    """SIGHUP with a certificate that is none: the old one stays, calls go on."""
    path = stack.certs + "/server.pem"
    with open(path, "rb") as file:
        good = file.read()
    codes, stop = collections.Counter(), threading.Event()

    def read():
        while not stop.is_set():
            codes[code_of(lambda: stack.call("gp-a", "BudgetService.GetBudget", timeout=10, **BUDGET))] += 1

    reader = threading.Thread(target=read)
    reader.start()
    def refused(times):
        """A signal that comes before the one before it was answered would be the same signal."""
        stack.programs["pbcd"].send_signal(signal.SIGHUP)
        return transport.until(lambda: stack.log("pbcd").count("reload_refused") >= times)

    told = []
    for content in (b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", good[:-200]):
        with open(path, "wb") as file:
            file.write(content)
        told.append(refused(len(told) + 1))
    os.rename(path, path + ".kept")
    told.append(refused(len(told) + 1))
    connection = transport.Connection(stack, client="gp-a")
    tap.ok(connection.sock.version() == "TLSv1.3", "files that are no certificate leave the old one in place")
    connection.close()
    with open(path, "wb") as file:
        file.write(good)
    os.remove(path + ".kept")
    stop.set()
    reader.join()
    tap.is_(set(codes), {"NOT_FOUND"}, "and calls go on")
    tap.is_(told, [True] * 4, "and the log says so each time")


def few_descriptors():
    with Stack(settings=["--connections-limit", "1000"]) as stack:
        pid = stack.programs["pbcd"].pid
        fds = len(os.listdir(f"/proc/{pid}/fd"))
        subprocess.run(["prlimit", f"--pid={pid}", f"--nofile={fds + 8}"], check=True)
        honest = transport.Connection(stack, client="gp-a")
        crowd = [socket.create_connection(("127.0.0.1", stack.port), 5) for _ in range(40)]
        tap.ok(transport.until(lambda: "accepting_paused" in stack.log("pbcd")), "out of descriptors, accepting pauses")
        stack.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pbcd%'")
        for sock in crowd:
            sock.close()
        stack.wait_healthy()
        tap.is_(code_of(lambda: stack.call("gp-a", "BudgetService.GetBudget", **BUDGET)), "NOT_FOUND",
                "the database lost meanwhile, too: it heals when there are some again")
        honest.close()
        finish(stack)


def soak(stack):
    """RSS after a tenth of the calls, and at the end."""
    marks = []
    for part in range(10):
        threads = [threading.Thread(target=lambda: [code_of(lambda: stack.call("gp-a", "BudgetService.GetBudget", **BUDGET))
                                                    for _ in range(SOAK // 80)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        marks.append(rss_kib(stack))
    tap.ok(marks[-1] - marks[0] < 1024, f"{SOAK} calls do not make the server grow", marks)


def finish(stack):
    tap.is_(stack.stop("pbcd"), 0, "SIGTERM ends the server in order")


def main():
    with Stack() as stack:
        for part in (message_sizes, unfinished_messages, lost_sessions, reload_at_start, broken_reload, mutated_requests):
            part(stack)
        if SOAK:
            soak(stack)
        tap.is_(os.sched_getscheduler(stack.programs["pbcd"].pid), os.SCHED_BATCH, "a server that wakes interrupts no backend")
        finish(stack)
    with Stack(settings=["--workers", "2"]) as stack:
        stack.sql(PRACTICE)
        transport.until(lambda: stack.log("pbcd").count("event=ready") == 2)
        for part in (repeats, end_under_load):
            part(stack)
        finish(stack)
    few_descriptors()
    tap.done()


if __name__ == "__main__":
    main()
