"""Health against nghttpd and gRPC C++; GetBudget against pgbench -M prepared with the same statements."""
import contextlib
import json
import os
import re

import harness
from stack import PEOPLE, Stack, free_port

PACKAGES = ["nghttp2-client", "nghttp2-server", "libgrpc++-dev", "protobuf-compiler-grpc", "postgresql-15", "python3-grpcio"]
TARGETS = ["pbcd", "rpc_load", "grpc_async_server"]

SECONDS = 3
SERVER_CORE, LOAD_CORE = 0, 1
HEALTH = "/grpc.health.v1.Health/Check"
HEALTH_ANSWER_BYTES = 7  # frame prefix and one enum
# Connections x streams: a side's own choice, like pgbench's clients. Two rounds choose, seven compare those chosen.
CHOOSING, COMPARING = 2, 7
HEALTH_LOADS = ((16, 16), (16, 64), (2, 100))
BUDGET_LOADS = ((16, 16), (4, 32), (2, 64))
# Each connection another person's, with one call at a time: no two calls may share an api.enter.
CALLERS = 64
CALLERS_LOAD = f"callers {CALLERS}x1"
YEAR, PRACTICES = "2017/18", 40
PGBENCH_CLIENTS = (1, 2, 4, 8, 16)

LOAD = os.path.join(harness.BUILD, "tests/bench/rpc_load")
GRPC_SERVER = os.path.join(harness.BUILD, "tests/bench/grpc_async_server")


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def in_memory(data):
    """A file without a disk's file system: h2load reads it again for each call."""
    file = os.memfd_create("request")
    os.write(file, data)
    return f"/proc/{os.getpid()}/fd/{file}"


def frame(message):
    return b"\0" + len(message).to_bytes(4, "big") + message


def seconds():
    return 1 if harness.BRIEF else SECONDS


def rpc_load(stack, port, path, connections, streams, *arguments, bound=()):
    """Calls a second, and the bytes of an answer. It looks at every answer."""
    told = json.loads(harness.output_of([
        *bound, LOAD, "--ca", stack.certs + "/ca.pem", "--path", path, "--connections", str(connections), "--streams", str(streams),
        "--seconds", str(seconds()), *arguments, "localhost", str(port)]))
    return told["calls_per_second"], told["answer_bytes"]


def best_load(figures, side):
    """By its best round: what else the machine does only slows a load down."""
    return max((name for name in figures if name.startswith(side)), key=lambda name: max(figures[name]))


def compare(contestants, sides, others):
    """The rounds in which each side's best load meets those of the other sides, one next to the other, and further loads."""
    figures = harness.rounds(contestants, CHOOSING)
    if not harness.BRIEF:
        names = dict.fromkeys([best_load(figures, side) for side in sides] + others)
        print("# the best loads again, in turn", flush=True)
        figures = harness.rounds({name: contestants[name] for name in names}, COMPARING)
    harness.print_figures(figures, "calls/s")
    return figures


# Health: server on one core, load on the other.

@contextlib.contextmanager
def serving(stack, name, port, command):
    stack.start(name, harness.on_core(SERVER_CORE, command))
    harness.wait_for_port(port, stack.programs[name])
    try:
        yield
    finally:
        stack.stop(name)


def health_load(stack, port, path, load, *arguments):
    rate, answer_bytes = rpc_load(stack, port, path, *load, *arguments, bound=harness.on_core(LOAD_CORE, []))
    if answer_bytes != HEALTH_ANSWER_BYTES:
        harness.fail(f"port {port} answers {path} with {answer_bytes} bytes", "mend the server")
    return rate


def h2load(_stack, port, path, load, *arguments):
    """Counts any HTTP 200."""
    amount = ["-n", "20000"] if harness.BRIEF else ["-D", str(SECONDS), "--warm-up-time=1"]
    text = harness.output_of(harness.on_core(LOAD_CORE, [
        "h2load", "-t1", f"-c{load[0]}", f"-m{load[1]}", *amount, *arguments, f"https://localhost:{port}{path}"]))
    done = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", text)
    other = re.search(r"status codes: \d+ 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", text)
    if done is None or int(done[1]) == 0 or any(map(int, (done[2], done[3], *other.groups()))):
        harness.fail(f"h2load had failures on port {port}:\n{text}", "run it by hand")
    return float(re.search(r"finished in [\d.]+[mu]?s, ([\d.]+) req/s", text)[1])


