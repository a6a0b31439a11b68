"""An import's pricing of one record, look-ups included, against one SQL join of the same records and tariff."""
import os
import shutil
import subprocess
import tempfile
import time

import harness

PACKAGES = ["postgresql-15"]
TARGETS = ["price_book"]
ROWS = 1000000
ROUNDS = 5
HERE = os.path.dirname(os.path.abspath(__file__))
PRIVATE_PG = os.path.join(harness.ROOT, "tests/support/private_pg.sh")
DRIVER = os.path.join(harness.BUILD, "tests/bench/price_book")


def psql(conninfo, *arguments):
    return harness.output_of(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", conninfo, *arguments]).split()[-1:]


def measure_join(conninfo):
    """(answer, nanoseconds) of the join; the client's start counts, as it is 1 % of a second."""
    begun = time.monotonic_ns()
    answer = psql(conninfo, "-f", os.path.join(HERE, "pricing_join.sql"))[0]
    return answer, time.monotonic_ns() - begun


def measure_book(conninfo):
    """The middle of three passes over records in memory, as a file's rows are when they are priced."""
    lines = harness.output_of([DRIVER, conninfo, "5XZ", "2017", "3"]).splitlines()
    rows, pence, _ = lines[0].split()
    return f"{rows}|{pence}", sorted(int(line.split()[2]) for line in lines)[1]


def per_record(measure, rows, answers):
    answer, nanoseconds = measure()
    answers.add(answer)
    if len(answers) > 1:
        harness.fail(f"the prices differ: {sorted(answers)}", "price the records one by one")
    return nanoseconds / rows


def run(rows):
    rows = rows or ROWS
    folder = tempfile.mkdtemp(prefix="pbc-bench-")
    os.chmod(folder, 0o755)
    try:
        conninfo = harness.output_of([PRIVATE_PG, "migrated", folder + "/pg", "shared_buffers=512MB", "work_mem=64MB"]).strip()
        psql(conninfo, "-v", f"rows={rows}", "-f", os.path.join(HERE, "pricing_data.sql"))
        answers = set()
        figures = harness.rounds({
            "pricebook": lambda: per_record(lambda: measure_book(conninfo), rows, answers),
            "SQL join": lambda: per_record(lambda: measure_join(conninfo), rows, answers),
        }, ROUNDS)
        print(f"\n{rows:,} records, 10,411 tariff rows; every pass gave the same sum of prices")
        harness.print_figures(figures, "ns a record")
        harness.print_ratio("pricing_join_time_to_pricebook_time", figures["SQL join"], figures["pricebook"], 1.0)
    finally:
        subprocess.run([PRIVATE_PG, "remove", folder + "/pg"], check=False)
        shutil.rmtree(folder, ignore_errors=True)
