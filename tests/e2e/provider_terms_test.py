#!/usr/bin/python3
"""Terms of providers from file to price: every check on both sides, terms that follow each other, months priced before them."""

import csv
import hashlib
import io
import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from jobs import Loader
from stack import Stack
from tap import Tap

tap = Tap()

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,The Example Surgery,5XZ,,2010-04-01,\n"
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1,Y\nRXB,Trust B,2017/18,1,Y\n"
TARIFF = """currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,short_stay_applies,short_stay_price
FZ18K,HRG,Hernia,Digestive,EL,ALL,1363,5,200,N,
FZ18K,HRG,Hernia,Digestive,DC,ALL,1228,,,N,
130,TFC,Ophthalmology,Outpatients,OPFA,ALL,100,,,N,
"""
HEADER = "provider_code,term,code,pod,valid_from,valid_to,amount,source\n"
YEAR = HEADER + "RXA,LOCAL,FZ18K,EL,2017-04-01,2018-03-31,-63.00,schedule 3\n"
ACTIVITY = ("record_id,dataset,practice_code,nhs_number,sex,age,hrg,patient_classification,admission_method,admission_date,discharge_date\n"
            "{0},APC,X00001,9434765919,1,40,FZ18K,1,11,{1},{2}\n")


# field, reason, the line; each is one step from a sound one.
SOUND = "RXA,UNBUNDLED,130,OPFA,2017-04-01,2018-03-31,-10.00,letter"
REFUSED = [
    ("provider_code", "PROVIDER_NOT_FOUND", SOUND.replace("RXA", "RXZ")),
    ("provider_code", "BAD_FIELD", SOUND.replace("RXA", "rxa")),
    ("term", "UNKNOWN_CODE", SOUND.replace("UNBUNDLED", "TOPUP")),
    ("term", "FIELD_MISSING", SOUND.replace("UNBUNDLED", "")),
    ("code", "UNKNOWN_CODE", SOUND.replace("130", "131")),
    ("code", "UNKNOWN_CODE", SOUND.replace("OPFA", "OPFUP")),
    ("code", "UNKNOWN_CODE", SOUND.replace("2017-04-01,2018-03-31", "2018-04-01,2019-03-31")),
    ("pod", "UNKNOWN_CODE", SOUND.replace("OPFA", "OP")),
    ("pod", "FIELD_MISSING", SOUND.replace("OPFA", "")),
    ("valid_from", "BAD_FIELD", SOUND.replace("2017-04-01", "1/4/2017")),
    ("valid_to", "BAD_FIELD", SOUND.replace("2018-03-31", "2017-03-31")),
    ("valid_to", "FIELD_MISSING", SOUND.replace("2018-03-31", "")),
    ("amount", "BAD_FIELD", SOUND.replace("-10.00", "10%")),
    ("amount", "FIELD_MISSING", SOUND.replace("-10.00", "")),
    ("amount", "BAD_FIELD", "RXA,TOP_UP,23,,2017-04-01,2018-03-31,5,list"),
    ("pod", "BAD_FIELD", "RXA,TOP_UP,23,EL,2017-04-01,2018-03-31,,list"),
    ("code", "UNKNOWN_CODE", "RXA,TOP_UP,24,,2017-04-01,2018-03-31,,list"),
    ("code", "UNKNOWN_CODE", "RXA,TOP_UP,23,,2009-04-01,2010-03-31,,list"),
    ("source", "FIELD_MISSING", SOUND.replace("letter", "")),
    ("source", "IDENTIFIER_IN_TEXT", SOUND.replace("letter", "letter about 943 476 5919")),
]


def terms(loader, file, **params):
    return loader.run("import_provider_terms", file=file, **params)


