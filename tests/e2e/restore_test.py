#!/usr/bin/python3
"""A wrong but plausible file has replaced a month: with pbc PCT finance makes the right one count again, and the past stays known."""

import csv
import io
import json
import os
import sys
from decimal import Decimal

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from stack import Stack
from tap import Tap

tap = Tap()

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,The Example Surgery,5XZ,,2010-04-01,\n"
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\n"
HEADER = "currency,currency_type,name,chapter,pod,age_band,price\n"
TARIFF = HEADER + "BZ34C,HRG,Cataract,Eyes,DC,ALL,672\n"
CORRECTED = HEADER + "BZ34C,HRG,Cataract,Eyes,DC,ALL,700\n"
COLUMNS = "record_id,dataset,practice_code,nhs_number,sex,age,hrg,patient_classification,admission_method,admission_date,discharge_date\n"


def day_cases(*records):
    """One of them a row that is refused: its practice is unknown."""
    rows = [f"{record},APC,X00001,9434765919,1,40,BZ34C,2,11,2017-07-09,2017-07-09\n" for record in records]
    return COLUMNS + "".join(rows) + "BAD,APC,X00777,9434765919,1,40,BZ34C,2,11,2017-07-09,2017-07-09\n"


RIGHT, WRONG = day_cases("P1", "P2", "P3"), day_cases("Q1", "Q2")


class Month:
    """July of Trust A as finance sees it through pbc."""

    def __init__(self, stack):
        self.stack = stack
        for name, text in (("right", RIGHT), ("wrong", WRONG), ("practices", PRACTICES), ("providers", PROVIDERS), ("tariff", TARIFF),
                           ("corrected", CORRECTED)):
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(text)

    def path(self, name):
        return f"{self.stack.dir}/{name}.csv"

    def pbc(self, *words, user="finance"):
        return self.stack.pbc(user, *words)

    def rows(self, *words, user="finance"):
        done = self.pbc(*words, "--format", "csv", user=user)
        assert done.returncode == 0, done.stderr
        return list(csv.DictReader(io.StringIO(done.stdout)))

    def outcomes(self, *words):
        done = self.pbc(*words, "--format", "json")
        assert done.returncode == 0, done.stderr
        operation = json.loads(done.stdout)["operation"]
        return operation.get("result_id", ""), {o["name"]: o["value"] for o in operation["outcomes"]}

    def send(self, name, phase="flex"):
        return self.outcomes("activity", "import", self.path(name), "--provider", "RXA", "--period", "2017-07", "--phase", phase)

    def submissions(self, *words):
        return self.rows("activity", "submissions", "--provider", "RXA", "--period", "2017-07", *words)

    def cost(self, as_at=None):
        """Of the submission that counts; of the report the same."""
        when = ("--as-at", as_at) if as_at else ()
        current = self.submissions("--current", *when)
        report = self.rows("report", "financial-summary", "--practice", "X00001", "--year", "2017/18", "--to", "2017-07", *when)
        return [row["cost"] for row in current], str(sum(Decimal(row["month_actual_cost"]) for row in report if row["row"] == "All"))


def seen(month, as_at=None):
    """The records that the practice is listed, and of one of each file the row that counts and whether it does."""
    when = ("--as-at", as_at) if as_at else ()
    listed = month.rows("activity", "list", "--practice", "X00001", "--period", "2017-07", "--reason", "query", *when, user="gp-a")
    explained = [json.loads(month.pbc("explain", record, "--reason", "query", "--format", "json", *when).stdout)["submission"]
                 for record in ("P1", "Q1")]
    return [row["record_id"] for row in listed], [(submission["submission_id"], submission["current"]) for submission in explained]


def load(month):
    assert month.pbc("practice", "import", month.path("practices")).returncode == 0
    assert month.pbc("provider", "import", month.path("providers")).returncode == 0
    assert month.pbc("tariff", "import", month.path("tariff"), "--year", "2017/18").returncode == 0
    right, _ = month.send("right")
    tap.is_(month.cost(), (["2016.00"], "2016.00"), "three day cases at 672.00 count")
    wrong, _ = month.send("wrong")
    tap.is_(month.cost(), (["1344.00"], "1344.00"), "then another file of two")
    return right, wrong


