#!/usr/bin/python3
"""A provider's months against a model of them: files of whole months and of data sets, changes, freezes, restores, reopenings, other
tariffs and adjustments in any order. What stands, what it costs, what is frozen and why a file is refused are what the model says, and as
at every earlier moment what counted then.

MONTH_MODEL_RUNS runs (default 2) of MONTH_MODEL_STEPS steps (default 60); MONTH_MODEL_SEED makes the steps.
"""

import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from jobs import Jobs
from tap import Tap

RUNS = int(os.environ.get("MONTH_MODEL_RUNS", "2"))
STEPS = int(os.environ.get("MONTH_MODEL_STEPS", "60"))
SEED = int(os.environ.get("MONTH_MODEL_SEED", "2007"))
MONTHS = ("2017-06", "2017-07", "2017-08")
DATASETS = ("AE", "APC", "OP")

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,The Example Surgery,5XZ,,2010-04-01,\n"
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\n"
COLUMNS = ("record_id,dataset,practice_code,nhs_number,sex,age,treatment_function_code,hrg,patient_classification,admission_method,"
           "admission_date,discharge_date,attendance_date,first_attendance,attended,arrival_date,ae_department_type").split(",")
CELLS = {
    "APC": {"hrg": "BZ34C", "patient_classification": "2", "admission_method": "11", "admission_date": "{}-03", "discharge_date": "{}-03"},
    "OP": {"treatment_function_code": "130", "attendance_date": "{}-10", "first_attendance": "1", "attended": "5"},
    "AE": {"hrg": "VB08Z", "arrival_date": "{}-17", "ae_department_type": "01"},
}

# What every row that counts comes to, by the month of its day and its id.
COUNTED = """SELECT set_config('pbc.commissioner', '5XZ', false);
SELECT to_char(a.activity_date, 'YYYY-MM') || ' ' || a.record_id || ' ' || a.dataset || ' ' || sum(a.quantity * coalesce(a.total_pence, 0))
  FROM ledger.counting_submissions({at}) m
  JOIN ledger.activity a ON a.commissioner_code = '5XZ' AND a.period = m.period AND a.submission_id = m.submission_id
 GROUP BY to_char(a.activity_date, 'YYYY-MM'), a.record_id, a.dataset
HAVING sum(a.quantity) <> 0;"""
STATES = """SELECT to_char(m.period, 'YYYY-MM') || ' ' || m.state || ' (' || array_to_string(m.frozen_datasets, ',') || ')'
  FROM ledger.current_months({at}) m"""
PROOFS = """SELECT set_config('pbc.commissioner', '5XZ', false);
SELECT c FROM json_array_elements(json_build_array(ledger.verify_rollups('5XZ'), ledger.verify_rows('5XZ'), ledger.verify_restored('5XZ'),
  ledger.verify_months('5XZ'), ledger.verify_frozen('5XZ'), ledger.verify_adjustments('5XZ'))) c WHERE NOT (c ->> 'ok')::boolean"""

tap = Tap()


def prices(version):
    """Pence by data set. Every third tariff has none for outpatients."""
    return {"APC": 67200 + 100 * version, "OP": 0 if version % 3 == 0 else 10000 + 100 * version, "AE": 12600 + 100 * version}


def tariff(version):
    pounds = {dataset: pence / 100 for dataset, pence in prices(version).items()}
    outpatients = f"130,TFC,Ophthalmology,Outpatients,OPFA,ALL,{pounds['OP']}\n" if pounds["OP"] else ""
    return ("currency,currency_type,name,chapter,pod,age_band,price\n"
            f"BZ34C,HRG,Cataract,Eyes,DC,ALL,{pounds['APC']}\n{outpatients}VB08Z,AE,Standard,Emergency,AE,ALL,{pounds['AE']}\n")


