#!/usr/bin/python3
"""A provider's data sets in files of their own: each replaces what stands of its own data set, and the month is the sum of them."""

import csv
import hashlib
import io
import itertools
import json
import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from stack import Stack
from tap import Tap

tap = Tap()

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,The Example Surgery,5XZ,,2010-04-01,\n"
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\n"
TARIFF = ("currency,currency_type,name,chapter,pod,age_band,price\nBZ34C,HRG,Cataract,Eyes,DC,ALL,672\n"
          "130,TFC,Ophthalmology,Outpatients,OPFA,ALL,100\nVB08Z,AE,Standard,Emergency,AE,ALL,126\n")
COLUMNS = ("record_id,dataset,practice_code,nhs_number,sex,age,treatment_function_code,hrg,patient_classification,admission_method,"
           "admission_date,discharge_date,attendance_date,first_attendance,attended,arrival_date,ae_department_type").split(",")
CELLS = {
    "APC": {"hrg": "BZ34C", "patient_classification": "2", "admission_method": "11", "admission_date": "{}-03", "discharge_date": "{}-03"},
    "OP": {"treatment_function_code": "130", "attendance_date": "{}-10", "first_attendance": "1", "attended": "5"},
    "AE": {"hrg": "VB08Z", "arrival_date": "{}-17", "ae_department_type": "01"},
}
PENCE = {"APC": 67200, "OP": 10000, "AE": 12600}


def rows(month, dataset, *records):
    lines = []
    for record in records:
        cells = {"record_id": record, "dataset": dataset, "practice_code": "X00001", "nhs_number": "9434765919", "sex": "1", "age": "40"}
        cells.update({name: value.format(month) for name, value in CELLS[dataset].items()})
        lines.append(",".join(cells.get(column, "") for column in COLUMNS) + "\n")
    return "".join(lines)


class Month:
    """A month of Trust A through pbc."""

    def __init__(self, stack, period):
        self.stack, self.period = stack, period

    def send(self, text, *words, phase="flex", changes=()):
        """The outcomes, or what pbc said of a failure. Changes are lines that begin with what becomes of the record, if need be shortened."""
        path = f"{self.stack.dir}/{self.period}.csv"
        with open(path, "w", encoding="utf-8") as file:
            if changes:
                file.write(",".join(["net_change"] + COLUMNS) + "\n")
                file.writelines(line + "," * (len(COLUMNS) - line.count(",")) + "\n" for line in changes)
            else:
                file.write(",".join(COLUMNS) + "\n" + text)
        done = self.stack.pbc("finance", "activity", "import", path, "--provider", "RXA", "--period", self.period, "--phase", phase,
                              "--format", "json", *words)
        if done.returncode != 0:
            return done.stderr
        operation = json.loads(done.stdout)["operation"]
        return {"id": operation["result_id"], **{outcome["name"]: outcome["value"] for outcome in operation["outcomes"]}}

    def of(self, dataset, *records, **options):
        return self.send(rows(self.period, dataset, *records), "--dataset", dataset, **options)

    def standing(self, *words):
        done = self.stack.pbc("gp-a", "activity", "list", "--practice", "X00001", "--period", self.period, "--reason", "test", "--format", "csv",
                              *words)
        return " ".join(sorted(line["record_id"] for line in csv.DictReader(io.StringIO(done.stdout))))


