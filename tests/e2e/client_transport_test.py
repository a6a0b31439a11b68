#!/usr/bin/python3
"""The client library by way of pbc, against an independent gRPC server: TLS, deadlines, retries, limits,
streams and uploads. Status codes and exit codes are those of gRPC's list and of pbc --help."""
import atexit
import hashlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import fake_cli as f  # noqa: E402
import fake_pbcd  # noqa: E402
import transport as t  # noqa: E402
from tap import Tap  # noqa: E402

PROTOS = fake_pbcd.compile_protos()
import grpc  # noqa: E402
from grpc.health.v1 import health_pb2  # noqa: E402
from pbc.v1 import operation_pb2, reference_pb2, settlement_pb2, upload_pb2  # noqa: E402

CHUNK = 256 * 1024
ATTEMPTS = 4
LATE_S = 15  # half of what a command takes that is given no --timeout
tap = Tap()
serving = lambda request, context: health_pb2.HealthCheckResponse(status=1)  # noqa: E731


def handshaker(certificates):
    """A TLS server that demands a certificate of its authority and, given one, says goodbye (OpenSSL by Python)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{certificates}/server.pem", f"{certificates}/server.key")
    context.load_verify_locations(f"{certificates}/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            peer, _ = listener.accept()
            try:
                context.wrap_socket(peer, server_side=True).close()
            except (ssl.SSLError, OSError):
                peer.close()
    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def identity(server, cli, certificates):
    server.handlers["Check"] = serving
    tap.ok(cli("health").returncode == f.OK, "both certificates are good: served")
    done = cli("health", PBC_CA=f"{certificates}/other.pem")
    tap.ok(done.returncode == f.PERMISSION and b"SERVER_CERTIFICATE" in done.stderr,
           "the server's certificate is of another authority: exit 4", f.words(done))
    with tempfile.TemporaryDirectory() as elsewhere:
        other = fake_pbcd.FakePbcd(misnamed(certificates, elsewhere))
        done = cli("health", PBC_SERVER=f"localhost:{other.port}", PBC_CA=f"{elsewhere}/ca.pem")
        tap.ok(done.returncode == f.PERMISSION and b"ostname mismatch" in done.stderr,
               "the server's certificate is for another name: exit 4", f.words(done))
        done = cli("health", PBC_SERVER=f"127.0.0.1:{other.port}", PBC_CA=f"{elsewhere}/ca.pem")
        tap.ok(done.returncode == f.PERMISSION and b"IP address mismatch" in done.stderr,
               "or for another address: exit 4", f.words(done))
        other.stop()
    strict = f"localhost:{handshaker(certificates)}"
    for rule, name, says, remedy in (("none", None, b"it got none", b"--cert and --key"),
                                     ("one of another authority", "foreign", b"another authority signed it", b"--cert and --key"),
                                     ("an expired one", "expired", b"it has expired", b"for a new one")):
        files = {"PBC_CERT": name and f"{certificates}/{name}.pem", "PBC_KEY": name and f"{certificates}/{name}.key"}
        done = cli("health", PBC_SERVER=strict, **files)
        tap.ok(done.returncode == f.PERMISSION and b"CLIENT_CERTIFICATE" in done.stderr and says in done.stderr and remedy in done.stderr,
               f"the client's certificate is {rule}: exit 4", f.words(done))
    done = cli("health", PBC_SERVER=strict)
    tap.ok(done.returncode == f.UNAVAILABLE and b"--cert" in done.stderr,
           "a server that leaves without a word: exit 7, and what may be the cause", f.words(done))
    done = cli("health", PBC_KEY=f"{certificates}/foreign.key")
    tap.ok(done.returncode == f.USAGE and b"KEY" not in done.stdout, "a key that is not the certificate's: exit 2", f.words(done))
    done = cli("health", PBC_CA="/nonexistent/ca.pem")
    tap.ok(done.returncode == f.USAGE and b"/nonexistent/ca.pem" in done.stderr, "a file that is not there is named", f.words(done))


def misnamed(certificates, directory):
    """A folder like certificates whose server is not localhost."""
    command = (f"cp {certificates}/ca.pem {certificates}/ca.key . && "
               "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr "
               "-subj /CN=elsewhere && printf 'subjectAltName=DNS:elsewhere.example,IP:192.0.2.1' > ext && "
               "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -extfile ext -out server.pem")
    subprocess.run(["sh", "-c", command], cwd=directory, check=True, capture_output=True)
    return directory


def wrong_peers(cli):
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    begin = time.monotonic()
    done = cli("health", PBC_SERVER=f"localhost:{closed.getsockname()[1]}")
    tap.ok(done.returncode == f.UNAVAILABLE and time.monotonic() - begin < LATE_S, "nobody listens: exit 7 soon", f.words(done))
    closed.listen(8)
    begin = time.monotonic()
    done = cli("health", "--timeout", "1", PBC_SERVER=f"localhost:{closed.getsockname()[1]}")
    tap.ok(done.returncode == f.UNAVAILABLE and 0.9 < time.monotonic() - begin < LATE_S,
           "a server that accepts and is silent: exit 7 at the deadline", f.words(done))

    plain = socket.create_server(("127.0.0.1", 0))

    def speak_http():
        for _ in range(ATTEMPTS):
            peer, _ = plain.accept()
            peer.recv(100)
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            peer.close()
    threading.Thread(target=speak_http, daemon=True).start()
    done = cli("health", PBC_SERVER=f"localhost:{plain.getsockname()[1]}")
    tap.ok(done.returncode == f.UNAVAILABLE and b"TLS" in done.stderr, "a server without TLS: exit 7", f.words(done))
    done = cli("health", PBC_SERVER="localhost:99999")
    tap.ok(done.returncode == f.USAGE, "an address that is none: exit 2", f.words(done))


def codes(server, cli):
    exits = {"NOT_FOUND": 3, "PERMISSION_DENIED": 4, "UNAUTHENTICATED": 4, "ALREADY_EXISTS": 5, "ABORTED": 5,
             "FAILED_PRECONDITION": 5, "INVALID_ARGUMENT": 6, "OUT_OF_RANGE": 6, "UNAVAILABLE": 7,
             "DEADLINE_EXCEEDED": 7, "RESOURCE_EXHAUSTED": 7, "INTERNAL": 1, "UNKNOWN": 1, "UNIMPLEMENTED": 1,
             "DATA_LOSS": 1, "CANCELLED": 1}
    for name, expected in exits.items():
        server.requests.clear()
        server.handlers["Check"] = lambda q, c: fake_pbcd.refuse(c, grpc.StatusCode[name], "The month is closed.")
        done = cli("health")
        times = ATTEMPTS if name == "UNAVAILABLE" else 1
        tap.ok(done.returncode == expected and name.encode() in done.stderr and server.count("Check") == times,
               f"{name} is exit {expected} after {times} attempts", f.words(done))


def details(server, cli):
    refusal = lambda q, c: fake_pbcd.refuse(  # noqa: E731
        c, grpc.StatusCode.INVALID_ARGUMENT, "Two sections are empty: £ and 100% \x1b[31mred.", "SECTION_EMPTY",
        "Fill them in.", [("content.need", "must not be empty"), ("content.risks", "must not be empty")])
    server.handlers["Check"] = refusal
    done = cli("health")
    text = done.stderr.decode()
    tap.ok(done.returncode == f.VALIDATION, "details: the exit code is the status code's", f.words(done))
    tap.ok("Two sections are empty: £ and 100% ?[31mred." in text,
           "details: the message is percent-decoded, and cannot drive the terminal", text)
    tap.ok("content.need: must not be empty" in text and "content.risks: must not be empty" in text,
           "details: every field violation is told", text)
    tap.ok("Fill them in." in text and "SECTION_EMPTY (INVALID_ARGUMENT)" in text, "details: remedy and reason are told", text)

    server.handlers["Check"] = lambda q, c: fake_pbcd.refuse(
        c, grpc.StatusCode.INVALID_ARGUMENT, "The year must be given.", "BAD_FIELD", None, [("year", "must be given")])
    text = cli("health").stderr.decode()
    tap.ok("field:  year\n" in text, "details: what the message has said is not said again", text)

    def broken(q, c):
        c.set_trailing_metadata((("grpc-status-details-bin", b"\xff\xff\xff\xff"),))
        c.abort(grpc.StatusCode.NOT_FOUND, "No such month.")
    server.handlers["Check"] = broken
    done = cli("health")
    tap.ok(done.returncode == f.NOT_FOUND and b"No such month." in done.stderr,
           "details that cannot be read leave code and message", f.words(done))


def deadlines(server, cli):
    left = []

    def told(q, c):
        left.append(c.time_remaining())
        return health_pb2.HealthCheckResponse(status=1)
    server.handlers["Check"] = told
    cli("health", "--timeout", str(LATE_S))
    tap.ok(LATE_S / 2 < left[0] <= LATE_S, "the server is told the deadline", left)
    over = threading.Event()

    def slow(q, c):
        over.wait(f.PATIENCE_S)
        return health_pb2.HealthCheckResponse(status=1)
    server.handlers["Check"] = slow
    begin = time.monotonic()
    done = cli("health", "--timeout", "1")
    took = time.monotonic() - begin
    over.set()
    tap.ok(done.returncode == f.UNAVAILABLE and b"DEADLINE_EXCEEDED" in done.stderr and 0.9 < took < LATE_S,
           "a late answer ends at the deadline", f"{took} {f.words(done)}")


def retries(server, cli):
    seen = []

    def third_time(q, c):
        seen.append(q)
        if len(seen) < 3:
            fake_pbcd.refuse(c, grpc.StatusCode.UNAVAILABLE, "Restarting.")
        return operation_pb2.CancelOperationResponse(operation=operation_pb2.Operation(operation_id="5"))
    server.handlers["CancelOperation"] = third_time
    done = cli("operation", "cancel", "5")
    tap.ok(done.returncode == f.OK and len(seen) == 3, "a write is sent again after UNAVAILABLE", f.words(done))
    tap.ok(len({q.request_id for q in seen}) == 1 and len(seen[0].request_id) == 36,
           "with the same request id", [q.request_id for q in seen])


def sizes(server, cli):
    name = "x" * 60000

    def answer(count):
        return lambda q, c: reference_pb2.ListProvidersResponse(
            providers=[reference_pb2.Provider(provider_code="RXX", name=name)] * count)
    server.handlers["ListProviders"] = answer(200)  # 12 MB
    done = cli("provider", "list", "--format", "csv")
    tap.ok(done.returncode == f.OK and done.stdout.count(b"RXX") == 200, "an answer of 12 MB is taken", f.words(done)[:300])
    server.handlers["ListProviders"] = answer(300)  # 18 MB
    done = cli("provider", "list", "--format", "csv")
    tap.ok(done.returncode == f.UNAVAILABLE and b"ANSWER_TOO_LARGE" in done.stderr,
           "an answer over 16 MiB is refused", f.words(done)[:300])


class Store:
    """Uploads by the rules of upload.proto, breaking off when told to."""

    def __init__(self):
        self.data = {}
        self.digest = {}
        self.messages = []
        self.break_after = []  # messages until each next connection breaks
        self.delay_s = 0

    def upload(self, messages, context):
        left = self.break_after.pop(0) if self.break_after else None
        for message in messages:
            time.sleep(self.delay_s)
            if left == 0:
                fake_pbcd.refuse(context, grpc.StatusCode.UNAVAILABLE, "Going away.")
            left = left - 1 if left is not None else None
            self.messages.append(message)
            data = self.data.setdefault(message.upload_id, bytearray())
            if message.offset > len(data):
                fake_pbcd.refuse(context, grpc.StatusCode.FAILED_PRECONDITION, "There is a gap.", "UPLOAD_GAP")
            data[message.offset:message.offset + len(message.data)] = message.data
            if message.complete:
                self.digest[message.upload_id] = message.sha256
        return upload_pb2.UploadFileResponse()

    def get(self, request, context):
        if request.upload_id not in self.data:
            fake_pbcd.refuse(context, grpc.StatusCode.NOT_FOUND, "No such upload.")
        return upload_pb2.GetUploadResponse(upload=upload_pb2.Upload(
            upload_id=request.upload_id, received_bytes=len(self.data[request.upload_id]),
            complete=request.upload_id in self.digest, sha256=self.digest.get(request.upload_id, "")))


def stored(server):
    store = Store()
    server.reset()
    server.handlers["UploadFile"] = store.upload
    server.handlers["GetUpload"] = store.get
    server.handlers["ImportPractices"] = lambda q, c: reference_pb2.ImportPracticesResponse(
        operation=operation_pb2.Operation(operation_id="7"))
    return store


def send(cli, path, *more, **rest):
    return cli("practice", "import", path, "--no-wait", *more, **rest)


def whole(server, store, data):
    """The one upload the import named holds exactly data and its digest."""
    upload_id = server.requests["ImportPractices"][-1].upload_id
    return bytes(store.data.get(upload_id, b"?")) == data and store.digest.get(upload_id) == hashlib.sha256(data).hexdigest()


def uploads(server, cli):
    for name, size in (("empty", 0), ("one byte", 1), ("a chunk less one", CHUNK - 1), ("a chunk", CHUNK),
                       ("5 MB", 5_000_000)):
        store = stored(server)
        data = os.urandom(size)
        done = send(cli, cli.file("file.csv", data))
        tap.ok(done.returncode == f.OK and whole(server, store, data), f"a file of {name} arrives whole", f.words(done))
    tap.ok(max(len(m.data) for m in store.messages) == CHUNK and [m.complete for m in store.messages].count(True) == 1
           and store.messages[-1].complete, "in chunks of 256 KiB, the last one complete")
    store = stored(server)
    done = send(cli, "-", stdin=data)
    tap.ok(done.returncode == f.OK and whole(server, store, data), "standard input is sent too", f.words(done))
    store = stored(server)
    store.delay_s = 0.05
    done = send(cli, cli.file("file.csv", data))
    tap.ok(done.returncode == f.OK and whole(server, store, data), "a slow reader gets it whole (flow control)", f.words(done))


def broken_uploads(server, cli):
    data = os.urandom(5_000_000)
    path = cli.file("file.csv", data)
    store = stored(server)
    store.break_after = [7, 3, 1]
    done = send(cli, path)
    offsets = [m.offset for m in store.messages]
    tap.ok(done.returncode == f.OK and whole(server, store, data), "an upload that breaks three times arrives whole", f.words(done))
    tap.ok(offsets == sorted(set(offsets)), "and goes on where it broke", offsets)
    store = stored(server)
    store.break_after = [0] * 50
    done = send(cli, path)
    tap.ok(done.returncode == f.UNAVAILABLE and 50 - len(store.break_after) == ATTEMPTS,
           "an upload that never gets on is given up after 4 connections", f"{len(store.break_after)} {f.words(done)}")
    store = stored(server)
    store.break_after = [3]
    done = send(cli, "-", stdin=data)
    tap.ok(done.returncode == f.CONFLICT and b"cannot be read again" in done.stderr, "a pipe cannot go on: told so", f.words(done))

    def refusing(messages, context):
        next(messages)
        fake_pbcd.refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "The store is full.")
    store = stored(server)
    server.handlers["UploadFile"] = refusing
    done = send(cli, path)
    tap.ok(done.returncode == f.UNAVAILABLE and b"The store is full." in done.stderr and not server.count("ImportPractices"),
           "a refusal in the middle of an upload is told", f.words(done))


def repeated_uploads(server, cli):
    data = os.urandom(700_000)
    path = cli.file("file.csv", data)
    request_id = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
    store = stored(server)
    send(cli, path, "--request-id", request_id)
    sent = len(store.messages)
    done = send(cli, path, "--request-id", request_id)
    first, second = server.requests["ImportPractices"]
    tap.ok(done.returncode == f.OK and first == second, "a repeated request id makes the very same request", f.words(done))
    tap.ok(len(store.messages) == sent, "and sends no byte of the file again", len(store.messages))
    done = send(cli, cli.file("file.csv", data[:-1] + b"?"), "--request-id", request_id)
    tap.ok(done.returncode == f.VALIDATION and b"UPLOAD_DIFFERS" in done.stderr, "another file under it is refused", f.words(done))
    done = send(cli, cli.file("file.csv", data + b"?"), "--request-id", request_id)
    tap.ok(done.returncode == f.VALIDATION and b"UPLOAD_DIFFERS" in done.stderr, "a longer one too", f.words(done))
    tap.ok(server.count("ImportPractices") == 2, "and starts nothing")


def statement(number, second):
    s = settlement_pb2.WatchStatementsResponse()
    s.statement.statement_id = s.statement.reference = f"ST/{number}"
    s.statement.issue_time.seconds = 1500000000 + second
    return s


def watches(server, cli):
    server.reset()
    since = []

    def break_twice(request, context):
        since.append(request.since_time)
        if len(since) == 1:
            yield statement(1, 0)
            yield statement(2, 5)
        elif len(since) == 2:
            yield statement(2, 5)
            yield statement(3, 5)
        else:
            yield statement(2, 5)
            yield statement(3, 5)
            yield statement(4, 9)
        context.abort(grpc.StatusCode.UNAVAILABLE, "Going away.")
    server.handlers["WatchStatements"] = break_twice
    done = cli("settlement", "watch", "--count", "4", "--format", "json")
    numbers = [line.split(b'"reference":')[1].split(b",")[0].strip() for line in done.stdout.splitlines()]
    tap.ok(done.returncode == f.OK and numbers == [b'"ST/1"', b'"ST/2"', b'"ST/3"', b'"ST/4"'],
           "a watch comes back after a break without a gap or a repeat", f.words(done))
    tap.ok(since == ["", "2017-07-14T02:40:05Z", "2017-07-14T02:40:05Z"], "asking from the newest statement on", since)
    since.clear()
    server.handlers["WatchStatements"] = lambda q, c: (since.append(1), c.abort(grpc.StatusCode.UNAVAILABLE, "No."))[:0]
    done = cli("settlement", "watch")
    tap.ok(done.returncode == f.UNAVAILABLE and len(since) == ATTEMPTS, "a watch that never gets on is given up", f.words(done))


def endless(request, context):
    yield statement(1, 0)
    while context.is_active():
        time.sleep(0.1)


def ends_of_watches(server, cli):
    server.handlers["WatchStatements"] = endless
    begin = time.monotonic()
    done = cli("settlement", "watch", "--timeout", "3")
    tap.ok(done.returncode == f.OK and b"ST/1" in done.stdout and 2.9 < time.monotonic() - begin < f.PATIENCE_S / 2,
           "--timeout ends a watch well", f.words(done))
    done = cli("settlement", "watch", "--timeout", "3", "--count", "2")
    tap.ok(done.returncode == f.UNAVAILABLE, "but not one that wants more statements", f.words(done))
    process = cli.start("settlement", "watch")
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    tap.ok(b"ST/1" in first and process.wait(f.PATIENCE_S) == 0,
           "a statement is printed as it comes, and an interrupt ends the watch well", first)
    process = subprocess.Popen([*cli.command("settlement", "watch")], env=cli.environment, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    process.stdout.close()
    tap.ok(process.wait(f.PATIENCE_S) == f.OTHER, "a reader that goes away ends it")


def silence(certificates):
    """A server that is stopped, not gone: pings find it out. Runs beside the other tests, for it takes 40 s. The moments when the
    server stopped and when the client told, and what it told, are put into the list that is returned.
    """
    code = ("import sys; sys.path.insert(0, sys.argv[1])\nimport fake_pbcd, time\nfake_pbcd.use_protos(sys.argv[3])\n"
            "from pbc.v1 import settlement_pb2\n"
            "def endless(q, c):\n    yield settlement_pb2.WatchStatementsResponse(statement=settlement_pb2.Statement())\n"
            "    time.sleep(1000)\n"
            "s = fake_pbcd.FakePbcd(sys.argv[2])\ns.handlers['WatchStatements'] = endless\n"
            "print(s.port, flush=True)\ntime.sleep(1000)\n")
    support = os.path.dirname(os.path.abspath(fake_pbcd.__file__))
    server = subprocess.Popen([sys.executable, "-c", code, support, certificates, PROTOS], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    atexit.register(server.kill)
    cli = f.Cli(certificates, f"localhost:{int(server.stdout.readline())}")
    process = cli.start("settlement", "watch")
    process.stdout.readline()
    server.send_signal(signal.SIGSTOP)
    seen = [time.monotonic()]

    def listen():
        text = process.stderr.readline()
        seen.extend((time.monotonic(), text))
    reader = threading.Thread(target=listen, daemon=True)
    reader.start()
    return process, reader, seen


def silence_found_out(process, reader, seen):
    reader.join(f.PATIENCE_S)
    begin, told, text = seen if len(seen) == 3 else (*seen, time.monotonic(), b"nothing")
    tap.ok(b"does not answer" in text and 35 < told - begin < 60, "a silent server is found out by pings in 40 s", f"{told - begin} {text}")
    process.kill()
    process.wait()


def main():
    certificates = t.make_certificates()
    quiet = silence(certificates)
    server = fake_pbcd.FakePbcd(certificates)
    cli = f.Cli(certificates, f"localhost:{server.port}")
    identity(server, cli, certificates)
    wrong_peers(cli)
    for part in (codes, details, deadlines, retries, sizes, uploads, broken_uploads, repeated_uploads, watches, ends_of_watches):
        part(server, cli)
    server.stop()
    silence_found_out(*quiet)
    tap.done()


if __name__ == "__main__":
    main()
