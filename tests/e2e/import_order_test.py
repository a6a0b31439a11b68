#!/usr/bin/python3
"""Months that come in any order, each in two flexes, the first restored, a freeze and two adjustments of it, and everything twice, end in
the same ledger. Months whose data sets come and are frozen in files of their own end in the same rows, sums and states.

IMPORT_ORDERS orders (default 3) of 3 providers' 2 months, and of the data sets of a fourth's; IMPORT_ORDER_SEED makes the files and the orders.
"""

import json
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from jobs import Jobs
from tap import Tap

ORDERS = int(os.environ.get("IMPORT_ORDERS", "3"))
SEED = int(os.environ.get("IMPORT_ORDER_SEED", "2007"))
PROVIDERS = ("RXA", "RXB", "RXC")
MONTHS = ("2017-06", "2017-07")
BY_DATASET = "RXD"  # sends its data sets in files of their own
POSTED = "2017-08"  # the month of the adjustments
# What becomes of a month: its files in order, and the first of them made to count again.
STEPS = (("flex", 0), ("flex", 1), ("restore", 0), ("freeze", 2), ("adjustment", 3), ("adjustment", 4))

PRACTICES = ("practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,One,5XZ,N,2010-04-01,\n"
             "X00002,Two,5XZ,N,2010-04-01,2017-07-15\nX00002,Two,5YZ,N,2017-07-16,\n")
TARIFF = ("currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,short_stay_applies,short_stay_price\n"
          "BZ34C,HRG,Cataract,Eyes,DC,ALL,672,,,N,\nFZ18K,HRG,Hernia,Digestive,DC,ALL,1228,,,N,\n"
          "130,TFC,Ophthalmology,Outpatients,OPFA,ALL,100,,,N,\nVB08Z,AE,Standard,Emergency,AE,ALL,126,,,N,\n")
COLUMNS = ("record_id,dataset,practice_code,nhs_number,local_patient_id,sex,age,hrg,patient_classification,admission_method,"
           "admission_date,discharge_date,provider_price")

# Columns of a data set beside those of all, and what its rows have in them.
COMMON = "record_id,dataset,practice_code,nhs_number,sex,age,"
DATASETS = {
    "APC": ("hrg,patient_classification,admission_method,admission_date,discharge_date", "BZ34C,2,11,{day},{day}"),
    "OP": ("treatment_function_code,attendance_date,first_attendance,attended", "130,{day},1,5"),
    "AE": ("hrg,arrival_date,ae_department_type", "VB08Z,{day},01"),
}

# By hand at a market forces factor of 1.10.
PENCE = {"BZ34C": 73920, "FZ18K": 135080, "HN22E": 0}

