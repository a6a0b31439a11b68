#!/usr/bin/python3
"""A file that cannot be the whole month changes nothing, and one whose connection is cut again and again arrives whole: both with pbc."""

import hashlib
import os
import socket
import sys
import threading
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from stack import Stack
from tap import Tap

tap = Tap()

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,The Example Surgery,5XZ,,2010-04-01,\n"
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\n"
TARIFF = "currency,currency_type,name,chapter,pod,age_band,price\n130,TFC,Ophthalmology,Outpatients,OPFA,ALL,100\n"
HEADER = ("record_id,dataset,practice_code,nhs_number,sex,age,treatment_function_code,attendance_date,first_attendance,attended,provider_price,"
          "note\n")


def visits(count, note=""):
    return "".join(f"R{number},OP,X00001,9434765919,1,40,130,2017-07-{1 + number % 31:02},1,5,100.00,{note}\n" for number in range(count))


SOUND = HEADER + visits(30)
# What is wrong with the whole file, its bytes, more words of the command, the reason.
WRONG = [
    ("UTF-16, as a spreadsheet's Unicode text", SOUND.encode("utf-16"), (), "CSV_"),
    ("Latin-1 in a name", (HEADER + visits(30, "Zoë")).encode("latin-1"), (), "CSV_BAD_TEXT"),
    ("a NUL", (HEADER + visits(30, "a\0b")).encode(), (), "CSV_BAD_TEXT"),
    ("nothing in it", b"", (), "CSV_NO_HEADER"),
    ("a header alone", HEADER.encode(), (), "NO_ROWS"),
    ("no header", visits(30).encode(), (), "CSV_COLUMN_MISSING"),
    ("a mandatory column less", SOUND.replace("sex,", "gender,").encode(), (), "CSV_COLUMN_MISSING"),
    ("a column twice", SOUND.replace(",note", ",age").encode(), (), "CSV_COLUMN_TWICE"),
    ("semicolons", SOUND.replace(",", ";").encode(), (), "CSV_SEPARATOR"),
    ("its last line cut off", SOUND[:-20].encode(), (), "CSV_RAGGED"),
    ("its last quote cut off", (HEADER + visits(29) + visits(1, '"half').rstrip("\n")).encode(), (), "CSV_QUOTE"),
    ("a line cut off that its control total counts", (HEADER + visits(29)).encode(), ("--rows", "30"), "CONTROL_TOTAL"),
    ("a penny more than its control total", SOUND.encode(), ("--cost", "2999.99"), "CONTROL_TOTAL"),
    ("rows of another month alone", SOUND.replace("2017-07", "2017-08").encode(), (), "NOTHING_ACCEPTED"),
]
STATE = """
SELECT sha256(convert_to(string_agg(fact, E'\\n' ORDER BY fact COLLATE "C"), 'UTF8')) FROM (
  SELECT to_jsonb(a)::text AS fact FROM ledger.activity a UNION ALL SELECT to_jsonb(r)::text FROM ledger.activity_rollup r
  UNION ALL SELECT to_jsonb(s)::text FROM ledger.submission s UNION ALL SELECT to_jsonb(m)::text FROM ledger.provider_month m
  UNION ALL SELECT to_jsonb(p)::text FROM patient.identity p UNION ALL SELECT to_jsonb(j)::text FROM patient.reject j) f
"""


def write(stack, name, content):
    with open(f"{stack.dir}/{name}", "wb") as file:
        file.write(content)
    return file.name


def send(stack, path, *words, phase="flex"):
    return stack.pbc("finance", "activity", "import", path, "--provider", "RXA", "--period", "2017-07", "--phase", phase, *words)


def whole_or_nothing(stack):
    first = send(stack, write(stack, "july.csv", (HEADER + visits(20) + visits(1).replace("R0", "BAD").replace(",1,40", ",8,40")).encode()))
    assert first.returncode == 0, first.stderr
    before = stack.sql(STATE)
    for name, content, words, reason in WRONG:
        for phase in ("flex", "freeze"):
            done = send(stack, write(stack, "wrong.csv", content), *words, phase=phase)
            tap.ok(done.returncode == 6 and reason in done.stderr, f"a {phase} with {name} is refused: {reason}", (done.returncode, done.stderr))
        tap.is_(stack.sql(STATE), before, "and changes nothing")
    done = send(stack, write(stack, "right.csv", b"\xef\xbb\xbf" + SOUND.replace("\n", "\r\n").encode()), "--rows", "30", "--cost", "3000.00")
    tap.is_((done.returncode, stack.sql(STATE) == before), (0, False), "the sound file with its control totals is taken")


class Cutter:
    """Passes bytes on to a port, and cuts each of the first connections once it has passed on so many from the client."""

    def __init__(self, port, limits):
        self.port, self.limits, self.cuts = port, list(limits), 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.port))
            limit = self.limits.pop(0) if self.limits else None
            threading.Thread(target=self.pump, args=(client, server, limit), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, None), daemon=True).start()

    def pump(self, source, target, limit):
        passed = 0
        try:
            while data := source.recv(65536):
                if limit is not None and passed + len(data) > limit:
                    self.cuts += 1
                    break
                target.sendall(data)
                passed += len(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def cut_uploads(stack):
    """A file of 4 MB: cut in the handshake, in the first chunk and in later ones."""
    content = (HEADER + visits(40000, "x" * 40)).encode()
    path = write(stack, "large.csv", content)
    cutter = Cutter(stack.port, [500, 100000, 600000, 700000, 800000])
    request = str(uuid.uuid4())
    words = ("--request-id", request, "--server", f"localhost:{cutter.listener.getsockname()[1]}")
    done = send(stack, path, *words)
    tap.ok(done.returncode == 0, "an upload that is cut five times ends", done.stderr)
    tap.is_(cutter.cuts, 5, "having been cut so often")
    kept = stack.sql("SELECT encode(sha256, 'hex'), accepted_count FROM ledger.submission ORDER BY recorded_at DESC LIMIT 1")
    tap.is_(kept, f"{hashlib.sha256(content).hexdigest()}|40000", "with every byte as it was sent")
    sent = stack.sql("SELECT count(*), sum(length(data)) FROM patient.upload_chunk u JOIN ledger.submission s USING (upload_id) "
                     f"WHERE s.sha256 = '\\x{hashlib.sha256(content).hexdigest()}'")
    tap.is_(sent.split("|")[1], str(len(content)), "and none kept twice")
    again = send(stack, path, *words)
    tap.ok(again.returncode == 0 and stack.sql("SELECT count(*) FROM ledger.submission") == "3", "the same request once more is the same import",
           again.stderr)


with Stack(jobs=True) as the_stack:
    for noun, text, more in (("practice", PRACTICES, ()), ("provider", PROVIDERS, ()), ("tariff", TARIFF, ("--year", "2017/18"))):
        assert the_stack.pbc("finance", noun, "import", write(the_stack, noun + ".csv", text.encode()), *more).returncode == 0
    whole_or_nothing(the_stack)
    cut_uploads(the_stack)
    tap.is_(the_stack.pbc("auditor", "ledger", "verify").returncode, 0, "the books verify")
tap.done()
