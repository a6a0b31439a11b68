#!/usr/bin/python3
"""TLS, certificates, limits and shutdown of the transport (h2_echo), by independent clients.

Python's ssl and openssl s_client are the other end; expected outcomes are those of the promises in
server/net/README.md.
"""
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import hyperframe.frame as hf

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import transport as t  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()


def serve_one(server, client=None):
    """The body of GET /peer, or None if the server refused."""
    try:
        connection = t.Connection(server, client=client)
        data = connection.wait(hf.DataFrame, connection.request(path="/peer"))
        connection.close()
        return data.data.decode() if data else None
    except (OSError, ssl.SSLError):
        return None


def s_client(server, *arguments, seconds=10):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-CAfile",
               f"{server.certs}/ca.pem", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=seconds, check=False)
    return done.stdout + done.stderr


def protocol(certificates):
    server = t.Server(certificates)
    output = s_client(server, "-alpn", "h2")
    tap.ok("TLSv1.3" in output and "ALPN protocol: h2" in output, "TLS 1.3 and ALPN h2 are spoken", output)
    for version in ("-tls1_2", "-tls1_1"):
        output = s_client(server, version, "-alpn", "h2", "-cipher", "ALL:@SECLEVEL=0")
        tap.ok("alert protocol version" in output, f"{version} is refused with an alert", output)
    for offer in (["-alpn", "http/1.1"], []):
        output = s_client(server, *offer)
        tap.ok("alert no application protocol" in output,
               f"ALPN {offer[-1:] or 'not offered'} is refused with an alert", output)
    connection = t.Connection(server)
    connection.wait(hf.DataFrame, connection.request())
    session = connection.sock.session
    tap.ok(session is None or not session.has_ticket, "no session ticket is given")
    connection.close()
    output = s_client(server, "-alpn", "h2", "-reconnect")
    tap.ok("Reused" not in output, "no session is resumed")
    tap.ok(serve_one(server, "good") == "/\n", "a server without a client CA asks for no certificate")
    tap.ok(server.stop() == 0, "the server ends in order", server.log_text())


def peers(certificates):
    optional = t.Server(certificates, "-a", f"{certificates}/ca.pem", "-r", f"{certificates}/crl.pem")
    tap.ok(serve_one(optional) == "/\n", "where certificates are optional, a client without one has no name")
    tap.ok(serve_one(optional, "good") == "5QD/alice\n", "and one with has")
    tap.ok(serve_one(optional, "foreign") is None, "but a bad one is refused")
    optional.stop()
    server = t.Server(certificates, "-a", f"{certificates}/ca.pem", "-r",
                      f"{certificates}/crl-revoked.pem", "-m")
    tap.ok(serve_one(server, "good") == "5QD/alice\n", "O is the organisation and CN the user")
    tap.ok(serve_one(server) is None, "a client without a certificate is refused")
    for client, why in (("revoked", "revoked"), ("expired", "expired"), ("foreign", "of another CA"),
                        ("wrongeku", "for servers"), ("nameless", "without an organisation")):
        tap.ok(serve_one(server, client) is None, f"a certificate {why} is refused")
    log = server.log_text()
    tap.ok("certificate revoked" in log and "certificate has expired" in log, "the log says why", log)
    tap.ok(server.stop() == 0, "the server ends in order", server.log_text())


def revocation_lists(certificates):
    for crl, why in (("crl-stale.pem", "a stale"), ("absent.pem", "a missing"), ("good.pem", "no")):
        server = t.Server(certificates, "-a", f"{certificates}/ca.pem", "-r", f"{certificates}/{crl}")
        tap.ok(server.port is None and server.process.wait() == 1,
               f"with {why} revocation list the server does not start")
        server.process.stdout.close()

    current = f"{certificates}/current.pem"
    shutil.copy(f"{certificates}/crl.pem", current)
    server = t.Server(certificates, "-a", f"{certificates}/ca.pem", "-r", current, "-m")
    good, revoked = t.Connection(server, client="good"), t.Connection(server, client="revoked")
    for connection in (good, revoked):
        connection.wait(hf.DataFrame, connection.request())
    shutil.copy(f"{certificates}/crl-stale.pem", current)
    server.signal(signal.SIGHUP)
    tap.ok(t.until(lambda: "reload refused" in server.log_text()), "a stale list is refused on reload")
    tap.ok(serve_one(server, "revoked") == "5QD/mallory\n", "and the old one stays")
    shutil.copy(f"{certificates}/crl-revoked.pem", current)
    server.signal(signal.SIGHUP)
    list(revoked.frames(5))
    tap.ok(revoked.closed, "a new list closes the connection that it revokes")
    tap.ok(good.wait(hf.DataFrame, good.request()), "and no other")
    tap.ok(serve_one(server, "revoked") is None, "nor does it let the revoked in again")
    for connection in (good, revoked):
        connection.close()
    tap.ok(server.stop() == 0, "the server ends in order", server.log_text())


