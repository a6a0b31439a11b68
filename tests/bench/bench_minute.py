"""A provider's month of 100,000 records in hand to every practice's updated position, by one command, in under a minute."""
import csv
import os
import time

import harness
from bench_import import MONTH, PROVIDER, SETTINGS, Month
from stack import Stack

PACKAGES = ["postgresql-15", "python3-grpcio"]
TARGETS = ["pbcd", "pbc-jobd", "pbc", "pbc-sample"]

ROWS = 100_000
LIMIT_SECONDS = 60
YEAR = "2017/18"


class Clock:
    """Says what each step took."""

    def __init__(self):
        self.start = self.last = time.monotonic()

    def step(self, what):
        now = time.monotonic()
        print(f"{now - self.last:7.2f} s  {what}", flush=True)
        self.last = now

    def total(self):
        return self.last - self.start


def practices(month):
    """Of this PCT and its neighbours, as the reference file has them."""
    row = next(row for row in month.files if row["kind"] == "practices")
    with open(month.path(row), newline="", encoding="utf-8") as file:
        return sorted({line["practice_code"] for line in csv.DictReader(file) if line["commissioner_code"] == "5XZ"})


def month_cost(stack, **whose):
    """What the month cost a practice, or all of them, by the summary's first rows."""
    summary = stack.call("finance", "ReportService.GetFinancialSummary", financial_year=YEAR, period=MONTH, **whose)
    return {block.title: block.rows[0].month_actual.cost_pence for block in summary.blocks if block.rows}


def run(rows):
    with Stack(jobs=True, database=SETTINGS) as stack:
        month = Month(stack, rows or ROWS)
        print(f"work: {rows or ROWS:,} records of one provider and month, {os.path.getsize(month.file) / 1048576:.1f} MiB, "
              f"{len(practices(month))} practices")
        clock = Clock()
        month.pbc("activity", "import", month.file, "--provider", PROVIDER, "--period", MONTH, "--phase", "freeze", "--rejects",
                  month.folder + "/mend.csv")
        clock.step("pbc activity import: sent, checked, attributed, priced, in the ledger; refused rows written to mend")
        each = [month_cost(stack, practice_code=code) for code in practices(month)]
        clock.step("the Financial Summary of each practice")
        whole = month_cost(stack)
        clock.step("the Financial Summary of the PCT")
        told = month.pbc("report", "financial-summary", "--year", YEAR, "--to", MONTH, "--practice", practices(month)[0])
        clock.step(f"pbc report financial-summary: {len(told.splitlines())} lines for one practice")
        total = {title: sum(blocks.get(title, 0) for blocks in each) for title in whole}
        if total != whole or not any(whole.values()):
            harness.fail(f"the practices have {total}, the PCT has {whole}", "a position that does not add up does not count")
        ledger = int(stack.sql("SELECT sum(total_pence) FROM ledger.activity WHERE ours"))
        if ledger != sum(whole.values()):
            harness.fail(f"the summary has {sum(whole.values())} pence, the ledger {ledger}", "see verify")
        print(f"checked: {ledger:,} pence in the ledger, in the PCT's summary and in those of its practices together")
        print(f"ratio minute_to_position {LIMIT_SECONDS / clock.total():.2f} aim 1.0")
