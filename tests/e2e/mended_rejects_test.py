#!/usr/bin/python3
"""The list of rejects that pbc writes is mended in a spreadsheet and sent again: what was refused is added, and nothing else changes."""

import csv
import io
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from stack import Stack
from tap import Tap

tap = Tap()

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,The Example Surgery,5XZ,,2010-04-01,\n"
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\n"
TARIFF = ("currency,currency_type,name,chapter,pod,age_band,price\nBZ34C,HRG,Cataract,Eyes,DC,ALL,672\n"
          "130,TFC,Ophthalmology,Outpatients,OPFA,ALL,100\n360,TFC,Genitourinary medicine,Outpatients,OPFA,ALL,150\n"
          "VB08Z,AE,Standard,Emergency,AE,ALL,126\n")
COLUMNS = ("record_id,dataset,practice_code,nhs_number,sex,age,treatment_function_code,hrg,primary_diagnosis,patient_classification,"
           "admission_method,admission_date,discharge_date,attendance_date,first_attendance,attended,referral_source,arrival_date,"
           "ae_department_type,ae_disposal,administrative_category").split(",")
SECRET = "4010232137"


def row(record, **fields):
    base = {"record_id": record, "practice_code": "X00001", "nhs_number": "9434765919", "sex": "1", "age": "40"}
    base.update(fields)
    return base


def day_case(record, **fields):
    return row(record, **{"dataset": "APC", "hrg": "BZ34C", "patient_classification": "2", "admission_method": "11",
                          "admission_date": "2017-07-03", "discharge_date": "2017-07-03", **fields})


def visit(record, **fields):
    return row(record, **{"dataset": "OP", "treatment_function_code": "130", "attendance_date": "2017-07-10", "first_attendance": "1",
                          "attended": "5", "referral_source": "03", **fields})


def arrival(record, **fields):
    return row(record, **{"dataset": "AE", "hrg": "VB08Z", "arrival_date": "2017-07-01", "ae_department_type": "01", "ae_disposal": "03",
                          "administrative_category": "01", **fields})


def text(rows, columns=COLUMNS, **options):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator=options.pop("end", "\n"), **options)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


SENT = [day_case("R1"), visit("R2"), day_case("R3", practice_code="X00777"), visit("R4", sex="7", age="x"),
        arrival("R5", age="200"), visit("R6", treatment_function_code="999", primary_diagnosis="?"), visit("R1"),
        visit("R7", treatment_function_code="360", nhs_number=SECRET, sex="7")]
# What each needs; R6 was let in, and the second R1 is another record.
REMEDY = {"R3": {"practice_code": "X00001"}, "R4": {"sex": "2", "age": "40"}, "R5": {"age": "20"}, "R6": {"treatment_function_code": "130", "primary_diagnosis": ""},
          "R7": {"sex": "2"}}
# By hand at the tariff above.
WHOLE = {"R1": "672.00", "R2": "100.00", "R3": "672.00", "R4": "100.00", "R5": "126.00", "R6": "100.00", "R7": "150.00"}


def mend(rejects):
    return [{**line, **REMEDY.get(line["record_id"], {})} for line in rejects]


def english(line):
    """The cells as an English spreadsheet saves them."""
    saved = {}
    for name, cell in line.items():
        parts = cell.split("-")
        saved[name] = "/".join(reversed(parts)) if name.endswith("_date") and len(parts) == 3 else cell.lstrip("0") if cell[:1] == "0" else cell
    return saved


# How a file comes out of a spreadsheet.
SAVED = {
    "as it came": lambda rows, columns: text(rows, columns).encode(),
    "with a byte order mark, returns, quotes and columns in another order":
        lambda rows, columns: text(rows, columns[::-1], end="\r\n", quoting=csv.QUOTE_ALL).encode("utf-8-sig"),
    "with English dates and without leading zeros": lambda rows, columns: text([english(line) for line in rows], columns, end="\r\n").encode(),
}


class Month:
    """One month of Trust A through pbc."""

    def __init__(self, stack, period):
        self.stack, self.period = stack, period
        self.path = f"{stack.dir}/{period}.csv"

    def send(self, content, *words):
        with open(self.path, "wb") as file:
            file.write(content)
        done = self.stack.pbc("finance", "activity", "import", self.path, "--provider", "RXA", "--period", self.period, "--phase", "flex",
                              "--format", "json", *words)
        if done.returncode != 0:
            return done.stderr
        return {outcome["name"]: outcome["value"] for outcome in json.loads(done.stdout)["operation"]["outcomes"]}

    def standing(self):
        done = self.stack.pbc("gp-a", "activity", "list", "--practice", "X00001", "--period", self.period, "--reason", "test", "--format", "csv")
        return {line["record_id"]: line["price"] for line in csv.DictReader(io.StringIO(done.stdout))}