def limits(certificates):
    server = t.Server(certificates, "-n", "3", "-a", f"{certificates}/ca.pem")
    open_ones = [t.Connection(server, client="good") for _ in range(3)]
    late = socket.create_connection(("127.0.0.1", server.port), 5)
    late.settimeout(0.4)
    try:
        t.tls_context(certificates).wrap_socket(late, server_hostname="localhost")
        served = True
    except (OSError, ssl.SSLError):
        served = False
    tap.ok(not served, "above the limit of connections that are known, the next waits")
    late.close()
    for connection in open_ones:
        connection.close()
    tap.ok(serve_one(server) is not None, "and is served once one has left")
    tap.ok(server.stop() == 0, "the server ends in order", server.log_text())
    server = t.Server(certificates, "-t", "1500")
    silent = socket.create_connection(("127.0.0.1", server.port), 5)
    start = time.monotonic()
    silent.settimeout(10)
    tap.ok(silent.recv(1) == b"" and time.monotonic() - start < 8,
           "a connection that does not begin TLS is closed at the handshake timeout")
    silent.close()
    tap.ok(server.stop() == 0, "the server ends in order", server.log_text())


def descriptors(certificates):
    server = t.Server(certificates, nofile=24)
    sockets = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(60)]
    tap.ok(t.until(lambda: "accepting_paused" in server.log_text()), "out of descriptors, accepting pauses")
    tap.ok(server.log_text().count("accepting_paused") < 20, "and does not flood the log")
    for sock in sockets:
        sock.close()
    tap.ok(serve_one(server) is not None, "and it goes on when there are some again")
    tap.ok(server.stop() == 0, "the server ends in order", server.log_text())


def drain(certificates):
    server = t.Server(certificates)
    connection = t.Connection(server)
    connection.wait(hf.DataFrame, connection.request())
    stream = connection.request(path="/slow")
    time.sleep(0.1)
    server.signal(signal.SIGTERM)
    last_ids, answered, after = [], False, None
    for frame in connection.frames():
        if isinstance(frame, hf.PingFrame) and "ACK" not in frame.flags:
            after = connection.request()  # sent before the client could know of the last stream
            ack = hf.PingFrame(0, frame.opaque_data, flags=["ACK"])
            connection.send(ack.serialize())
        if isinstance(frame, hf.GoAwayFrame):
            last_ids.append((frame.last_stream_id, frame.error_code))
        if isinstance(frame, hf.DataFrame) and frame.stream_id == stream:
            answered = True
    tap.ok(last_ids == [(2**31 - 1, 0), (after, 0)],
           "SIGTERM: a notice, and a round trip later GOAWAY with the last stream", last_ids)
    tap.ok(answered and connection.closed, "the call in flight is answered, then the connection closed")
    tap.ok(server.process.wait(t.PATIENCE_S) == 0, "and the server ends", server.log_text())
    server.process.stdout.close()
    connection.close()


def vanishing(certificates):
    """Clients that hang up with calls in flight, while others reload the server's files."""
    server = t.Server(certificates, "-f", "100000")
    for i in range(60):
        connection = t.Connection(server)
        for path in ("/slow", "/big", "/echo", "/1k"):
            connection.request(path=path)
        if i % 2:
            connection.sock.shutdown(socket.SHUT_RDWR)
        connection.close()
        if i % 10 == 0:
            server.signal(signal.SIGHUP)
    tap.ok(serve_one(server) is not None, "clients that vanish with calls in flight hurt no one")
    time.sleep(0.6)
    tap.ok(server.stop() == 0, "the server ends in order", server.log_text())


def honest_under_attack(certificates):
    server = t.Server(certificates, "-f", "200")
    stop = threading.Event()

    def attack():
        while not stop.is_set():
            connection = t.Connection(server)
            for _ in range(400):
                data, stream = connection.headers("/slow")
                if not connection.send(data + hf.RstStreamFrame(stream, 8).serialize()):
                    break
            connection.close()
    attacker = threading.Thread(target=attack)
    attacker.start()
    connection = t.Connection(server)
    served = sum(connection.wait(hf.DataFrame, connection.request(path="/peer")) is not None
                 for _ in range(200))
    stop.set()
    attacker.join()
    tap.ok(served == 200, "an honest client is served while another resets rapidly", served)
    connection.close()
    tap.ok(server.stop() == 0, "the server ends in order", server.log_text()[-1000:])


def main():
    certificates = t.make_certificates()
    for part in (protocol, peers, revocation_lists, limits, descriptors, drain, vanishing,
                 honest_under_attack):
        part(certificates)
    shutil.rmtree(certificates)
    tap.done()


if __name__ == "__main__":
    main()
