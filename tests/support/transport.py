"""What the transport's tests share: h2_echo as a process, raw HTTP/2 frames over TLS, TAP lines."""
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import time

import hpack
import hyperframe.frame as hf
import scratch

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("PBC_BUILD", "build/dev"))
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PATIENCE_S = 20
# A sanitizer that stops the server must not be taken for a server that stopped.
SANITIZER = {"ASAN_OPTIONS": "exitcode=99", "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99"}


def make_certificates():
    directory = scratch.folder("pbc-certs-")
    script = os.path.join(ROOT, "tests", "support", "certs.sh")
    subprocess.run([script, directory], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return directory


class Server:
    """h2_echo on a port of the system's choice. extra: its options; nofile: limit of descriptors."""

    def __init__(self, certificates, *extra, nofile=None):
        program = os.path.join(BUILD, "tests", "support", "h2_echo")
        command = [program, "-c", f"{certificates}/server.pem",
                   "-k", f"{certificates}/server.key", *extra]
        if nofile:
            command = ["prlimit", f"--nofile={nofile}", *command]
        self.certs = certificates
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        env={**os.environ, **SANITIZER})
        line = self.process.stdout.readline()
        self.port = int(line.split()[1]) if line else None

    def fds(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def rss_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """The exit code; 0 is an orderly end without a sanitizer's complaint."""
        self.signal(signal.SIGTERM)
        try:
            code = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process.stdout.close()
        return code

    def log_text(self):
        self.log.seek(0)
        return self.log.read()


def tls_context(certificates, client=None, protocols=("h2",)):
    context = ssl.create_default_context(cafile=f"{certificates}/ca.pem")
    if protocols:
        context.set_alpn_protocols(list(protocols))
    if client:
        context.load_cert_chain(f"{certificates}/{client}.pem", f"{certificates}/{client}.key")
    return context


def tls_connect(server, client=None, context=None):
    sock = socket.create_connection(("127.0.0.1", server.port), PATIENCE_S)
    context = context or tls_context(server.certs, client)
    return context.wrap_socket(sock, server_hostname="localhost")


class Connection:
    """A client that sends whatever frames it is told to, sound or not, to a Server or a stack's pbcd."""

    def __init__(self, server, settings=None, client=None, preface=PREFACE):
        self.sock = tls_connect(server, client)
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.buffer = b""
        self.next_id = 1
        if preface is not None:
            self.sock.sendall(preface + hf.SettingsFrame(0, settings=settings or {}).serialize())

    def block(self, path="/1k", method="GET", extra=()):
        return self.encoder.encode([(":method", method), (":scheme", "https"),
                                    (":authority", "localhost"), (":path", path), *extra])

    def headers(self, path="/1k", method="GET", end=True, extra=(), stream=None, block=None,
                end_headers=True):
        """The frame's bytes and its stream."""
        if stream is None:
            stream = self.next_id
            self.next_id += 2
        flags = (["END_STREAM"] if end else []) + (["END_HEADERS"] if end_headers else [])
        data = self.block(path, method, extra) if block is None else block
        return hf.HeadersFrame(stream, data=data, flags=flags).serialize(), stream

    def send(self, data):
        """False once the server has closed."""
        try:
            self.sock.sendall(data)
            return True
        except (OSError, ssl.SSLError):
            return False

    def request(self, **arguments):
        data, stream = self.headers(**arguments)
        self.send(data)
        return stream

    def frames(self, seconds=PATIENCE_S):
        """Frames as they come, until the server closes or nothing came for so long."""
        self.sock.settimeout(seconds)
        while True:
            while len(self.buffer) >= 9:
                frame, length = hf.Frame.parse_frame_header(memoryview(self.buffer[:9]))
                if len(self.buffer) < 9 + length:
                    break
                frame.parse_body(memoryview(self.buffer[9:9 + length]))
                self.buffer = self.buffer[9 + length:]
                if isinstance(frame, hf.HeadersFrame):
                    frame.decoded = dict(self.decoder.decode(frame.data))
                yield frame
            try:
                data = self.sock.recv(65536)
            except (TimeoutError, socket.timeout):
                return
            except (OSError, ssl.SSLError):
                data = b""
            if not data:
                self.closed = True
                return
            self.buffer += data

    closed = False

    def wait(self, kind, stream=None, seconds=PATIENCE_S):
        """The next frame of that kind; None if the connection ends or stays silent first."""
        for frame in self.frames(seconds):
            if isinstance(frame, kind) and stream in (None, frame.stream_id):
                return frame
        return None

    def close(self):
        self.sock.close()


def until(condition, seconds=PATIENCE_S):
    """True as soon as condition() is; False after so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()