def restored(month, right, wrong):
    again = month.pbc("activity", "import", month.path("right"), "--provider", "RXA", "--period", "2017-07", "--phase", "flex")
    tap.ok(again.returncode == 0 and f"pbc activity restore {right}" in again.stderr, "the right file sent again points to the remedy",
           again.stderr)
    tap.is_(month.cost()[0], ["1344.00"], "and changes nothing")
    before = month.submissions()[0]["submit_time"]
    told = {"restored": right, "accepted": "3", "cost_pence": "201600", "supersedes": wrong, "superseded_accepted": "2",
            "superseded_cost_pence": "134400", "months_on_other_tariff": "0"}
    restore = ("activity", "restore", right, "--reason", "that was another month's file")
    tap.is_(month.outcomes(*restore, "--validate-only")[1], told, "a trial says what it comes to")
    tap.is_(month.cost()[0], ["1344.00"], "and changes nothing")
    new, outcomes = month.outcomes(*restore)
    tap.is_(outcomes, told, "then it is done")
    tap.is_(month.cost(), (["2016.00"], "2016.00"), "and the right file counts, in the report too")
    tap.is_(month.cost(before), (["1344.00"], "1344.00"), "as at a moment before, the wrong one does")
    tap.is_(seen(month), (["P1", "P2", "P3"], [(new, True), (wrong, False)]), "a practice's list and explain show what counts")
    tap.is_(seen(month, before), (["Q1", "Q2"], [(right, False), (wrong, True)]), "and as at that moment what counted then")
    late = month.pbc("explain", "Q1", "--reason", "query", "--as-at", month.submissions()[-1]["submit_time"])
    tap.ok(late.returncode == 3 and "RECORD_NOT_FOUND" in late.stderr, "a record that had not come then is not found", late.stderr)
    shown = json.loads(month.pbc("activity", "show", new, "--format", "json").stdout)["submission"]
    tap.is_((shown["restore_of_submission_id"], shown["supersedes_submission_id"], shown["restore_reason"], shown["submitted_by"]),
            (right, wrong, "that was another month's file", "finance"), "the submission says what it restores, why and who did it")
    tap.is_(month.pbc("activity", "rejects", new, "--format", "csv").stdout, month.pbc("activity", "rejects", right, "--format", "csv").stdout,
            "its rejected rows are the file's")
    tap.is_(month.send("right")[1], {"duplicate_of": right}, "the right file sent again is the one that counts")
    tap.is_(month.send("wrong")[1], {"duplicate_of": wrong, "replaced_by": new}, "the wrong one is replaced")
    return new


def refused(month, right, new):
    def refusal(*words, user="finance"):
        done = month.pbc("activity", "restore", *words, user=user)
        return done.returncode, done.stderr

    code, text = refusal(new, "--reason", "again")
    tap.ok(code == 5 and "SUBMISSION_CURRENT" in text, "what counts already is a conflict", text)
    tap.is_(refusal("00000000-0000-4000-8000-000000000001", "--reason", "x")[0], 3, "what never came is not found")
    tap.is_(refusal(right)[0], 2, "a reason is asked for")
    tap.is_(refusal(right, "--reason", "patient 943 476 5919")[0], 6, "that names no patient")
    for user in ("approver", "trust-a", "gp-a", "auditor"):
        tap.is_(refusal(right, "--reason", "x", user=user)[0], 4, f"{user} may not")
    tap.is_(refusal(right, "--reason", "x", user="other-finance")[0], 3, "to another PCT it is not there")


