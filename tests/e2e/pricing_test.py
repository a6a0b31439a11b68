#!/usr/bin/python3
"""PriceRecord and ExplainRecord: the worked examples through the API, two years side by side, and a record back to its file and line."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from jobs import Loader
from stack import Stack
from tap import Tap

tap = Tap()

PRACTICES = """practice_code,name,commissioner_code,group_code,valid_from,valid_to
X00001,The Example Surgery,5XZ,NORTH,2005-04-01,
X00002,Another Surgery,5XZ,NORTH,2005-04-01,
"""
PROVIDERS = """provider_code,name,year,mff,local
RXA,Trust A,2007/08,1.0648,Y
RXA,Trust A,2010/11,1,Y
RXA,Trust A,2017/18,1.0648,Y
RXB,Trust B,2016/17,1,Y
RXB,Trust B,2017/18,1,Y
"""
# Published 2017/18 prices; trim point, per diem and short-stay price are illustrative.
TARIFF = """currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,short_stay_applies,short_stay_price
BZ34C,HRG,Cataract,Eyes,DC,ALL,672,,,N,
FZ18K,HRG,Hernia,Digestive,DC,ALL,1228,,,N,
FZ18K,HRG,Hernia,Digestive,EL,ALL,1363,5,200,N,
FZ18K,HRG,Hernia,Digestive,NEL,ALL,1979,5,200,N,
DZ11V,HRG,Pneumonia,Lungs,NEL,ALL,1486,14,210,Y,1040.20
130,TFC,Ophthalmology,Outpatients,OPFA,ADULT,100,,,N,
130,TFC,Ophthalmology,Outpatients,OPFA,CHILD,120,,,N,
VB08Z,AE,Standard,Emergency,AE,ALL,80,,,N,
BZ33Z,HRG,Minor eye procedure,Eyes,OPPROC,ALL,150,,,N,
VB11Z,AE,Minor,Emergency,AE,ALL,57,,,N,
"""
TERMS = """provider_code,term,code,pod,valid_from,valid_to,amount,source
RXA,TOP_UP,23,,2010-04-01,2018-03-31,,list of eligible trusts
RXB,UNBUNDLED,FZ18K,EL,2017-07-01,2017-07-31,-100,letter of 3 June 2017
RXB,LOCAL,FZ18K,EL,2017-04-01,2018-03-31,25.50,contract schedule 3
"""
COLUMNS = ("record_id,dataset,practice_code,commissioner_code,nhs_number,sex,age,treatment_function_code,hrg,patient_classification,"
           "admission_method,admission_date,discharge_date,specialised_service,attendance_date,first_attendance,attended,"
           "administrative_category,arrival_date,ae_department_type")


def load(loader):
    loader.run("import_practices", file=PRACTICES)
    loader.run("import_providers", file=PROVIDERS)
    for year in (2007, 2010, 2016, 2017):
        changed = {2007: (",672,", ",700,"), 2016: (",1486,", ",1400,")}.get(year, ("", ""))
        loader.run("import_tariff", file=TARIFF.replace(*changed), year=year)
    done = loader.run("import_provider_terms", file=TERMS)
    tap.is_((done["state"], done["outcomes"]), ("succeeded", {"rows": "3", "new": "3"}), "terms of providers are loaded")


def spell(hrg, classification, method, admitted, discharged, age=40, **fields):
    return {"dataset": "APC", "hrg": hrg, "patient_classification": classification, "admission_method": method,
            "admission_date": admitted, "discharge_date": discharged, "age": age, **fields}


def visit(day, **fields):
    return {"dataset": "OP", "treatment_function_code": "130", "first_attendance": "1", "attended": "5", "attendance_date": day,
            "age": 40, **fields}


# name, provider, record, pence or the reason. RXB's factor is 1, RXA's 1.0648; amounts worked by hand.
PRICES = [
    ("example 1, a cataract day case times 1.0648", "RXA", spell("BZ34C", "2", "11", "2017-07-03", "2017-07-03"), 71555),
    ("example 2, a hernia day case", "RXB", spell("FZ18K", "2", "11", "2017-08-03", "2017-08-03"), 122800),
    ("example 2, an emergency hernia", "RXB", spell("FZ18K", "1", "21", "2017-08-01", "2017-08-04"), 197900),
    ("example 3, 7 days beyond the trim point", "RXB", spell("DZ11V", "1", "21", "2017-07-01", "2017-07-22", 67), 295600),
    ("example 3, a stay of the trim point", "RXB", spell("DZ11V", "1", "21", "2017-07-01", "2017-07-15", 67), 148600),
    ("days of critical care do not count", "RXB", spell("DZ11V", "1", "21", "2017-07-01", "2017-07-22", 67, excluded_days=7), 148600),
    ("example 4, a short emergency stay", "RXB", spell("DZ11V", "1", "21", "2017-07-01", "2017-07-02", 67), 104020),
    ("example 5, a child's is paid in full", "RXB", spell("DZ11V", "1", "21", "2017-07-01", "2017-07-02", 12), 148600),
    ("example 6, a child's top-up of 78 %", "RXA", spell("FZ18K", "1", "21", "2010-07-01", "2010-07-04", 6, specialised_service="23"),
     352262),
    ("no top-up without eligibility", "RXB", spell("FZ18K", "1", "21", "2017-07-01", "2017-07-04", 6, specialised_service="23"), 197900),
    ("example 9, the attendance", "RXB", {"dataset": "AE", "hrg": "VB08Z", "arrival_date": "2017-07-01", "ae_department_type": "01",
                                          "age": 67}, 8000),
    ("a department of type 3 has the lowest band", "RXB", {"dataset": "AE", "hrg": "VB08Z", "arrival_date": "2017-07-01",
                                                           "ae_department_type": "03", "age": 67}, 5700),
    ("a procedure in outpatients", "RXB", visit("2017-07-03", hrg="BZ33Z"), 15000),
    ("one without a procedure price is an attendance", "RXB", visit("2017-07-03", hrg="BZ34C"), 10000),
    ("a private patient is never priced", "RXB", visit("2017-07-03", administrative_category="02"), "PRIVATE_PATIENT"),
    ("an amenity patient is the NHS's", "RXB", visit("2017-07-03", administrative_category="03"), 10000),
    ("unbundled and local adjustment", "RXB", spell("FZ18K", "1", "11", "2017-07-03", "2017-07-05"), 128850),
    ("an adjustment ends on its day", "RXB", spell("FZ18K", "1", "11", "2017-08-01", "2017-08-03"), 138850),
    ("an earlier year at its own price, its factor paid centrally", "RXA", spell("BZ34C", "2", "11", "2007-07-03", "2007-07-03"), 70000),
    ("a stay that ends in March has the price of the year that ends", "RXB", spell("DZ11V", "1", "21", "2017-03-10", "2017-03-31", 67), 287000),
    ("one that ends in April that of the next, for all its days", "RXB", spell("DZ11V", "1", "21", "2017-03-10", "2017-04-02", 67), 337600),
    ("17 is an adult's attendance in 2007/08", "RXA", visit("2007-07-03", age=17), 10000),
    ("and a child's in 2017/18", "RXB", visit("2017-07-03", age=17), 12000),
    ("a birthday of 0 is an age", "RXB", visit("2017-07-03", age=0), 12000),
    ("not attended", "RXB", visit("2017-07-03", attended="3"), "NOT_ATTENDED"),
    ("mental health is outside the tariff", "RXB", visit("2017-07-03", treatment_function_code="710"), "MENTAL_HEALTH"),
    ("chemotherapy was in 2010/11", "RXA", spell("SB97Z", "2", "11", "2010-07-01", "2010-07-01"), "CHEMOTHERAPY"),
    ("and is no longer in 2017/18", "RXB", spell("SB97Z", "2", "11", "2017-07-01", "2017-07-01"), "NOT_IN_TARIFF"),
    ("an ungroupable record", "RXB", spell("UZ01Z", "1", "11", "2017-07-01", "2017-07-03"), "UNGROUPABLE"),
]


def price(stack, user, provider, record):
    return stack.call(user, "PricingService.PriceRecord", provider_code=provider, record=record)


def prices(stack):
    for name, provider, record, expected in PRICES:
        answer = price(stack, "finance", provider, record)
        got = answer.price.total_pence if answer.price.HasField("total_pence") else answer.price.reason
        tap.is_(got, expected, f"{name}: {expected}")
        if isinstance(expected, int):
            tap.is_(answer.steps[-1].amount_pence, expected, "and its last step is the price")
        else:
            tap.ok(not any(step.HasField("amount_pence") for step in answer.steps), "without an amount in any step", answer.steps)
    answer = price(stack, "gp-a", "RXA", PRICES[0][2])
    tap.is_([step.rule for step in answer.steps], ["POD", "BASE", "MFF"], "the working names its steps")
    tap.is_(answer.steps[1].source, "file.csv, line 2", "a price has its tariff file and line")
    tap.is_((answer.tariff_row.line, answer.tariff_row.price_pence), (2, 67200), "and the row itself")
    tap.ok("2009/10 (likely)" in answer.steps[2].source, "a rule its source and evidence", answer.steps[2].source)
    top_up = price(stack, "auditor", "RXA", PRICES[8][2])
    rule = next(rule for rule in top_up.rules if rule.name == "TOPUP_CHILDREN_PPM")
    tap.is_((rule.value, rule.step, rule.valid_to_date, rule.evidence), (780000, "TOP_UP", "2011-03-31", "seen"),
            "the rate of a top-up is a dated rule row")
    tap.is_(next(step.source for step in top_up.steps if step.rule == "TOP_UP"), "list of eligible trusts", "eligibility has its source")


def refusals(stack):
    sound = spell("FZ18K", "1", "11", "2017-07-03", "2017-07-05")

    def refused(name, reason, provider="RXB", user="finance", **change):
        record = {key: value for key, value in {**sound, **change}.items() if value is not None}
        tap.is_(stack.refusal(user, "PricingService.PriceRecord", provider_code=provider, record=record)[2], reason, name)

    refused("an unknown data set", "BAD_FIELD", dataset="XX")
    refused("an age that is not given is not 0", "FIELD_MISSING", age=None)
    refused("nor is a day", "FIELD_MISSING", discharge_date=None)
    refused("a discharge before the admission", "BAD_FIELD", discharge_date="2017-07-02")
    refused("more days excluded than the stay has", "BAD_FIELD", excluded_days=4)
    refused("a provider that is not known", "PROVIDER_NOT_FOUND", provider="RXZ")
    refused("another provider's prices", "PROVIDER_NOT_FOUND", user="trust-a")
    refused("a year without a tariff", "NO_TARIFF", admission_date="2015-07-03", discharge_date="2015-07-05")


ROWS = [
    "R1,APC,X00001,5XZ,9434765919,1,40,,BZ34C,2,11,2017-07-03,2017-07-03,,,,,01,,",
    "R2,APC,X00002,5XZ,9434765919,1,67,,DZ11V,1,21,2017-07-01,2017-07-22,,,,,,,",
    "R3,OP,X00001,5XZ,9434765919,1,40,130,,,,,,,2017-07-03,1,3,,,",
    "R4,APC,X00001,5XZ,9434765919,1,40,,HN22E,1,11,2017-07-03,2017-07-05,,,,,,,",
    "R5,AE,X00001,5XZ,9434765919,1,40,,VB08Z,,,,,,,,,,2017-07-03,03",
    "R6,OP,X00001,5XZ,9434765919,1,40,130,BZ34C,,,,,,2017-07-03,1,5,,,",
    "R7,APC,X00001,5XZ,9434765919,1,40,,FZ18K,1,11,2017-07-06,2017-07-08,,,,,02,,",
]


def explain(stack, user, **fields):
    return stack.call(user, "PricingService.ExplainRecord", reason="query of the July bill", **fields)


def explanations(stack, loader):
    def send(provider, rows, phase="flex", period="2017-07"):
        done = loader.run("import_activity", file="\n".join([COLUMNS] + rows) + "\n", provider_code=provider, period=period, phase=phase)
        return done["result_id"]

    first = send("RXA", ROWS[:1])
    second = send("RXA", ROWS)
    answer = explain(stack, "gp-a", record_id="R1")
    tap.is_((answer.record.price_pence, answer.price.total_pence, answer.agrees, answer.difference), (71555, 71555, True, ""),
            "a stored price agrees with the price worked out again")
    tap.is_((answer.submission.submission_id, answer.submission.file_name, answer.record.line, answer.submission.current,
             answer.submission.supersedes_submission_id), (second, "file.csv", 2, True, first), "it leads to submission, file and line")
    tap.is_((answer.tariff_row.line, answer.practice_code, answer.attribution), (2, "X00001", "registered"), "and to the tariff row")
    tap.ok("9434765919" not in str(answer) and answer.record.patient_key == "", "without an identifier")
    old = explain(stack, "gp-a", record_id="R1", submission_id=first)
    tap.is_((old.submission.current, old.submission.submission_id), (False, first), "an older version on request")
    # 57 and 100 pounds, each times 1.0648.
    for record, pod, pence in (("R5", "AE", 6069), ("R6", "OPFA", 10648)):
        answer = explain(stack, "gp-a", record_id=record, period="2017-07")
        tap.is_((answer.price.pod, answer.record.price_pence, answer.agrees), (pod, pence, True), f"{record} was stored at its price")
    for record, state, reason in (("R3", 2, "NOT_ATTENDED"), ("R4", 3, "NOT_IN_TARIFF"), ("R7", 2, "PRIVATE_PATIENT")):
        answer = explain(stack, "gp-a", record_id=record, period="2017-07")
        tap.is_((answer.price.state, answer.price.reason, answer.agrees), (state, reason, True), f"{record} has no price, for a reason")
        tap.ok(not answer.record.HasField("price_pence"), "which is not a price of nothing")
    # 1,400 and 7 days at 210 in one year; 1,486 and 9 days in the next, in which the stay ends.
    for record, day, year, pence in (("Y1", "2017-03-31", "2016/17", 287000), ("Y2", "2017-04-02", "2017/18", 337600)):
        send("RXB", [f"{record},APC,X00001,5XZ,9434765919,1,67,,DZ11V,1,21,2017-03-10,{day},,,,,,,"], period=day[:7])
        answer = explain(stack, "gp-a", record_id=record)
        tap.is_((answer.record.price_pence, answer.price.financial_year, answer.agrees), (pence, year, True),
                f"a stay across the years that ends on {day} is stored at the price of {year}")
    ask = "PricingService.ExplainRecord"
    theirs = stack.refusal("gp-a", ask, record_id="R2", reason="query")
    tap.is_(theirs[2], "RECORD_NOT_FOUND", "another practice's record is not found")
    tap.is_(theirs, stack.refusal("gp-a", ask, record_id="R9", reason="query"), "in the words for what does not exist")
    tap.is_(stack.refusal("gp-a", ask, record_id="R1", reason="patient 9434765919")[0], "INVALID_ARGUMENT", "a reason names no patient")
    tap.is_(explain(stack, "finance", record_id="R2").agrees, True, "finance may ask for any")
    tap.is_(stack.sql(f"SELECT user_id, detail FROM ledger.audit_event WHERE subject = 'line 2 of submission {second}'"),
            "gp-a|query of the July bill", "each answer is an audit event with its reason")
    send("RXB", ROWS[:1])
    tap.is_(stack.refusal("finance", ask, record_id="R1", reason="query")[2], "PROVIDER_NEEDED", "an id that two providers use needs one")
    tap.is_(explain(stack, "finance", record_id="R1", provider_code="RXB").record.price_pence, 67200, "and is found by it")


def difference(stack):
    stack.sql("INSERT INTO ledger.rule VALUES ('5XZ', 'MFF_PAID_BY_COMMISSIONER', '2017-04-01', NULL, 0, 'flag', 'a late decision')")
    answer = explain(stack, "finance", record_id="R1", provider_code="RXA")
    tap.is_((answer.agrees, answer.record.price_pence, answer.price.total_pence), (False, 71555, 67200),
            "a price that the rules no longer give is told as a difference")
    tap.ok("total_pence is stored as 71555 and now is 67200" in answer.difference, "in all its parts", answer.difference)
    rule = next(rule for rule in answer.rules if rule.name == "MFF_PAID_BY_COMMISSIONER")
    tap.is_((rule.evidence, rule.source), ("local", "a late decision"), "with the decision that made it")


with Stack(jobs=True) as the_stack:
    the_loader = Loader(the_stack)
    load(the_loader)
    prices(the_stack)
    refusals(the_stack)
    explanations(the_stack, the_loader)
    difference(the_stack)
    tap.ok("level=error" not in the_stack.log("pbcd"), "nothing failed inside", the_stack.log("pbcd")[-3000:])
tap.done()