def run_health(stack):
    nghttpd, grpc_cpp = free_port(), free_port()
    folder = stack.dir + "/files"
    os.mkdir(folder)
    write(folder + "/tiny", b"x" * HEALTH_ANSWER_BYTES)
    write(folder + "/1k", b"x" * 1024)
    body = in_memory(frame(b""))
    certificate, key = stack.certs + "/server.pem", stack.certs + "/server.key"
    requests = ("--requests", body)
    post = ("-d", body, "-H", "content-type: application/grpc", "-H", "te: trailers")
    print(f"\nhealth: {HEALTH} over TLS 1.3, {SECONDS} s, connections x streams as told, server and load on a core each.\n"
          f"peers: nghttpd with a static file of the answer's size ({HEALTH_ANSWER_BYTES} bytes), got by GET; gRPC C++ async server.\n"
          "load: rpc_load; h2load -t1, whose own core is full before pbcd's is, with files of 1 KB and of the answer's size,\n"
          "the latter also by the same POST as health", flush=True)
    os.sched_setaffinity(stack.programs["pbcd"].pid, {harness.core(SERVER_CORE)})
    sides = {
        "pbcd": (health_load, stack.port, HEALTH, requests),
        "nghttpd": (health_load, nghttpd, "/tiny", ()),
        "gRPC C++": (health_load, grpc_cpp, HEALTH, requests),
        "h2load pbcd": (h2load, stack.port, HEALTH, post),
        "h2load nghttpd GET": (h2load, nghttpd, "/tiny", ()),
        "h2load nghttpd POST": (h2load, nghttpd, "/tiny", post),
        "h2load nghttpd 1 KB": (h2load, nghttpd, "/1k", ()),
    }
    contestants = {
        f"{name} {load[0]}x{load[1]}": lambda measure=measure, port=port, path=path, load=load, arguments=arguments: measure(
            stack, port, path, load, *arguments)
        for load in HEALTH_LOADS[:1 if harness.BRIEF else None] for name, (measure, port, path, arguments) in sides.items()}
    with serving(stack, "nghttpd", nghttpd, ["nghttpd", "-n1", "-d", folder, str(nghttpd), key, certificate]), \
            serving(stack, "grpc_async_server", grpc_cpp, [GRPC_SERVER, f"127.0.0.1:{grpc_cpp}", certificate, key]):
        return compare(contestants, sides, ["pbcd 16x16", "nghttpd 16x16"])


# GetBudget: nothing is bound to a core, as PostgreSQL wants both.

def load_data(stack):
    with open(os.path.join(os.path.dirname(__file__), "budgets.sql"), encoding="utf-8") as file:
        stack.sql(file.read())
    codes = stack.sql("SELECT practice_code FROM ledger.budget ORDER BY 1").splitlines()
    assert len(codes) == PRACTICES
    return codes


def check_budget(stack, code):
    budget = stack.call("finance", "BudgetService.GetBudget", practice_code=code, financial_year=YEAR).budget
    if len(budget.lines) != 48 or any(len(line.month_cost_pence) != 12 for line in budget.lines) or \
            sum(line.cost_pence for line in budget.lines) != budget.cost_pence:
        harness.fail(f"a wrong budget of {code}", "mend the server")


def add_callers(stack):
    names = ["finance"] + [f"finance-{number}" for number in range(1, CALLERS)]
    for name in names[1:]:
        stack.certify(name, f"/O=5XZ/CN={name}")
        stack.sql(f"INSERT INTO ledger.app_user VALUES ('5XZ', '5XZ', '{name}', '{name}', '{{pct_finance}}', NULL, NULL, true)")
    return names


def get_budget(stack, callers, requests, connections, streams):
    certificates = [word for name in callers
                    for word in ("--cert", f"{stack.certs}/{name}.pem", "--key", f"{stack.certs}/{name}.key")]
    return rpc_load(stack, stack.port, "/pbc.v1.BudgetService/GetBudget", connections, streams, "--requests", requests, *certificates)[0]


