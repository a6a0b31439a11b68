#!/usr/bin/python3
"""What whoever runs the server relies on: a unit of Type=notify is told that it is ready, once, when it takes connections, by path and by
abstract name; its pages are for this machine alone; and --check refuses what a start would."""

import os
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
import scratch
from stack import Stack
from tap import Tap

tap = Tap()


class Listener:
    """systemd's end of NOTIFY_SOCKET. At each message it tries the server at once."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.messages = []
        self.stack = None
        self.thread = threading.Thread(target=self.listen, daemon=True)

    def listen(self):
        while message := self.socket.recv(4096):
            with socket.socket() as probe:
                self.messages.append((message, probe.connect_ex(("127.0.0.1", self.stack.port))))


class Unit(Stack):
    """Only the server is told where systemd listens: PostgreSQL would report to it as well."""

    def __init__(self, environment, listener, **settings):
        super().__init__(**settings)
        self.environment = environment
        self.listener = listener
        listener.stack = self

    def start_server(self):
        self.listener.thread.start()
        os.environ["NOTIFY_SOCKET"] = self.environment
        super().start_server()
        del os.environ["NOTIFY_SOCKET"]


def told(environment, address, **settings):
    """What was told until the server ran and had ended: message, and the outcome of a connection at that moment."""
    listener = Listener(address)
    with Unit(environment, listener, **settings) as stack:
        stack.call("finance", "ReferenceService.ListPractices")
    return listener.messages


def checked(stack):
    """Each wrong setting is refused alike by --check and by a start that comes no further than to it."""
    command = stack.server_command()

    def run(*words):
        done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=20)
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    tap.is_(run("--check", "--database", "host=/nowhere"), (0, "settings are fine", ""),
            "--check needs neither the database nor ports, which another server has")
    for setting, value, words in (
            ("certificate", "/nowhere.pem", "cannot use certificate /nowhere.pem"), ("key", "/nowhere.key", "cannot use private key /nowhere.key"),
            ("key", stack.certs + "/gp-a.key", "mismatch"), ("client-ca", "/nowhere.pem", "cannot use client CA /nowhere.pem"),
            ("client-ca", stack.certs + "/server.key", "cannot use client CA"), ("crl", "/nowhere.pem", "cannot use revocation list /nowhere.pem"),
            ("crl", stack.certs + "/crl-stale.pem", "expired"), ("static", "/nowhere", "folder of static files"),
            ("listen", "localhost:0", "localhost is no address to listen on"),
            ("admin", f"0.0.0.0:{stack.admin}", "admin must be a loopback address, not 0.0.0.0")):
        flags = ("--listen", "127.0.0.1:0", "--" + setting, value)
        code, output, message = run("--check", *flags)
        started, _, log = run(*flags)
        tap.ok((code, output, started) == (78, "", 78) and words in message and message.removeprefix("pbcd: ") in log,
               f"--check and a start refuse alike: {words}", (code, output, message, started, log))


def main():
    path = scratch.folder("pbc-notify-") + "/socket"
    tap.is_(told(path, path), [(b"READY=1", 0)], "a server says once that it is ready, and is")
    abstract = f"pbc-notify-{os.getpid()}"
    tap.is_(told("@" + abstract, "\0" + abstract, settings=["--workers", "2"]), [(b"READY=1", 0)],
            "so do two workers, once they both are, to an abstract name")
    with Stack() as stack:
        checked(stack)
    tap.done()


main()
