"""What indexes of the activity table cost an import and save its readers: none, the table's own, block ranges, covering."""
import statistics
import time

import bench_import
from stack import Stack

PACKAGES, TARGETS = bench_import.PACKAGES, bench_import.TARGETS
ROWS, ROUNDS = 300_000, 5

KEY = "CREATE UNIQUE INDEX ON {0} (commissioner_code, period, submission_id, line)"
BLOOM = "CREATE INDEX ON {0} USING brin (record_id text_bloom_ops) WITH (pages_per_range = 32)"
CHOICES = {
    "none": (),
    "own: key, blooms of record ids": (KEY, BLOOM),
    "block ranges of submission and line, blooms": ("CREATE INDEX ON {0} USING brin (submission_id, line) WITH (pages_per_range = 32)", BLOOM),
    "key, tree of record ids": (KEY, "CREATE INDEX ON {0} (commissioner_code, record_id)"),
    "key, covering a practice's list": (KEY, "CREATE INDEX ON {0} (commissioner_code, practice_code, submission_id, line)"
                                             " INCLUDE (ours, pod, hrg, activity_date, price_state, total_pence)"),
}

WHOLE = "SELECT * FROM {0} WHERE commissioner_code = '{1}' AND period = '{2}' AND submission_id = '{3}'"
READS = {
    "page": WHOLE + " AND practice_code = '{4}' AND ours ORDER BY submission_id, line LIMIT 51",
    "row": WHOLE + " AND line = {5}",
    "record": "SELECT * FROM {0} WHERE commissioner_code = '{1}' AND period = '{2}' AND record_id = '{6}'",
    "sums": "SELECT pod, count(*), sum(total_pence) FROM {0} WHERE commissioner_code = '{1}' AND period = '{2}'"
            " AND submission_id = '{3}' AND practice_code = '{4}' AND ours GROUP BY pod",
}


class Table:
    """A copy of the month's partition with other indexes."""

    def __init__(self, contest, number, indexes):
        self.contest, self.stack, self.name = contest, contest.stack, f"ledger.indexed_{number}"
        self.processor_us = []
        self.stack.sql(f"CREATE TABLE {self.name} (LIKE ledger.{bench_import.PARTITION} INCLUDING DEFAULTS INCLUDING GENERATED"
                       " INCLUDING CONSTRAINTS)")
        for index in indexes:
            self.stack.sql(index.format(self.name))

    def fill(self):
        self.stack.sql(f"TRUNCATE {self.name}; CHECKPOINT")
        before = self.contest.postgres_seconds()
        self.stack.sql(f"\\copy {self.name} ({self.contest.columns}) FROM '{self.contest.month.folder}/rows.bin' (FORMAT binary)")
        self.processor_us.append((self.contest.postgres_seconds() - before) * 1e6 / self.contest.accepted)

    def read_ms(self, query):
        """The best of some, in one session: what a reader waits for beyond the way."""
        statement = query.format(self.name, *self.contest.wanted)
        told = self.stack.sql("SET jit = off;\n" + f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY) {statement};\n" * 7)
        return min(float(line.split()[-2]) for line in told.splitlines() if "Execution Time" in line)

    def index_mib(self):
        return int(self.stack.sql(f"SELECT pg_indexes_size('{self.name}')")) / 1048576


def run(rows):
    with Stack(jobs=True, database=bench_import.SETTINGS) as stack:
        month = bench_import.Month(stack, rows or ROWS)
        contest = bench_import.Contest(month, month.upload())
        contest.wanted = stack.sql(
            "SELECT commissioner_code, period, submission_id, practice_code, line, record_id"
            f" FROM ledger.{bench_import.PARTITION} WHERE ours ORDER BY line OFFSET {contest.accepted // 2} LIMIT 1").split("|")
        tables = {name: Table(contest, number, indexes) for number, (name, indexes) in enumerate(CHOICES.items())}
        for number in range(ROUNDS):
            for table in tables.values():
                table.fill()
            print(f"# round {number + 1}", flush=True)
        stack.sql("VACUUM ANALYZE")
        time.sleep(1)
        print(f"\n{contest.accepted:,} rows by binary COPY; PostgreSQL's processor time a row, and a reader's time: a page of a practice's"
              " list,\none row, one record by its id, a practice's sums")
        width = max(map(len, tables))
        print(f"{'indexes':{width}}  us a row     MiB  " + "  ".join(f"{name:>6} ms" for name in READS))
        for name, table in tables.items():
            reads = "  ".join(f"{table.read_ms(query):9.2f}" for query in READS.values())
            print(f"{name:{width}}  {statistics.median(table.processor_us):8.2f}  {table.index_mib():6.1f}  {reads}")