def write_scripts(stack, codes, name, begin, end):
    """A script for each practice, of which pgbench picks one at random each time; variables go as parameters."""
    arguments = []
    for number, code in enumerate(codes):
        path = write(f"{stack.dir}/{name}{number}.sql", "\n".join((
            begin, "SELECT api.enter(:organisation, :user, :commissioner, :roles, :method, :deadline);",
            f"SELECT api.get_budget(:practice{number}, :year);", end, "")).encode())
        arguments += ["-f", path, "-D", f"practice{number}={code}"]
    return arguments


def pgbench(stack, scripts, clients):
    organisation, _, _, _ = PEOPLE["finance"]
    variables = {"organisation": organisation, "user": "finance", "commissioner": organisation, "roles": "{pct_finance}",
                 "method": "BudgetService.GetBudget", "deadline": "60000", "year": YEAR}
    text = harness.output_of([
        "pgbench", "--no-vacuum", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, os.cpu_count())), "-T", str(seconds()),
        *scripts, *(f"-D{name}={value}" for name, value in variables.items()), stack.login("pbc_api")])
    if int(re.search(r"number of failed transactions: (\d+)", text)[1]) > 0:
        harness.fail("pgbench had failures:\n" + text, "run it by hand")
    return float(re.search(r"tps = ([\d.]+)", text)[1])


def run_budget(stack):
    codes = load_data(stack)
    callers = add_callers(stack)
    check_budget(stack, codes[6])
    requests = write(stack.dir + "/budget.frames", b"".join(
        frame(stack.request("BudgetService.GetBudget", practice_code=code, financial_year=YEAR).SerializeToString())
        for code in codes))
    single = write_scripts(stack, codes, "single", "BEGIN;", "COMMIT;")
    pipeline = write_scripts(stack, codes, "pipeline", "\\startpipeline", "\\endpipeline")
    print(f"\nGetBudget: a random one of {PRACTICES} practices, 48 lines of 12 months; caller by certificate, role check, row-level "
          f"security; mutual TLS,\nconnections x streams as told, {SECONDS} s; the best of those of one caller, whose calls that go "
          f"together share an api.enter;\n{CALLERS} callers with a connection and a call each, who share none.\n"
          "peer: pgbench -M prepared, role pbc_api, BEGIN, both statements (api.enter, api.get_budget), COMMIT; the best client count.\n"
          "For information: pgbench with both statements in one pipeline", flush=True)
    contestants = {}
    for connections, streams in BUDGET_LOADS:
        contestants[f"pbcd {connections}x{streams}"] = lambda c=connections, s=streams: get_budget(
            stack, callers[:1], requests, c, s)
    contestants[CALLERS_LOAD] = lambda: get_budget(stack, callers, requests, CALLERS, 1)
    for clients in PGBENCH_CLIENTS:
        contestants[f"pgbench {clients}"] = lambda clients=clients: pgbench(stack, single, clients)
    for clients in PGBENCH_CLIENTS[:3]:
        contestants[f"pipeline {clients}"] = lambda clients=clients: pgbench(stack, pipeline, clients)
    return compare(contestants, ("pbcd", "pgbench", "pipeline"), ["pbcd 16x16", CALLERS_LOAD])


def run(_rows):
    with Stack() as stack:
        health = run_health(stack)
    with Stack() as stack:
        budget = run_budget(stack)
    print()
    for name, figures, our, peer, aim in (
            ("health_to_nghttpd", health, "pbcd", "nghttpd", 1),
            ("health_16x16_to_nghttpd", health, "pbcd 16x16", "nghttpd 16x16", 1),
            ("health_to_grpc_cpp", health, "pbcd", "gRPC C++", 4),
            ("health_to_nghttpd_1k_by_h2load", health, "h2load pbcd", "h2load nghttpd 1 KB", 1),
            ("health_to_nghttpd_same_request_by_h2load", health, "h2load pbcd", "h2load nghttpd POST", 1),
            ("health_to_nghttpd_get_by_h2load", health, "h2load pbcd", "h2load nghttpd GET", None),
            ("get_budget_to_pgbench_prepared", budget, "pbcd", "pgbench", 1),
            ("get_budget_16x16_to_pgbench_prepared", budget, "pbcd 16x16", "pgbench", 1),
            ("get_budget_64_callers_to_pgbench_prepared", budget, CALLERS_LOAD, "pgbench", None),
            ("get_budget_to_pgbench_pipeline", budget, "pbcd", "pipeline", None)):
        harness.print_ratio(name, figures[best_load(figures, our)], figures[best_load(figures, peer)], aim)
