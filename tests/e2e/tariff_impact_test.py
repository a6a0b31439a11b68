#!/usr/bin/python3
"""pbc tariff impact: what stored activity would cost on another tariff, worked by hand; and that the ledger stays as it was."""

import csv
import hashlib
import io
import os
import subprocess
import sys
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from database import BUILD, output_of
from stack import Stack
from tap import Tap

tap = Tap()

PRACTICES = """practice_code,name,commissioner_code,group_code,valid_from,valid_to
X00001,The Example Surgery,5XZ,,2010-04-01,
X00002,Another Surgery,5XZ,,2010-04-01,
X00009,The Neighbours,5YZ,,2010-04-01,
"""
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\nRXA,Trust A,2018/19,1.10,Y\n"
HEADER = "currency,currency_type,name,chapter,pod,age_band,price,valid_from,valid_to\n"
NOW = HEADER + """BZ34C,HRG,Cataract,Eyes,DC,ALL,672,,
FZ18K,HRG,Hernia,Digestive,EL,ALL,,,
130,TFC,Ophthalmology,Outpatients,OPFA,ALL,100,,
"""
# The cataract is dearer, from August more so; the hernia gets a price; the attendance loses its own.
OTHER = HEADER + """BZ34C,HRG,Cataract,Eyes,DC,ALL,700,2017-04-01,2017-07-31
BZ34C,HRG,Cataract,Eyes,DC,ALL,710.50,2017-08-01,2018-03-31
FZ18K,HRG,Hernia,Digestive,EL,ALL,1363,,
"""
NEXT_YEAR = HEADER + "BZ34C,HRG,Cataract,Eyes,DC,ALL,700,,\n"
COLUMNS = ("record_id,dataset,practice_code,nhs_number,sex,age,treatment_function_code,hrg,patient_classification,admission_method,"
           "admission_date,discharge_date,attendance_date,first_attendance,attended\n")


# Ten of each record: a PCT is not shown how many fewer than five are.
def ten(record, rest):
    return "".join(f"{record}-{n},{rest}\n" for n in range(10))


def day_cases(record, practice, day):
    return ten(record, f"APC,{practice},9434765919,1,40,,BZ34C,2,11,{day},{day},,,")


JULY = COLUMNS + day_cases("P1", "X00001", "2017-07-03") + day_cases("P2", "X00002", "2017-07-31") + \
    ten("P3", "OP,X00001,9434765919,1,40,130,,,,,,2017-07-10,1,5") + \
    ten("P4", "APC,X00002,9434765919,1,40,,FZ18K,1,11,2017-07-03,2017-07-05,,,") + day_cases("P5", "X00009", "2017-07-03")
AUGUST = COLUMNS + day_cases("P6", "X00001", "2017-08-01")


def send(stack, content):
    upload_id = str(uuid.uuid4())
    data = content.encode()
    request = stack.request("UploadService.UploadFile", upload_id=upload_id, file_name="file.csv", data=data, complete=True,
                            sha256=hashlib.sha256(data).hexdigest())
    stack.stub("finance", "UploadService.UploadFile")(iter([request]), timeout=20)
    return upload_id


def operate(stack, name, content=None, **fields):
    if content is not None:
        fields["upload_id"] = send(stack, content)
    operation = stack.call("finance", name, request_id=str(uuid.uuid4()), **fields).operation
    deadline = time.monotonic() + 30
    while operation.state in (1, 2) and time.monotonic() < deadline:
        time.sleep(0.05)
        operation = stack.call("finance", "OperationService.GetOperation", operation_id=operation.operation_id).operation
    return operation


def pbc(stack, user, *arguments):
    environment = dict(os.environ, PBC_SERVER=f"localhost:{stack.port}", PBC_CA=stack.certs + "/ca.pem",
                       PBC_CERT=f"{stack.certs}/{user}.pem", PBC_KEY=f"{stack.certs}/{user}.key")
    return subprocess.run([BUILD + "/client/cli/pbc", *arguments], env=environment, capture_output=True, text=True)


