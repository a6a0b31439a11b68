#!/usr/bin/python3
"""kill -9 of pbcd, of pbc-jobd and of the postmaster while files are imported and invoices settled.

After every kill the victim is started again and the clients repeat what was not acknowledged, with the same request ids. Then every
acknowledged write must be there, once; every operation must have ended well; and the ledger must prove itself.

FAULT_ROUNDS kills of each victim in each kind of work (default 5; the full run is 50), FAULT_SEED the delays.
"""

import csv
import hashlib
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

tap = Tap()
chance = random.Random(SEED)


class Client:
    """Sends each write until it is acknowledged, and keeps a journal of what was."""

    def __init__(self, stack):
        self.stack = stack
        self.acknowledged = {}  # (method, request id) -> answer
        self.repeats = 0

    def write(self, user, method, **fields):
        request_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
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


def kill(stack, victim):
    if victim == "postmaster":
        stack.kill_cluster()
        # The new postmaster waits for the old one's children; private_pg.sh says when it serves.
        for _ in range(50):
            try:
                stack.start_cluster()
                return
            except RuntimeError:
                time.sleep(0.2)
        raise RuntimeError("the cluster does not start again")
    stack.stop(victim, signal.SIGKILL)
    stack.start_server() if victim == "pbcd" else stack.start_jobs()


def disturbed(stack, victim, span_s, work):
    """Runs work while victim is killed at a random moment of its usual span."""
    failure = []

    def strike():
        time.sleep(chance.random() * span_s)
        try:
            kill(stack, victim)
        except Exception as error:
            failure.append(repr(error))

    striker = threading.Thread(target=strike)
    striker.start()
    try:
        return work()
    finally:
        striker.join()
        if failure:
            raise RuntimeError(failure[0])


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


    def invoices(self, parts=3):
        """Each invoice in parts, so that there are enough to kill at: rows of the manifest with file, number and total of the part."""
        for row in self.of("invoice"):
            with open(self.path(row), newline="") as file:
                lines = list(csv.DictReader(file))
            for part in range(parts):
                share = lines[part::parts]
                if not share:
                    continue
                name = f"{row['file'][:-4]}_{part}.csv"
                with open(os.path.join(self.folder, name), "w", newline="") as file:
                    writer = csv.DictWriter(file, share[0].keys())
                    writer.writeheader()
                    writer.writerows(share)
                yield dict(row, file=name, number=f"{row['number']}/{part}",
                           total=pounds(sum(pence(line["price"]) for line in share)))


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


def timed(work):
    start = time.monotonic()
    operation = work()
    return time.monotonic() - start, operation


with Stack(jobs=True, durable=True) as stack:
    client = Client(stack)
    sample = Sample(stack.dir + "/sample")
    load_reference(client, sample)
    months = iter(sample.of("activity"))
    span, operation = timed(lambda: import_month(client, sample, next(months)))
    tap.is_(operation.state, 3, f"an undisturbed import succeeds in {span:.2f} s")
    submissions = 1
    for victim in ("pbcd", "pbc-jobd", "postmaster"):
        states = []
        for _ in range(ROUNDS):
            row = next(months, None)
            if row is None:
                break
            states.append(disturbed(stack, victim, span * 1.2, lambda: import_month(client, sample, row)).state)
            submissions += 1
        tap.is_(states, [3] * len(states), f"{victim}: {len(states)} killed imports all succeed")
        tap.is_(stack.sql("SELECT count(*) FROM ledger.submission"), str(submissions), f"{victim}: each month is in the ledger once")
        verify(stack, client, victim + " killed during imports")

    # Settlement needs its months: what was not imported yet goes in undisturbed.
    loaded = set(stack.sql("SELECT provider_code || to_char(period, 'YYYY-MM') FROM ledger.provider_month "
                           "WHERE submission_id IS NOT NULL").splitlines())
    freeze = {row["provider_code"] + row["period"]: row for row in sample.of("activity", phase="freeze")}
    invoices = (row for row in sample.invoices() if row["provider_code"] + row["period"] in freeze)

    def next_invoice():
        row = next(invoices)
        key = row["provider_code"] + row["period"]
        if key not in loaded:
            loaded.add(key)
            if import_month(client, sample, freeze[key]).state != 3:
                raise RuntimeError("no activity for " + row["file"])
        return row

    row = next_invoice()
    span, operation = timed(lambda: settle(client, sample, row))
    tap.is_(operation.state, 3, f"an undisturbed settlement succeeds in {span:.2f} s")
    settlements = 1
    for victim in ("pbcd", "pbc-jobd", "postmaster"):
        states = []
        for _ in range(ROUNDS):
            row = next_invoice()
            states.append(disturbed(stack, victim, span * 1.2, lambda: settle(client, sample, row)).state)
            settlements += 1
        tap.is_(states, [3] * len(states), f"{victim}: {len(states)} killed settlements all succeed")
        tap.is_(stack.sql("SELECT count(*) || ' ' || count(*) FILTER (WHERE state = 'approved') FROM ledger.settlement"),
                f"{settlements} {settlements}", f"{victim}: each invoice is settled and approved once")
        verify(stack, client, victim + " killed during settlement")
    print(f"# seed {SEED}: {client.repeats} repeated calls, {len(client.acknowledged)} acknowledged writes")
tap.done()
