#!/usr/bin/python3
"""kill -9 of pbcd, of pbc-jobd and of the postmaster while files are imported and invoices settled.

A round is a strike that fell while there was work to disturb: pbcd's in turn in the upload, in a call that writes, while the operation
is queued and while it runs; those of the job process and of the postmaster while it runs. One that came too late is told, and repeated.
Of the first strike of each victim the operation waits until its lease has run out; after the others the lease is brought to its end.

After every kill the victim is started again and the clients repeat what was not acknowledged, with the same request ids. Then every
acknowledged write must be there, once; every operation must have ended well; and the ledger must prove itself.

FAULT_ROUNDS strikes at each victim in each kind of work (default 5; the full run is 50), FAULT_SEED the delays.
"""

import collections
import contextlib
import csv
import functools
import hashlib
import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
import grpc
from stack import BUILD, ROOT, Stack
from tap import Tap

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "5"))
SEED = int(os.environ.get("FAULT_SEED", "2007"))
PATIENCE_S = 60
TRIES = 10  # to hit what a strike is aimed at
VERSIONS = 10  # of a month: flexes, and last the freeze
INVOICE_LINES = 500
AIMS = {"pbcd": ("upload", "call", "queued", "running"), "pbc-jobd": ("running",), "postmaster": ("running",)}

tap = Tap()
chance = random.Random(SEED)