def checks(loader):
    for field, reason, line in REFUSED:
        done = terms(loader, HEADER + SOUND.replace("130,OPFA", "FZ18K,DC") + "\n" + line + "\n")
        told = loader.sql(f"SELECT error_reason FROM job.operation WHERE operation_id = '{done['operation_id']}'")
        tap.ok(done["state"] == "failed" and told == reason and "line 3: " in done["error_message"],
               f"{reason} of {field}: {line}", (done["error_message"], told))
    tap.is_(loader.sql("SELECT count(*) FROM ledger.provider_term"), "0", "a refused file leaves nothing")
    twice = terms(loader, HEADER + SOUND + "\n" + SOUND.replace("-10", "-11") + "\n")
    tap.is_(twice["error_message"], "line 3: an earlier line is for the same thing", "two lines for one thing are refused")
    trial = terms(loader, HEADER + SOUND + "\n", validate_only=True)
    tap.is_((trial["outcomes"]["new"], loader.sql("SELECT count(*) FROM ledger.provider_term")), ("1", "0"), "a trial stores nothing")


def rpc(stack):
    data = YEAR.encode()
    upload_id = str(uuid.uuid4())
    stack.sql(f"INSERT INTO job.upload VALUES ('5XZ', '{upload_id}', '5XZ', 'finance', 'terms.csv', {len(data)}, true,"
              f" '\\x{hashlib.sha256(data).hexdigest()}', now());"
              f" INSERT INTO patient.upload_chunk VALUES ('5XZ', '{upload_id}', 0, '\\x{data.hex()}')")
    request = {"request_id": str(uuid.uuid4()), "upload_id": upload_id}
    tap.is_(stack.refusal("hub", "ReferenceService.ImportProviderTerms", **request)[0], "PERMISSION_DENIED", "the hub loads no terms")
    first = stack.call("finance", "ReferenceService.ImportProviderTerms", **request)
    again = stack.call("finance", "ReferenceService.ImportProviderTerms", **request)
    tap.is_(first.operation.operation_id, again.operation.operation_id, "the same request twice is one operation")
    return first.operation.operation_id


def price(stack, day):
    record = {"dataset": "APC", "hrg": "FZ18K", "patient_classification": "1", "admission_method": "11", "admission_date": day,
              "discharge_date": day, "age": 40}
    answer = stack.call("finance", "PricingService.PriceRecord", provider_code="RXA", record=record)
    return answer.price.total_pence, [step.source for step in answer.steps if step.rule == "LOCAL_ADJUSTMENT"]


def months(loader):
    """July open and priced before any term; May frozen."""
    for record, month, phase in (("R1", "2017-07", "flex"), ("R2", "2017-05", "freeze")):
        file = ACTIVITY.format(record, month + "-03", month + "-05")
        done = loader.run("import_activity", file=file, provider_code="RXA", period=month, phase=phase)
        assert done["state"] == "succeeded", done["error_message"]


def follow(stack, loader, operation):
    done = loader.wait(operation)
    tap.is_((done["state"], done["outcomes"]), ("succeeded", {"rows": "1", "new": "1", "months_priced_before": "2"}),
            "a term is loaded, and tells how many months were priced without it")
    tap.is_(price(stack, "2017-07-03"), (130000, ["schedule 3"]), "1,363 less 63")
    again = terms(loader, YEAR.replace("schedule 3", "schedule 3 again"))
    tap.is_(again["outcomes"], {"rows": "1", "new": "0"}, "the same term again is no new one")
    other = terms(loader, YEAR.replace("-63", "-64"))
    tap.ok(other["state"] == "failed" and "another term was loaded for it from that day" in other["error_message"],
           "a term that was loaded is never changed", other["error_message"])
    later = terms(loader, HEADER + "RXA,LOCAL,FZ18K,EL,2017-10-01,2018-03-31,-13,letter of September\n"
                  "RXA,LOCAL,FZ18K,EL,2018-01-01,2018-03-31,0,it ended\n")
    tap.is_(later["outcomes"].get("new"), "2", "new ones follow it")
    prices = [price(stack, day)[0] for day in ("2017-09-30", "2017-10-01", "2017-12-31", "2018-01-01")]
    tap.is_(prices, [130000, 135000, 135000, 136300], "of terms for one thing the one that began last counts")