def frozen(month, right):
    """The month was frozen by the wrong file: two people open it, one of them restores, the right file closes it."""
    month.send("wrong", "freeze")
    done = month.pbc("activity", "restore", right, "--reason", "frozen by mistake")
    tap.ok(done.returncode == 5 and "MONTH_FROZEN" in done.stderr and "pbc activity reopen" in done.stderr, "a frozen month has to be reopened",
           done.stderr)
    asked = month.pbc("activity", "reopen", "--provider", "RXA", "--period", "2017-07", "--reason", "frozen by mistake", "--format", "json",
                      user="approver")
    reopening = json.loads(asked.stdout)["reopening"]["reopening_id"]
    month.stack.certify("approver-renewed", "/O=5XZ/CN=approver")
    month.stack.certify("approver2", "/O=5XZ/CN=approver2")
    month.stack.sql("INSERT INTO ledger.app_user VALUES ('5XZ', '5XZ', 'approver2', 'Second', '{pct_approver}', NULL, NULL, true)")
    for certificate in ("approver", "approver-renewed"):
        done = month.pbc("activity", "approve-reopening", reopening, user=certificate)
        tap.ok(done.returncode == 5 and "SELF_APPROVAL" in done.stderr, f"not by one person, with whichever certificate: {certificate}",
               done.stderr)
    tap.is_(month.pbc("activity", "approve-reopening", reopening, user="finance").returncode, 4, "nor by who may not approve")
    tap.is_(month.pbc("activity", "approve-reopening", reopening, user="approver2").returncode, 0, "by two people")
    tap.is_(month.outcomes("activity", "restore", right, "--reason", "frozen by mistake")[1]["cost_pence"], "201600", "then it is restored")
    tap.is_((month.cost()[0], month.submissions("--current")[0]["phase"]), (["2016.00"], "flex"), "and counts as a flex")
    month.send("right", "freeze")
    tap.is_((month.cost()[0], month.submissions("--current")[0]["phase"]), (["2016.00"], "freeze"), "until its file closes the month")


def corrected(stack, month):
    """August: a month restored from before a tariff's correction is priced again."""
    def send(name):
        return month.outcomes("activity", "import", month.path(name), "--provider", "RXA", "--period", "2017-08", "--phase", "flex")[0]

    for name, text in (("right8", RIGHT), ("wrong8", WRONG)):
        with open(month.path(name), "w", encoding="utf-8") as file:
            file.write(text.replace("2017-07", "2017-08"))
    right = send("right8")
    month.pbc("tariff", "import", month.path("corrected"), "--year", "2017/18")
    send("wrong8")
    outcomes = month.outcomes("activity", "restore", right, "--reason", "wrong file")[1]
    tap.is_((outcomes["cost_pence"], outcomes["months_on_other_tariff"]), ("201600", "1"), "what was priced before a correction says so")
    month.outcomes("tariff", "apply", "--year", "2017/18")
    current = month.rows("activity", "submissions", "--provider", "RXA", "--period", "2017-08", "--current")[0]
    tap.is_(current["cost"], "2100.00", "and is priced on the tariff in force by tariff apply")
    sent = json.loads(month.pbc("activity", "show", right, "--format", "json").stdout)["submission"]["submit_time"]
    for when, pence, tariff in (((), "70000", "corrected.csv"), (("--as-at", sent), "67200", "tariff.csv")):
        told = json.loads(month.pbc("explain", "P1", "--period", "2017-08", "--reason", "query", "--format", "json", *when).stdout)
        tap.is_((told["agrees"], told["record"]["price_pence"], told["price"]["total_pence"], told["tariff_row"]["file_name"],
                 told["record"]["line"]), (True, pence, pence, tariff, "2"), f"explain {' '.join(when)}: a price by the tariff of its time")
    again = month.outcomes("activity", "import", month.path("right8"), "--provider", "RXA", "--period", "2017-08", "--phase", "flex")[1]
    tap.is_(again, {"duplicate_of": right}, "of the one file still")


with Stack(jobs=True) as stack:
    july = Month(stack)
    right_id, wrong_id = load(july)
    new_id = restored(july, right_id, wrong_id)
    refused(july, right_id, new_id)
    frozen(july, right_id)
    corrected(stack, july)
    tap.is_(july.pbc("ledger", "verify", user="auditor").returncode, 0, "the books verify")
    tap.is_(stack.sql("SELECT count(*) FROM ledger.audit_event WHERE action = 'restore_submission'"), "3", "each restoring is an event, no trial is")
    tap.ok("level=error" not in stack.log("pbcd") and "9434765919" not in stack.log("pbc-jobd"), "nothing failed inside, and no log names a patient")
tap.done()
