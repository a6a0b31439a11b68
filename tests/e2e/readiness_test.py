#!/usr/bin/python3
"""What whoever runs the server relies on: a unit of Type=notify is told that it is ready, once, when it takes connections, by path and by
abstract name; and its pages are for this machine alone."""

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


def main():
    path = scratch.folder("pbc-notify-") + "/socket"
    tap.is_(told(path, path), [(b"READY=1", 0)], "a server says once that it is ready, and is")
    abstract = f"pbc-notify-{os.getpid()}"
    tap.is_(told("@" + abstract, "\0" + abstract, settings=["--workers", "2"]), [(b"READY=1", 0)],
            "so do two workers, once they both are, to an abstract name")
    with Stack() as stack:
        command = [f"0.0.0.0:{stack.admin}" if word == f"127.0.0.1:{stack.admin}" else word for word in stack.server_command()]
        stack.stop("pbcd")
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        tap.ok(done.returncode != 0 and "admin must be a loopback address, not 0.0.0.0" in done.stderr, "pages for others are refused at start",
               done.stderr[-1000:])
    tap.done()


main()
