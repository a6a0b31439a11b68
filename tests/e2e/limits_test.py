#!/usr/bin/python3
"""What one client may take from the others: connections of an address, calls of a user or of an address without a certificate; what happens
when descriptors run out; and what a reload says of settings."""

import os
import resource
import signal
import socket
import ssl
import subprocess
import struct
import sys
import time
import urllib.request
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import grpc
import transport
from stack import Stack
from tap import Tap

ADDRESS_LIMIT, USER_LIMIT = 6, 3
CONNECTIONS_LIMIT = 16
WRITE_CONNECTIONS = 4
BUDGET = {"practice_code": "X00001", "financial_year": "2017/18"}

tap = Tap()


def metric(stack, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.admin}/metrics", timeout=5) as answer:
        return next(int(line.split()[1]) for line in answer.read().decode().splitlines() if line.startswith(name + " "))


def code_of(stack, user):
    return stack.refusal(user, "BudgetService.GetBudget", **BUDGET)[::2]


def calls_of_a_user(stack):
    watches = [stack.stub("finance", "SettlementService.WatchStatements")(
        stack.request("SettlementService.WatchStatements"), timeout=30) for _ in range(USER_LIMIT)]
    transport.until(lambda: metric(stack, "pbc_calls_in_flight") >= USER_LIMIT)
    tap.is_(code_of(stack, "finance"), ("RESOURCE_EXHAUSTED", "TOO_MANY_CALLS"), "one call more than a user may have is refused")
    tap.is_(code_of(stack, "approver"), ("NOT_FOUND", "BUDGET_NOT_FOUND"), "another user is served")
    watches[0].cancel()
    tap.ok(transport.until(lambda: code_of(stack, "finance")[0] == "NOT_FOUND"), "and so is the first, once a call has ended")
    for watch in watches:
        watch.cancel()


def calls_without_a_certificate(stack):
    kind = stack.message("grpc.health.v1.HealthCheckRequest")
    watch = stack.channel("").unary_stream("/grpc.health.v1.Health/Watch", request_serializer=kind.SerializeToString,
                                           response_deserializer=lambda bytes: bytes)
    watches = [watch(kind()) for _ in range(USER_LIMIT)]
    tap.is_({next(one) for one in watches}, {b"\x08\x01"}, "who has no certificate may watch the server's health")
    try:
        next(watch(kind()))
        tap.ok(False, "one watch more than an address may have is refused")
    except grpc.RpcError as error:
        tap.is_((error.code().name, stack.reason(error)), ("RESOURCE_EXHAUSTED", "TOO_MANY_CALLS"),
                "one watch more than an address may have is refused")
    tap.is_(code_of(stack, "finance")[0], "NOT_FOUND", "and people are served")
    for one in watches:
        one.cancel()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def without_descriptors(stack):
    """Both ports have somebody waiting who cannot be taken in."""
    connections, pid = metric(stack, "pbc_connections"), stack.programs["pbcd"].pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")), before[1]))
    logged, used = len(stack.log("pbcd")), cpu_seconds(pid)
    crowd = [socket.create_connection(("127.0.0.1", port), 5) for port in (stack.port, stack.admin)]
    time.sleep(2)
    used, logged = cpu_seconds(pid) - used, len(stack.log("pbcd")) - logged
    tap.ok(used < 0.5, "a server without descriptors does not spin", f"{used} s of 2")
    tap.ok(logged < 5000, "nor fill its log", stack.log("pbcd")[-1000:])
    tap.is_(code_of(stack, "finance")[0], "NOT_FOUND", "and serves who is connected")
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    for sock in crowd:
        sock.close()
    tap.ok(transport.until(lambda: metric(stack, "pbc_connections") == connections), "with descriptors again it goes on")


def without_any_descriptor(stack):
    """Three are open, and one more is not enough for an event loop."""
    done = subprocess.run(["prlimit", "--nofile=4", *stack.server_command()], capture_output=True, text=True, timeout=20)
    tap.ok(done.returncode == 1 and "level=error program=pbcd event=libevent" in done.stderr and "Too many open files" in done.stderr,
           "a server that cannot have a loop ends, and says why as it says all else", done.stderr[-1000:])


