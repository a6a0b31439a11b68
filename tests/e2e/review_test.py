#!/usr/bin/python3
"""A practice validates its records with pbc, a spreadsheet in between; finance ends the queries; others see counts."""

import csv
import io
import json
import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from stack import Stack
from tap import Tap

tap = Tap()
SUBMISSION = "10000000-0000-4000-8000-000000000001"
NHS_NUMBER = "943 476 5919"  # published example of a right check digit

# record, practice, pence, what the provider says it costs
RECORDS = [("R1", "X00001", 67200, "NULL"), ("R2", "X00001", 122800, "NULL"), ("R3", "X00001", 197900, "200000"),
           ("R4", "X00001", 11000, "NULL"), ("R5", "X00002", 136300, "NULL")]


def fill(stack):
    rows = ", ".join(
        f"('5XZ', '2017-07-01', '{SUBMISSION}', {line}, '{record}', 'APC', 'RXA', '{practice}', '5XZ', 'registered', "
        f"sha256('{record}'), '1', 50, 'FZ18K', '2017-07-15', 'EL', 'priced', {pence}, {stated})"
        for line, (record, practice, pence, stated) in enumerate(RECORDS, 2))
    stack.sql(f"""
SELECT set_config('pbc.commissioner', '5XZ', false);
INSERT INTO ledger.practice VALUES ('5XZ', 'X00001', 'The Example Surgery'), ('5XZ', 'X00002', 'Another Surgery');
INSERT INTO ledger.provider VALUES ('5XZ', 'RXA', 'Trust A', true);
SELECT job.ensure_partition('2017-07-01');
INSERT INTO ledger.submission (commissioner_code, submission_id, provider_code, period, phase, upload_id, file_name, header, sha256,
  row_count, accepted_count, rejected_count, priced_count, excluded_count, unpriced_count, not_ours_count, cost_pence,
  organisation_code, user_id, recorded_at)
VALUES ('5XZ', '{SUBMISSION}', 'RXA', '2017-07-01', 'flex', gen_random_uuid(), 'july.csv', 'record_id', sha256('july'), 5, 5, 0, 5, 0, 0, 0,
  {sum(record[2] for record in RECORDS)}, '5XZ', 'finance', now());
INSERT INTO ledger.provider_month VALUES ('5XZ', 'RXA', '2017-07-01', 'flex', '{SUBMISSION}', now());
INSERT INTO ledger.activity (commissioner_code, period, submission_id, line, record_id, dataset, provider_code, practice_code,
  responsible_code, attribution, patient_key, sex, age, hrg, activity_date, pod, price_state, total_pence, provider_price_pence)
VALUES {rows};""")


def worklist(stack, user, *words):
    done = stack.pbc(user, "activity", "worklist", "--period", "2017-07", "--reason", "July validation", "--format", "csv", *words)
    return done, list(csv.DictReader(io.StringIO(done.stdout)))


def write(path, rows, columns):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def test_worklist(stack):
    done, rows = worklist(stack, "gp-a")
    tap.is_([row["record_id"] for row in rows], ["R3", "R2", "R1", "R4"], "a practice gets its own records, dearest first")
    tap.is_((rows[0]["price"], rows[0]["oddities"]), ("1979.00", "price_differs"), "with price and oddity")
    tap.is_([row["record_id"] for row in worklist(stack, "gp-a", "--limit", "2")[1]], ["R3", "R2"], "the dearest so many")
    tap.is_([row["record_id"] for row in worklist(stack, "gp-a", "--odd")[1]], ["R3"], "only what is odd")
    tap.is_([row["record_id"] for row in worklist(stack, "gp-a", "--oddity", "same-day")[1]], [], "in one way")
    tap.is_([row["record_id"] for row in worklist(stack, "gp-a", "--at-least", "1228.00")[1]], ["R3", "R2"], "at least so dear")
    drawn = [[row["record_id"] for row in worklist(stack, "gp-a", "--percent", "50", "--seed", "July")[1]] for _ in range(2)]
    tap.ok(len(drawn[0]) == 2 and drawn[0] == drawn[1], "a share, and the same seed draws it again", drawn)
    tap.is_(worklist(stack, "gp-a", "--percent", "101")[0].returncode, 6, "more than all is refused")
    tap.is_(worklist(stack, "gp-a", "--practice", "X00002")[0].returncode, 3, "another practice's are not found")
    tap.is_(worklist(stack, "finance")[0].returncode, 4, "and finance has no worklist")
    return rows


