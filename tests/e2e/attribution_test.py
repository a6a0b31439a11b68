#!/usr/bin/python3
"""Whose a record is and why, from file to the list that is sent to the neighbour: both sides of each reason, prices, totals, who may read."""

import csv
import hashlib
import io
import os
import subprocess
import sys
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from stack import BUILD, Stack
from tap import Tap

tap = Tap()

PRACTICES = """practice_code,name,commissioner_code,group_code,valid_from,valid_to
X00001,The Example Surgery,5XZ,,2010-04-01,
X00002,Moved Away,5XZ,,2010-04-01,2017-07-15
X00002,Moved Away,5YZ,,2017-07-16,
X00003,Closed,5XZ,,2010-04-01,2017-06-30
"""
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\n"
TARIFF = """currency,currency_type,name,chapter,pod,age_band,price
130,TFC,Ophthalmology,Outpatients,OPFA,ALL,100
130,TFC,Ophthalmology,Outpatients,OPFUP,ALL,50.05
"""
HEADER = ("record_id,dataset,practice_code,commissioner_code,nhs_number,sex,age,treatment_function_code,attendance_date,"
          "first_attendance,attended,provider_price\n")


def visit(record, practice, stated="", first="1", day="2017-07-16", price=""):
    return f"{record},OP,{practice},{stated},9434765919,1,40,130,{day},{first},5,{price}\n"


# record, row, responsible, reason, ours
ROWS = [
    ("A1", visit("A1", "X00001"), "5XZ", "registered", True),
    ("A2", visit("A2", "X00001", stated="5YZ"), "5XZ", "registered", True),
    ("A3", visit("A3", "X00002", day="2017-07-15"), "5XZ", "registered", True),
    ("A4", visit("A4", "X00002", stated="5XZ", price="101.00"), "5YZ", "registered_elsewhere", False),
    ("A5", visit("A5", "X00003"), "", "registered_nowhere", False),
    ("A6", visit("A6", "V81997", stated="5XZ"), "5XZ", "stated", True),
    ("A7", visit("A7", "V81999"), "5XZ", "host", True),
    ("A8", visit("A8", "V81998", stated="5YZ", first="2", price="50.05"), "5YZ", "stated_elsewhere", False),
]


def send(stack, user, content):
    upload_id = str(uuid.uuid4())
    data = content.encode()
    request = stack.request("UploadService.UploadFile", upload_id=upload_id, file_name="file.csv", data=data, complete=True,
                            sha256=hashlib.sha256(data).hexdigest())
    stack.stub(user, "UploadService.UploadFile")(iter([request]), timeout=20)
    return upload_id


def run(stack, name, content, **fields):
    operation = stack.call("finance", name, request_id=str(uuid.uuid4()), upload_id=send(stack, "finance", content), **fields).operation
    deadline = time.monotonic() + 30
    while operation.state in (1, 2) and time.monotonic() < deadline:
        time.sleep(0.05)
        operation = stack.call("finance", "OperationService.GetOperation", operation_id=operation.operation_id).operation
    return operation


def pbc(stack, user, *arguments):
    environment = dict(os.environ, PBC_SERVER=f"localhost:{stack.port}", PBC_CA=stack.certs + "/ca.pem",
                       PBC_CERT=f"{stack.certs}/{user}.pem", PBC_KEY=f"{stack.certs}/{user}.key")
    return subprocess.run([BUILD + "/client/cli/pbc", *arguments], env=environment, capture_output=True, text=True)


def reasons(stack):
    for record, _, responsible, reason, ours in ROWS:
        got = stack.sql(f"SELECT responsible_code, attribution, ours FROM ledger.activity WHERE record_id = '{record}'")
        tap.is_(got, f"{responsible}|{reason}|{'t' if ours else 'f'}", f"{record} is {responsible or 'nobody'}'s: {reason}")
    tap.is_(stack.sql("SELECT sum(activity) FILTER (WHERE ours), sum(activity) FILTER (WHERE NOT ours) FROM ledger.activity_rollup"), "5|3",
            "and so the rollups say")
    tap.ok(stack.call("auditor", "LedgerService.VerifyLedger").ok, "which verify proves")