def first_file(stack, month, period):
    sent = text(SENT).replace("2017-07-", period + "-")
    outcomes = month.send(sent.encode(), "--rejects", month.path + ".rejects")
    tap.is_((outcomes["accepted"], outcomes["rejected"]), ("3", "5"), "five of eight rows are refused")
    with open(month.path + ".rejects", newline="", encoding="utf-8") as file:
        content = file.read()
    rejects = list(csv.DictReader(io.StringIO(content)))
    tap.is_([(line["record_id"], line["row"], line["code"], line["severity"], line["net_change"]) for line in rejects],
            [("R3", "4", "E105", "error", "I"), ("R4", "5", "E110; E111", "error", "I"), ("R5", "6", "E111", "error", "I"),
             ("R6", "7", "W206; W204", "warning", "U"), ("R1", "8", "E102", "error", "I"), ("R7", "9", "E110", "error", "I")],
            "each has one line with all that is wrong")
    tap.ok(SECRET not in content, "and one of a restricted category names nobody")
    tap.is_(month.standing(), {"R1": "672.00", "R2": "100.00", "R6": ""}, "the others count, one without a price")
    return rejects


def sent_again(month, rejects, how):
    columns = list(rejects[0])
    content = SAVED[how](mend(rejects), columns)
    outcomes = month.send(content)
    tap.is_({name: outcomes.get(name) for name in ("inserted", "updated", "deleted", "carried_over", "rejected", "error.E132")},
            {"inserted": "4", "updated": "1", "deleted": "0", "carried_over": "2", "rejected": "1", "error.E132": "1"},
            f"mended and saved {how}: what was refused is added, the doubtful row replaced, the row that stands on another line not")
    tap.is_(month.standing(), WHOLE, "so that the month is whole")
    tap.is_("duplicate_of" in month.send(content), True, "and sent once more it changes nothing")


def wrong_ways(month, rejects):
    columns = list(rejects[0])
    american = [{name: "/".join([cell[5:7].lstrip("0"), cell[8:], cell[:4]]) if name == "attendance_date" and cell else cell
                 for name, cell in line.items()} for line in mend(rejects)]
    outcomes = month.send(text(american, columns).encode())
    tap.is_((outcomes.get("error.E127"), outcomes["inserted"]), ("4", "2"), "visits with the month first are outside the month")
    without = [name for name in columns if name != "net_change"]
    told = month.send(text([{name: line[name] for name in without} for line in rejects], without).encode())
    tap.ok("REJECTS_FILE" in told, "a list that does not say what becomes of its rows is no month", told)
    told = month.send(text(rejects, columns, delimiter=";").encode())
    tap.ok("CSV_SEPARATOR" in told, "nor is one with semicolons read", told)
    tap.is_(sorted(month.standing()), ["R1", "R2", "R3", "R5", "R6"], "and neither changes anything")


with Stack(jobs=True) as stack:
    for noun, content, words in (("practice", PRACTICES, ()), ("provider", PROVIDERS, ()), ("tariff", TARIFF, ("--year", "2017/18"))):
        path = f"{stack.dir}/{noun}.csv"
        with open(path, "w", encoding="utf-8") as output:
            output.write(content)
        assert stack.pbc("finance", noun, "import", path, *words).returncode == 0
    for number, how in enumerate(SAVED):
        a_month = Month(stack, f"2017-{7 + number:02}")
        sent_again(a_month, first_file(stack, a_month, a_month.period), how)
    november = Month(stack, "2017-11")
    wrong_ways(november, first_file(stack, november, november.period))
    tap.is_(stack.pbc("auditor", "ledger", "verify").returncode, 0, "the books verify")
    tap.is_(stack.sql(f"SELECT count(*) FROM patient.identity WHERE nhs_number = '{SECRET}'"), "0", "and nobody learns of who was restricted")
    tap.ok(SECRET not in stack.log("pbcd") + stack.log("pbc-jobd") and "9434765919" not in stack.log("pbcd") + stack.log("pbc-jobd"),
           "nor does a log name a patient")
tap.done()
