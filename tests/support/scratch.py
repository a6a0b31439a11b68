"""Folders of a test program, deleted when it ends: in order, by an exception, or by SIGTERM when its time is up. PBC_KEEP keeps them."""

import atexit
import os
import shutil
import signal
import sys
import tempfile


def folder(prefix):
    path = tempfile.mkdtemp(prefix=prefix, dir="/tmp")
    if not os.environ.get("PBC_KEEP"):
        atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


# As an exception, so that what is open is closed.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