def digest(stack):
    tables = ["activity*", "submission", "provider_month", "tariff_in_force", "account*", "transfer*", "statement*", "settlement*"]
    text = output_of("pg_dump", "--data-only", "-d", stack.conninfo, *[f"--table=ledger.{name}" for name in tables])
    # pg_dump brackets its output with a random word.
    lines = [line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]
    return len(lines) > 20, hashlib.sha256("\n".join(lines).encode()).hexdigest()


def set_up(stack):
    states = [operate(stack, "ReferenceService.ImportPractices", PRACTICES), operate(stack, "ReferenceService.ImportProviders", PROVIDERS),
              operate(stack, "ReferenceService.ImportTariff", NOW, financial_year="2017/18"),
              operate(stack, "ActivityService.ImportActivity", JULY, provider_code="RXA", period="2017-07", phase=1),
              operate(stack, "ActivityService.ImportActivity", AUGUST, provider_code="RXA", period="2017-08", phase=2)]
    tap.is_([(o.state, o.error_message) for o in states], [(3, "")] * 5, "two months are loaded on the tariff in force")


def figures(line):
    return (line.code, line.records, line.now_pence, line.then_pence, line.difference_pence, line.gained, line.lost)


def from_a_file(stack):
    before = digest(stack)
    done = operate(stack, "TariffService.RunTariffImpact", OTHER, financial_year="2017/18", first_period="2017-07", last_period="2017-08")
    tap.is_((done.state, done.error_message), (3, ""), "the impact of a file is worked out")
    impact = stack.call("finance", "TariffService.GetTariffImpact", impact_id=done.result_id).impact
    # Ten times, now 3 x 672 + 100; then 2 x 700 + 710.50 + 1363.
    tap.is_(figures(impact.total), ("", 50, 2116000, 3473500, 1357500, 10, 10), "in all, of our own records")
    tap.is_([figures(line) + (line.name,) for line in impact.lines], [("RXA", 50, 2116000, 3473500, 1357500, 10, 10, "Trust A")], "by provider")
    by_pod = stack.call("auditor", "TariffService.GetTariffImpact", impact_id=done.result_id, analyse_by="pod").impact
    tap.is_([figures(line) for line in by_pod.lines], [("EL", 10, 0, 1363000, 1363000, 10, 0), ("OPFA", 10, 100000, 0, -100000, 0, 10),
            ("DC", 30, 2016000, 2110500, 94500, 0, 0)], "by point of delivery, the day choosing the price")
    by_practice = stack.call("board", "TariffService.GetTariffImpact", impact_id=done.result_id, analyse_by="practice").impact
    tap.is_([figures(line) for line in by_practice.lines], [("X00002", 20, 672000, 2063000, 1391000, 10, 0),
            ("X00001", 30, 1444000, 1410500, -33500, 0, 10)], "by practice")
    tap.is_([(m.provider_code, m.period, m.state) for m in impact.months], [("RXA", "2017-07", "flex"), ("RXA", "2017-08", "frozen")],
            "how firm the months were")
    tap.is_((impact.first_period, impact.last_period, impact.financial_year), ("2017-07", "2017-08", "2017/18"), "it says of what")
    tap.is_(digest(stack), before, "the ledger and the tariff in force are what they were")
    tap.ok(stack.call("auditor", "LedgerService.VerifyLedger").ok, "and verify passes")
    return impact