# Everything that the ledger holds but ids of its own making and times: the files' SHA-256 stand for submissions. Of data sets in files of their
# own, each of which carries over what the others were then, what counts in the end: rows, whatever their lines, sums and months.
DIGEST = """
WITH sent AS (
  SELECT s.submission_id, s.phase || ' ' || encode(s.sha256, 'hex') AS file FROM ledger.submission s WHERE s.provider_code <> 'RXD'
), facts AS (
  SELECT 'activity ' || f.file || coalesce(r.file, '')
         || (to_jsonb(a) - ARRAY['submission_id', 'reversed_submission_id', 'tariff_id'])::text AS fact
    FROM ledger.activity a
    JOIN sent f USING (submission_id)
    LEFT JOIN sent r ON r.submission_id = a.reversed_submission_id
  UNION ALL
  SELECT 'rollup ' || f.file || (to_jsonb(r) - 'submission_id')::text FROM ledger.activity_rollup r JOIN sent f USING (submission_id)
  UNION ALL
  SELECT 'submission ' || coalesce(f.file, '') || coalesce(r.file, '')
         || (to_jsonb(s) - ARRAY['submission_id', 'upload_id', 'supersedes_submission_id', 'restore_of_submission_id', 'sent_submission_id',
               'priced_at', 'recorded_at'])::text
    FROM ledger.submission s
    LEFT JOIN sent f ON f.submission_id = s.supersedes_submission_id
    LEFT JOIN sent r ON r.submission_id = s.restore_of_submission_id
   WHERE s.provider_code <> 'RXD'
  UNION ALL
  SELECT 'counting ' || (to_jsonb(a) - ARRAY['submission_id', 'line', 'tariff_id'])::text
    FROM ledger.provider_month m JOIN ledger.activity a ON a.period = m.period AND a.submission_id = m.submission_id
   WHERE m.provider_code = 'RXD'
  UNION ALL
  SELECT 'counting ' || (to_jsonb(r) - 'submission_id')::text
    FROM ledger.provider_month m JOIN ledger.activity_rollup r USING (submission_id)
   WHERE m.provider_code = 'RXD'
  UNION ALL
  SELECT 'counting ' || (to_jsonb(m) - ARRAY['submission_id', 'changed_at'])::text FROM ledger.provider_month m WHERE m.provider_code = 'RXD'
  UNION ALL
  SELECT 'month ' || f.file || (to_jsonb(m) - ARRAY['submission_id', 'changed_at'])::text
    FROM ledger.provider_month m JOIN sent f USING (submission_id)
)
SELECT count(*) || ' ' || encode(sha256(convert_to(string_agg(fact, E'\\n' ORDER BY fact COLLATE "C"), 'UTF8')), 'hex') FROM facts
"""
# As the person that Jobs acts for, in one transaction.
ENTER = "BEGIN; SELECT FROM api.enter('5XZ', 'finance', NULL, '{pct_finance}', 'Test', 0); "

tap = Tap()


def month_file(chance, provider, month, records):
    lines = [COLUMNS]
    for number in records:
        day = f"{month}-{1 + number % 28:02}"
        practice = "X00001" if number % 3 else "X00002"
        # A patient here and there without an NHS number, and a line that is refused.
        nhs, local = ("9434765919", "") if number % 4 else ("", f"P{number}")
        sex = "7" if number % 17 == 5 else "1"
        lines.append(f"{provider}-{month}-{number},APC,{practice},{nhs},{local},{sex},40,{chance.choice(['BZ34C', 'FZ18K', 'HN22E'])},"
                     f"2,11,{day},{day},{chance.randrange(100, 2000)}.00")
    return "\n".join(lines) + "\n"


def dataset_file(month, dataset, records):
    columns, cells = DATASETS[dataset]
    return "\n".join([COMMON + columns] + [f"{month}-{dataset}{number},{dataset},X00001,9434765919,1,40," + cells.format(day=f"{month}-{1 + number % 28:02}")
                                           for number in records]) + "\n"


def make_dataset_files():
    """month, data set -> its files in order, the last of which freezes it: of July's A&E one that holds none."""
    chance = random.Random(SEED)
    files = {(BY_DATASET, month, dataset): [dataset_file(month, dataset, sorted(chance.sample(range(40), 10 + 5 * nth))) for nth in range(3)]
             for month in MONTHS for dataset in DATASETS}
    files[BY_DATASET, "2017-07", "AE"] = [dataset_file("2017-07", "AE", [])]
    return files


def record_number(line):
    return int(line.split(",")[0].rsplit("-", 1)[1])


def adjustment_file(chance, provider, month, standing, pool, late):
    """Amends three records of the pool, withdraws three, and has late ones; standing becomes what then stands."""
    touched = chance.sample(pool, 6)
    withdrawn = touched[:3]
    said = []
    for line in month_file(chance, provider, month, touched + late).splitlines()[1:]:
        number = record_number(line)
        what = "D" if number in withdrawn else "U" if number in standing else "I"
        said.append(f"{what},{line}")
        standing[number] = line
    for number in withdrawn:
        del standing[number]
    return "\n".join(["net_change," + COLUMNS] + said) + "\n"


