#!/usr/bin/python3
"""Legally restricted categories: such a record is kept and priced, and nothing of who it was is stored anywhere."""

import hashlib
import hmac
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from database import BUILD, output_of
from jobs import Jobs
from tap import Tap

tap = Tap()

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,The Example Surgery,5XZ,,2010-04-01,\n"
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\nRXB,Trust B,2017/18,1.00,Y\n"
TARIFF = """currency,currency_type,name,chapter,pod,age_band,price
130,TFC,Ophthalmology,Outpatients,OPFA,ALL,100
360,TFC,Genitourinary medicine,Outpatients,OPFA,ALL,150
DZ11V,HRG,Pneumonia,Lungs,NEL,ALL,1486
"""
COLUMNS = ("record_id,surname,dataset,practice_code,nhs_number,local_patient_id,sex,age,treatment_function_code,hrg,primary_diagnosis,"
           "primary_procedure,patient_classification,admission_method,admission_date,discharge_date,attendance_date,first_attendance,attended")
OPEN = {"nhs_number": "9434765919", "local_patient_id": "OPEN-1", "surname": "Openname"}
SECRET = {"nhs_number": "4010232137", "local_patient_id": "SECRET-7", "surname": "Hiddenname"}


def row(record, who, **fields):
    base = {"record_id": record, "practice_code": "X00001", "sex": "2", "age": "30", **who, **fields}
    return ",".join(base.get(column, "") for column in COLUMNS.split(","))


def visit(record, who, function, **fields):
    return row(record, who, dataset="OP", treatment_function_code=function, attendance_date="2017-07-10", first_attendance="1", attended="5",
               **fields)


def spell(record, who, **fields):
    return row(record, who, dataset="APC", hrg="DZ11V", patient_classification="1", admission_method="21", admission_date="2017-07-01",
               discharge_date="2017-07-04", **fields)


KEPT = [visit("N1", OPEN, "130"), spell("N2", OPEN, primary_diagnosis="B19"), spell("N3", OPEN, primary_diagnosis="J189")]
DROPPED = [visit("S1", SECRET, "360"), spell("S2", SECRET, primary_diagnosis="A50"), spell("S3", SECRET, primary_diagnosis="b24"),
           spell("S4", SECRET, primary_diagnosis="N97.9"), spell("S5", SECRET, primary_procedure="Q131"),
           spell("S6", SECRET, primary_diagnosis="F640"), visit("S7", {}, "360"),
           visit("S8", {**SECRET, "local_patient_id": ""}, "360")]
# Refused or doubtful, so that the line itself is kept.
REFUSED = [visit("S9", SECRET, "360", sex="7"), spell("S10", SECRET, primary_diagnosis="Z21", practice_code="X99999"),
           visit("S11", {**SECRET, "nhs_number": "4010232138"}, "360", age="x"), visit("S13-4010232137", SECRET, "360")]
LOCAL = spell("S12", SECRET, primary_diagnosis="O049")
FILE = "\n".join([COLUMNS] + KEPT + DROPPED + REFUSED) + "\n"


def dump(jobs):
    return output_of("pg_dump", "--data-only", "-d", jobs.conninfo)


def traces(jobs, file_too=False):
    """What of the secret patient is in the database, as text, as bytes or as pseudonym."""
    text = dump(jobs)
    if not file_too:
        start = text.index("COPY patient.upload_chunk")
        text = text[:start] + text[text.index("\\.\n", start):]
    words = [value for value in SECRET.values()] + ["4010232138"]
    words += [word.encode().hex() for word in words]
    key = bytes(range(32))
    words += [hmac.new(key, b"nhs\x005XZ\x00" + SECRET["nhs_number"].encode() + b"\x00", hashlib.sha256).hexdigest()[:32],
              hmac.new(key, b"local\x005XZ\x00RXA\x00" + SECRET["local_patient_id"].encode() + b"\x00", hashlib.sha256).hexdigest()[:32]]
    return [word for word in words if word in text]


