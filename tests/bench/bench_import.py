"""An import by pbc-jobd against COPY of its finished rows and against staging with INSERT ... SELECT, one month of --rows rows."""
import csv
import os
import statistics
import subprocess
import time

import harness
from stack import ROOT, Stack

PACKAGES = ["postgresql-15", "python3-grpcio"]
TARGETS = ["pbcd", "pbc-jobd", "pbc", "pbc-sample"]

ROWS = 1_000_000
PROVIDER, MONTH = "RZA", "2017-07"
PARTITION = "activity_" + MONTH.replace("-", "_")
SETTINGS = ["fsync=on", "full_page_writes=on", "shared_buffers=2GB", "max_wal_size=8GB"]
TABLES = "ledger.activity, ledger.activity_rollup, ledger.submission, ledger.provider_month, patient.reject"
SUCCEEDED = 3
ROUNDS_OVER_10_S, ROUNDS = 3, 5
IMPORT_TIMEOUT = 900


class Month:
    """The sample's reference data in a stack, and its month of the size asked for as a complete upload."""

    def __init__(self, stack, rows):
        self.stack = stack
        self.folder = stack.dir + "/sample"
        harness.output_of([harness.BUILD + "/deploy/pbc-sample", "--out", self.folder, "--data", ROOT + "/deploy/sample/data",
                           "--month", f"{PROVIDER}/{MONTH}", "--rows", str(rows)])
        # What a COPY in SQL reads, postgres has to reach.
        os.chmod(self.folder, 0o755)
        with open(self.folder + "/manifest.csv", newline="", encoding="utf-8") as file:
            self.files = list(csv.DictReader(file))
        self.file = self.path(next(row for row in self.files if row["kind"] == "activity"))
        for row in self.files:
            if row["kind"] in ("practices", "providers", "tariff"):
                year = ["--year", row["period"]] if row["kind"] == "tariff" else []
                self.pbc(row["kind"].removesuffix("s"), "import", self.path(row), *year)

    def path(self, row):
        return os.path.join(self.folder, row["file"])

    def pbc(self, *arguments):
        certs = self.stack.certs
        environment = dict(os.environ, PBC_SERVER=f"localhost:{self.stack.port}", PBC_CA=certs + "/ca.pem",
                           PBC_CERT=certs + "/finance.pem", PBC_KEY=certs + "/finance.key")
        return harness.output_of([harness.BUILD + "/client/cli/pbc", *arguments], env=environment)

    def upload(self):
        """Sends the file for a trial of the import, which also warms the caches; returns the upload's id."""
        self.pbc("activity", "import", self.file, "--provider", PROVIDER, "--period", MONTH, "--phase", "freeze", "--validate-only")
        return self.stack.sql("SELECT upload_id FROM job.upload ORDER BY created_at DESC LIMIT 1")

    def run(self, upload_id):
        """One import; returns its seconds, from the request to the end that everybody sees, and its outcomes."""
        import uuid
        start = time.monotonic()
        operation_id = self.stack.call(
            "finance", "ActivityService.ImportActivity", timeout=IMPORT_TIMEOUT, request_id=str(uuid.uuid4()), upload_id=upload_id,
            provider_code=PROVIDER, period=MONTH, phase=2).operation.operation_id
        # Told of its end as `pbc` is; asking again and again would take from the two cores.
        for told in self.stack.call("finance", "OperationService.WatchOperation", timeout=IMPORT_TIMEOUT, operation_id=operation_id):
            operation = told.operation
        if operation.state != SUCCEEDED:
            harness.fail("the import failed: " + operation.error_message, "see the log of pbc-jobd")
        return time.monotonic() - start, {outcome.name: outcome.value for outcome in operation.outcomes}


