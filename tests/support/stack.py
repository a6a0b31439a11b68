"""A whole pbc for tests: private PostgreSQL, migrations, certificates, people, pbcd and, if asked, pbc-jobd.

As a module:   with Stack() as stack: stack.call("gp-a", "BudgetService.GetBudget", practice_code="X00001")
As a command:  stack.py run [--jobs] COMMAND...   runs COMMAND with PBC_SERVER, PBC_CA, PBC_CERTS and STACK_CONNINFO set
               stack.py prepare FOLDER            makes what stacks copy when PBC_PREPARED names the folder

The programs under test come from the build folder PBC_BUILD (default build/dev).
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import grpc
from database import BUILD, PREPARED, ROOT, Database, output_of, support

# user -> organisation, roles, practice, provider
PEOPLE = {
    "finance": ("5XZ", ["pct_finance"], None, None),
    "finance2": ("5XZ", ["pct_finance"], None, None),
    "approver": ("5XZ", ["pct_approver"], None, None),
    "board": ("5XZ", ["pct_board"], None, None),
    "hub": ("QHB", ["hub"], None, None),
    "gp-a": ("X00001", ["practice_lead"], "X00001", None),
    "gp-b": ("X00002", ["practice_lead"], "X00002", None),
    "member-a": ("X00001", ["practice_member"], "X00001", None),
    "trust-a": ("RXA", ["provider"], None, "RXA"),
    "trust-b": ("RXB", ["provider"], None, "RXB"),
    "auditor": ("AUD", ["auditor"], None, None),
    "keeper": ("5XZ", ["operator"], None, None),
    # A certificate of the right authority whose user nobody registered.
    "stranger": ("5XZ", None, None, None),
    # Another PCT on the same server.
    "other-finance": ("5YZ", ["pct_finance"], None, None),
}
PATIENCE_S = 60  # for what takes moments, on a machine that has much else to do
TENANTS = {"5XZ": "Aldermoor PCT", "5YZ": "Brackenside PCT"}


def tenant_of(organisation):
    return "5YZ" if organisation == "5YZ" else "5XZ"


HELD_PORTS = []


def free_port():
    """One that nobody else is given while this program runs, also between two starts of what listens there."""
    held = socket.socket()
    # Bound and not listening it lets a server that reuses addresses have the port, and keeps it from whoever asks for any.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    HELD_PORTS.append(held)
    return held.getsockname()[1]


def make_certificates(folder):
    """An authority, a server, revocations; and a certificate of each person."""
    output_of(support("certs.sh"), folder)
    for user, (organisation, *_rest) in PEOPLE.items():
        certify(folder, user, f"/O={organisation}/CN={user}")


def certify(folder, name, subject):
    stem = f"{folder}/{name}"
    output_of("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", stem + ".key",
              "-out", stem + ".csr", "-subj", subject)
    with open(stem + ".ext", "w") as extensions:
        extensions.write("extendedKeyUsage=clientAuth\n")
    output_of("openssl", "x509", "-req", "-in", stem + ".csr", "-CA", folder + "/ca.pem", "-CAkey", folder + "/ca.key",
              "-set_serial", str(int.from_bytes(os.urandom(8), "big")), "-days", "30", "-extfile", stem + ".ext",
              "-out", stem + ".pem")


class Stack(Database):
    def __init__(self, jobs=False, settings=(), static=None, durable=False, database=()):
        # A killed postmaster must have written what it acknowledged; the disk itself is not at stake, so fsync stays off.
        super().__init__(["synchronous_commit=on"] if durable else database)
        self.jobs = jobs
        self.settings = list(settings)
        self.static = static
        self.programs = {}
        self.channels = {}

    def begin(self):
        self.register_people()
        self.certs = self.dir + "/certs"
        if PREPARED:
            shutil.copytree(PREPARED + "/certs", self.certs)
        else:
            make_certificates(self.certs)
        self.generate_messages()
        self.port, self.admin = free_port(), free_port()
        self.start_server()
        if self.jobs:
            self.start_jobs()

    def end(self):
        for channel in self.channels.values():
            channel.close()
        for name in list(self.programs):
            self.stop(name)

    def register_people(self):
        rows = [
            f"SELECT set_config('pbc.commissioner', '{code}', false); "
            f"INSERT INTO ledger.commissioner VALUES ('{code}', '{name}');"
            for code, name in TENANTS.items()
        ]
        for user, (organisation, roles, practice, provider) in PEOPLE.items():
            if roles is None:
                continue
            quoted = [f"'{value}'" if value else "NULL" for value in (practice, provider)]
            rows.append(
                f"INSERT INTO ledger.app_user VALUES ('{tenant_of(organisation)}', '{organisation}', '{user}', '{user}', "
                f"'{{{','.join(roles)}}}', {quoted[0]}, {quoted[1]}, true);"
            )
        self.sql("\n".join(rows))

    def certify(self, name, subject):
        certify(self.certs, name, subject)

    # Programs

    def server_command(self):
        command = [
            BUILD + "/server/pbcd", "--listen", f"127.0.0.1:{self.port}", "--admin", f"127.0.0.1:{self.admin}",
            "--certificate", self.certs + "/server.pem", "--key", self.certs + "/server.key",
            "--client-ca", self.certs + "/ca.pem", "--crl", self.certs + "/crl.pem", "--database", self.login("pbc_api"),
            *self.settings,
        ]
        if self.static:
            command += ["--static", self.static]
        return command

    def start_server(self):
        self.start("pbcd", self.server_command())
        self.wait_healthy()

    def wait_healthy(self, seconds=PATIENCE_S):
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/healthz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                pass
            if self.programs["pbcd"].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("pbcd does not serve:\n" + self.log("pbcd")[-3000:])
            time.sleep(0.05)

    def start_jobs(self):
        key = self.dir + "/patient.key"
        if not os.path.exists(key):
            with open(key, "w") as file:
                file.write(os.urandom(32).hex() + "\n")
            os.chmod(key, 0o600)
        self.start("pbc-jobd", [BUILD + "/server/job/pbc-jobd", "--database", self.login("pbc_job"), "--patient-key", key])

    def pbc(self, user, *words):
        """The client run as a person; its exit code, output and messages."""
        environment = {"PATH": os.environ["PATH"], "HOME": self.dir, "PBC_SERVER": f"localhost:{self.port}",
                       "PBC_CA": self.certs + "/ca.pem", "PBC_CERT": f"{self.certs}/{user}.pem", "PBC_KEY": f"{self.certs}/{user}.key"}
        environment.update({name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ})
        return subprocess.run([BUILD + "/client/cli/pbc", *words], capture_output=True, text=True, env=environment, timeout=60)

    def start(self, name, command):
        with open(f"{self.dir}/{name}.log", "ab") as log:
            self.programs[name] = subprocess.Popen(command, stdout=log, stderr=log)

    def stop(self, name, how=signal.SIGTERM):
        program = self.programs.pop(name)
        program.send_signal(how)
        try:
            return program.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
            raise

    # gRPC by the published Python library

    def generate_messages(self):
        out = self.dir + "/py"
        os.mkdir(out)
        proto = os.path.join(ROOT, "proto")
        files = [os.path.relpath(os.path.join(folder, name), proto)
                 for folder, _, names in os.walk(proto) for name in names if name.endswith(".proto")]
        # The installed packages google and grpc would hide ours of the same names.
        output_of("protoc", "-I" + proto, "--python_out=" + out, *files)
        sys.path.insert(0, out)
        import google
        google.__path__.append(out + "/google")
        grpc.__path__.append(out + "/grpc")
        from google.protobuf import symbol_database
        import importlib
        for name in files:
            importlib.import_module(name[:-6].replace("/", ".") + "_pb2")
        self.symbols = symbol_database.Default()

    def message(self, name):
        return self.symbols.GetSymbol(name)

    def channel(self, user, options=()):
        if user in self.channels and not options:
            return self.channels[user]
        credentials = grpc.ssl_channel_credentials(
            self.read("ca.pem"), *((self.read(user + ".key"), self.read(user + ".pem")) if user else ()))
        channel = grpc.secure_channel(f"localhost:{self.port}", credentials, options=options)
        if not options:
            self.channels[user] = channel
        return channel

    def read(self, name):
        with open(f"{self.certs}/{name}", "rb") as file:
            return file.read()

    def method(self, name):
        """Descriptor of 'BudgetService.GetBudget'."""
        service, method = name.split(".")
        return self.symbols.pool.FindServiceByName("pbc.v1." + service).methods_by_name[method]

    def stub(self, user, name, channel=None):
        """The callable of a method, of the kind its descriptor says."""
        service, verb = name.split(".")
        descriptor = self.method(name)
        proto = descriptor.containing_service.file
        from google.protobuf import descriptor_pb2
        copy = descriptor_pb2.FileDescriptorProto()
        proto.CopyToProto(copy)
        entry = next(m for s in copy.service if s.name == service for m in s.method if m.name == verb)
        kind = {(False, False): "unary_unary", (False, True): "unary_stream", (True, False): "stream_unary",
                (True, True): "stream_stream"}[(entry.client_streaming, entry.server_streaming)]
        return getattr(channel or self.channel(user), kind)(
            f"/pbc.v1.{service}/{verb}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self.message(descriptor.output_type.full_name).FromString)

    def request(self, name, **fields):
        return self.message(self.method(name).input_type.full_name)(**fields)

    def call(self, user, name, timeout=20, metadata=None, **fields):
        return self.stub(user, name)(self.request(name, **fields), timeout=timeout, metadata=metadata)

    def refusal(self, user, name, timeout=20, metadata=None, **fields):
        """(code name, message, reason) of a call that must be refused."""
        try:
            self.call(user, name, timeout=timeout, metadata=metadata, **fields)
        except grpc.RpcError as error:
            return error.code().name, error.details(), self.reason(error)
        return "OK", "", ""

    def reason(self, error):
        return next((info.reason for info in self.details(error, "google.rpc.ErrorInfo")), "")

    def details(self, error, kind):
        """The detail messages of a kind in an error's trailers."""
        found = []
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                status = self.message("google.rpc.Status").FromString(value)
                for packed in status.details:
                    if packed.type_url.endswith("/" + kind):
                        found.append(self.message(kind).FromString(packed.value))
        return found


def prepare(folder):
    os.chmod(folder, 0o755)
    output_of(support("private_pg.sh"), "migrated", folder + "/cluster")
    output_of(support("private_pg.sh"), "stop", folder + "/cluster")
    make_certificates(folder + "/certs")


def run(jobs, *command):
    with Stack(jobs=jobs) as stack:
        environment = dict(os.environ, PBC_SERVER=f"localhost:{stack.port}", PBC_CA=stack.certs + "/ca.pem",
                           PBC_CERTS=stack.certs, STACK_CONNINFO=stack.conninfo, PBC_BUILD=BUILD)
        return subprocess.run(command, env=environment).returncode


def main():
    verb, *words = sys.argv[1:] or [""]
    if verb == "prepare" and len(words) == 1:
        prepare(*words)
    elif verb == "run" and words:
        jobs = words[0] == "--jobs"
        sys.exit(run(jobs, *words[jobs:]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