def july(jobs):
    done = jobs.run("import_activity", file=FILE, provider_code="RXA", period="2017-07", phase="flex")
    tap.is_((done["state"], done["error_message"]), ("succeeded", None), "a month with restricted records is imported")
    other = jobs.run("import_activity", file="\n".join([COLUMNS, KEPT[2]]) + "\n", provider_code="RXB", period="2017-07", phase="flex",
                     validate_only=True)
    tap.is_((other["state"], other["outcomes"].get("warning.W214")), ("succeeded", "1"),
            "another provider's stays are compared with those whose patient is known")
    tap.is_({name: done["outcomes"].get(name) for name in ("rows", "accepted", "rejected", "restricted", "cost_pence")},
            {"rows": "15", "accepted": "11", "rejected": "4", "restricted": "12",
             "cost_pence": str(3 * 15000 + 7 * 148600 + 10000)}, "they are counted and priced like others")
    tap.is_(jobs.sql("SELECT string_agg(record_id, ' ' ORDER BY line) FROM ledger.activity WHERE patient_key IS NULL"),
            "S1 S2 S3 S4 S5 S6 S7 S8", "and have no pseudonym")
    tap.is_(jobs.sql("SELECT string_agg(record_id, ' ' ORDER BY line) FROM ledger.activity WHERE patient_key IS NOT NULL"), "N1 N2 N3",
            "which the others have, also next to the ranges")
    tap.is_(jobs.sql("SELECT nhs_number, local_patient_id FROM patient.identity"), "9434765919|OPEN-1", "nobody else is known")
    tap.is_(jobs.sql("SELECT source FROM patient.reject WHERE line = 13 LIMIT 1"),
            "S9,,OP,X00001,,,7,30,360,,,,,,,,2017-07-10,1,5", "a refused line is kept without its identifiers")
    tap.is_(jobs.sql("SELECT string_agg(DISTINCT code, ' ' ORDER BY code) FROM patient.reject WHERE severity = 'error'"), "E101 E105 E110 E111",
            "and with all its other faults, without a record id too where it was the number")
    tap.is_(traces(jobs), [], "nothing of the patient is stored")
    tap.ok(not any(value in jobs.log() for value in SECRET.values()), "nor logged")
    return done


def changes(jobs):
    """A file of changes whose deletion, of a record that does not stand, is kept as a reject."""
    header = "net_change," + COLUMNS
    lines = ["D," + visit("S20", SECRET, "360"), "I," + visit("S21", SECRET, "360").replace("2017-07", "2017-06"), "D," + visit("N20", OPEN, "130")]
    done = jobs.run("import_activity", file="\n".join([header] + lines) + "\n", provider_code="RXA", period="2017-06", phase="flex")
    tap.is_({name: done["outcomes"].get(name) for name in ("accepted", "error.E133", "restricted")},
            {"accepted": "1", "error.E133": "2", "restricted": "2"}, "a deletion can be of a restricted record too")
    tap.is_(jobs.sql("SELECT string_agg(source, ' ' ORDER BY line) FROM patient.reject r JOIN ledger.submission s USING (submission_id) "
                     "WHERE s.period = '2017-06-01' AND r.code = 'E133'"),
            "D,S20,,OP,X00001,,,2,30,360,,,,,,,,2017-07-10,1,5 D,N20,Openname,OP,X00001,9434765919,OPEN-1,2,30,130,,,,,,,,2017-07-10,1,5",
            "and is kept without who it was")
    tap.is_(traces(jobs), [], "so that nothing of the patient is stored")


def retention(jobs):
    tap.ok(len(traces(jobs, file_too=True)) > 0, "only the file as sent has it, until its time is up")
    jobs.sql("UPDATE job.upload SET created_at = created_at - interval '31 days'")
    forget = [BUILD + "/server/job/pbc-jobd", "--database", jobs.conninfo.replace("user=postgres", "user=pbc_job"), "--forget-uploads"]
    done = subprocess.run([*forget, "5XZ"], capture_output=True, text=True, timeout=60)
    tap.ok(done.returncode == 0 and "uploads_forgotten" in done.stderr, "then the daily run, which needs no patient key, ends well", done.stderr)
    tap.is_(traces(jobs, file_too=True), [], "the bytes of the file are gone, and with them the last of it")
    done = subprocess.run([*forget, "5QQ"], capture_output=True, text=True, timeout=60)
    tap.ok(done.returncode == 1 and "no PCT 5QQ" in done.stderr, "a wrong code is told, not taken for a PCT without files", done.stderr)


def own_decision(jobs):
    file = "\n".join([COLUMNS, LOCAL]) + "\n"
    done = jobs.run("import_activity", file=file, provider_code="RXA", period="2017-07", phase="flex", validate_only=True)
    tap.is_(done["outcomes"].get("restricted"), None, "a code that no rule names is not restricted")
    jobs.sql("INSERT INTO ledger.restricted_code VALUES ('5XZ', 'termination', 'primary_diagnosis', 'O04', 'O04', '2017-08-01', NULL, 'board paper 8')")
    done = jobs.run("import_activity", file=file, provider_code="RXA", period="2017-07", phase="flex", validate_only=True)
    tap.is_(done["outcomes"].get("restricted"), None, "nor before the rule's first month")
    jobs.sql("UPDATE ledger.restricted_code SET valid_from = '2017-07-31'")
    done = jobs.run("import_activity", file=file, provider_code="RXA", period="2017-07", phase="flex")
    tap.is_(done["outcomes"].get("restricted"), "1", "the PCT adds what it decides, from the month on")
    tap.is_(jobs.sql("SELECT count(*) FROM patient.identity WHERE nhs_number = '4010232137'"), "0", "and it is kept like the others")


with Jobs() as jobs:
    jobs.run("import_practices", file=PRACTICES)
    jobs.run("import_providers", file=PROVIDERS)
    jobs.run("import_tariff", file=TARIFF, year=2017)
    july(jobs)
    changes(jobs)
    retention(jobs)
    own_decision(jobs)
tap.done()