class Client:
    """Sends each write until it is acknowledged, keeps a journal of what was, and tells what it waits for."""

    def __init__(self, stack):
        self.stack = stack
        self.acknowledged = {}  # (method, request id) -> answer
        self.repeats = 0
        self.doing = None  # "upload" or the method of a write, until it has the answer
        self.spans = {}  # how long each took the last time
        self.before_write = lambda method: None

    @contextlib.contextmanager
    def at(self, what):
        start = time.monotonic()
        self.doing = what
        yield
        self.doing = None
        self.spans[what] = time.monotonic() - start

    def write(self, user, method, **fields):
        request_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        self.before_write(method)
        with self.at(method):
            answer = self.persist(lambda: self.stack.call(user, method, timeout=10, request_id=request_id, **fields))
        self.acknowledged[method, request_id] = answer
        return answer

    def persist(self, act):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return act()
            except grpc.RpcError as error:
                retry = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.ABORTED)
                if error.code() not in retry or time.monotonic() > deadline:
                    raise
                self.repeats += 1
                time.sleep(0.05)

    def upload(self, user, path):
        with open(path, "rb") as file:
            data = file.read()
        upload_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        digest = hashlib.sha256(data).hexdigest()
        size = 262144
        name = "UploadService.UploadFile"

        def messages():
            for offset in range(0, len(data), size):
                last = offset + size >= len(data)
                yield self.stack.request(name, upload_id=upload_id, file_name=os.path.basename(path), offset=offset,
                                         data=data[offset:offset + size], complete=last, sha256=digest if last else "")

        with self.at("upload"):
            self.persist(lambda: self.stack.stub(user, name)(messages(), timeout=20))
        return upload_id

    def finish(self, user, operation_id):
        """The operation's end, through whatever happens meanwhile."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            operation = self.persist(
                lambda: self.stack.call(user, "OperationService.GetOperation", operation_id=operation_id)).operation
            if operation.state >= 3:
                return operation
            time.sleep(0.05)
        return operation

    def run(self, user, method, **fields):
        operation = self.write(user, method, **fields).operation
        return self.finish(user, operation.operation_id)


class Blow:
    """A kill of a victim at a random moment of what it is aimed at; hit if the work was not past that when the victim was dead.
    haste: a part of the usual span to strike in, 1 for all of it, 2 for its first half, and so on."""

    def __init__(self, stack, client, victim, aim, kind, haste, first):
        self.stack, self.client, self.victim, self.aim, self.kind, self.first = stack, client, victim, aim, kind, first
        self.delay_s = chance.random() * kind.spans[aim] / haste
        self.over = threading.Event()
        self.hit = False
        self.failure = None

    def operations(self, *states):
        quoted = ", ".join(f"'{state}'" for state in states)
        return int(self.stack.sql(f"SELECT count(*) FROM job.operation WHERE kind = '{self.kind.operation}' AND state IN ({quoted})"))

    def is_there(self):
        if self.aim in ("queued", "running"):
            return self.operations(self.aim) > 0
        return self.client.doing == self.kind.waits[self.aim]

    def was_there(self):
        """Asked once the victim is dead, and the job process may have given back what lost its PostgreSQL."""
        return self.operations("queued", "running") > 0 if self.aim == "running" else self.is_there()

    def end_lease(self):
        """The five seconds that the next run would wait for, or the pause of an operation that was given back."""
        self.stack.sql("UPDATE job.operation SET lease_until = now() WHERE state IN ('queued', 'running'); NOTIFY pbc, 'job'")

    def strike(self):
        while not self.is_there():
            if self.over.wait(0.001):
                return
        time.sleep(self.delay_s)
        if self.victim == "postmaster":
            self.stack.kill_cluster()
            restart_cluster(self.stack)
        else:
            self.stack.stop(self.victim, signal.SIGKILL)
        self.hit = self.was_there()
        if self.victim != "pbcd" and not self.first:
            self.end_lease()
        if self.victim == "pbcd":
            self.stack.start_server()
        elif self.victim == "pbc-jobd":
            self.stack.start_jobs()

    def hold(self, method):
        """An operation is queued for a moment only, so the job process stands still until the strike has fallen."""
        if method == self.kind.starts:
            self.stack.programs["pbc-jobd"].send_signal(signal.SIGSTOP)

    def run(self):
        try:
            self.strike()
        except Exception as error:
            self.failure = error
        finally:
            if self.aim == "queued":
                self.client.before_write = lambda method: None
                self.stack.programs["pbc-jobd"].send_signal(signal.SIGCONT)

    def disturb(self, work):
        """Strikes while work runs; returns the operation that work ends with."""
        if self.aim == "queued":
            self.client.before_write = self.hold
        striker = threading.Thread(target=self.run)
        striker.start()
        try:
            return work()
        finally:
            self.over.set()
            striker.join()
            if self.failure:
                raise self.failure


def restart_cluster(stack):
    # The new postmaster waits for the old one's children; private_pg.sh says when it serves.
    for _ in range(50):
        try:
            stack.start_cluster()
            return
        except RuntimeError:
            time.sleep(0.2)
    raise RuntimeError("the cluster does not start again")


class Sample:
    def __init__(self, folder):
        self.folder = folder
        subprocess.run([BUILD + "/deploy/pbc-sample", "--seed", str(SEED), "--rows", "400000", "--data",
                        os.path.join(ROOT, "deploy/sample/data"), "--out", folder], check=True)
        with open(folder + "/manifest.csv", newline="") as file:
            self.rows = list(csv.DictReader(file))

    def of(self, kind, **match):
        return [row for row in self.rows if row["kind"] == kind and all(row[name] == value for name, value in match.items())]

    def path(self, row):
        return os.path.join(self.folder, row["file"])

    def months(self):
        """Months one after the other, the largest first: flexes, each of which has a row more than the last, and the freeze."""
        for row in largest_first(self.of("activity", phase="freeze")):
            with open(self.path(row), "rb") as file:
                lines = file.readlines()
            for missing in range(VERSIONS - 1, 0, -1):
                name = f"{row['file'][:-4]}_{missing}.csv"
                with open(os.path.join(self.folder, name), "wb") as file:
                    file.writelines(lines[:-missing])
                yield dict(row, file=name, phase="flex")
            yield row

    def invoices(self):
        """Each invoice in parts, so that there are enough to kill at: rows of the manifest with file, number and total of the part."""
        for row in largest_first(self.of("invoice")):
            with open(self.path(row), newline="") as file:
                lines = list(csv.DictReader(file))
            parts = -(-len(lines) // INVOICE_LINES)
            for part in range(parts):
                share = lines[part::parts]
                name = f"{row['file'][:-4]}_{part}.csv"
                with open(os.path.join(self.folder, name), "w", newline="") as file:
                    writer = csv.DictWriter(file, share[0].keys())
                    writer.writeheader()
                    writer.writerows(share)
                yield dict(row, file=name, number=f"{row['number']}/{part}",
                           total=pounds(sum(pence(line["price"]) for line in share)))


def largest_first(rows):
    return sorted(rows, key=lambda row: -int(row["rows"]))


def pounds(amount_pence):
    return f"{'-' if amount_pence < 0 else ''}{abs(amount_pence) // 100}.{abs(amount_pence) % 100:02d}"


def pence(text):
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, cents = digits.partition(".")
    return sign * (int(whole) * 100 + int((cents + "00")[:2]))


def load_reference(client, sample):
    for kind, method in (("practices", "ImportPractices"), ("providers", "ImportProviders"), ("tariff", "ImportTariff")):
        for row in sample.of(kind):
            fields = {"financial_year": row["phase"] or row["period"]} if kind == "tariff" else {}
            operation = client.run("finance", "ReferenceService." + method, upload_id=client.upload("finance", sample.path(row)),
                                   **fields)
            if operation.state != 3:
                raise RuntimeError(f"{row['file']}: {operation.error_message}")


def import_month(client, sample, row):
    upload_id = client.upload("finance", sample.path(row))
    return client.run("finance", "ActivityService.ImportActivity", upload_id=upload_id, provider_code=row["provider_code"],
                      period=row["period"], phase=1 if row["phase"] == "flex" else 2)


def settle(client, sample, row):
    upload_id = client.upload("finance", sample.path(row))
    invoice = client.run("finance", "InvoiceService.SubmitInvoice", upload_id=upload_id, provider_code=row["provider_code"],
                         period=row["period"], invoice_number=row["number"], total_pence=pence(row["total"]), kind=2)
    if invoice.state != 3:
        return invoice
    run = client.run("finance", "SettlementService.RunSettlement", invoice_id=invoice.result_id)
    if run.state == 3:
        client.write("finance2", "SettlementService.ApproveSettlement", settlement_id=run.result_id)
    return run


def verify(stack, client, name):
    answer = client.persist(lambda: stack.call("auditor", "LedgerService.VerifyLedger", timeout=60))
    tap.ok(answer.ok, f"{name}: the ledger proves itself", "\n".join(f"{c.name}: {c.detail}" for c in answer.checks if not c.ok))
    stored = set(tuple(line.split("|")) for line in stack.sql(
        "SELECT method, request_id FROM ledger.request WHERE answer IS NOT NULL").splitlines())
    missing = [key for key in client.acknowledged if key not in stored]
    tap.is_(missing, [], f"{name}: every acknowledged write is there")
    tap.is_(len(stored), len(client.acknowledged), f"{name}: and nothing else")
    tap.is_(stack.sql("SELECT count(*) FROM job.operation WHERE state <> 'succeeded'"), "0", f"{name}: every operation ended well")


class Kind:
    """A kind of work to strike at. operation: what the job process runs, and starts the method that queues it; call: a write in it; works:
    functions that do one and return the operation."""

    def __init__(self, name, operation, starts, call, works):
        self.name, self.operation, self.starts, self.works = name, operation, starts, works
        self.waits = {"upload": "upload", "call": call}
        self.spans = {}  # how long each aim usually lasts
        self.states = []  # that works ended in

    def next(self):
        work = next(self.works, None)
        if work is None:
            raise RuntimeError(f"the sample has no more {self.name} to strike at")
        return work

    def measure(self, stack, client):
        """One that nobody disturbs tells how long everything takes."""
        start = time.monotonic()
        self.states.append(self.next()().state)
        tap.is_(self.states, [3], f"undisturbed {self.name} succeed, in {time.monotonic() - start:.2f} s")
        self.spans = {aim: client.spans[what] for aim, what in self.waits.items()}
        self.spans["queued"] = 0.1  # held
        self.spans["running"] = float(stack.sql(f"SELECT extract(epoch FROM max(ended_at - started_at)) FROM job.operation "
                                                f"WHERE kind = '{self.operation}'"))


def strike_often(stack, client, kind, victim):
    """As many strikes at a victim as are asked for, each of which hit; says where."""
    fell, late = collections.Counter(), 0
    for aim in itertools.islice(itertools.cycle(AIMS[victim]), ROUNDS):
        for haste in range(1, TRIES + 1):
            blow = Blow(stack, client, victim, aim, kind, haste, first=not fell)
            kind.states.append(blow.disturb(kind.next()).state)
            if blow.hit:
                fell[aim] += 1
                break
            late += 1
    print(f"# {victim} killed in {kind.name}: {', '.join(f'{fell[aim]} {aim}' for aim in AIMS[victim])}; too late {late}", flush=True)
    tap.is_(sum(fell.values()), ROUNDS, f"{victim}: {ROUNDS} strikes fell while {kind.name} were under way")
    tap.is_(kind.states, [3] * len(kind.states), f"{victim}: all {kind.name} succeed")


def imports(client, sample):
    for row in sample.months():
        yield functools.partial(import_month, client, sample, row)


def settlements(stack, client, sample):
    """Settlement needs its months: what was not imported yet goes in undisturbed."""
    loaded = set(stack.sql("SELECT provider_code || to_char(period, 'YYYY-MM') FROM ledger.provider_month "
                           "WHERE submission_id IS NOT NULL").splitlines())
    freeze = {row["provider_code"] + row["period"]: row for row in sample.of("activity", phase="freeze")}
    for row in sample.invoices():
        key = row["provider_code"] + row["period"]
        if key not in loaded:
            loaded.add(key)
            if import_month(client, sample, freeze[key]).state != 3:
                raise RuntimeError("no activity for " + row["file"])
        yield functools.partial(settle, client, sample, row)


def strike_at_imports(stack, client, sample):
    kind = Kind("imports", "import_activity", "ActivityService.ImportActivity", "ActivityService.ImportActivity", imports(client, sample))
    kind.measure(stack, client)
    for victim in AIMS:
        strike_often(stack, client, kind, victim)
        tap.is_(stack.sql("SELECT count(*) FROM ledger.submission"), str(len(kind.states)), f"{victim}: each file is in the ledger once")
        verify(stack, client, victim + " killed during imports")


def strike_at_settlements(stack, client, sample):
    kind = Kind("settlements", "settlement_run", "SettlementService.RunSettlement", "SettlementService.ApproveSettlement",
                settlements(stack, client, sample))
    kind.measure(stack, client)
    for victim in AIMS:
        strike_often(stack, client, kind, victim)
        tap.is_(stack.sql("SELECT count(*) || ' ' || count(*) FILTER (WHERE state = 'approved') FROM ledger.settlement"),
                f"{len(kind.states)} {len(kind.states)}", f"{victim}: each invoice is settled and approved once")
        verify(stack, client, victim + " killed during settlement")


with Stack(jobs=True, durable=True) as stack:
    client = Client(stack)
    sample = Sample(stack.dir + "/sample")
    load_reference(client, sample)
    strike_at_imports(stack, client, sample)
    strike_at_settlements(stack, client, sample)
    print(f"# seed {SEED}: {client.repeats} repeated calls, {len(client.acknowledged)} acknowledged writes")
tap.done()