def connections_of_an_address(stack):
    before = metric(stack, "pbc_connections")
    crowd = [socket.create_connection(("127.0.0.1", stack.port), 5) for _ in range(ADDRESS_LIMIT)]
    transport.until(lambda: metric(stack, "pbc_connections_refused_total") == before)
    tap.is_((metric(stack, "pbc_connections"), metric(stack, "pbc_connections_refused_total")), (ADDRESS_LIMIT, before),
            "an address has as many connections as it may, and those too many are counted")
    tap.is_(code_of(stack, "finance")[0], "NOT_FOUND", "who has shown a certificate goes on")
    tap.is_(code_of(stack, "gp-a")[0], "NOT_FOUND", "and who comes with one finds room among silent ones of the same address")
    for sock in crowd:
        sock.close()
    there = len([user for user in stack.channels if user])
    transport.until(lambda: metric(stack, "pbc_connections") == there)
    context = transport.tls_context(stack.certs, "finance")
    known = [context.wrap_socket(socket.create_connection(("127.0.0.1", stack.port), 5), server_hostname="localhost")
             for _ in range(ADDRESS_LIMIT - there)]
    transport.until(lambda: metric(stack, "pbc_connections") == ADDRESS_LIMIT)
    refused = metric(stack, "pbc_connections_refused_total")
    one_more = socket.create_connection(("127.0.0.1", stack.port), 5)
    one_more.settimeout(5)
    tap.is_(one_more.recv(1), b"", "where all have shown one, one connection more is closed at once")
    tap.is_(metric(stack, "pbc_connections_refused_total"), refused + 1, "and counted")
    for sock in (one_more, *known):
        sock.close()
    tap.ok(transport.until(lambda: metric(stack, "pbc_connections") == there), "and when they have left there is room again")


def strangers_make_room(stack):
    """As many connections as the server takes, from addresses enough: half of them silent, half with TLS and no certificate."""
    watch = stack.stub("finance", "SettlementService.WatchStatements")(stack.request("SettlementService.WatchStatements"), timeout=30)
    transport.until(lambda: metric(stack, "pbc_calls_in_flight") > 0)
    refused, known = metric(stack, "pbc_connections_refused_total"), metric(stack, "pbc_connections")
    context, crowd = transport.tls_context(stack.certs), []
    for i in range(CONNECTIONS_LIMIT):
        sock = socket.create_connection(("127.0.0.1", stack.port), 5, source_address=(f"127.0.0.{2 + i % 4}", 0))
        crowd.append(sock if i % 2 else context.wrap_socket(sock, server_hostname="localhost"))
    tap.ok(transport.until(lambda: metric(stack, "pbc_connections_refused_total") == refused + known), "at the limit, strangers make room for strangers",
           f"{known} known, refused {refused} and then {metric(stack, 'pbc_connections_refused_total')}")
    tap.is_(metric(stack, "pbc_connections"), CONNECTIONS_LIMIT, "so that there are as many as may be")
    tap.is_(code_of(stack, "board")[0], "NOT_FOUND", "whoever comes with a certificate is served")
    tap.ok(watch.is_active(), "and who was there stays")
    watch.cancel()
    for sock in crowd:
        sock.close()
    transport.until(lambda: metric(stack, "pbc_connections") == known + 1)


def break_off(stack, how):
    """A connection that its client resets before, in or after the handshake, or with a request that it does not end."""
    sock = socket.create_connection(("127.0.0.1", stack.port), 5)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    context = transport.tls_context(stack.certs, "finance")
    if how == "in the handshake":
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
        except ssl.SSLWantReadError:
            sock.sendall(outgoing.read()[:100])
    elif how != "before the handshake":
        sock = context.wrap_socket(sock, server_hostname="localhost")
        if how == "in a call":
            encoder = transport.hpack.Encoder()
            headers = encoder.encode([(":method", "POST"), (":scheme", "https"), (":authority", "localhost"),
                                      (":path", "/pbc.v1.SettlementService/WatchStatements"), ("content-type", "application/grpc")])
            sock.sendall(transport.PREFACE + transport.hf.SettingsFrame(0).serialize() +
                         transport.hf.HeadersFrame(1, data=headers, flags=["END_HEADERS"]).serialize() +
                         transport.hf.DataFrame(1, data=bytes(5), flags=["END_STREAM"]).serialize())
            transport.until(lambda: metric(stack, "pbc_calls_in_flight") > 0)
    sock.close()