def month_pence(lines):
    """What a month's records cost this PCT: practice X00002 was another's from the 16th of July."""
    fields = (line.split(",") for line in lines)
    return sum(PENCE[hrg] for _, _, practice, _, _, _, _, hrg, _, _, _, day, _ in fields if practice == "X00001" or day <= "2017-07-15")


def make_files():
    """
    provider, month -> its three files in order, each adds records, leaves some out and codes some anew, and two adjustments; and
    provider -> what the adjustments come to.
    """
    chance = random.Random(SEED)
    files, adjusted = {}, dict.fromkeys(PROVIDERS, 0)
    for provider in PROVIDERS:
        for month in MONTHS:
            files[provider, month] = sent = [month_file(chance, provider, month, sorted(chance.sample(range(60), 30 + 10 * nth)))
                                             for nth in range(3)]
            frozen = {record_number(line): line for line in sent[2].splitlines()[1:] if record_number(line) % 17 != 5}
            standing = dict(frozen)
            sent.append(adjustment_file(chance, provider, month, standing, sorted(standing), [60, 61, 62]))
            # The late ones are among these.
            sent.append(adjustment_file(chance, provider, month, standing, sorted(standing)[-8:], [63, 64, 65]))
            adjusted[provider] += month_pence(standing.values()) - month_pence(frozen.values())
    return files, adjusted


def steps_of(files, key):
    return STEPS if key[0] != BY_DATASET else [("flex", nth) for nth in range(len(files[key]) - 1)] + [("freeze", len(files[key]) - 1)]


def batches(chance, files, at_once):
    """The steps' order: those of a month, or of a data set, follow each other, else any. A batch holds each once."""
    left = {key: list(range(len(steps_of(files, key)))) for key in files}
    while left:
        keys = chance.sample(sorted(left), min(len(left), chance.randint(1, at_once)))
        yield [(key, left[key].pop(0)) for key in keys]
        left = {key: nths for key, nths in left.items() if nths}


def step(jobs, files, key, nth):
    provider, month, *dataset = key
    phase, file = steps_of(files, key)[nth]
    if phase == "restore":
        first = jobs.sql(f"SELECT submission_id FROM ledger.submission WHERE provider_code = '{provider}' AND period = '{month}-01'"
                         f" AND sha256 = sha256('{files[key][file]}') AND submission_id = sent_submission_id")
        return jobs.submit("restore_submission", submission_id=first, reason="the first was right")
    return jobs.submit("import_activity", upload_id=jobs.upload(files[key][file]), provider_code=provider,
                       period=POSTED if phase == "adjustment" else month, phase=phase, **({"dataset": dataset[0]} if dataset else {}))


def repeated(operation):
    """Answers whether a step was told that it had been done; any other failure ends the test."""
    if operation["state"] != "succeeded" and operation["error_reason"] != "SUBMISSION_CURRENT":
        raise RuntimeError(operation["error_message"])
    return operation["state"] != "succeeded" or "duplicate_of" in operation["outcomes"]


def load(jobs, files, chance, at_once, after_step):
    """Every step is made twice; answers of each whether it was told to be a repeat."""
    again = []
    for batch in batches(chance, files, at_once):
        first = [step(jobs, files, key, nth) for key, nth in batch]
        second = [step(jobs, files, key, nth) for key, nth in batch]
        again += [repeated(jobs.wait(operation)) for operation in first + second]
        for key, nth in batch:
            after_step(key, nth)
    return again


def reference(jobs):
    jobs.sql("SELECT set_config('pbc.commissioner', '5XZ', false); "
             "INSERT INTO ledger.app_user VALUES ('5XZ', '5XZ', 'finance', 'Finance', '{pct_finance}', NULL, NULL, true)")
    jobs.run("import_practices", file=PRACTICES)
    jobs.run("import_providers", file="provider_code,name,year,mff,local\n" +
             "".join(f"{provider},Trust {provider},2017/18,1.10,Y\n" for provider in PROVIDERS + (BY_DATASET,)))
    jobs.run("import_tariff", file=TARIFF, year=2017)