def test_spreadsheet(stack, rows):
    path = stack.dir + "/worklist.csv"
    columns = list(rows[0])
    for row in rows:
        row["verdict"], row["reason"], row["note"] = {
            "R1": ("confirmed", "", "=as billed"), "R2": ("Queried", "Wrong HRG", "no complication"),
            "R3": ("queried", "did-not-attend", f"patient {NHS_NUMBER}"), "R4": ("", "", "")}[row["record_id"]]
    write(path, rows, columns)
    words = ("activity", "review", "--period", "2017-07", "--file", path)
    done = stack.pbc("gp-a", *words, "--format", "json")
    tap.is_(done.returncode, 6, "a row that is refused is a failure to see to")
    tap.ok("line 2, note" in done.stderr and "(IDENTIFIER_IN_TEXT)" in done.stderr and "943" not in done.stderr,
           "told by its line, without the identifier", done.stderr)
    tap.is_(json.loads(done.stdout)["recorded_count"], "2", "and the others are recorded")

    rows[0]["note"] = "letter of cancellation"
    write(path, rows, columns)
    done = stack.pbc("gp-a", *words, "--format", "json")
    answer = json.loads(done.stdout)
    tap.is_((done.returncode, answer["recorded_count"], answer["unchanged_count"]), (0, "1", "2"),
            "the mended file adds what is new and nothing twice")

    write(path, worklist(stack, "gp-a")[1], columns)
    answer = json.loads(stack.pbc("gp-a", *words, "--format", "json").stdout)
    tap.is_((answer["recorded_count"], answer["unchanged_count"]), ("0", "3"), "a worklist sent back as it came changes nothing")
    tap.is_([row["record_id"] for row in worklist(stack, "gp-a", "--unreviewed")[1]], ["R4"], "what is left to review")
    tap.ok(not any(form in stack.log("pbcd") for form in (NHS_NUMBER, "9434765919")), "no identifier is in the log")


def test_flags(stack):
    review = ("activity", "review", "--period", "2017-07")
    request = ("--request-id", str(uuid.uuid4()), "--format", "json")
    first = stack.pbc("member-a", *review, "R4", "--query", "not-referred", *request)
    tap.is_((first.returncode, json.loads(first.stdout)["reviews"][0]["query_state"]), (0, "QUERY_STATE_OPEN"), "a member queries a record")
    tap.is_(stack.pbc("member-a", *review, "R4", "--query", "not-referred", *request).stdout, first.stdout,
            "a repeated request gets the first answer")
    done = stack.pbc("member-a", *review, "R4", "--confirm", *request)
    tap.is_(done.returncode, 5, "the same request id for something else is a conflict")
    done = stack.pbc("gp-a", *review, "R5", "--confirm")
    tap.ok(done.returncode == 6 and "record R5" in done.stderr and "(RECORD_NOT_FOUND)" in done.stderr, "another practice's record is not there",
           done.stderr)
    for words, name in (((), "nothing said"), (("R1",), "no verdict"), (("R1", "--confirm", "--query", "duplicate"), "two verdicts"),
                        (("--confirm",), "no record"), (("R1", "--file", "x.csv"), "a record beside a file"),
                        (("R1", "--query", "nonsense"), "a reason that is none"), (("--file", "absent.csv"), "a file that is not there")):
        tap.is_(stack.pbc("gp-a", *review, *words).returncode, 2, "usage: " + name)
    tap.is_(stack.pbc("finance", *review, "R1", "--confirm").returncode, 4, "finance reviews nothing")


