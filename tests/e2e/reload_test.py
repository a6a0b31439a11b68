#!/usr/bin/python3
"""SIGHUP: what pbcd takes while it serves: certificates, revocations, limits and times of its settings file; what a worker started later
has; and that nothing is taken of a file in which something is wrong."""

import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import transport
from stack import BUILD, Stack
from tap import Tap

BUDGET = {"practice_code": "X00001", "financial_year": "2017/18"}
tap = Tap()


class Reloaded(Stack):
    """All settings are in a file, since flags would win."""

    def __enter__(self):
        self.reloads = 0
        return super().__enter__()

    def server_command(self):
        self.file = self.dir + "/pbcd.conf"
        self.values = {"listen": f"127.0.0.1:{self.port}", "admin": f"127.0.0.1:{self.admin}", "certificate": self.certs + "/server.pem",
                       "key": self.certs + "/server.key", "client_ca": self.certs + "/ca.pem", "crl": self.certs + "/crl.pem",
                       "database": self.login("pbc_api"), **dict(self.settings)}
        self.write()
        return [BUILD + "/server/pbcd", "-c", self.file]

    def write(self):
        with open(self.file, "w", encoding="ascii") as file:
            for name, value in self.values.items():
                file.write(f"{name} = " + (f'"{value}"' if isinstance(value, str) else str(value).lower()) + "\n")

    def reload(self, event="reloaded", **changes):
        self.values.update(changes)
        self.write()
        wanted = self.log("pbcd").count(f"event={event}") + self.values.get("workers", 1)
        self.programs["pbcd"].send_signal(signal.SIGHUP)
        tap.ok(transport.until(lambda: self.log("pbcd").count(f"event={event}") >= wanted),
               f"{', '.join(changes) or 'the files'}: {event}", self.log("pbcd")[-500:])

    def make_server_certificate(self, name):
        stem = f"{self.certs}/{name}"
        with open(stem + ".ext", "w", encoding="ascii") as file:
            file.write("extendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost\n")
        subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", stem + ".key", "-out",
                        stem + ".csr", "-subj", f"/CN={name}"], check=True, capture_output=True)
        subprocess.run(["openssl", "x509", "-req", "-in", stem + ".csr", "-CA", self.certs + "/ca.pem", "-CAkey", self.certs + "/ca.key",
                        "-set_serial", "77", "-days", "30", "-extfile", stem + ".ext", "-out", stem + ".pem"], check=True, capture_output=True)


def served_name(stack):
    """CN of the certificate that a new connection is shown."""
    with transport.tls_connect(stack, "gp-a") as sock:
        return dict(pair for part in sock.getpeercert()["subject"] for pair in part)["commonName"]


def served(stack, user="gp-a"):
    return stack.refusal(user, "BudgetService.GetBudget", **BUDGET)[0]


def is_closed(connection):
    list(connection.frames(3))
    return connection.closed


def let_in(stack, user):
    """A refusal of TLS 1.3 comes after the client's handshake."""
    try:
        connection = transport.Connection(stack, client=user)
        frame = connection.wait(transport.hf.SettingsFrame, seconds=5)
        connection.close()
        return frame is not None
    except (OSError, ssl.SSLError):
        return False


def certificates(stack):
    stack.make_server_certificate("renewed")
    old = transport.Connection(stack, client="gp-a")
    stack.reload(certificate=stack.certs + "/renewed.pem", key=stack.certs + "/renewed.key")
    tap.is_(served_name(stack), "renewed", "new connections are shown the certificate of the new path")
    old.request(path="/grpc.health.v1.Health/Check", method="POST", extra=[("content-type", "application/grpc")])
    tap.ok(old.wait(transport.hf.HeadersFrame), "and open ones go on")
    old.close()


def revocations(stack):
    revoked, good = (transport.Connection(stack, client=name) for name in ("revoked", "gp-a"))
    for connection in (revoked, good):
        connection.wait(transport.hf.SettingsFrame)
    stack.reload(crl=stack.certs + "/crl-revoked.pem")
    tap.ok(is_closed(revoked), "the connection of who is revoked is closed")
    tap.ok(not let_in(stack, "revoked"), "who does not come in again")
    good.request(path="/grpc.health.v1.Health/Check", method="POST", extra=[("content-type", "application/grpc")])
    tap.ok(good.wait(transport.hf.HeadersFrame), "and others stay")
    good.close()


