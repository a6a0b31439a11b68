#!/usr/bin/python3
"""kill -9 of pbc-jobd in the middle of an import, at FAULT_OFFSETS lines of one file (default 10; the full run is 200).

After each kill nothing of the import is there; the next process ends it with the same rows and sums as an import that nobody disturbed.
FAULT_SEED draws the lines. The first and the last line of the file are always among them.
"""

import csv
import os
import random
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from database import BUILD, ROOT
from jobs import Jobs
from tap import Tap

OFFSETS = int(os.environ.get("FAULT_OFFSETS", "10"))
SEED = int(os.environ.get("FAULT_SEED", "2007"))
ROWS = 12000
PROVIDER, MONTH = "RZA", "2017-07"
KILLER = BUILD + "/tests/support/kill_at_line.so"

WRITTEN = ("ledger.activity", "ledger.activity_rollup", "ledger.submission", "ledger.provider_month", "patient.identity", "patient.reject")

tap = Tap()


def sample(folder):
    subprocess.run([BUILD + "/deploy/pbc-sample", "--out", folder, "--data", ROOT + "/deploy/sample/data", "--month",
                    f"{PROVIDER}/{MONTH}", "--rows", str(ROWS)], check=True)
    with open(folder + "/manifest.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read(folder, row):
    with open(os.path.join(folder, row["file"]), encoding="utf-8") as file:
        return file.read()


def load_reference(jobs, folder, files):
    for row in files:
        if row["kind"] in ("practices", "providers", "tariff"):
            params = {"year": int(row["period"][:4])} if row["kind"] == "tariff" else {}
            done = jobs.run("import_" + row["kind"], file=read(folder, row), **params)
            if done["state"] != "succeeded":
                raise RuntimeError(done["error_message"])


def digest(jobs, table):
    """Of all rows in order, without the submission's id, which every run draws anew, and times."""
    return jobs.sql(f"SELECT count(*), encode(sha256(coalesce(string_agg(r, chr(10) ORDER BY r COLLATE \"C\"), '')::bytea), 'hex') FROM "
                    f"(SELECT (to_jsonb(t) - '{{submission_id,sent_submission_id,recorded_at,priced_at,changed_at}}'::text[])::text AS r FROM {table} t) rows")


def left_behind(jobs):
    return {table: count for table in WRITTEN if (count := jobs.sql(f"SELECT count(*) FROM {table}")) != "0"}


def start(jobs, kill_at_line):
    os.environ.update(LD_PRELOAD=KILLER, KILL_AT_LINE=str(kill_at_line))
    try:
        return jobs.start()
    finally:
        del os.environ["LD_PRELOAD"], os.environ["KILL_AT_LINE"]


def empty(jobs):
    jobs.sql(f"TRUNCATE {', '.join(WRITTEN)} CASCADE")


def disturbed(jobs, upload_id, line):
    """Kills at the line, looks, and lets another process end the import; returns what was wrong."""
    empty(jobs)
    victim = start(jobs, line)
    operation = jobs.submit("import_activity", upload_id=upload_id, provider_code=PROVIDER, period=MONTH, phase="flex")
    victim.wait(60)
    jobs.running.remove(victim)
    if victim.returncode != -signal.SIGKILL:
        return f"line {line}: not killed but ended with {victim.returncode}"
    # PostgreSQL needs a moment to see that its client is gone.
    jobs.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pbc-jobd%'")
    rest = left_behind(jobs)
    if rest:
        return f"line {line}: the killed import left {rest}"
    jobs.sql(f"UPDATE job.operation SET lease_until = now() - interval '1 second' WHERE operation_id = '{operation}'")
    healer = jobs.start()
    row = jobs.wait(operation)
    jobs.stop(healer)
    if (row["state"], row["attempt"]) != ("succeeded", 2):
        return f"line {line}: {row['state']} after {row['attempt']} attempts: {row['error_message']}"
    return ""


def main():
    # The linker would do without it, and nobody would be killed.
    if not os.path.exists(KILLER):
        sys.exit(f"error: no {KILLER}\nwhat to do: build all of {BUILD}")
    with Jobs() as jobs:
        folder = jobs.dir + "/sample"
        files = sample(folder)
        load_reference(jobs, folder, files)
        upload_id = jobs.upload(read(folder, next(row for row in files if row["kind"] == "activity")))
        whole = jobs.wait(jobs.submit("import_activity", upload_id=upload_id, provider_code=PROVIDER, period=MONTH, phase="flex"))
        want = {table: digest(jobs, table) for table in WRITTEN}
        tap.is_((whole["state"], whole["outcomes"]["rows"]), ("succeeded", str(ROWS)), "an undisturbed import succeeds")
        tap.ok(int(whole["outcomes"]["rejected"]) > 0, "with rows refused among those taken", whole["outcomes"])
        jobs.stop(jobs.running[0])
        chance = random.Random(SEED)
        lines = sorted({1, 2, ROWS + 1} | set(chance.sample(range(3, ROWS + 1), max(OFFSETS - 3, 0))))
        for line in lines:
            wrong = disturbed(jobs, upload_id, line)
            if wrong == "":
                wrong = "".join(f"{table} differs\n" for table in WRITTEN if digest(jobs, table) != want[table])
            tap.ok(wrong == "", f"killed at line {line}: nothing partial, and the same ledger in the end", wrong)
    tap.done()


if __name__ == "__main__":
    main()
