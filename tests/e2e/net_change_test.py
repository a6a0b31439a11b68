#!/usr/bin/python3
"""Files of changes beside whole-month ones: insert, update and delete by record, against what stands, make a whole submission."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from jobs import Jobs
from tap import Tap

tap = Tap()

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,One,5XZ,N,2010-04-01,\n"
TARIFF = ("currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,short_stay_applies,short_stay_price\n"
          "BZ34C,HRG,Cataract,Eyes,DC,ALL,672,,,N,\nFZ18K,HRG,Hernia,Digestive,DC,ALL,1228,,,N,\n")
COLUMNS = ("record_id,dataset,practice_code,nhs_number,sex,age,hrg,patient_classification,admission_method,admission_date,"
           "discharge_date")
ENTER = "BEGIN; SELECT FROM api.enter('5XZ', 'finance', NULL, '{pct_finance}', 'Test', 0); "
DAY = "2017-07-03"


def record(name, hrg, practice="X00001"):
    return f"{name},APC,{practice},9434765919,1,40,{hrg},2,11,{DAY},{DAY}"


def deleted(name):
    return name + "," * COLUMNS.count(",")


def changes(*lines):
    return "\n".join(["net_change," + COLUMNS] + [f"{what},{line}" for what, line in lines]) + "\n"


def send(jobs, file, phase="flex", **params):
    return jobs.run("import_activity", file=file, provider_code="RXA", period="2017-07", phase=phase, **params)


def standing(jobs):
    """record:pence of what counts, in order."""
    return jobs.sql("SELECT string_agg(record_id || ':' || coalesce(total_pence::text, price_state), ' ' ORDER BY record_id)"
                    " FROM ledger.activity JOIN ledger.provider_month USING (commissioner_code, period, submission_id)")


def verified(jobs):
    answer = json.loads(jobs.sql(ENTER + "SELECT api.verify_ledger(); COMMIT"))
    return [check for check in answer["checks"] if not check["ok"]]


def picked(outcomes, *names):
    return {name: outcomes.get(name) for name in names}


def main():
    with Jobs() as jobs:
        jobs.sql("SELECT set_config('pbc.commissioner', '5XZ', false); "
                 "INSERT INTO ledger.app_user VALUES ('5XZ', '5XZ', 'finance', 'F', '{pct_finance}', NULL, NULL, true)")
        jobs.run("import_practices", file=PRACTICES)
        jobs.run("import_providers", file="provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\n")
        jobs.run("import_tariff", file=TARIFF, year=2017)

        first = send(jobs, changes(("I", record("R1", "BZ34C")), ("I", record("R2", "BZ34C")), ("D", deleted("R3"))))
        tap.is_(picked(first["outcomes"], "accepted", "rejected", "inserted", "carried_over", "error.E133"),
                {"accepted": "2", "rejected": "1", "inserted": "2", "carried_over": "0", "error.E133": "1"},
                "where nothing stands there is nothing to delete")
        tap.is_(standing(jobs), "R1:67200 R2:67200", "a month can begin with insertions")

        whole = "\n".join([COLUMNS] + [record("R1", "BZ34C"), record("R2", "BZ34C"), record("R'3,\\", "FZ18K").replace("R'3,\\", '"R\'3,\\"'),
                                       record("R4", "HN22E")]) + "\n"
        second = send(jobs, whole)
        tap.is_(standing(jobs), "R'3,\\:122800 R1:67200 R2:67200 R4:unpriced", "a whole file replaces the month")

        file = changes(("I", record("R5", "FZ18K")), ("U", record("R2", "FZ18K")), ("D", deleted('"R\'3,\\"')),
                       ("I", record("R1", "FZ18K")), ("U", record("R9", "FZ18K")), ("D", deleted("R9")), ("X", record("R6", "FZ18K")),
                       ("", record("R7", "FZ18K")), ("D", deleted("R2")), ("D", deleted("")), ("U", record("R4", "FZ18K", "X1")))
        trial = send(jobs, file, validate_only=True)
        third = send(jobs, file)
        tap.is_(third["state"], "succeeded", "a file of changes is imported")
        # R4 could not be updated, so it stands as it was; R2 was changed on an earlier line already.
        tap.is_(standing(jobs), "R1:67200 R2:122800 R4:unpriced R5:122800", "inserted, updated, deleted; what is left alone or refused stands")
        tap.is_(picked(third["outcomes"], "inserted", "updated", "deleted", "carried_over", "error.E131", "error.E132", "error.E133",
                       "error.E102", "error.E101", "error.E104", "rejected", "accepted", "rows", "priced", "unpriced", "cost_pence"),
                {"inserted": "1", "updated": "1", "deleted": "1", "carried_over": "2", "error.E131": "2", "error.E132": "1",
                 "error.E133": "2", "error.E102": "1", "error.E101": "1", "error.E104": "1", "rejected": "8", "accepted": "4",
                 "rows": "12", "priced": "3", "unpriced": "1", "cost_pence": "312800"}, "and everything is counted once")
        trial["outcomes"].pop("supersedes")
        tap.is_({name: value for name, value in third["outcomes"].items() if name != "supersedes"}, trial["outcomes"],
                "a trial has the outcomes of the import")
        tap.is_(third["outcomes"]["supersedes"], second["result_id"], "it supersedes what it changed")
        tap.is_(jobs.sql(f"SELECT count(*) FROM ledger.activity WHERE submission_id = '{second['result_id']}'"), "4",
                "which stays as it came")
        tap.is_(jobs.sql("SELECT string_agg(line || ' ' || code, ', ' ORDER BY line) FROM patient.reject r JOIN ledger.provider_month"
                         " USING (submission_id) WHERE severity = 'error'"),
                "5 E132, 6 E133, 7 E133, 8 E131, 9 E131, 10 E102, 11 E101, 12 E104", "refused lines are kept with their codes")
        tap.is_(verified(jobs), [], "the ledger proves itself")
        tap.is_(send(jobs, file)["outcomes"], {"duplicate_of": third["result_id"]}, "the same changes count once")

        crumbs = jobs.upload(changes(("I", record("R6", "FZ18K"))), name="Ä" * 300, chunk=7)
        tap.is_(send(jobs, None, upload_id=crumbs)["outcomes"].get("carried_over"), "4",
                "a file of changes is known as one when its first line comes in pieces")
        tap.is_(send(jobs, changes(("D", deleted("R6"))))["outcomes"].get("deleted"), "1", "and what it inserted can be deleted")

        frozen = send(jobs, changes(("D", deleted("R4"))), phase="freeze")
        tap.is_(frozen["state"], "succeeded", "a month can be frozen by changes alone")
        tap.is_(standing(jobs), "R1:67200 R2:122800 R5:122800", "to what then stands")
        tap.is_(verified(jobs), [], "the ledger proves itself still")
        late = send(jobs, changes(("D", deleted("R5"))))
        tap.is_(late["state"], "failed", "after the freeze changes are refused like any file")
    tap.done()


if __name__ == "__main__":
    main()