class File:
    """Rows (verb, record, data set, month of its day) of a file for a month; verb '' in one that is no file of changes."""

    def __init__(self, period, phase, dataset, rows, changes):
        self.period, self.phase, self.dataset, self.rows, self.changes = period, phase, dataset, rows, changes

    def text(self):
        lines = [",".join((["net_change"] if self.changes else []) + COLUMNS)]
        for verb, record, dataset, month in self.rows:
            cells = {"record_id": record, "dataset": dataset, "practice_code": "X00001", "nhs_number": "9434765919", "sex": "1", "age": "40"}
            cells.update({name: value.format(month) for name, value in CELLS[dataset].items()})
            lines.append(",".join(([verb] if self.changes else []) + [cells.get(column, "") for column in COLUMNS]))
        return "\n".join(lines) + "\n"

    def __repr__(self):
        return f"{self.period} {self.phase} {self.dataset} changes={self.changes} {self.rows}"


class Month:
    def __init__(self):
        self.rows = None     # record -> (data set, pence) that counts of its own submission; None before the first
        self.origin = None   # the submission, or what it is a copy of
        self.frozen = set()
        self.edition = 0
        self.adjusted = False  # adjustments in later months rest on it

    def state(self):
        return "open" if self.rows is None else "frozen" if len(self.frozen) == 3 else "flex"


class Model:
    def __init__(self):
        self.months = {period: Month() for period in MONTHS}
        self.version = 1
        self.sent = {}      # what makes files the same -> submission
        self.versions = {}  # submission -> its month, its rows and its origin
        self.standing = {}  # (month, record) -> (data set, pence) of frozen months

    def frozen_before(self, period):
        return [m for m in MONTHS if m < period and self.months[m].state() == "frozen"]

    def judge(self, file):
        """What becomes of a file: a reason, 'same' or what stands after it."""
        month = self.months[file.period]
        self.key = (file.period, file.phase, file.dataset, file.text(), 0 if file.phase == "adjustment" else month.edition)
        if self.key in self.sent:
            return "same", None
        if file.phase == "adjustment":
            return self.adjust(file)
        if month.frozen and (file.dataset is None or file.dataset in month.frozen):
            return "MONTH_FROZEN", None
        before = month.rows or {}
        own = {record for record, (dataset, _) in before.items() if file.dataset in (None, dataset)}
        after = dict(before) if file.changes else {record: row for record, row in before.items() if record not in own}
        price = prices(self.version)
        accepted = 0
        for verb, record, dataset, _ in file.rows:
            others = record in before and record not in own
            if verb == "D":
                if record in own:
                    del after[record]
                continue
            wrong = file.dataset is not None and dataset != file.dataset
            if others or wrong or file.changes and (record in own) != (verb == "U"):
                continue
            after[record] = (dataset, price[dataset])
            accepted += 1
        closes = file.phase == "freeze"
        if not file.rows and not (closes and file.dataset and not file.changes):
            return "NO_ROWS", None
        if not file.changes and file.rows and accepted == 0:
            return "NOTHING_ACCEPTED", None
        left = sum(file.dataset in (None, dataset) for dataset, _ in after.values())
        if closes and month.rows is not None and 2 * left < len(own):
            return "MONTH_SHRINKS", None
        return "taken", after

    def adjust(self, file):
        if self.months[file.period].frozen:
            return "MONTH_FROZEN", None
        frozen = self.frozen_before(file.period)
        stands = {record: (m, row) for (m, record), row in self.standing.items() if m in frozen}
        after, accepted = dict(self.standing), 0
        for verb, record, dataset, day in file.rows:
            if (record in stands) != (verb != "I") or verb != "D" and day not in frozen:
                continue
            if verb != "I":
                del after[stands[record][0], record]
            if verb != "D":
                after[day, record] = (dataset, prices(self.version)[dataset])
            accepted += 1
        if not file.rows:
            return "NO_ROWS", None
        return ("taken", after) if accepted else ("NOTHING_ACCEPTED", None)

    def take(self, file, submission, after):
        self.sent[self.key] = submission
        if file.phase == "adjustment":
            for key in set(after.items()) ^ set(self.standing.items()):
                self.months[key[0][0]].adjusted = True
            for verb, record, _, _ in file.rows:
                for m, r in self.standing:
                    if verb != "I" and r == record and m in self.frozen_before(file.period):
                        self.months[m].adjusted = True
            self.standing = after
            return
        self.count(file.period, submission, after, submission)
        month = self.months[file.period]
        if file.phase == "freeze":
            month.frozen |= {file.dataset} if file.dataset else set(DATASETS)
            if month.state() == "frozen":
                self.standing.update({(file.period, record): row for record, row in after.items()})

    def count(self, period, submission, rows, origin):
        month = self.months[period]
        month.rows, month.origin = rows, origin
        self.versions[submission] = (period, rows, origin)

    def apply(self, current):
        """After tariff_apply: current are the submissions that count now."""
        price = prices(self.version)
        for period, month in self.months.items():
            if month.rows is None:
                continue
            if month.state() == "frozen":
                for (m, record), (dataset, pence) in list(self.standing.items()):
                    if m == period and pence != price[dataset]:
                        self.standing[m, record] = (dataset, price[dataset])
                        month.adjusted = True
            elif current[period] not in self.versions:
                self.count(period, current[period], {record: (dataset, pence if dataset in month.frozen else price[dataset])
                                                     for record, (dataset, pence) in month.rows.items()}, current[period])
            else:
                # Left alone, so nothing of it may have another price.
                month.rows = {record: (dataset, pence if dataset in month.frozen else price[dataset])
                              for record, (dataset, pence) in month.rows.items()}

    def restore(self, submission):
        period, rows, origin = self.versions[submission]
        month = self.months[period]
        if month.origin == origin:
            return "SUBMISSION_CURRENT"
        return "MONTH_FROZEN" if month.frozen else "taken"

    def reopen(self, period):
        month = self.months[period]
        return "MONTH_NOT_FROZEN" if not month.frozen else "MONTH_ADJUSTED" if month.adjusted else "taken"

    def reopened(self, period):
        month = self.months[period]
        month.frozen, month.edition = set(), month.edition + 1
        self.standing = {(m, record): row for (m, record), row in self.standing.items() if m != period}

    def counted(self):
        lines = []
        for period, month in self.months.items():
            if month.state() == "frozen":
                lines += [f"{m} {record} {dataset} {pence}" for (m, record), (dataset, pence) in self.standing.items() if m == period]
            else:
                lines += [f"{period} {record} {dataset} {pence}" for record, (dataset, pence) in (month.rows or {}).items()]
        return lines

    def states(self):
        return [f"{period} {month.state()} ({','.join(sorted(month.frozen))})" for period, month in self.months.items() if month.rows is not None]