def counts_are_given_back(stack):
    """More of each kind of end than either limit; what had leaked would keep the last ones out."""
    before = metric(stack, "pbc_connections")
    for how in ("before the handshake", "in the handshake", "after the handshake", "in a call"):
        for _ in range(ADDRESS_LIMIT + 1):
            break_off(stack, how)
            transport.until(lambda: metric(stack, "pbc_connections") == before)
        tap.is_((metric(stack, "pbc_connections"), metric(stack, "pbc_calls_in_flight")), (before, 0), f"nothing is left of those broken off {how}")
    # A user's count is given back when the SQL of a call has ended.
    transport.until(lambda: metric(stack, "pbc_db_in_flight") == 0)
    calls_of_a_user(stack)


def waits_for_a_month(stack):
    """A job process holds a month for as long as its file takes; as many calls want it as there are connections for writes."""
    stack.sql("SELECT set_config('pbc.commissioner', '5XZ', false); INSERT INTO ledger.provider VALUES ('5XZ', 'RXA', 'Trust A', true);"
              " INSERT INTO ledger.practice VALUES ('5XZ', 'X00001', 'One');"
              " INSERT INTO ledger.provider_month VALUES ('5XZ', 'RXA', '2017-07-01', 'open', NULL, now())")
    job = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-d", stack.conninfo], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    job.stdin.write("BEGIN; SELECT 'held' FROM ledger.provider_month FOR UPDATE;\n")
    job.stdin.flush()
    assert job.stdout.readline() == "held\n"
    name = "ActivityService.RequestReopenMonth"
    calls = [stack.stub(user, name).future(stack.request(name, request_id=str(uuid.uuid4()), provider_code="RXA", period="2017-07", reason="x"),
                                           timeout=40) for user in ("finance", "approver") for _ in range(WRITE_CONNECTIONS // 2)]
    transport.until(lambda: stack.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == str(WRITE_CONNECTIONS))
    begun = time.monotonic()
    stack.call("gp-a", "BusinessCaseService.CreateBusinessCase", timeout=40, request_id=str(uuid.uuid4()), content={"title": "Mine"})
    tap.ok(time.monotonic() - begun < 10, "who waits for a month that is being filled keeps others waiting for moments", time.monotonic() - begun)
    tap.is_({call.exception().code().name for call in calls}, {"ABORTED"}, "and is told to come again")
    job.communicate("COMMIT;\n")
    tap.is_(stack.refusal("finance", name, request_id=str(uuid.uuid4()), provider_code="RXA", period="2017-07", reason="x")[2], "MONTH_NOT_FROZEN",
            "once it has ended")


def reload_names_settings(stack, path):
    with open(path, "w", encoding="ascii") as file:
        file.write('queue_limit = 41\nlog_level = "debug"\n')
    stack.programs["pbcd"].send_signal(signal.SIGHUP)
    tap.ok(transport.until(lambda: "event=reloaded" in stack.log("pbcd")), "a reload is logged")
    tap.ok("event=restart_needed settings=queue-limit" in stack.log("pbcd"), "and names what needs a restart, not what was taken",
           stack.log("pbcd")[-1000:])


def main():
    path = os.path.join(transport.make_certificates(), "pbcd.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write("queue_limit = 40\n")
    with Stack(settings=["-c", path, "--address-connections-limit", str(ADDRESS_LIMIT), "--connections-limit",
                         str(CONNECTIONS_LIMIT), "--user-calls-limit", str(USER_LIMIT)]) as stack:
        calls_of_a_user(stack)
        calls_without_a_certificate(stack)
        without_descriptors(stack)
        without_any_descriptor(stack)
        connections_of_an_address(stack)
        strangers_make_room(stack)
        counts_are_given_back(stack)
        waits_for_a_month(stack)
        reload_names_settings(stack, path)
        tap.is_(stack.stop("pbcd"), 0, "SIGTERM ends the server in order")
    tap.done()


if __name__ == "__main__":
    main()
