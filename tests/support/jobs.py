"""pbc-jobd over a private PostgreSQL, without the server: uploads and operations are put into the database by SQL.

    with Jobs() as jobs:
        operation = jobs.run("import_practices", file="practice_code,name\\n...")
        operation["state"], operation["outcomes"]["rows"]
"""

import hashlib
import json
import os
import signal
import subprocess
import time
import uuid

from database import BUILD, Database

CHUNK = 512 * 1024
PATIENCE_S = 60  # for a process to end


class Work:
    """Gives pbc-jobd work and waits for it, by sql() and log() of who inherits this."""

    tenant = "5XZ"

    def upload(self, content, name="file.csv", sha256=None, chunk=CHUNK):
        """Stores content as an upload; a wrong sha256 makes one that was damaged on its way."""
        data = content.encode() if isinstance(content, str) else content
        upload_id = str(uuid.uuid4())
        sha256 = sha256 or hashlib.sha256(data).hexdigest()
        lines = [
            f"INSERT INTO job.upload VALUES ('{self.tenant}', '{upload_id}', '{self.tenant}', 'finance', '{name}', "
            f"{len(data)}, true, '\\x{sha256}', now());"
        ]
        for at in range(0, len(data), chunk):
            lines.append(
                f"INSERT INTO patient.upload_chunk VALUES ('{self.tenant}', '{upload_id}', {at}, "
                f"'\\x{data[at:at + chunk].hex()}');")
        self.sql("\n".join(lines))
        return upload_id

    def submit(self, work, /, **params):
        operation_id = str(uuid.uuid4())
        text = json.dumps(params).replace("'", "''")
        self.sql(
            f"INSERT INTO job.operation (commissioner_code, operation_id, kind, state, params, organisation_code, user_id,"
            f" created_at) VALUES ('{self.tenant}', '{operation_id}', '{work}', 'queued', '{text}', '{self.tenant}',"
            f" 'finance', clock_timestamp()); NOTIFY pbc, 'job'")
        return operation_id

    def operation(self, operation_id):
        row = json.loads(self.sql(f"SELECT to_json(o) FROM job.operation o WHERE operation_id = '{operation_id}'"))
        row["outcomes"] = {outcome["name"]: outcome["value"] for outcome in row["outcomes"]}
        return row

    def wait(self, operation_id, seconds=200, until=("succeeded", "failed", "cancelled")):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            row = self.operation(operation_id)
            if row["state"] in until:
                return row
            time.sleep(0.03)
        raise TimeoutError(f"operation {operation_id} is still {row['state']}: {self.log()[-2000:]}")

    def run(self, work, /, file=None, **params):
        if file is not None:
            params["upload_id"] = self.upload(file)
        return self.wait(self.submit(work, **params))


class Loader(Work):
    """The job process of a stack, given work by SQL."""

    def __init__(self, stack):
        self.sql = stack.sql
        self.log = lambda: stack.log("pbc-jobd")


class Jobs(Database, Work):
    def __init__(self, processes=1, settings=()):
        super().__init__(settings)
        self.processes = processes
        self.running = []

    def begin(self):
        self.sql(f"INSERT INTO ledger.commissioner VALUES ('{self.tenant}', 'Test PCT')")
        self.key = os.path.join(self.dir, "patient.key")
        with open(self.key, "wb") as file:
            file.write(bytes(range(32)))
        os.chmod(self.key, 0o600)
        for _ in range(self.processes):
            self.start()

    def end(self):
        for process in self.running:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)

    def start(self):
        with open(os.path.join(self.dir, "pbc-jobd.log"), "ab") as log:
            process = subprocess.Popen(
                [BUILD + "/server/job/pbc-jobd", "--database", self.login("pbc_job"),
                 "--patient-key", self.key], stdout=log, stderr=log)
        self.running.append(process)
        return process

    def stop(self, process, how=signal.SIGTERM):
        self.running.remove(process)
        process.send_signal(how)
        return process.wait(PATIENCE_S)

    def log(self, name="pbc-jobd"):
        return super().log(name)