def late(stack, loader):
    def explained(record):
        answer = stack.call("finance", "PricingService.ExplainRecord", record_id=record, reason="query of the bill")
        return answer.record.price_pence, answer.agrees

    tap.is_(explained("R1"), (136300, True), "a price from before a term is explained as it was known then")
    done = loader.run("tariff_apply", year=2017)
    tap.is_({name: done["outcomes"].get(name) for name in ("repriced_months", "adjusted", "difference_pence")},
            {"repriced_months": "1", "adjusted": "2017-05 of RXA in 2017-06", "difference_pence": "-12600"},
            "the open month is priced again, and of the frozen one the difference is posted")
    tap.is_(explained("R1"), (130000, True), "and explained with the term")
    tap.is_(explained("R2"), (130000, True), "as is the adjusted record")
    tap.is_(loader.sql("SELECT total_pence FROM ledger.activity WHERE record_id = 'R2' AND period = '2017-05-01'"), "136300", "while what was frozen stays")
    again = loader.run("tariff_apply", year=2017)["outcomes"]
    tap.is_((again["repriced_months"], again["adjusted_months"], again["difference_pence"]), ("0", "0", "0"), "all of it once")
    new = loader.run("import_activity", file=ACTIVITY.format("R3", "2017-08-03", "2017-08-05"), provider_code="RXA", period="2017-08", phase="flex")
    tap.is_(new["outcomes"]["cost_pence"], "130000", "an import takes the term itself")
    top_up = terms(loader, HEADER + "RXB,TOP_UP,23,,2010-04-01,2018-03-31,,list of eligible trusts\n")
    tap.is_(top_up["outcomes"], {"rows": "1", "new": "1"}, "another provider's term leaves months alone")


def named_after_a_patient(stack):
    path = os.path.join(stack.dir, "9434765919.csv")
    with open(path, "w", encoding="ascii") as file:
        file.write(YEAR)
    done = stack.pbc("finance", "provider", "terms", path)
    tap.is_((done.returncode, done.stdout), (6, ""), "a file whose name is a patient's number is refused")
    tap.ok("file_name holds what looks like an NHS number" in done.stderr and "rename the file" in done.stderr, "with the remedy", done.stderr)
    tap.ok("9434765919" not in stack.log("pbcd") + stack.log("pbc-jobd"), "and the number is in no log")


def read_back(stack, loader):
    shown = stack.pbc("finance", "provider", "terms-list", "--provider", "RXA", "--format", "csv")
    told = [row[:-1] for row in csv.reader(io.StringIO(shown.stdout))]
    tap.is_(told, [HEADER.strip().split(","), *(line.split(",") for line in [
        "RXA,LOCAL,FZ18K,EL,2018-01-01,2018-03-31,0.00,it ended",
        "RXA,LOCAL,FZ18K,EL,2017-10-01,2018-03-31,-13.00,letter of September",
        "RXA,LOCAL,FZ18K,EL,2017-04-01,2018-03-31,-63.00,schedule 3"])], "terms are read back in the columns of their file")
    again = terms(loader, stack.pbc("finance", "provider", "terms-list", "--format", "csv").stdout)
    tap.is_((again["state"], again["outcomes"]["rows"], again["outcomes"]["new"]), ("succeeded", "4", "0"),
            "which may be sent again as it is, the top-up of another provider with it")
    own = stack.pbc("trust-a", "provider", "terms-list", "--format", "csv").stdout
    tap.is_({row[0] for row in csv.reader(io.StringIO(own))}, {"provider_code", "RXA"}, "a provider reads its own alone")


with Stack(jobs=True) as the_stack:
    the_loader = Loader(the_stack)
    the_loader.run("import_practices", file=PRACTICES)
    the_loader.run("import_providers", file=PROVIDERS)
    the_loader.run("import_tariff", file=TARIFF, year=2017)
    checks(the_loader)
    months(the_loader)
    follow(the_stack, the_loader, rpc(the_stack))
    late(the_stack, the_loader)
    named_after_a_patient(the_stack)
    read_back(the_stack, the_loader)
    tap.ok("level=error" not in the_stack.log("pbcd") + the_stack.log("pbc-jobd"), "nothing failed inside", the_stack.log("pbcd")[-3000:])
tap.done()