def july_actual(jobs, as_at):
    """State and year-to-date pence of Trust A's July, as it was known at a moment."""
    moment = f"'{as_at}'" if as_at else "NULL"
    answer = json.loads(jobs.sql(ENTER + "SELECT api.get_financial_summary(NULL, '2017/18', '2017-07', NULL, NULL, NULL, NULL, 'RXA', "
                                 f"NULL, {moment}); COMMIT"))
    state = next(m["state"] for m in answer["months"] if (m["period"], m["provider_code"]) == ("2017-07", "RXA"))
    return state, sum(block["rows"][0]["month_actual"]["cost_pence"] for block in answer["blocks"])


def frozen_records(files):
    return sorted(line.split(",")[0] for key, sent in files.items() if key[0] == BY_DATASET for line in sent[-1].splitlines()[1:])


def standing(jobs):
    return jobs.sql("SELECT a.record_id FROM ledger.provider_month m JOIN ledger.activity a ON a.period = m.period AND"
                    f" a.submission_id = m.submission_id WHERE m.provider_code = '{BY_DATASET}' ORDER BY a.record_id COLLATE \"C\"").splitlines()


def posted_pence(jobs):
    rows = jobs.sql("SELECT provider_code, sum(cost_pence) FROM ledger.submission WHERE phase = 'adjustment' GROUP BY 1").splitlines()
    return {provider: int(pence) for provider, pence in (row.split("|") for row in rows)}


def one_order(files, adjusted, number):
    chance = random.Random(SEED + number)
    at_once = 1 if number == 0 else 4
    seen = {}

    def look(jobs):
        def after_step(key, nth):
            if key == ("RXA", "2017-07"):
                seen[nth] = (jobs.sql("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"),
                             july_actual(jobs, None))
        return after_step

    with Jobs(processes=1 if number == 0 else 2) as jobs:
        reference(jobs)
        again = load(jobs, files, chance, at_once, look(jobs))
        tap.is_(sorted(again), [False] * len(again[::2]) + [True] * len(again[::2]), f"order {number}: of every step made twice one counts")
        tap.is_(jobs.sql("SELECT string_agg(DISTINCT state, ' ') FROM ledger.provider_month WHERE state <> 'open'"), "frozen",
                "every month ends frozen")
        tap.is_(standing(jobs), frozen_records(files), "of data sets in files of their own what their freezes have stands")
        tap.is_(posted_pence(jobs), adjusted, "adjustments come to what then stands less what was frozen")
        for nth, (phase, _) in enumerate(STEPS):
            tap.is_(july_actual(jobs, seen[nth][0]), seen[nth][1], f"as at the time after step {nth + 1}, {phase}, shows what counted then")
        pence = [pence for _, (_, pence) in (seen[nth] for nth in range(len(STEPS)))]
        tap.ok(pence[2] == pence[0] and len(set(pence)) == 3, "each file has another figure, and what was restored its own again", pence)
        verified = json.loads(jobs.sql(ENTER + "SELECT api.verify_ledger(); COMMIT"))
        tap.ok(verified["ok"], "the ledger proves itself", verified)
        return jobs.sql(DIGEST)


def main():
    files, adjusted = make_files()
    files.update(make_dataset_files())
    digests = [one_order(files, adjusted, number) for number in range(ORDERS)]
    tap.ok(int(digests[0].split()[0]) > 500, "the digest covers the whole ledger", digests[0])
    tap.is_(digests[1:], digests[:1] * (ORDERS - 1), "every order ends in the same ledger")
    tap.done()


if __name__ == "__main__":
    main()