def some_file(chance):
    period = chance.choice(MONTHS)
    phase = chance.choices(("flex", "freeze", "adjustment"), (5, 5, 2))[0]
    changes = phase == "adjustment" or chance.random() < 0.3
    dataset = None if phase == "adjustment" else chance.choice((None,) + DATASETS * 3)
    rows = {}
    for _ in range(chance.choice((0, 1, 2, 4, 6))):
        day = chance.choice(MONTHS[:MONTHS.index(period)] or MONTHS[:1]) if phase == "adjustment" else period
        of = dataset if dataset and chance.random() < 0.9 else chance.choice(DATASETS)
        # Some ids are of one data set, some of any.
        record = f"{day}-{chance.choice((of, of, 'X'))}{chance.randrange(3)}"
        rows[record] = (chance.choice("IUD") if changes else "", record, of, day)
    return File(period, phase, dataset, list(rows.values()), changes)


def enter(user, role, call):
    return f"BEGIN; SELECT FROM api.enter('5XZ', '{user}', NULL, '{{{role}}}', 'Test', 0); SELECT {call}; COMMIT"


def reason_of(error):
    reasons = {"is not frozen": "MONTH_NOT_FROZEN", "has adjustments in later months": "MONTH_ADJUSTED"}
    return next((reason for words, reason in reasons.items() if words in str(error)), str(error))