def from_a_stored_tariff(stack, impact):
    done = operate(stack, "TariffService.RunTariffImpact", tariff_id=impact.tariff_id, first_period="2017-08", last_period="2017-08")
    one = stack.call("finance", "TariffService.GetTariffImpact", impact_id=done.result_id).impact
    tap.is_(figures(one.total), ("", 10, 672000, 710500, 38500, 0, 0), "a stored tariff needs no file, and a frozen month is no obstacle")
    done = operate(stack, "TariffService.RunTariffImpact", NEXT_YEAR, financial_year="2018/19", first_period="2017-08", last_period="2017-08")
    year = stack.call("finance", "TariffService.GetTariffImpact", impact_id=done.result_id).impact
    tap.is_(figures(year.total), ("", 10, 672000, 770000, 98000, 0, 0), "next year's tariff comes with next year's market forces factor")


def refusals(stack, impact):
    def refusal(**fields):
        return stack.refusal("finance", "TariffService.RunTariffImpact", request_id=str(uuid.uuid4()), **fields)[::2]
    months = {"first_period": "2017-07", "last_period": "2017-08"}
    tap.is_(refusal(**months), ("INVALID_ARGUMENT", "TARIFF_NEEDED"), "a tariff is needed")
    tap.is_(refusal(tariff_id=str(uuid.uuid4()), **months), ("NOT_FOUND", "TARIFF_NOT_FOUND"), "one that is there")
    tap.is_(refusal(tariff_id=impact.tariff_id, financial_year="2018/19", **months), ("INVALID_ARGUMENT", "TARIFF_OF_OTHER_YEAR"),
            "of the year that is said")
    tap.is_(refusal(upload_id=send(stack, OTHER), **months), ("INVALID_ARGUMENT", "FIELD_MISSING"), "a file needs its year")
    tap.is_(refusal(tariff_id=impact.tariff_id, first_period="2017-08", last_period="2017-07"), ("INVALID_ARGUMENT", "BAD_PERIOD"),
            "months go forward")
    tap.is_(refusal(tariff_id=impact.tariff_id, first_period="2017-07", last_period="2018-07"), ("INVALID_ARGUMENT", "BAD_PERIOD"),
            "and are twelve at most")
    empty = operate(stack, "TariffService.RunTariffImpact", tariff_id=impact.tariff_id, first_period="2017-09", last_period="2017-12")
    tap.is_((empty.state, empty.error_message), (4, "there is no activity from 2017-09 to 2017-12"), "months without activity have no impact")
    tap.is_(stack.refusal("finance", "TariffService.GetTariffImpact", impact_id=impact.impact_id, analyse_by="hrg")[::2],
            ("INVALID_ARGUMENT", "BAD_ANALYSIS"), "there are three analyses")
    tap.is_(stack.refusal("other-finance", "TariffService.GetTariffImpact", impact_id=impact.impact_id)[::2],
            ("NOT_FOUND", "IMPACT_NOT_FOUND"), "another PCT's impact is not found")


def command(stack):
    with open(stack.dir + "/other.csv", "w") as file:
        file.write(OTHER)
    done = pbc(stack, "finance", "tariff", "impact", "--year", "2017/18", "--file", file.name, "--from", "2017-07", "--to", "2017-08",
               "--by", "pod", "--format", "csv")
    rows = [(row["code"], row["now"], row["then"], row["difference"], row["gained"]) for row in csv.DictReader(io.StringIO(done.stdout))]
    tap.is_(rows, [("EL", "0.00", "13630.00", "13630.00", "10"), ("OPFA", "1000.00", "0.00", "-1000.00", "0"),
                   ("DC", "20160.00", "21105.00", "945.00", "0")], "pbc tariff impact prints one table")
    empty = pbc(stack, "finance", "tariff", "impact", "--year", "2017/18", "--file", file.name, "--from", "2017-09", "--to", "2017-09")
    tap.ok(empty.returncode != 0 and "no activity from 2017-09" in empty.stderr, "and tells a failure", empty.stderr)


with Stack(jobs=True) as stack:
    set_up(stack)
    impact = from_a_file(stack)
    from_a_stored_tariff(stack, impact)
    refusals(stack, impact)
    command(stack)
tap.done()
