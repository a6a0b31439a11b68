#!/usr/bin/python3
"""The sample's errors and frequent attenders at the published rates, counted in a million rows: from the activity files themselves
where they show, from the truth file where they do not, and the two against each other."""

import collections
import csv
import glob
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
import scratch
from stack import BUILD, ROOT
from tap import Tap

ROWS = 1000000
DATES = {"APC": "discharge_date", "OP": "attendance_date", "AE": "arrival_date"}

tap = Tap()


def pence(text):
    pounds = text.lstrip("-").replace(".", "")
    return (-1 if text.startswith("-") else 1) * int(pounds or 0)


def check_digit_holds(number):
    """Modulus 11, weights 10 to 2."""
    check = 11 - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1))) % 11
    return check != 10 and int(number[9]) == check % 11


class Files:
    """What the final files of both years hold."""

    def __init__(self, folder):
        with open(folder + "/reference/practices.csv", newline="", encoding="utf-8") as file:
            memberships = list(csv.DictReader(file))
        ours = {row["practice_code"] for row in memberships if row["commissioner_code"] == "5XZ"}
        self.neighbours = {row["practice_code"] for row in memberships} - ours
        self.known = ours | self.neighbours
        self.seen = collections.Counter()  # what is odd about a row as it stands
        self.rows = self.spells = self.spells_pence = 0
        self.visits = [collections.Counter(), collections.Counter()]  # by year: person to attendances at A&E
        self.stated = {}  # (record, column) to what a truth file says of it

    def take(self, row, period, previous):
        if row["record_id"] == previous:
            self.seen["duplicate_record"] += 1
            return
        if row["record_id"].endswith("-B"):
            self.seen["duplicate_event"] += 1
            return
        self.rows += 1
        self.seen["bad_check_digit"] += row["nhs_number"] != "" and not check_digit_holds(row["nhs_number"])
        self.seen["unknown_practice"] += row["practice_code"] not in self.known
        self.seen["practice_not_ours"] += row["practice_code"] in self.neighbours
        self.seen["commissioner_misstated"] += row["commissioner_code"] != "5XZ"
        self.seen["outside_period"] += not row[DATES[row["dataset"]]].startswith(period)
        if row["dataset"] == "APC":
            self.spells += 1
            self.spells_pence += pence(row["provider_price"])
        elif row["dataset"] == "AE":
            self.visits[period >= "2017-04"][row["local_patient_id"]] += 1

    def read(self, path, told):
        period = path.split("_")[-2]
        previous = None
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                self.take(row, period, previous)
                previous = row["record_id"]
                for column in told.get(previous, ()):
                    self.stated[previous, column] = row[column]


class Truth:
    def __init__(self, folder):
        self.kinds = collections.Counter()
        self.lines = []
        for path in sorted(glob.glob(folder + "/truth/activity-*.csv")):
            with open(path, newline="", encoding="utf-8") as file:
                self.lines += csv.DictReader(file)
        self.kinds.update(line["kind"] for line in self.lines)

    def columns(self):
        told = collections.defaultdict(list)
        for line in self.lines:
            told[line["record_id"]].append(line["column"])
        return told

    def effects(self, *kinds):
        return [pence(line["effect"]) for line in self.lines if line["kind"] in kinds]

    def unlike(self, files):
        """Lines that say something else than the record: a person's number is told by neither."""
        return [line for line in self.lines
                if line["column"] != "nhs_number" and files.stated.get((line["record_id"], line["column"])) != line["stated"]]


def within(part, whole, low, high, name):
    rate = 100 * part / whole
    print(f"# {name}: {rate:.2f} % ({part} of {whole})")
    tap.ok(low <= rate <= high, name, f"{rate:.2f} % is not of {low} to {high} %")


def errors(files, truth):
    coded = truth.effects("wrong_hrg")
    right_pence = files.spells_pence - sum(coded) - sum(
        pence(line["effect"]) for line in truth.lines if line["kind"] == "wrong_price" and "-A-" in line["record_id"])
    dearer = sum(effect for effect in coded if effect > 0)
    gross = sum(map(abs, coded))
    # Audits of payment by results, 2007/08 and 2008/09: the two years' figures are the ends of each range.
    within(truth.kinds["wrong_hrg"], files.spells, 8.1, 9.4, "spells with another HRG: audits found 9.4 and 8.1 %")
    within(truth.kinds["wrong_diagnosis"], files.spells, 12.8, 16.5, "spells with another diagnosis: audits found 16.5 and 12.8 % of codes")
    within(gross, right_pence, 3.9, 4.9, "gross error of the spells' money: audits found 4.9 and 3.9 %")
    within(abs(sum(coded)), right_pence, 0.05, 0.15, "net error of the spells' money: audits found about 0.1 %")
    within(dearer, gross, 45, 55, "errors go up as often as down, in money")


def attenders(files):
    """Emergency departments (EMJ 37:597)."""
    counts = [count for year in files.visits for count in year.values()]
    for least, people, attendances in ((3, 9.5, 27.1), (10, 0.4, 4.0)):
        some = [count for count in counts if count >= least]
        within(len(some), len(counts), people * 0.92, people * 1.08,
               f"attend {least} times or more in a year: published {people} % of attenders")
        within(sum(some), sum(counts), attendances * 0.92, attendances * 1.08,
               f"and theirs are: published {attendances} % of attendances")


def planted(files, truth):
    """What a row shows by itself is there as often as the truth files say: nothing is wrong that they do not tell."""
    for kind in ("duplicate_record", "duplicate_event", "bad_check_digit", "unknown_practice", "practice_not_ours", "commissioner_misstated",
                 "outside_period"):
        tap.is_(files.seen[kind], truth.kinds[kind], f"{kind}: as often in the files as in the truth")
        tap.ok(truth.kinds[kind] > 0, f"{kind}: planted")
    tap.is_(truth.unlike(files)[:5], [], "a record states what the truth says it states")


def main():
    folder = scratch.folder("pbc-rates-")
    subprocess.run([BUILD + "/deploy/pbc-sample", "--rows", str(ROWS), "--data", ROOT + "/deploy/sample/data", "--out", folder], check=True)
    truth = Truth(folder)
    files = Files(folder)
    told = truth.columns()
    for path in sorted(glob.glob(folder + "/activity/*_freeze.csv")):
        files.read(path, told)
    within(files.rows, ROWS, 97, 103, "as many rows as asked for")
    errors(files, truth)
    attenders(files)
    planted(files, truth)
    tap.done()


main()