def the_list(stack):
    answer = stack.call("finance", "ActivityService.ListNotOurs", provider_code="RXA", period="2017-07", reason="July list")
    tap.is_([(r.record_id, r.responsible_code, r.price_pence) for r in answer.records], [("A4", "5YZ", 10000), ("A5", "", 10000),
            ("A8", "5YZ", 5005)], "the list has the records of others, priced")
    tap.is_([(t.responsible_code, t.records, t.price_pence, t.provider_price_pence) for t in answer.totals],
            [("5YZ", 2, 15005, 15105), ("", 1, 10000, 0)], "and totals by whose they are")
    one = stack.call("finance", "ActivityService.ListNotOurs", provider_code="RXA", period="2017-07", reason="July list", responsible_code="5YZ", page_size=1)
    two = stack.call("finance", "ActivityService.ListNotOurs", provider_code="RXA", period="2017-07", reason="July list", responsible_code="5YZ", page_size=1,
                     page_token=one.next_page_token)
    tap.is_([one.records[0].record_id, two.records[0].record_id, two.next_page_token], ["A4", "A8", ""], "page by page, for one PCT")
    tap.is_((one.totals[0].records, two.totals[0].records), (2, 2), "with the totals of the whole list on each")
    tap.is_(stack.sql("SELECT count(*) FROM ledger.audit_event WHERE action = 'read_patient_level'"), "3", "each reading is an event")
    tap.ok("9434765919" not in str(answer) and "patient" not in str(answer), "without identifiers")


def past_and_reason(stack, before):
    ask = {"provider_code": "RXA", "period": "2017-07"}
    now = stack.call("finance", "ActivityService.ListNotOurs", reason="July list", **ask)
    then = stack.call("finance", "ActivityService.ListNotOurs", reason="July list", as_at=before, **ask)
    tap.is_(([(m.provider_code, m.period, m.state) for m in now.months], len(now.records)), ([("RXA", "2017-07", "flex")], 3),
            "the month of the totals is flex")
    tap.is_((then.months[0].state, len(then.records), len(then.totals)), ("missing", 0, 0), "as at a moment before the file there is nothing of it")
    for reason in ("", " ", "patient 943 476 5919"):
        tap.is_(stack.refusal("finance", "ActivityService.ListNotOurs", reason=reason, **ask)[0], "INVALID_ARGUMENT",
                f"the reason {reason!r} is none")
    tap.is_(stack.sql("SELECT DISTINCT detail FROM ledger.audit_event WHERE action = 'read_patient_level'"), "July list",
            "and the audit log keeps each")


def who_may_read(stack):
    own = stack.call("trust-a", "ActivityService.ListNotOurs", provider_code="RXA", period="2017-07", reason="July list")
    tap.is_(len(own.records), 3, "a provider sees its own")
    tap.is_(stack.refusal("trust-b", "ActivityService.ListNotOurs", provider_code="RXA", period="2017-07", reason="July list")[::2],
            ("NOT_FOUND", "PROVIDER_NOT_FOUND"), "another provider's is not found")
    tap.is_(stack.refusal("trust-b", "ActivityService.ListNotOurs", provider_code="RXC", period="2017-07", reason="July list")[::2],
            ("NOT_FOUND", "PROVIDER_NOT_FOUND"), "like one that does not exist")
    tap.is_(stack.refusal("gp-a", "ActivityService.ListNotOurs", provider_code="RXA", period="2017-07", reason="July list")[0], "PERMISSION_DENIED",
            "a practice has no part in it")


def command(stack):
    done = pbc(stack, "finance", "activity", "not-ours", "--provider", "RXA", "--period", "2017-07", "--reason", "July list", "--commissioner", "5YZ", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    tap.is_([(r["record_id"], r["attribution"], r["price"], r["provider_price"]) for r in rows],
            [("A4", "registered_elsewhere", "100.00", "101.00"), ("A8", "stated_elsewhere", "50.05", "50.05")],
            "pbc writes the file for the neighbour")
    table = pbc(stack, "finance", "activity", "not-ours", "--provider", "RXA", "--period", "2017-07", "--reason", "July list", "--format", "table").stdout
    tap.ok("By commissioner" in table and "150.05" in table, "and shows the totals below the table", table)


with Stack(jobs=True) as stack:
    for name, file, fields in (("ImportPractices", PRACTICES, {}), ("ImportProviders", PROVIDERS, {}),
                               ("ImportTariff", TARIFF, {"financial_year": "2017/18"})):
        operation = run(stack, "ReferenceService." + name, file, **fields)
        tap.is_(operation.state, 3, name + " succeeds")
    before_july = stack.sql("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
    july = run(stack, "ActivityService.ImportActivity", HEADER + "".join(row for _, row, *_ in ROWS), provider_code="RXA", period="2017-07",
               phase=1)
    tap.is_((july.state, july.error_message), (3, ""), "and the month's activity")
    reasons(stack)
    the_list(stack)
    past_and_reason(stack, before_july)
    who_may_read(stack)
    command(stack)
tap.done()