def limits(stack):
    watches = [stack.stub("finance", "SettlementService.WatchStatements")(
        stack.request("SettlementService.WatchStatements"), timeout=30) for _ in range(3)]
    transport.until(lambda: metric(stack, "pbc_calls_in_flight") >= 3)
    tap.is_(served(stack, "finance"), "NOT_FOUND", "a user may have a fourth call")
    stack.reload(user_calls_limit=3)
    tap.is_(served(stack, "finance"), "RESOURCE_EXHAUSTED", "then no longer")
    tap.is_(served(stack, "approver"), "NOT_FOUND", "while another may")
    stack.reload(user_calls_limit=100, calls_limit=3)
    tap.is_(served(stack, "approver"), "RESOURCE_EXHAUSTED", "nor may another, when all have their limit")
    for watch in watches:
        watch.cancel()
    stack.reload(calls_limit=100)


def metric(stack, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.admin}/metrics", timeout=5) as answer:
        return next(int(line.split()[1]) for line in answer.read().decode().splitlines() if line.startswith(name + " "))


def times(stack):
    stack.reload(deadline_max=1)
    with subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-d", stack.conninfo], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        holder.stdin.write("BEGIN; LOCK TABLE ledger.transfer IN ACCESS EXCLUSIVE MODE;\n\\echo held\n")
        holder.stdin.flush()
        holder.stdout.readline()
        begun = time.monotonic()
        code = stack.refusal("auditor", "LedgerService.VerifyLedger", timeout=30)[0]
        tap.ok(code == "DEADLINE_EXCEEDED" and time.monotonic() - begun < 5, "a call has no more time than the settings say now",
               (code, time.monotonic() - begun))
        holder.communicate("ROLLBACK;\n")


def connections(stack):
    nameless = transport.Connection(stack)
    nameless.wait(transport.hf.SettingsFrame)
    stack.reload(require_client_certificate=True)
    tap.ok(is_closed(nameless), "a connection without a certificate is closed once one is required")
    for channel in stack.channels.values():
        channel.close()
    stack.channels.clear()
    transport.until(lambda: metric(stack, "pbc_connections") == 0)
    stack.reload(address_connections_limit=1)
    only = transport.Connection(stack, client="gp-b")
    only.wait(transport.hf.SettingsFrame)
    tap.ok(not let_in(stack, "gp-b"), "an address has no more connections than the settings say now")
    only.close()
    stack.reload(address_connections_limit=250)
    tap.ok(let_in(stack, "gp-b"), "and more when they say so again")


def faults(stack):
    """Each beside a change that could be taken."""
    for changes in ({"deadline_max": 0}, {"certificate": "/nowhere.pem"}, {"crl": stack.certs + "/crl-stale.pem"}, {"drain": "soon"}):
        good = {name: stack.values.get(name) for name in changes}
        stack.reload(event="reload_refused", **changes, user_calls_limit=1)
        tap.is_(served(stack), "NOT_FOUND", "calls go on")
        stack.values = {**stack.values, **good, "user_calls_limit": 100}
        if good.get("drain", "") is None:
            del stack.values["drain"]
    watch = stack.stub("gp-b", "SettlementService.WatchStatements")(stack.request("SettlementService.WatchStatements"), timeout=30)
    transport.until(lambda: metric(stack, "pbc_calls_in_flight") == 1)
    tap.is_(served(stack, "gp-b"), "NOT_FOUND", "and nothing of such a file was taken")
    watch.cancel()
    tap.is_(served_name(stack), "renewed", "not the certificate either")


def another_worker(stack):
    stack.make_server_certificate("renewed")
    transport.until(lambda: stack.log("pbcd").count("event=ready") == 2)
    stack.reload(certificate=stack.certs + "/renewed.pem", key=stack.certs + "/renewed.key", queue_limit=7)
    with open(f"/proc/{stack.programs['pbcd'].pid}/task/{stack.programs['pbcd'].pid}/children", encoding="ascii") as children:
        os.kill(int(children.read().split()[0]), signal.SIGKILL)
    transport.until(lambda: stack.log("pbcd").count("event=ready") == 3)
    tap.is_({served_name(stack) for _ in range(30)}, {"renewed"}, "a worker that takes another's place has what that one had taken")


for settings, parts in (({}, (certificates, revocations, limits, times, connections, faults)), ({"workers": 2}, (another_worker,))):
    with Reloaded(settings=settings.items()) as the_stack:
        for part in parts:
            tap.attempt(part, the_stack)
        tap.is_(the_stack.stop("pbcd"), 0, "SIGTERM ends the server in order")
tap.done()