class Run:
    def __init__(self, jobs, seed):
        self.jobs, self.chance, self.model = jobs, random.Random(seed), Model()
        self.files = []
        self.told = []     # what was done
        self.faults = []
        self.moments = []  # of each step its time, and what counted then

    def say(self, what, got, wanted):
        self.told.append(f"{what}: {wanted}")
        if got != wanted:
            self.faults.append(f"{what}: got {got!r}, wanted {wanted!r}")

    def send(self):
        again = self.files and self.chance.random() < 0.1
        file = self.chance.choice(self.files) if again else some_file(self.chance)
        self.files.append(file)
        wanted, after = self.model.judge(file)
        done = self.jobs.run("import_activity", file=file.text(), provider_code="RXA", period=file.period, phase=file.phase,
                             **({"dataset": file.dataset} if file.dataset else {}))
        got = done["error_reason"] if done["state"] == "failed" else "same" if "duplicate_of" in done["outcomes"] else "taken"
        self.say(f"send {file}", got, wanted)
        if got == wanted == "taken":
            self.model.take(file, done["result_id"], after)

    def restore(self):
        if not self.model.versions:
            self.told.append("nothing to restore")
            return
        submission = self.chance.choice(list(self.model.versions))
        wanted = self.model.restore(submission)
        done = self.jobs.run("restore_submission", submission_id=submission, reason="test")
        self.say(f"restore {self.model.versions[submission]}", done["error_reason"] if done["state"] == "failed" else "taken", wanted)
        if done["state"] != "failed":
            period, rows, origin = self.model.versions[submission]
            self.model.count(period, done["result_id"], dict(rows), origin)

    def reopen(self):
        period = self.chance.choice(MONTHS)
        wanted = self.model.reopen(period)
        try:
            asked = self.jobs.sql(enter("finance", "pct_finance",
                                        f"api.request_reopen_month('RXA', '{period}', 'test') -> 'reopening' ->> 'reopening_id'"))
            self.jobs.sql(enter("approver", "pct_approver", f"api.approve_reopen_month('{asked}')"))
            got = "taken"
        except RuntimeError as error:
            got = reason_of(error)
        self.say(f"reopen {period}", got, wanted)
        if got == "taken":
            self.model.reopened(period)

    def other_tariff(self):
        self.model.version += 1
        done = self.jobs.run("import_tariff", file=tariff(self.model.version), year=2017)
        self.say(f"tariff {self.model.version}", done["state"], "succeeded")

    def apply(self):
        done = self.jobs.run("tariff_apply", year=2017)
        self.say("apply", done["error_message"] or done["state"], "succeeded")
        current = dict(line.split("|") for line in self.jobs.sql(
            "SELECT to_char(period, 'YYYY-MM'), submission_id FROM ledger.provider_month WHERE state <> 'open'").splitlines())
        self.model.apply(current)

    def look(self, at):
        """What counts, and the months' states."""
        words = f"'{at}'" if at else "'infinity'"
        return "\n".join(sorted(self.jobs.sql(COUNTED.format(at=words) + STATES.format(at=words)).splitlines()[1:]))

    def wanted(self):
        return "\n".join(sorted(self.model.counted() + self.model.states()))

    def go(self):
        for _ in range(STEPS):
            self.chance.choices((self.send, self.restore, self.reopen, self.other_tariff, self.apply), (14, 2, 3, 1, 2))[0]()
            self.moments.append((self.jobs.sql("SELECT clock_timestamp()"), self.wanted()))
            if (seen := self.look(None)) != self.wanted():
                self.faults.append(f"after {self.told[-1]}: counts {seen}\nwanted {self.wanted()}")
            if len((proofs := self.jobs.sql(PROOFS)).splitlines()) > 1:
                self.faults.append(f"after {self.told[-1]}: {proofs}")
            if self.faults:
                return
        for number, (moment, counted) in enumerate(self.moments):
            if (seen := self.look(moment)) != counted:
                self.faults.append(f"as at step {number}, {self.told[number]}: counted {seen}\nwanted {counted}")


def one_run(seed):
    with Jobs() as jobs:
        jobs.sql("SELECT set_config('pbc.commissioner', '5XZ', false); "
                 "INSERT INTO ledger.app_user VALUES ('5XZ', '5XZ', 'finance', 'Finance', '{pct_finance}', NULL, NULL, true), "
                 "('5XZ', '5XZ', 'approver', 'Approver', '{pct_approver}', NULL, NULL, true)")
        jobs.run("import_practices", file=PRACTICES)
        jobs.run("import_providers", file=PROVIDERS)
        jobs.run("import_tariff", file=tariff(1), year=2017)
        run = Run(jobs, seed)
        run.go()
        tap.ok(not run.faults, f"seed {seed}: {len(run.told)} steps and all moments are as the model says",
               "\n".join(run.told[-12:] + run.faults))


def main():
    for number in range(RUNS):
        one_run(SEED + number)
    tap.done()


if __name__ == "__main__":
    main()
