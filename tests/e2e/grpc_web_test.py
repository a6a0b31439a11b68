#!/usr/bin/python3
"""gRPC-Web by the bytes, as a page's fetch reads it: headers, frames, and trailers in the body."""

import hashlib
import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import transport
from stack import Stack
from tap import Tap

TYPE = "application/grpc-web+proto"
TRAILERS = 0x80  # flag of the frame that holds them

tap = Tap()


def post_all(connection, stack, name, content_type, messages):
    service, verb = name.split(".")
    stream = connection.request(path=f"/pbc.v1.{service}/{verb}", method="POST", end=False,
                                extra=[("content-type", content_type), ("x-grpc-web", "1")])
    encoded = [stack.request(name, **fields).SerializeToString() for fields in messages]
    body = b"".join(bytes([0]) + len(message).to_bytes(4, "big") + message for message in encoded)
    connection.send(transport.hf.DataFrame(stream, data=body, flags=["END_STREAM"]).serialize())
    return stream


def post(connection, stack, name, content_type=TYPE, **fields):
    return post_all(connection, stack, name, content_type, [fields])


def read(connection, stream, until=None):
    """Header blocks and body of a reply, until its end or the given kind of frame."""
    blocks, body = [], b""
    for frame in connection.frames():
        if frame.stream_id != stream:
            continue
        if isinstance(frame, transport.hf.HeadersFrame):
            blocks.append(frame.decoded)
        elif isinstance(frame, transport.hf.DataFrame):
            body += frame.data
        if "END_STREAM" in frame.flags or isinstance(frame, until or ()):
            break
    return blocks, body


def parts(body):
    """(flag, bytes) of each frame of a body; trailers as a dictionary."""
    found = []
    while body:
        length = int.from_bytes(body[1:5], "big")
        content, flag = body[5:5 + length], body[0]
        if flag == TRAILERS:
            content = dict(line.split(": ", 1) for line in content.decode().split("\r\n") if line)
        found.append((flag, content))
        body = body[5 + length:]
    return found


def unary(stack, connection):
    blocks, body = read(connection, post(connection, stack, "LedgerService.VerifyLedger"))
    tap.is_((len(blocks), blocks[0][":status"], blocks[0]["content-type"]), (1, "200", TYPE), "one block of headers, no trailers after it")
    answer, trailers = parts(body)
    tap.ok(stack.message("pbc.v1.VerifyLedgerResponse").FromString(answer[1]).ok, "the answer is the first frame")
    tap.is_(trailers, (TRAILERS, {"grpc-status": "0"}), "the last frame holds the trailers")
    stream = connection.request(path="/pbc.v1.LedgerService/VerifyLedger", method="OPTIONS", extra=[
        ("origin", "https://other.example"), ("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")])
    preflight = read(connection, stream)[0][0]
    tap.ok(preflight[":status"] == "405" and not any(name.startswith("access-control-") for name in [*preflight, *blocks[0]]),
           "a page of another site is not let in", preflight)
    blocks, body = read(connection, post(connection, stack, "LedgerService.VerifyLedger", "application/grpc-web-text"))
    tap.is_((blocks[0][":status"], b"grpc-web" in body), ("415", True), "the form in base64 is refused, and told what to use")


def refused(stack, connection):
    blocks, body = read(connection, post(connection, stack, "BudgetService.GetBudget", practice_code="X00001", financial_year="2017/18"))
    tap.is_((len(blocks), blocks[0][":status"], blocks[0]["grpc-status"], body), (1, "200", "5", b""), "a refusal without an answer is in the headers")
    tap.ok("grpc-status-details-bin" in blocks[0], "and so are its details")


def uploaded(stack, connection):
    content = os.urandom(12000)
    upload, half = str(uuid.uuid4()), len(content) // 2
    whole = {"complete": True, "sha256": hashlib.sha256(content).hexdigest()}
    blocks, body = read(connection, post_all(connection, stack, "UploadService.UploadFile", TYPE, [
        {"upload_id": upload, "file_name": "july.csv", "data": content[:half]},
        {"upload_id": upload, "offset": half, "data": content[half:], **whole}]))
    answer, trailers = parts(body)
    stored = stack.message("pbc.v1.UploadFileResponse").FromString(answer[1]).upload
    tap.is_((stored.received_bytes, trailers), (len(content), (TRAILERS, {"grpc-status": "0"})), "a file goes up in one body of several messages")


def watched(stack, connection):
    stream = post(connection, stack, "SettlementService.WatchStatements")
    blocks, body = read(connection, stream, until=transport.hf.HeadersFrame)
    tap.is_(([block[":status"] for block in blocks], body), (["200"], b""), "a watch answers before there is an event")
    connection.send(transport.hf.RstStreamFrame(stream, error_code=8).serialize())
    tap.ok(transport.until(lambda: "method=SettlementService.WatchStatements" in stack.log("pbcd") and "reason=LEFT" in stack.log("pbcd")),
           "a page that goes away ends it")
    practices = stack.dir + "/practices.csv"
    with open(practices, "w") as file:
        file.write("practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,The Example Surgery,5XZ,,2006-04-01,\n")
    tap.is_(stack.pbc("finance", "practice", "import", practices).returncode, 0, "an import is run")
    (operation,) = stack.call("finance", "OperationService.ListOperations").operations
    stream = post(connection, stack, "OperationService.WatchOperation", operation_id=operation.operation_id)
    *events, trailers = parts(read(connection, stream)[1])
    last = stack.message("pbc.v1.WatchOperationResponse").FromString(events[-1][1])
    tap.is_(last.operation.operation_id, operation.operation_id, "a stream's messages are frames")
    tap.is_(trailers, (TRAILERS, {"grpc-status": "0"}), "and its end is in the body")


def main():
    with Stack(jobs=True) as stack:
        for part in (unary, refused, uploaded, watched):
            part(stack, transport.Connection(stack, client="finance" if part is not unary else "auditor"))
        tap.is_(stack.stop("pbcd"), 0, "SIGTERM ends the server in order")
    tap.done()


if __name__ == "__main__":
    main()
