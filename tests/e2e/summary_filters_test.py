#!/usr/bin/python3
"""The Financial Summary of one provider, chapter, HRG or specialty: its head names what it is of, and a code that nobody knows is refused."""

import csv
import io
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from stack import Stack
from tap import Tap

tap = Tap()
EXIT_OK, EXIT_NOT_FOUND = 0, 3

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,The Example Surgery,5XZ,,2010-04-01,\n"
# Nothing comes from Trust B.
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\nRXB,Trust B,2017/18,1.00,Y\n"
# FZ18K is of another chapter and is never used.
TARIFF = ("currency,currency_type,name,chapter,pod,age_band,price\nBZ34C,HRG,Cataract,Eyes,DC,ALL,672\nFZ18K,HRG,Hernia,Digestive,DC,ALL,900\n"
          "130,TFC,Ophthalmology,Outpatients,OPFA,ALL,100\nVB08Z,AE,Standard,Emergency,AE,ALL,126\n")
# 301 is of no tariff, and of a record.
ACTIVITY = """\
record_id,dataset,practice_code,nhs_number,sex,age,treatment_function_code,hrg,patient_classification,admission_method,admission_date,\
discharge_date,attendance_date,first_attendance,attended,arrival_date,ae_department_type
A1,APC,X00001,9434765919,1,40,301,BZ34C,2,11,2017-07-03,2017-07-03,,,,,
O1,OP,X00001,9434765919,1,40,130,,,,,,2017-07-10,1,5,,
E1,AE,X00001,9434765919,1,40,,VB08Z,,,,,,,,2017-07-17,01
"""
EVERYTHING = 67200 + 10000 + 12600
REPORT = ("report", "financial-summary", "--year", "2017/18", "--to", "2017-07")


def fill(stack):
    for noun, content, more in (("practice", PRACTICES, ()), ("provider", PROVIDERS, ()), ("tariff", TARIFF, ("--year", "2017/18")),
                                ("activity", ACTIVITY, ("--provider", "RXA", "--period", "2017-07", "--phase", "flex"))):
        with open(f"{stack.dir}/{noun}.csv", "w", encoding="utf-8") as output:
            output.write(content)
        done = stack.pbc("finance", noun, "import", output.name, *more)
        assert done.returncode == EXIT_OK, done.stderr


def pence(stack, user, *filters):
    """The July of the rows All; the output where there is none."""
    done = stack.pbc(user, *REPORT, *filters, "--format", "csv")
    if done.returncode != EXIT_OK:
        return done.stderr
    rows = csv.DictReader(io.StringIO(done.stdout))
    return sum(round(float(row["month_actual_cost"]) * 100) for row in rows if row["row"] == "All")


def filtered(stack):
    for filters, expected in (((), EVERYTHING), (("--provider", "RXA"), EVERYTHING), (("--chapter", "B"), 67200), (("--hrg", "VB08Z"), 12600),
                              (("--specialty", "130"), 10000), (("--specialty", "301"), 67200), (("--specialty", "301", "--chapter", "V"), 0),
                              (("--provider", "RXB"), 0), (("--chapter", "F"), 0), (("--hrg", "FZ18K"), 0)):
        for user in ("finance", "gp-a"):
            tap.is_(pence(stack, user, *filters), expected, f"{user}: {' '.join(filters) or 'no filter'}")
    head = stack.pbc("gp-a", *REPORT, "--provider", "RXA", "--chapter", "B", "--pod", "admitted").stdout.splitlines()
    tap.is_(head[1:4], ["X00001 The Example Surgery", "Basket PbR 2017/18, report end Jul-17",
                        "Point of delivery Admitted, chapter B, HRG All, specialty All, provider RXA, analysed by Provider"],
            "the head says what the figures are of")


def refused(stack):
    for flag, code, reason in (("--provider", "RQX", "PROVIDER_NOT_FOUND"), ("--chapter", "Q", "CHAPTER_NOT_FOUND"), ("--chapter", "b", "CHAPTER_NOT_FOUND"),
                               ("--hrg", "BZ34X", "HRG_NOT_FOUND"), ("--specialty", "998", "SPECIALTY_NOT_FOUND")):
        done = stack.pbc("gp-a", *REPORT, flag, code)
        tap.is_((done.returncode, done.stdout), (EXIT_NOT_FOUND, ""), f"{flag} {code} makes no report of zeros")
        tap.ok(reason in done.stderr and f" {code}\n" in done.stderr and "remedy:" in done.stderr, "but says what nobody knows, and a remedy", done.stderr)
    done = stack.pbc("gp-a", *REPORT, "--pod", "dental")
    tap.ok(done.returncode != EXIT_OK and "BAD_POD_GROUP" in done.stderr, "a point of delivery that is none is refused", done.stderr)


with Stack(jobs=True) as the_stack:
    fill(the_stack)
    filtered(the_stack)
    refused(the_stack)
tap.done()
