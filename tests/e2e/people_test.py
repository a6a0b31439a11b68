#!/usr/bin/python3
"""Who is behind each pseudonym after files of thousands of people, of whom some, most or none were known before."""

import hashlib
import hmac
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from jobs import Jobs
from tap import Tap

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,One,5XZ,N,2010-04-01,\n"
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.10,Y\n"
TARIFF = ("currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,short_stay_applies,short_stay_price\n"
          "130,TFC,Ophthalmology,Outpatients,OPFA,ALL,100,,,N,\n")
COLUMNS = ("record_id,dataset,practice_code,nhs_number,local_patient_id,sex,age,treatment_function_code,first_attendance,attended,"
           "attendance_date")

tap = Tap()


def nhs_number(n):
    """The n-th with a check digit: modulus 11 of the nine digits before it, weighted 10 to 2."""
    nine = f"{400000000 + n * 7}"
    check = 11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1))) % 11
    return nhs_number(n + 100000) if check == 10 else nine + str(check % 11)


def pseudonym(*parts):
    return hmac.new(bytes(range(32)), b"".join(part.encode() + b"\0" for part in parts), hashlib.sha256).hexdigest()[:32]


def month(jobs, period, numbers, local_ids):
    """A file with two attendances of each."""
    people = [(nhs_number(n), "") for n in numbers] + [("", f"L{n}") for n in local_ids]
    lines = [f"{period}-{n}-{visit},OP,X00001,{nhs},{local},1,40,130,1,5,{period}-10"
             for n, (nhs, local) in enumerate(people) for visit in (1, 2)]
    done = jobs.run("import_activity", file="\n".join([COLUMNS, *lines]) + "\n", period=period, phase="flex", provider_code="RXA")
    tap.is_((done["state"], done["outcomes"].get("accepted")), ("succeeded", str(len(lines))), f"{len(people)} people of {period} are taken")
    expected = {pseudonym("nhs", "5XZ", nhs) if nhs else pseudonym("local", "5XZ", "RXA", local): nhs or local for nhs, local in people}
    stored = jobs.sql(f"SELECT DISTINCT encode(patient_key, 'hex') FROM ledger.activity WHERE period = '{period}-01'").split()
    tap.ok(set(stored) == set(expected), f"their rows of {period} have the keyed hashes of their numbers")
    return expected


def check_identities(jobs, expected, name):
    rows = jobs.sql("SELECT encode(patient_key, 'hex'), coalesce(nhs_number, local_patient_id) FROM patient.identity").splitlines()
    tap.is_(len(rows), len(expected), f"{name}: one identity for each")
    tap.ok(dict(row.split("|") for row in rows) == expected, f"{name}: it is that of the number sent")


with Jobs() as jobs:
    for kind, file, params in (("practices", PRACTICES, {}), ("providers", PROVIDERS, {}), ("tariff", TARIFF, {"year": 2017})):
        jobs.run("import_" + kind, file=file, **params)
    known = month(jobs, "2017-06", range(5000), range(1000))
    check_identities(jobs, known, "nobody was known")
    known |= month(jobs, "2017-07", range(200, 5300), range(500, 1200))
    check_identities(jobs, known, "most were known")
    known |= month(jobs, "2017-08", range(5250, 5350), range(5))
    check_identities(jobs, known, "a small file of known and new")
    known |= month(jobs, "2017-09", range(0, 5000), range(0))
    check_identities(jobs, known, "all were known")
tap.done()
