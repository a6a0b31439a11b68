"""A test's folder with a private PostgreSQL of its own, which holds the database pbc: what stack.py and jobs.py build upon.

What tests/run has prepared, PBC_PREPARED names; a program that is run by itself makes the same anew.
"""

import os
import shutil
import signal
import subprocess
import sys

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


class Database:
    """
    With it the folder and the database are there and begin() has run; then end(), and both are gone.
    settings: of PostgreSQL.
    """

    def __init__(self, settings=()):
        self.database_settings = settings

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
        subprocess.run([support("private_pg.sh"), "remove", self.dir + "/pg"], capture_output=True)
        if os.environ.get("PBC_KEEP"):
            print("# kept " + self.dir, file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    def start_cluster(self):
        self.conninfo = output_of(support("private_pg.sh"), "migrated", self.dir + "/pg", *self.database_settings)

    def kill_cluster(self):
        """kill -9 of the postmaster; its children end when they see it gone."""
        with open(self.dir + "/pg/data/postmaster.pid") as file:
            postmaster = int(file.readline())
        os.kill(postmaster, signal.SIGKILL)

    def sql(self, text):
        """Runs SQL as the superuser, past row-level security; returns the rows as lines of |-separated text."""
        return output_of("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.conninfo, input=text)

    def login(self, role):
        return self.conninfo.replace("user=postgres", "user=" + role)
