#!/usr/bin/python3
"""Hostile HTTP/2 clients against the transport (h2_echo): each is stopped, and honest ones go on.

Error codes are those of RFC 9113, section 7.
"""
import os
import shutil
import struct
import sys
import time

import hpack
import hyperframe.frame as hf

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import transport as t  # noqa: E402
from tap import Tap  # noqa: E402

PROTOCOL_ERROR, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR = 1, 3, 6
STREAM_CLOSED, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CALM = 5, 7, 8, 9, 11
BUDGET = 200  # resets and control frames a minute
STREAMS = 20
HEADER_LIST_BYTES = 8192  # as h2_echo has it
TIMEOUT_MS = 1500
FLOOD = 3000

tap = Tap()


def raw(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def goaway(connection):
    frame = connection.wait(hf.GoAwayFrame)
    return frame.error_code if frame else None


def flood(server, rule, frames_of, expected=(CALM,), count=FLOOD, settings=None):
    """Sends frames_of(connection, i) so often; the server must say GOAWAY and close."""
    connection = t.Connection(server, settings)
    answered = 0
    for i in range(count):
        if not connection.send(frames_of(connection, i)):
            break
    code = goaway(connection)
    for _ in connection.frames(5):
        answered += 1
    tap.ok(code in expected and connection.closed, rule, f"GOAWAY {code}, closed {connection.closed}")
    connection.close()


def with_headers(make, end=True, extra=(), method="GET", path="/slow"):
    """A request, then what make returns for its stream."""
    def frames(connection, _):
        data, stream = connection.headers(path, method, end, extra)
        return data + make(stream)
    return frames


def floods(server):
    reset = lambda stream: hf.RstStreamFrame(stream, CANCEL).serialize()
    flood(server, "rapid reset (CVE-2023-44487) ends the connection", with_headers(reset))
    made = {
        "a window update beyond 2^31-1":
            with_headers(lambda s: hf.WindowUpdateFrame(s, 0x7fffffff).serialize()),
        "a window update of zero": with_headers(lambda s: raw(8, 0, s, bytes(4))),
        "DATA after END_STREAM": with_headers(lambda s: hf.DataFrame(s, b"x").serialize()),
        "a body longer than content-length":
            with_headers(lambda s: hf.DataFrame(s, b"xxxx").serialize(), end=False, method="POST",
                         extra=[("content-length", "1")], path="/echo"),
        "a PRIORITY frame of the wrong length": with_headers(lambda s: raw(2, 0, s, bytes(4))),
        "a stream that depends on itself":
            with_headers(lambda s: raw(2, 0, s, struct.pack(">IB", s, 1))),
    }
    for name, frames in made.items():
        flood(server, f"being made to reset by {name} (CVE-2025-8671) ends the connection", frames,
              (CALM, PROTOCOL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR, FLOW_CONTROL_ERROR))
    flood(server, "a SETTINGS flood ends the connection", lambda c, i: raw(4, 0, 0))
    flood(server, "a PING flood ends the connection", lambda c, i: raw(6, 0, 0, bytes(8)))
    flood(server, "a PRIORITY flood ends the connection",
          lambda c, i: raw(2, 0, 2 * i + 1, struct.pack(">IB", 0, 1)))
    flood(server, "a WINDOW_UPDATE flood ends the connection",
          lambda c, i: raw(8, 0, 0, struct.pack(">I", 1)))
    for padded, name in ((False, "empty DATA"), (True, "DATA of padding alone")):
        first = lambda c: c.headers("/echo", "POST", False)[0]
        data = raw(0, 8, 1, b"\x07" + bytes(7)) if padded else raw(0, 0, 1)
        flood(server, f"a flood of {name} ends the connection",
              lambda c, i, data=data: (first(c) if i == 0 else b"") + data)
    flood(server, "a CONTINUATION flood ends the connection",
          lambda c, i: c.headers(end_headers=False)[0] if i == 0 else
          raw(9, 0, 1, hpack.Encoder().encode([(f"x-{i}", "y")])))


def header_limits(server):
    connection = t.Connection(server)
    stream = connection.request(extra=[("x-long", "a" * 9000)])
    answer = connection.wait(hf.HeadersFrame, stream)
    tap.ok(answer and answer.decoded[":status"] == "431", "a header list over 8 KiB is answered 431")
    stream = connection.request()
    answer = connection.wait(hf.HeadersFrame, stream)
    tap.ok(answer and answer.decoded[":status"] == "200", "and the connection goes on")
    connection.close()
    before = server.rss_kib()
    connection = t.Connection(server)
    # One 3,900-byte entry in the dynamic table, then one byte for each repeat of it.
    block = connection.block(extra=[("x-bomb", "b" * 3900)]) + b"\xbe" * 16000
    connection.request(block=block[:16384])
    code = goaway(connection)
    tap.ok(code in (CALM, COMPRESSION_ERROR), "an HPACK bomb ends the connection", code)
    tap.ok(server.rss_kib() - before < 16 * 1024, "and costs less than 16 MiB")
    connection.close()


def slowness(server):
    connection = t.Connection(server)
    start = time.monotonic()
    data, _ = connection.headers(end_headers=False)
    connection.send(data)
    ended = False
    for _ in range(6):  # a CONTINUATION now and then does not buy time
        time.sleep(0.5)
        ended = ended or not connection.send(raw(9, 0, 1, b"\x82"[:0]))
    code = goaway(connection)
    tap.ok(code == CALM and time.monotonic() - start < 8, "a header block that dribbles is ended", code)
    connection.close()

    connection = t.Connection(server)
    stream = connection.request(path="/echo", method="POST", end=False)
    frame = connection.wait(hf.RstStreamFrame, stream)
    tap.ok(frame and frame.error_code == CANCEL, "a request whose body never comes is reset", frame)
    stream = connection.request()
    tap.ok(connection.wait(hf.DataFrame, stream), "and the connection goes on")
    connection.close()

    connection = t.Connection(server, {hf.SettingsFrame.INITIAL_WINDOW_SIZE: 0})
    stream = connection.request()
    frame = connection.wait(hf.RstStreamFrame, stream)
    tap.ok(frame and frame.error_code == CANCEL, "a reply that the window never lets go is reset", frame)
    connection.close()

    connection = t.Connection(server, preface=None)
    tap.ok(goaway(connection) is not None and connection.wait(hf.Frame) is None and connection.closed,
           "a connection without a preface is closed")
    connection.close()

    connection = t.Connection(server)
    code = goaway(connection)
    tap.ok(code == 0, "an idle connection gets GOAWAY(NO_ERROR)", code)
    list(connection.frames())
    tap.ok(connection.closed, "and is closed")
    connection.close()


def stalled_reader(server):
    before = server.rss_kib()
    connection = t.Connection(server, {hf.SettingsFrame.INITIAL_WINDOW_SIZE: 0x7fffffff})
    connection.send(hf.WindowUpdateFrame(0, 0x7fffffff - 65535).serialize())
    fds = server.fds()
    for _ in range(STREAMS):
        connection.request(path="/big")
    time.sleep(0.7)
    grown = server.rss_kib() - before
    tap.ok(grown < 16 * 1024, "20 replies of 64 MiB to a client that reads nothing cost under 16 MiB",
           f"{grown} KiB")
    tap.ok(t.until(lambda: server.fds() < fds, 10), "and the connection is closed at the write timeout")
    connection.close()


def answered(connection):
    """Whether one more request has an answer, rather than a reset."""
    stream = connection.request()
    frame = next((frame for frame in connection.frames() if frame.stream_id == stream), None)
    return isinstance(frame, hf.HeadersFrame)


def slots(server):
    connection = t.Connection(server)
    first = [connection.headers(path="/slow") for _ in range(STREAMS)]
    resets = [hf.RstStreamFrame(stream, CANCEL).serialize() for _, stream in first]
    data, second = connection.headers()
    # All at once, so that the work of none has ended when the last is looked at.
    connection.send(b"".join([data for data, _ in first] + resets + [data]))
    frame = connection.wait(hf.RstStreamFrame, second)
    tap.ok(frame and frame.error_code == REFUSED_STREAM,
           "a reset stream keeps its slot while its work goes on", frame)
    tap.ok(t.until(lambda: answered(connection)), "and gives it back when the work ends")
    connection.close()


def framing(server):
    breaches = {
        "a bad preface": (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", PROTOCOL_ERROR),
        "a frame over 16 KiB": (raw(0, 0, 1, bytes(16385)), FRAME_SIZE_ERROR),
        "DATA on stream 0": (raw(0, 0, 0, b"x"), PROTOCOL_ERROR),
        "HEADERS on an even stream": (raw(1, 5, 2, b"\x82\x84\x87\x41\x01a"), PROTOCOL_ERROR),
        "a PING of 7 bytes": (raw(6, 0, 0, bytes(7)), FRAME_SIZE_ERROR),
        "SETTINGS of 5 bytes": (raw(4, 0, 0, bytes(5)), FRAME_SIZE_ERROR),
        "INITIAL_WINDOW_SIZE over 2^31-1":
            (raw(4, 0, 0, struct.pack(">HI", 4, 0x80000000)), FLOW_CONTROL_ERROR),
        "PUSH_PROMISE from a client": (raw(5, 4, 1, bytes(4) + b"\x82"), PROTOCOL_ERROR),
        "CONTINUATION without HEADERS": (raw(9, 4, 1, b"\x82"), PROTOCOL_ERROR),
        "an index that HPACK does not have": (raw(1, 5, 1, b"\xff\xff\x7f"), COMPRESSION_ERROR),
    }
    for name, (data, expected) in breaches.items():
        connection = t.Connection(server, preface=None if "preface" in name else t.PREFACE)
        connection.send(data)
        code = goaway(connection)
        tap.ok(code == expected, f"{name} is answered by GOAWAY", f"{code}, expected {expected}")
        connection.close()
    requests = {
        "a header name in capitals": {"extra": [("X-Caps", "1")]},
        "a connection header": {"extra": [("connection", "close")]},
        "a value with a line end": {"extra": [("x-split", "a\r\nb")]},
        "no path": {"block": hpack.Encoder().encode([(":method", "GET"), (":scheme", "https")])},
        "two paths": {"extra": [(":path", "/2")]},
    }
    for name, arguments in requests.items():
        connection = t.Connection(server)
        frame = connection.wait(hf.RstStreamFrame, connection.request(**arguments))
        tap.ok(frame and frame.error_code == PROTOCOL_ERROR, f"{name}: the stream is reset", frame)
        connection.close()


def greeting(server):
    connection = t.Connection(server)
    settings = connection.wait(hf.SettingsFrame).settings
    tap.ok(settings[3] == STREAMS and settings[6] == HEADER_LIST_BYTES, "a client is told how many streams and how long headers it may send",
           settings)
    connection.close()


def honest(server):
    """Two window updates and a ping for every DATA frame is what some honest clients do."""
    connection = t.Connection(server)
    stream = connection.request(path="/big")
    received, last = 0, None
    for frame in connection.frames():
        last = frame
        if isinstance(frame, hf.DataFrame):
            size = len(frame.data)
            received += size
            connection.send(hf.WindowUpdateFrame(stream, size).serialize() +
                            hf.WindowUpdateFrame(0, size).serialize() + raw(6, 0, 0, bytes(8)))
        if "END_STREAM" in frame.flags or isinstance(frame, hf.GoAwayFrame):
            break
    tap.ok(received == 64 << 20 and isinstance(last, hf.HeadersFrame) and last.decoded == {"x-sum": "0"},
           "64 MiB and trailers arrive at a client that acknowledges every frame", f"{received}, {last}")
    connection.close()


def malformed_once(server):
    """Pings keep the connection alive for longer than a header block may take."""
    connection = t.Connection(server)
    connection.wait(hf.RstStreamFrame, connection.request(extra=[("X-Caps", "1")]))
    for _ in range(10):
        time.sleep(TIMEOUT_MS / 6000)
        connection.send(raw(6, 0, 0, bytes(8)))
    stream = connection.request()
    tap.ok(connection.wait(hf.DataFrame, stream), "a malformed request does not end its connection later")
    connection.close()


def body_ignored(server):
    """The reply is whole before the request: RST_STREAM(NO_ERROR) follows it, RFC 9113, 8.1."""
    connection = t.Connection(server)
    stream = connection.request(path="/nowhere", method="POST", end=False)
    data = connection.wait(hf.DataFrame, stream)
    reset = connection.wait(hf.RstStreamFrame, stream)
    tap.ok(data and "END_STREAM" in data.flags and reset and reset.error_code == 0,
           "a reply that does not wait for the body ends it with NO_ERROR")
    connection.close()


def main():
    certificates = t.make_certificates()
    server = t.Server(certificates, "-f", str(BUDGET), "-s", str(STREAMS), "-t", str(TIMEOUT_MS))
    fds = server.fds()
    for part in (floods, header_limits, slowness, stalled_reader, slots, framing, greeting, honest, malformed_once,
                 body_ignored):
        part(server)
    tap.ok(t.until(lambda: server.fds() <= fds), "no descriptor is left behind", server.fds())
    connection = t.Connection(server)
    tap.ok(connection.wait(hf.DataFrame, connection.request()), "an honest client is served after all that")
    connection.close()
    tap.ok(server.stop() == 0, "the server ends in order", server.log_text()[-2000:])
    shutil.rmtree(certificates)
    tap.done()


if __name__ == "__main__":
    main()
