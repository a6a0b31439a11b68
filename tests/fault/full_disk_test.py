#!/usr/bin/python3
"""The database's disk is full in the middle of an import: nothing of it stays, it is tried again, and ends once there is room."""

import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from jobs import Jobs
from tap import Tap

ROWS = 60000  # more than the small disk takes, less than the large one
SMALL, LARGE = "12m", "400m"
NHS_NUMBER = "9434765919"

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,One,5XZ,N,2010-04-01,\n"
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\n"
TARIFF = ("currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,short_stay_applies,short_stay_price\n"
          "BZ34C,HRG,Cataract,Eyes,DC,ALL,672,,,N,\n")
COLUMNS = "record_id,dataset,practice_code,nhs_number,sex,age,hrg,patient_classification,admission_method,admission_date,discharge_date\n"

tap = Tap()


def mount(disk, size, *options):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join((*options, "size=" + size)), "tmpfs", disk], capture_output=True).returncode == 0


def use(jobs, disk):
    """New tables, and so the month's, go to the disk."""
    jobs.sql(f"CREATE TABLESPACE small LOCATION '{disk}'")
    jobs.sql("GRANT CREATE ON TABLESPACE small TO pbc_owner, pbc_job; ALTER DATABASE pbc SET default_tablespace = small")
    jobs.stop(jobs.running[0])
    jobs.start()


def tried(jobs, operation, seconds=60):
    """The operation once it was given back."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        row = jobs.operation(operation)
        if row["state"] == "queued" and row["attempt"] > 0:
            return row
        time.sleep(0.03)
    raise TimeoutError(jobs.log()[-2000:])


def fill(jobs, disk):
    month = "".join(f"R{i:06},APC,X00001,{NHS_NUMBER},1,40,BZ34C,2,11,2017-07-03,2017-07-03\n" for i in range(ROWS))
    operation = jobs.submit("import_activity", upload_id=jobs.upload(COLUMNS + month), provider_code="RXA", period="2017-07", phase="flex")
    row = tried(jobs, operation)
    tap.ok("has no room" in row["error_message"], "an import without room is given back, and says so", row)
    tap.is_(jobs.sql("SELECT (SELECT count(*) FROM ledger.activity), (SELECT count(*) FROM ledger.submission),"
                     " (SELECT count(*) FROM patient.identity)"), "0|0|0", "nothing of it stays")
    mount(disk, LARGE, "remount")
    done = jobs.wait(operation)
    tap.ok(done["state"] == "succeeded" and done["attempt"] > 1 and done["outcomes"]["accepted"] == str(ROWS), "with room it ends", done)
    tap.is_(jobs.sql("SELECT count(*), sum(total_pence) FROM ledger.activity"), f"{ROWS}|{ROWS * 67200}", "with every row once")
    tap.ok("sqlstate=53100" in jobs.log() and NHS_NUMBER not in jobs.log(), "the operator is told, of no patient", jobs.log()[-2000:])


with Jobs() as jobs:
    disk = jobs.dir + "/disk"
    os.mkdir(disk)
    if mount(disk, SMALL):
        try:
            shutil.chown(disk, "postgres")
            jobs.run("import_practices", file=PRACTICES)
            jobs.run("import_providers", file=PROVIDERS)
            jobs.run("import_tariff", file=TARIFF, year=2017)
            use(jobs, disk)
            fill(jobs, disk)
        finally:
            subprocess.run(["umount", "-l", disk], check=True)
    else:
        tap.ok(True, "an import without room # SKIP a small disk cannot be mounted here")
tap.done()
