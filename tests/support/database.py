"""A test's folder with a private PostgreSQL of its own, which holds the database pbc: what stack.py and jobs.py build upon.

What tests/run has prepared, PBC_PREPARED names; a program that is run by itself makes the same anew.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading

import scratch

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("PBC_BUILD", "build/dev"))
PREPARED = os.environ.get("PBC_PREPARED")


def output_of(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stderr}")
    return done.stdout.strip()


def support(name):
    return os.path.join(ROOT, "tests/support", name)


class Session:
    """psql that stays, since to start one and its server process takes longer than most statements. Texts know nothing of each other."""

    END = "end of the text"

    def __init__(self, conninfo, folder):
        self.command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d",
                        conninfo + " options='-c client_min_messages=error'"]
        self.text, self.said = folder + "/session.sql", folder + "/session.log"
        self.turn = threading.Lock()
        self.psql = None

    def run(self, text):
        """The rows of all statements as lines of |-separated text. An error ends psql, and the next text has another."""
        with self.turn:
            if self.psql is None:
                with open(self.said, "w") as said:
                    self.psql = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True)
            with open(self.text, "w") as file:
                file.write(text)
            self.psql.stdin.write(f"\\i {self.text}\nROLLBACK;\nDISCARD ALL;\n\\echo {self.END}\n")
            self.psql.stdin.flush()
            lines = []
            while (line := self.psql.stdout.readline()) != self.END + "\n":
                if line == "":
                    self.close()
                    with open(self.said) as said:
                        raise RuntimeError("psql: " + said.read())
                lines.append(line)
            return "".join(lines).strip()

    def close(self):
        if self.psql is not None:
            self.psql.communicate()
            self.psql = None


class Database:
    """
    With it the folder and the database are there and begin() has run; then end(), and both are gone. A sanitizer's complaint in a
    program's log, <name>.log of the folder, is an exception at last.
    settings: of PostgreSQL.
    """

    def __init__(self, settings=()):
        self.database_settings = settings
        self.session = None

    def __enter__(self):
        self.dir = scratch.folder("pbc-")
        os.chmod(self.dir, 0o755)
        try:
            self.start_cluster()
            self.begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.end()
        if self.session:
            self.session.close()
        subprocess.run([support("private_pg.sh"), "remove", self.dir + "/pg"], capture_output=True)
        logs = {name: self.log(name) for name, ending in map(os.path.splitext, os.listdir(self.dir)) if ending == ".log"}
        if os.environ.get("PBC_KEEP"):
            print("# kept " + self.dir, file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)
        for name, text in logs.items():
            # Of a leak, say, which shows when the program ends.
            if "Sanitizer" in text or "runtime error" in text:
                raise RuntimeError(f"{name}: a sanitizer complained:\n{text[-3000:]}")

    def log(self, name):
        with open(f"{self.dir}/{name}.log", errors="replace") as log:
            return log.read()

    def start_cluster(self):
        self.conninfo = output_of(support("private_pg.sh"), "migrated", self.dir + "/pg", *self.database_settings)
        self.session = Session(self.conninfo, self.dir)

    def kill_cluster(self):
        """kill -9 of the postmaster; its children end when they see it gone."""
        with open(self.dir + "/pg/data/postmaster.pid") as file:
            postmaster = int(file.readline())
        os.kill(postmaster, signal.SIGKILL)
        self.session.close()

    def sql(self, text):
        """Runs SQL as the superuser, past row-level security; returns the rows as lines of |-separated text."""
        return self.session.run(text)

    def login(self, role):
        return self.conninfo.replace("user=postgres", "user=" + role)
