"""Runs pbc against a fake pbcd for the client's tests."""
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import scratch  # noqa: E402
import transport  # noqa: E402

PBC = os.path.join(transport.BUILD, "client", "cli", "pbc")
SANITIZER = {"ASAN_OPTIONS": "exitcode=99", "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99"}
OK, OTHER, USAGE, NOT_FOUND, PERMISSION, CONFLICT, VALIDATION, UNAVAILABLE = range(8)
PATIENCE_S = 60


class Cli:
    def __init__(self, certificates, server):
        self.certificates = certificates
        self.directory = scratch.folder("pbc-cli-")
        self.environment = {
            **os.environ, **SANITIZER, "PBC_SERVER": server,
            "PBC_CA": f"{certificates}/ca.pem", "PBC_CERT": f"{certificates}/good.pem",
            "PBC_KEY": f"{certificates}/good.key", "HOME": self.directory, "TZ": "UTC", "LC_ALL": "C",
        }
        self.environment.pop("PBC_CONFIG", None)

    def command(self, *words):
        return [PBC, *words]

    def __call__(self, *words, stdin=None, **environment):
        env = {**self.environment, **environment}
        return subprocess.run(self.command(*words), env={k: v for k, v in env.items() if v is not None},
                              capture_output=True, timeout=PATIENCE_S, cwd=self.directory,
                              input=stdin if stdin is not None else b"")

    def on_terminal(self, columns, *words):
        """The lines that pbc shows on a terminal so wide."""
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(self.command(*words), env={**self.environment, "TERM": "xterm", "NO_COLOR": "1"},
                                   stdin=its, stdout=its, stderr=its, cwd=self.directory)
        os.close(its)
        shown = b""
        try:
            while data := os.read(ours, 65536):
                shown += data
        except OSError:  # the last of its side is closed
            pass
        os.close(ours)
        process.wait(PATIENCE_S)
        return [line.rstrip() for line in shown.decode().splitlines()]

    def start(self, *words):
        return subprocess.Popen(self.command(*words), env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, cwd=self.directory)

    def file(self, name, data):
        path = os.path.join(self.directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return path


def words(done):
    """What a run said, for a test's report."""
    return f"exit {done.returncode}, stdout {done.stdout[-500:]!r}, stderr {done.stderr[-500:]!r}"
