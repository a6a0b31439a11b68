#!/usr/bin/python3
"""Files of the web client over GET: their bytes, what is not given, and what clients that read nothing may cost."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import scratch
import transport
from stack import Stack
from tap import Tap

LIMIT = 100  # of calls of an address without a certificate
LARGE = os.urandom(1000 * 1000)
WIDE = {transport.hf.SettingsFrame.INITIAL_WINDOW_SIZE: 2**31 - 1}
SHUT = {transport.hf.SettingsFrame.INITIAL_WINDOW_SIZE: 0}

tap = Tap()


def connect(stack, settings):
    connection = transport.Connection(stack, settings)
    connection.send(transport.hf.WindowUpdateFrame(0, window_increment=2**30).serialize())
    return connection


def answer(connection, stream):
    """Status, headers and body of a reply; its reset's error code in place of a body that was broken off."""
    headers, body = {}, b""
    for frame in connection.frames():
        if frame.stream_id != stream:
            continue
        if isinstance(frame, transport.hf.HeadersFrame):
            headers.update(frame.decoded)
        elif isinstance(frame, transport.hf.DataFrame):
            body += frame.data
        elif isinstance(frame, transport.hf.RstStreamFrame):
            return headers, frame.error_code
        if "END_STREAM" in frame.flags:
            break
    return headers, body


def get(connection, path, **arguments):
    headers, body = answer(connection, connection.request(path=path, **arguments))
    return headers[":status"], headers, body


def given(stack, folder):
    connection = connect(stack, WIDE)
    status, headers, body = get(connection, "/large.js")
    tap.ok((status, headers["content-type"], body) == ("200", "text/javascript; charset=utf-8", LARGE), "a file comes as it is", headers)
    tap.is_(get(connection, "/large.js", extra=[("if-none-match", headers["etag"])])[::2], ("304", b""), "once")
    status, headers, body = get(connection, "/large.js", method="HEAD")
    tap.is_((status, headers["content-length"], body), ("200", str(len(LARGE)), b""), "HEAD tells of it")
    tap.is_(get(connection, "/")[::2], ("200", b"<p>"), "a folder is its index")
    tap.is_(get(connection, "/empty.txt")[::2], ("200", b""), "a file may be empty")
    os.symlink("/etc/passwd", folder + "/way-out.txt")
    os.mkfifo(folder + "/fifo.txt")
    for path in ("/none.js", "/way-out.txt", "/fifo.txt", "/../secret.txt"):
        tap.is_(get(connection, path)[0], "404", f"{path} is not there")


def guarded(stack):
    """What keeps a browser from running, framing, guessing or keeping what it was not told to: on refusals too."""
    connection = connect(stack, WIDE)
    for path, method, status in (("/", "GET", "200"), ("/none.js", "GET", "404"), ("/", "PUT", "405"), ("/", "OPTIONS", "405")):
        headers = get(connection, path, method=method)[1]
        policy = {part.split()[0]: part.split()[1:] for part in headers["content-security-policy"].split("; ")}
        tap.is_((headers[":status"], policy["default-src"], policy["frame-ancestors"], headers["x-content-type-options"],
                 headers["cache-control"], headers["cross-origin-resource-policy"]),
                (status, ["'self'"], ["'none'"], "nosniff", "no-cache", "same-origin"), f"{method} {path} guards its reader")
        tap.is_(headers.get("allow"), "GET, HEAD, POST" if status == "405" else None, "405 says what is allowed, and it alone")
        tap.ok("access-control-allow-origin" not in headers, "no other site may read it")


def replaced(stack, folder):
    connection = connect(stack, {transport.hf.SettingsFrame.INITIAL_WINDOW_SIZE: 20000})
    stream = connection.request(path="/changing.js")
    got = 0
    for frame in connection.frames():
        got += len(frame.data) if isinstance(frame, transport.hf.DataFrame) else 0
        if got == 20000:
            break
    with open(folder + "/new.js", "wb") as file:
        file.write(bytes(len(LARGE)))
    os.rename(folder + "/new.js", folder + "/changing.js")
    connection.send(transport.hf.WindowUpdateFrame(stream, window_increment=2**30).serialize())
    tap.is_(answer(connection, stream)[1], 2, "a file that is replaced meanwhile is broken off, not mixed")


def descriptors(stack):
    return len(os.listdir(f"/proc/{stack.programs['pbcd'].pid}/fd"))


def unread(stack):
    connections = [connect(stack, SHUT) for _ in range(2)]
    before = descriptors(stack)
    streams = [(connection, connection.request(path="/large.js")) for connection in connections for _ in range(LIMIT * 3 // 4)]
    statuses = []
    for connection in connections:
        waited = {stream for of, stream in streams if of is connection}
        for frame in connection.frames():
            if isinstance(frame, transport.hf.HeadersFrame):
                waited.discard(frame.stream_id)
                statuses.append(frame.decoded[":status"])
            if not waited:
                break
    tap.is_((statuses.count("200"), statuses.count("429")), (LIMIT, LIMIT // 2), "an address has so many replies at a time")
    tap.is_(descriptors(stack), before, "a reply that is not read holds no descriptor")
    for connection in connections:
        connection.sock.close()
    fresh = connect(stack, WIDE)
    tap.ok(transport.until(lambda: get(fresh, "/")[0] == "200"), "who leaves makes room")


def main():
    folder = scratch.folder("pbc-static-")
    for name, content in (("index.html", b"<p>"), ("large.js", LARGE), ("changing.js", LARGE), ("empty.txt", b"")):
        with open(f"{folder}/{name}", "wb") as file:
            file.write(content)
    with Stack(static=folder, settings=["--user-calls-limit", str(LIMIT)]) as stack:
        given(stack, folder)
        guarded(stack)
        replaced(stack, folder)
        unread(stack)
        tap.is_(stack.stop("pbcd"), 0, "SIGTERM ends the server in order")
    tap.done()


if __name__ == "__main__":
    main()