def peak_rss_mib(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024


def processor_seconds(pid):
    """Of a process and of its children that have ended and been waited for."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        times = file.read().rpartition(")")[2].split()[11:15]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def finished_columns(stack):
    """All but those that PostgreSQL makes itself."""
    return stack.sql("SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'ledger.activity'::regclass"
                     " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''")


class Contest:
    def __init__(self, month, upload_id):
        self.month, self.stack, self.upload_id = month, month.stack, upload_id
        self.postgres_took = 0
        self.seconds = {"pbc-jobd": [], "PostgreSQL in an import": [], "PostgreSQL in a copy": []}
        # The first import is that of people nobody knows.
        self.first_seconds, self.outcomes = month.run(upload_id)
        self.accepted = int(self.outcomes["accepted"])
        self.columns = finished_columns(self.stack)
        self.submission = self.stack.sql("SELECT submission_id FROM ledger.submission")
        self.keep_finished_rows()
        # The peers' best case: the planner knows the tables that they join.
        self.stack.sql("ANALYZE ref.tariff_row, ledger.practice_membership, ledger.provider_mff, ledger.tariff_in_force")

    def keep_finished_rows(self):
        folder = self.month.folder
        os.chmod(folder, 0o777)
        half = "WHERE line % 2 = {}"
        for name, form, where in (("rows.bin", "binary", ""), ("rows.csv", "csv", ""), ("even.bin", "binary", half.format(0)),
                                  ("odd.bin", "binary", half.format(1))):
            self.stack.sql(f"COPY (SELECT {self.columns} FROM ledger.{PARTITION} {where} ORDER BY line) TO '{folder}/{name}' (FORMAT {form})")
        refused = {int(line) for line in self.stack.sql("SELECT DISTINCT line FROM patient.reject WHERE severity = 'error'").split()}
        with open(self.month.file, encoding="utf-8") as source, open(folder + "/accepted.csv", "w", encoding="utf-8") as accepted:
            accepted.writelines(line for number, line in enumerate(source, 1) if number not in refused)

    def postgres_seconds(self):
        with open(self.stack.dir + "/pg/data/postmaster.pid", encoding="ascii") as file:
            postmaster = file.readline().strip()
        while True:
            with open(f"/proc/{postmaster}/task/{postmaster}/children", encoding="ascii") as file:
                backends = file.read().split()
            try:
                return sum(map(processor_seconds, [postmaster, *backends]))
            except FileNotFoundError:
                continue  # a backend ended in between

    def spent(self, name, seconds):
        """Processor time, in microseconds for each finished row."""
        self.seconds[name].append(seconds * 1e6 / self.accepted)

    def empty(self):
        self.stack.sql(f"TRUNCATE {TABLES} CASCADE; CHECKPOINT")

    def timed(self, *commands):
        """Rows a second of psql commands that run beside each other, checked."""
        self.empty()
        before = self.postgres_seconds()
        start = time.monotonic()
        running = [subprocess.Popen(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.stack.conninfo, *command],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for command in commands]
        for program in running:
            told = program.communicate()[1]
            if program.returncode != 0:
                harness.fail("psql: " + told, "run it by hand")
        seconds = time.monotonic() - start
        self.postgres_took = self.postgres_seconds() - before
        self.check()
        return self.accepted / seconds

    def check(self):
        have = self.stack.sql(f"SELECT count(*), coalesce(sum(total_pence) FILTER (WHERE ours), 0) FROM ledger.{PARTITION}")
        want = f"{self.accepted}|{self.outcomes['cost_pence']}"
        if have != want:
            harness.fail(f"the ledger has {have}, not {want}", "a peer that does other work does not count")

    def copy(self, *files):
        form = "binary" if files[0].endswith(".bin") else "csv"
        speed = self.timed(*(["-c", f"\\copy ledger.{PARTITION} ({self.columns}) FROM '{self.month.folder}/{file}' (FORMAT {form})"]
                            for file in files))
        if files == ("rows.bin",):
            self.spent("PostgreSQL in a copy", self.postgres_took)
        return speed

    def by_sql(self):
        variables = {"file": self.month.folder + "/accepted.csv", "provider": PROVIDER, "period": MONTH + "-01",
                     "partition": PARTITION, "submission": self.submission}
        return self.timed([*(f"--set={name}={value}" for name, value in variables.items()), "-f", ROOT + "/tests/bench/import.sql"])

    def by_import(self):
        self.empty()
        jobd = self.stack.programs["pbc-jobd"].pid
        before, before_postgres = processor_seconds(jobd), self.postgres_seconds()
        seconds, outcomes = self.month.run(self.upload_id)
        self.spent("pbc-jobd", processor_seconds(jobd) - before)
        self.spent("PostgreSQL in an import", self.postgres_seconds() - before_postgres)
        if outcomes != self.outcomes:
            harness.fail(f"the outcomes are {outcomes}, not {self.outcomes}", "the same file has the same outcomes")
        self.check()
        return self.accepted / seconds


def run(rows):
    with Stack(jobs=True, database=SETTINGS) as stack:
        month = Month(stack, rows or ROWS)
        start = time.monotonic()
        upload_id = month.upload()
        size_mib = os.path.getsize(month.file) / 1048576
        print(f"# work: {rows or ROWS:,} rows, {size_mib:,.0f} MiB; sent and tried in {time.monotonic() - start:.1f} s", flush=True)
        contest = Contest(month, upload_id)
        print(f"# first import, nobody known: {contest.accepted / contest.first_seconds:,.0f} rows a second", flush=True)
        contestants = {
            "import": contest.by_import,
            "copy binary": lambda: contest.copy("rows.bin"),
            "copy csv": lambda: contest.copy("rows.csv"),
            "copy binary twice": lambda: contest.copy("even.bin", "odd.bin"),
            "sql": contest.by_sql,
        }
        times = ROUNDS_OVER_10_S if contest.first_seconds > 10 else ROUNDS
        figures = harness.rounds(contestants, times)
        harness.print_figures(figures, "finished rows a second")
        for name, values in contest.seconds.items():
            print(f"processor time of {name}: {statistics.median(values):.2f} us a row, rounds {min(values):.2f} to {max(values):.2f}")
        for name in "pbc-jobd", "pbcd":
            print(f"peak memory of {name}: {peak_rss_mib(stack.programs[name]):,.0f} MiB")
        print("peers: psql \\copy of the same finished rows into the same partition, with its key; the SQL way is tests/bench/import.sql")
        harness.print_ratio("import_to_copy_binary", figures["import"], figures["copy binary"], 0.9)
        harness.print_ratio("import_to_copy_csv", figures["import"], figures["copy csv"], 0.9)
        harness.print_ratio("import_to_sql", figures["import"], figures["sql"], 2.0)