def test_finance(stack):
    done = stack.pbc("finance", "activity", "reviews", "--state", "open", "--reason", "challenges of July", "--format", "csv")
    queries = {row["record_id"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    tap.is_(sorted(queries), ["R2", "R3", "R4"], "finance sees the open queries")
    tap.is_(queries["R2"]["note"], "no complication", "with what the practice says")
    resolve = ("activity", "resolve", queries["R2"]["review_id"], "--reason", "the trust recoded it")
    tap.is_(stack.pbc("gp-a", *resolve, "--outcome", "upheld").returncode, 4, "a practice does not decide its own query")
    tap.is_(stack.pbc("finance", *resolve, "--outcome", "upheld", "--recovered", "1228.01").returncode, 6, "more than its price is not recovered")
    done = stack.pbc("finance", *resolve, "--outcome", "upheld", "--recovered", "556.00")
    tap.ok(done.returncode == 0 and "£556.00" in done.stdout, "finance upholds it", done.stderr)
    tap.is_(stack.pbc("finance", *resolve, "--outcome", "rejected").returncode, 5, "once")
    stack.pbc("finance", "activity", "resolve", queries["R3"]["review_id"], "--outcome", "rejected", "--reason", "the clinic's list shows attendance")
    done = stack.pbc("gp-a", "activity", "reviews", "--reason", "what came of it", "--format", "csv")
    mine = {row["record_id"]: (row["query_state"], row["recovered"], row["resolution"]) for row in csv.DictReader(io.StringIO(done.stdout))}
    tap.is_(mine, {"R1": ("", "0.00", ""), "R2": ("upheld", "556.00", "the trust recoded it"),
                   "R3": ("rejected", "0.00", "the clinic's list shows attendance"), "R4": ("open", "0.00", "")},
            "the practice sees what came of its queries")
    tap.is_(stack.pbc("gp-b", "activity", "reviews", "--reason", "x", "--format", "csv").stdout.count("\n"), 1, "another practice sees none")


def test_summary(stack):
    done = stack.pbc("gp-a", "activity", "review-summary", "--year", "2017/18", "--format", "csv")
    tap.is_(next(csv.DictReader(io.StringIO(done.stdout))),
            {"breakdown": "total", "key": "", "checked_count": "4", "queried_count": "3", "upheld_count": "1", "recovered": "556.00",
             "suppressed": "no"}, "a practice counts checked, queried, upheld and recovered")
    for user in ("finance", "board", "auditor"):
        done = stack.pbc(user, "activity", "review-summary", "--year", "2017/18", "--format", "json")
        counts = json.loads(done.stdout)["counts"]
        tap.ok(counts and all(set(c) == {"breakdown", "key", "suppressed"} and c["suppressed"] for c in counts),
               f"the {user} gets no count from 1 to 4", counts)
    tap.is_(stack.pbc("trust-a", "activity", "review-summary", "--year", "2017/18").returncode, 4, "and the trust none at all")


def test_past(stack, moment):
    rows = worklist(stack, "gp-a", "--as-at", moment)[1]
    tap.is_([(row["record_id"], row["verdict"]) for row in rows], [("R3", ""), ("R2", ""), ("R1", ""), ("R4", "")],
            "as at a moment before, nothing was said of the worklist")
    done = stack.pbc("gp-a", "activity", "reviews", "--reason", "looking back", "--as-at", moment, "--format", "csv")
    tap.is_((done.returncode, done.stdout.count("\n")), (0, 1), "no review was there")
    summary = ("activity", "review-summary", "--year", "2017/18", "--format", "json", "--as-at")
    tap.is_(json.loads(stack.pbc("gp-a", *summary, moment).stdout)["counts"], [], "and none was counted")
    done = stack.pbc("finance", *summary, moment)
    tap.ok(done.returncode == 6 and "--as-at" in done.stderr, "others are given counts of whole days", done.stderr)
    tap.is_(stack.pbc("finance", *summary, moment[:10]).returncode, 0, "and those they are given")


with Stack() as stack:
    fill(stack)
    before = test_worklist(stack)
    moment = stack.sql("SELECT ledger.moment(clock_timestamp())")
    test_spreadsheet(stack, before)
    test_flags(stack)
    test_finance(stack)
    test_summary(stack)
    test_past(stack, moment)
    reads = stack.sql("SELECT count(*) FROM ledger.audit_event WHERE action = 'read_patient_level' AND detail = 'July validation'")
    tap.ok(int(reads) >= 8, "every worklist read is an event with its reason", reads)
    tap.is_(stack.sql("SELECT count(*) FROM ledger.audit_event WHERE action = 'ReviewService.ReviewRecords'"),
            stack.sql("SELECT count(*) FROM ledger.request WHERE method = 'ReviewService.ReviewRecords'"), "and so is every review")
    tap.ok("level=error" not in stack.log("pbcd"), "nothing failed inside")
tap.done()