def one_after_another(stack):
    month = Month(stack, "2017-07")
    first = month.of("APC", "A1", "A2")
    tap.is_((first["accepted"], first["carried_over"], month.standing()), ("2", "0", "A1 A2"), "a month can begin with one data set")
    second = month.of("OP", "O1", "O2", "O3")
    tap.is_((second["accepted"], second["carried_over"], second["cost_pence"], month.standing()), ("5", "2", "164400", "A1 A2 O1 O2 O3"),
            "another is added to it: 2 x 672.00 and 3 x 100.00")
    before = stack.sql("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
    month.of("APC", "A2", "A3", "A4")
    tap.is_(month.standing(), "A2 A3 A4 O1 O2 O3", "a newer version replaces its own data set alone")
    tap.is_(month.standing("--as-at", before), "A1 A2 O1 O2 O3", "and as at a moment before the older is shown")
    again = month.of("OP", "O1", "O2", "O3")
    tap.is_(again, {"id": second["id"], "duplicate_of": second["id"]}, "the same bytes count once, and still do")
    tap.ok("replaced_by" in month.of("APC", "A1", "A2"), "of those that were replaced it is told")
    shown = json.loads(stack.pbc("finance", "activity", "show", second["id"], "--format", "json").stdout)["submission"]
    tap.is_((shown["dataset"], shown["accepted_count"]), ("OP", "5"), "a submission says of which data set its file was, and is whole")
    return month


def refused(stack, month):
    before = month.standing()
    mixed = month.send(rows("2017-07", "OP", "O1", "O2", "A2") + rows("2017-07", "APC", "A9"), "--dataset", "OP", "--validate-only")
    tap.is_({name: mixed.get(name) for name in ("error.E140", "error.E132", "inserted", "carried_over")},
            {"error.E140": "1", "error.E132": "1", "inserted": "2", "carried_over": "3"},
            "a row of another data set is refused, and the id of a record that stands in another")
    told = month.of("AE", *[""] * 3)
    tap.ok("NOTHING_ACCEPTED" in told, "so is a file of which no row is acceptable, whatever stands of the others", told)
    upload = str(uuid.uuid4())
    data = b"record_id\n"
    stack.stub("finance", "UploadService.UploadFile")(iter([stack.request("UploadService.UploadFile", upload_id=upload, file_name="x.csv", data=data,
                                                                          complete=True, sha256=hashlib.sha256(data).hexdigest())]), timeout=20)
    for name, fields in (("a data set that is none", {"dataset": "XX", "phase": 1}), ("one of an adjustment", {"dataset": "OP", "phase": 3})):
        tap.is_(stack.refusal("finance", "ActivityService.ImportActivity", request_id=str(uuid.uuid4()), upload_id=upload, provider_code="RXA",
                              period="2017-07", **fields)[::2], ("INVALID_ARGUMENT", "BAD_DATASET"), f"{name} is refused")
    tap.is_(month.standing(), before, "and nothing changes")


def state(stack, period):
    """What is frozen of the month, its state, and what counts of it: by the table, and by the submissions themselves."""
    kept, known = (stack.sql("SELECT set_config('pbc.commissioner', '5XZ', false); "
                             f"SELECT array_to_string(frozen_datasets, ' '), state, submission_id FROM {source} WHERE period = '{period}-01'").splitlines()[1]
                   for source in ("ledger.provider_month", "ledger.known_months('5XZ', 'infinity')"))
    return kept.rsplit("|", 1)[0] if kept == known else (kept, known)


def firmness(stack, month):
    """Of July with OP frozen: each record, figure and list says it of its own data set."""
    listed = csv.DictReader(io.StringIO(stack.pbc("gp-a", "activity", "list", "--practice", "X00001", "--period", "2017-07", "--reason", "test",
                                                  "--format", "csv").stdout))
    tap.is_(sorted({(line["record_id"][0], line["phase"]) for line in listed}), [("A", "flex"), ("O", "freeze")],
            "a list says of each record how firm its data set is")
    listed = csv.DictReader(io.StringIO(stack.pbc("gp-a", "activity", "worklist", "--period", "2017-07", "--reason", "test", "--format", "csv").stdout))
    tap.is_(sorted({(line["record_id"][0], line["phase"]) for line in listed}), [("A", "flex"), ("O", "freeze")], "so does the worklist")
    explained = {record: json.loads(stack.pbc("gp-a", "explain", record, "--provider", "RXA", "--reason", "test", "--format", "json").stdout)
                 for record in ("A2", "O1")}
    tap.is_({record: answer["record"]["phase"] for record, answer in explained.items()}, {"A2": "PHASE_FLEX", "O1": "PHASE_FREEZE"}, "and an explained record")
    summary = json.loads(stack.pbc("finance", "report", "financial-summary", "--year", "2017/18", "--to", "2017-07", "--format", "json").stdout)
    tap.is_({block["title"].split()[0]: block["rows"][0]["month_state"] for block in summary["blocks"] if block["rows"][0]["month_state"]},
            {"Elective": "flex", "Outpatients": "frozen"}, "the Financial Summary says it of each point of delivery")
    tap.is_([(line["state"], line["frozen_datasets"]) for line in summary["months"] if line["period"] == "2017-07"], [("flex", ["OP"])],
            "and what is frozen of the month")
    table = stack.pbc("finance", "report", "financial-summary", "--year", "2017/18", "--to", "2017-07").stdout
    tap.ok("Jul-17 RXA flex (OP frozen)" in table, "in words too", table)
    newest = next(csv.DictReader(io.StringIO(stack.pbc("finance", "activity", "submissions", "--period", "2017-07", "--format", "csv").stdout)))
    tap.is_((newest["phase"], newest["dataset"], newest["frozen_datasets"]), ("freeze", "OP", "OP"), "the list of files says what each was of")


def frozen(stack, month):
    closed = month.of("OP", "O1", "O2", "O3", "O4", phase="freeze")
    tap.is_((closed["accepted"], closed["open_datasets"], month.standing(), state(stack, "2017-07")),
            ("7", "AE, APC", "A2 A3 A4 O1 O2 O3 O4", "OP|flex"),
            "a freeze of a data set closes that one, and leaves the month flex")
    firmness(stack, month)
    tap.is_(month.of("OP", "O1", "O2", "O3", "O4", phase="freeze"), {"id": closed["id"], "duplicate_of": closed["id"]},
            "the same bytes again are no error")
    for what, told in (("flexes", month.of("OP", "O9")), ("other freezes", month.of("OP", "O9", phase="freeze")),
                       ("changes", month.send("", "--dataset", "OP", changes=["D,O1"]))):
        tap.ok("MONTH_FROZEN" in told and "is frozen for OP" in told, f"{what} of it are not taken any more", told)
    for what, told in (("flexes", month.send(rows("2017-07", "APC", "A9"))), ("freezes", month.send(rows("2017-07", "APC", "A9"), phase="freeze")),
                       ("changes", month.send("", changes=["D,A2"]))):
        tap.ok("MONTH_FROZEN" in told and "AE, APC" in told and "--dataset" in told, f"nor are {what} of the whole month, and the way is told", told)
    upload = stack.sql("SELECT submission_id FROM ledger.submission ORDER BY recorded_at LIMIT 1")
    told = stack.pbc("finance", "activity", "restore", upload, "--reason", "test").stderr
    tap.ok("MONTH_FROZEN" in told, "and no earlier version of the month is restored", told)
    month.of("APC", "A2", "A3")
    tap.is_((month.standing(), state(stack, "2017-07")), ("A2 A3 O1 O2 O3 O4", "OP|flex"), "what is open takes files")
    told = month.send("", "--dataset", "APC", changes=["D,A2", "D,O1", "U," + rows("2017-07", "APC", "O2").strip(),
                                                       "U," + rows("2017-07", "APC", "A3").strip()])
    tap.is_(({name: told.get(name) for name in ("error.E140", "updated", "deleted")}, month.standing()),
            ({"error.E140": "2", "updated": "1", "deleted": "1"}, "A3 O1 O2 O3 O4"), "changes of a data set touch no record of another")
    tap.ok("MONTH_SHRINKS" in month.send("", "--dataset", "APC", phase="freeze"), "a header alone closes no data set that has rows")
    tap.is_((month.send("", "--dataset", "AE", phase="freeze")["accepted"], state(stack, "2017-07")), ("5", "AE OP|flex"),
            "but one of which there are none")
    tap.ok("NO_ROWS" in month.send("", "--dataset", "APC"), "as a flex it is refused")
    tap.is_(month.of("APC", "A3", "A4", phase="freeze").get("open_datasets"), None, "the last data set leaves nothing open")
    tap.is_((month.standing(), state(stack, "2017-07")), ("A3 A4 O1 O2 O3 O4", "AE APC OP|frozen"), "and closes the month")
    tap.ok("MONTH_FROZEN" in month.of("APC", "A9"), "after which none is taken")


def shrinking(stack):
    """The share that a freeze must have is of its own data set: the others' rows are in both versions."""
    month = Month(stack, "2017-06")
    month.of("APC", *(f"A{number}" for number in range(20)))
    month.of("OP", "O1", "O2", "O3", "O4")
    told = month.of("OP", "O1", phase="freeze")
    tap.ok("MONTH_SHRINKS" in told and "1 acceptable row" in told and "the 4 it replaces" in told, "one of four rows is too few, whatever stands beside", told)
    tap.is_(month.of("OP", "O1", "O2", phase="freeze").get("accepted"), "22", "half of them is not")


def reopened(stack):
    month = Month(stack, "2017-06")
    asked = stack.pbc("finance", "activity", "reopen", "--provider", "RXA", "--period", "2017-06", "--reason", "ward 7 is missing", "--format", "json")
    reopening = json.loads(asked.stdout)["reopening"]["reopening_id"]
    done = stack.pbc("approver", "activity", "approve-reopening", reopening)
    tap.is_((done.returncode, state(stack, "2017-06")), (0, "|flex"), "two people open a month that is frozen in part, all of it")
    tap.is_((month.of("OP", "O5", "O6", phase="freeze")["accepted"], state(stack, "2017-06")), ("22", "OP|flex"), "and it is closed anew")


def any_order(stack):
    """Two versions of each data set in every order of the data sets end alike, as does a whole file."""
    wanted = "A2 A3 E1 O1 O2"
    for number, order in enumerate(itertools.permutations(CELLS)):
        month = Month(stack, f"2017-{8 + number:02}" if number < 5 else "2018-01")
        for dataset in order:
            month.of(dataset, dataset[0] + "1", "Z" + dataset)
        for dataset in reversed(order):
            month.of(dataset, *(record for record in wanted.split() if record[0] == {"APC": "A", "OP": "O", "AE": "E"}[dataset]))
        tap.is_(month.standing(), wanted, f"{' '.join(order)}: the newest of each data set count")
    tap.is_(month.send(rows("2018-01", "OP", "W1"))["accepted"], "1", "without a data set")
    tap.is_(month.standing(), "W1", "a file is the whole month")
    tap.is_(month.of("OP", "W1").get("inserted"), "1", "whose bytes can be sent again as what they should have been")
    tap.ok("duplicate_of" in month.of("OP", "W1"), "once")


with Stack(jobs=True) as the_stack:
    for noun, content, more in (("practice", PRACTICES, ()), ("provider", PROVIDERS, ()), ("tariff", TARIFF, ("--year", "2017/18"))):
        with open(f"{the_stack.dir}/{noun}.csv", "w", encoding="utf-8") as output:
            output.write(content)
        assert the_stack.pbc("finance", noun, "import", output.name, *more).returncode == 0
    july = one_after_another(the_stack)
    refused(the_stack, july)
    frozen(the_stack, july)
    shrinking(the_stack)
    reopened(the_stack)
    any_order(the_stack)
    tap.is_(the_stack.pbc("auditor", "ledger", "verify").returncode, 0, "the books verify")
    tap.ok("level=error" not in the_stack.log("pbcd") + the_stack.log("pbc-jobd"), "nothing failed inside")
tap.done()
