#!/usr/bin/python3
"""Reads of many people at once, which share transactions and enters: each is answered as if it had come alone, whatever its neighbours
are, while people lose roles or leave, calls run out of time and sessions of the database end. Who must get what is worked out here.

NEIGHBOURS_CALLS reads (default 6000) of NEIGHBOURS_SEED (default a new one).
"""

import collections
import contextlib
import os
import random
import signal
import sys
import threading
import time
import urllib.request
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import grpc
import transport
from stack import PEOPLE, Stack, tenant_of
from tap import Tap

CALLS = int(os.environ.get("NEIGHBOURS_CALLS", "6000"))
SEED = int(os.environ.get("NEIGHBOURS_SEED", random.SystemRandom().randrange(10**6)))
AT_ONCE = 240
TOGETHER = 24
PATIENCE_S = 30
# The library may end the connection of a call that it takes back, by a reset of a stream that it has not begun: such calls have one of their own.
HASTY_S = 0.1
EARLY_S = 0.1  # the server's clock stands still during a pass of its loop
WATCH, SINCE = "SettlementService.WatchStatements", "2000-01-01T00:00:00Z"

tap = Tap()
chance = random.Random(SEED)

# What there is: the same codes in both PCTs, each with words that nothing else has.

Thing = collections.namedtuple("Thing", "kind tenant owner key words")
TENANTS = ["5XZ", "5YZ"]
PRACTICES, PROVIDERS = ["X00001", "X00002"], ["RXA", "RXB"]


def key_of(*words):
    return str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(words)))


def things():
    for tenant in TENANTS:
        yield Thing("run", tenant, None, key_of("run", tenant), f"run {key_of('run', tenant)}")
        for owner in PRACTICES:
            yield Thing("budget", tenant, owner, owner, f"budget {tenant} {owner}")
            yield Thing("case", tenant, owner, key_of("case", tenant, owner), f"case {tenant} {owner}")
        for owner in PROVIDERS:
            yield Thing("invoice", tenant, owner, key_of("invoice", tenant, owner), f"invoice {tenant} {owner}")
        for owner in PRACTICES + PROVIDERS:
            yield Thing("statement", tenant, owner, key_of("statement", tenant, owner), f"statement {tenant} {owner}")


THINGS = list(things())

FIXTURE = """
SELECT set_config('pbc.commissioner', '{tenant}', false);
INSERT INTO ledger.practice SELECT '{tenant}', code, 'budget {tenant} ' || code FROM unnest(ARRAY['X00001', 'X00002']) code;
INSERT INTO ledger.provider SELECT '{tenant}', code, code, true FROM unnest(ARRAY['RXA', 'RXB']) code;
INSERT INTO ledger.budget_run VALUES ('{tenant}', '{run}', 2017, 'issued', 'historic', 2, 2400000, '{tenant}', 'finance', now(),
  '{tenant}', 'approver', now());
INSERT INTO ledger.budget SELECT '{tenant}', '{run}', practice_code, 12, 1200000 FROM ledger.practice WHERE commissioner_code = '{tenant}';
BEGIN;
INSERT INTO ledger.settlement VALUES ('{tenant}', '{settlement}', '{invoice}', 'RXA', '2017-07-01', NULL, 'proposed', 100, 100, 100, 0, 1, 0,
  '{tenant}', 'finance', now());
"""
ROWS = {
    "case": "INSERT INTO ledger.business_case (commissioner_code, case_id, reference, practice_code, state, version, content,"
            " created_by_organisation, created_by, created_at) VALUES ('{t.tenant}', '{t.key}', 'BC/2017/{n}', '{t.owner}', 'draft', 1,"
            " '{{\"title\": \"{t.words}\"}}', '{t.owner}', 'gp', now());",
    "invoice": "INSERT INTO ledger.invoice VALUES ('{t.tenant}', '{t.key}', '{t.owner}', '{t.words}', '2017-07-01', 'reconciliation', 100, 1,"
               " 'received', gen_random_uuid(), '{t.owner}', 'trust', now());",
    "statement": "INSERT INTO ledger.statement VALUES ('{t.tenant}', '{t.key}', {n}, 'ST/2017/{n}', '{settlement}', '{t.owner}', 'RXA',"
                 " '{t.words}', '2017-07-01', now(), 100, 100, 0);",
}


def load(stack):
    for tenant in TENANTS:
        keys = {"tenant": tenant, "run": key_of("run", tenant), "settlement": key_of("settlement", tenant)}
        text = [FIXTURE.format(invoice=key_of("invoice", tenant, "RXA"), **keys)]
        text += [ROWS[t.kind].format(t=t, n=n, **keys) for n, t in enumerate(THINGS, 1) if t.tenant == tenant and t.kind in ROWS]
        stack.sql("\n".join(text + ["COMMIT;"]))


# Who may see what: a person's role and the practice or provider that it is bound to, in each PCT that knows it.

Person = collections.namedtuple("Person", "role bound")
PCT = ["pct_finance", "pct_approver", "pct_board", "auditor"]
PRACTICE = ["practice_lead", "practice_member"]
MONEY = ["pct_finance", "pct_approver", "provider", "auditor"]

# Method -> what it is about, who may ask, the field of the key (None: it lists), and the refusal of what is not there.
METHODS = {
    "BudgetService.GetBudget": ("budget", PCT + PRACTICE, "practice_code", "BUDGET_NOT_FOUND"),
    "BudgetService.ListBudgets": ("run", PCT, None, None),
    "BusinessCaseService.GetBusinessCase": ("case", PCT + PRACTICE, "case_id", "CASE_NOT_FOUND"),
    "BusinessCaseService.ListBusinessCases": ("case", PCT + PRACTICE, None, None),
    "InvoiceService.GetInvoice": ("invoice", MONEY, "invoice_id", "INVOICE_NOT_FOUND"),
    "InvoiceService.ListInvoices": ("invoice", MONEY, None, None),
    "SettlementService.GetStatement": ("statement", PCT + PRACTICE + ["provider"], "statement_id", "STATEMENT_NOT_FOUND"),
    "SettlementService.ListStatements": ("statement", PCT + PRACTICE + ["provider"], None, None),
}
READ = {
    "BudgetService.GetBudget": lambda answer: [answer.budget.practice_name],
    "BudgetService.ListBudgets": lambda answer: [f"run {run.budget_id}" for run in answer.budget_runs],
    "BusinessCaseService.GetBusinessCase": lambda answer: [answer.business_case.content.title],
    "BusinessCaseService.ListBusinessCases": lambda answer: [case.content.title for case in answer.business_cases],
    "InvoiceService.GetInvoice": lambda answer: [answer.invoice.invoice_number],
    "InvoiceService.ListInvoices": lambda answer: [invoice.invoice_number for invoice in answer.invoices],
    "SettlementService.GetStatement": lambda answer: [answer.statement.invoice_number],
    "SettlementService.ListStatements": lambda answer: [statement.invoice_number for statement in answer.statements],
}
BAD = "rubbish"
LOCKED = ["ledger.budget_run", "ledger.business_case", "ledger.invoice", "ledger.statement"]


def visible(kind, tenant, person):
    return [t for t in THINGS if (t.kind, t.tenant) == (kind, tenant) and (person.bound is None or t.owner in (None, person.bound))]


def right_answer(known, tenant, method, wanted):
    """Of someone known as these persons, by PCT, who names a PCT or none: a code, and a reason or what is seen."""
    kind, readers, field, missing = METHODS[method]
    if field is not None and wanted == BAD:
        return "INVALID_ARGUMENT", "BAD_FIELD"
    here = {code: person for code, person in known.items() if person and tenant in (None, code)}
    if not here:
        return "UNAUTHENTICATED", "UNKNOWN_PERSON"
    if len(here) > 1:
        return "INVALID_ARGUMENT", "COMMISSIONER_NEEDED"
    (code, person), = here.items()
    if person.role not in readers:
        return "PERMISSION_DENIED", "ROLE_NEEDED"
    if field is None:
        if wanted == BAD:
            return "INVALID_ARGUMENT", "BAD_PAGE_TOKEN"
        return "OK", sorted(t.words for t in visible(kind, code, person))
    if wanted == "" and person.bound is None:
        return "INVALID_ARGUMENT", "PRACTICE_NEEDED"
    found = [t.words for t in visible(kind, code, person) if t.key == (wanted or person.bound)]
    return ("OK", found) if found else ("NOT_FOUND", missing)


# The people: organisation, and as whom they are known in turn, each time with the PCTs that know them.

def known_of_stack():
    for user, (organisation, roles, practice, provider) in PEOPLE.items():
        yield user, organisation, [{tenant_of(organisation): Person(roles[0], practice or provider)} if roles else {}]


def others():
    lead, finance = Person("practice_lead", "X00001"), Person("pct_finance", None)
    yield "same-gp", "X00001", [{"5YZ": lead}]
    yield "same-trust", "RXA", [{"5YZ": Person("provider", "RXA")}]
    # Of two PCTs: the one in both roles that it has there, the other as the same.
    yield "both", "AUD", [{"5XZ": Person("auditor", None), "5YZ": Person("auditor", None)}]
    yield "double", "X00002", [{"5XZ": Person("practice_member", "X00002"), "5YZ": Person("practice_lead", "X00001")}]
    yield "leaver", "5XZ", [{"5XZ": finance}, {"5XZ": None}]
    yield "moved", "5XZ", [{"5XZ": finance}, {"5XZ": Person("operator", None)}]
    yield "locum", "X00001", [{"5XZ": lead}, {"5XZ": Person("practice_lead", "X00002")}]


CROWD = {user: (organisation, turns) for user, organisation, turns in [*known_of_stack(), *others()]}
# What they ask is nearly always theirs, so that they travel together; the rest may ask for anything.
CAREFUL = ["gp-a", "member-a", "gp-b", "trust-a", "finance", "approver", "auditor", "other-finance", "both", "locum", "moved", "leaver"]


def register(stack):
    for user, organisation, turns in others():
        for tenant, person in turns[0].items():
            practice, provider = (person.bound if person.role in roles else None for roles in (PRACTICE, ["provider"]))
            stack.sql(f"INSERT INTO ledger.app_user VALUES ('{tenant}', '{organisation}', '{user}', '{user}', '{{{person.role}}}',"
                      f" nullif('{practice}', 'None'), nullif('{provider}', 'None'), true)")
        stack.certify(user, f"/O={organisation}/CN={user}")


class Turns:
    """Since when each person is who, by the clock that the calls are timed by: a change happens between two moments."""

    def __init__(self, stack):
        self.stack = stack
        self.spans = {user: [(0, 0, turns[0])] for user, (_, turns) in CROWD.items()}

    def change(self, user):
        turns = CROWD[user][1]
        known = turns[len(self.spans[user]) % len(turns)]
        (tenant, person), = known.items()
        change = "active = false" if person is None else (
            f"active = true, roles = '{{{person.role}}}', practice_code = nullif('{person.bound}', 'None')")
        before = time.monotonic()
        self.stack.sql(f"UPDATE ledger.app_user SET {change} WHERE commissioner_code = '{tenant}' AND user_id = '{user}'")
        self.spans[user].append((before, time.monotonic(), known))

    def within(self, user, begun, ended):
        """As whom the person may have been known at some moment of a call."""
        spans = self.spans[user]
        for i, (begins, _, known) in enumerate(spans):
            over = spans[i + 1][1] if i + 1 < len(spans) else float("inf")
            if begins <= ended and begun <= over:
                yield known


# The calls

# since: from when the server may count the time, which is earlier than the begin if it was stopped in the middle of a pass.
Call = collections.namedtuple("Call", "user tenant method wanted timeout left hasty begun since")


def wanted_of(user, method, careful):
    kind, readers, field, _ = METHODS[method]
    if field is None:
        return BAD if not careful and chance.random() < 0.2 else ""
    keys = [t.key for t in THINGS if t.kind == kind] + [""] * (field == "practice_code")
    if not careful:
        return chance.choice([*keys, BAD, "X00099" if field == "practice_code" else key_of("nobody's")])
    known = [(tenant, person) for tenant, person in CROWD[user][1][0].items() if person]
    mine = [t.key for tenant, person in known for t in visible(kind, tenant, person)]
    return chance.choice(mine or keys)


def burst(count):
    """Calls of one person, mostly of two methods and one time, as those of a page are."""
    user = chance.choice(CAREFUL if chance.random() < 0.7 else sorted(CROWD))
    known = CROWD[user][1][0]
    careful = user in CAREFUL and chance.random() < 0.9
    role = next((person.role for person in known.values() if person), None)
    fitting = [name for name, (_, readers, _, _) in METHODS.items() if role in readers]
    methods = chance.sample(fitting if careful and fitting and chance.random() < 0.9 else sorted(METHODS), 2)
    tenants = [None, None, *TENANTS] if not careful else list(known) if len(known) > 1 else [None]
    timeouts = [None, None, None, 30, 5, 0.5] if careful else [None, None, 1, 0.2, 0.05, 0.02, 0.005, 0.001]
    timeout, hurried = chance.choice(timeouts), chance.random() < 0.15
    for _ in range(count):
        method = chance.choice(methods)
        yield (user, chance.choice(tenants), method, wanted_of(user, method, careful and chance.random() < 0.995),
               chance.choice([None, 30, 0.1, 0.002]) if hurried else timeout)


class Asking:
    def __init__(self, stack):
        self.stack = stack
        self.room, self.lock = threading.Semaphore(AT_ONCE), threading.Lock()
        self.channels, self.stubs, self.ended, self.leaving, self.sent = {}, {}, [], [], 0

    def stub(self, user, method, hasty):
        if (user, hasty) not in self.channels:
            options = (("grpc.use_local_subchannel_pool", 1), ("test.hasty", int(hasty)))
            self.channels[user, hasty] = self.stack.channel(user, options=options)
        if (user, method, hasty) not in self.stubs:
            self.stubs[user, method, hasty] = self.stack.stub(user, method, self.channels[user, hasty])
        return self.stubs[user, method, hasty]

    def send(self, since, user, tenant, method, wanted, timeout):
        kind, _, field, _ = METHODS[method]
        fields = {field: wanted} if field else {"page_token": wanted}
        leaves = chance.random() < 0.02
        hasty = leaves or timeout is not None and timeout <= HASTY_S
        call = Call(user, tenant, method, wanted, timeout, leaves, hasty, time.monotonic(), since)
        future = self.stub(user, method, hasty).future(self.stack.request(method, **fields), timeout=timeout,
                                                       metadata=[("pbc-commissioner", tenant)] if tenant else None)
        self.sent += 1
        future.add_done_callback(lambda future: self.take(call, future))
        if leaves:
            self.leaving.append(future)

    def take(self, call, future):
        ended = time.monotonic()
        with self.lock:
            self.ended.append((call, ended, future))
        self.room.release()

    def together(self, count):
        """Many come while the server looks away, and so in one pass of its loop."""
        for _ in range(count):
            assert self.room.acquire(timeout=PATIENCE_S), "calls hang"
        pid = self.stack.programs["pbcd"].pid
        asked = []
        while len(asked) < count:
            asked += burst(min(chance.choice([1, 2, 8, 24]), count - len(asked)))
        # Neighbours are of several people in turn.
        if chance.random() < 0.5:
            chance.shuffle(asked)
        since = time.monotonic()
        if chance.random() < 0.7:
            os.kill(pid, signal.SIGSTOP)
        try:
            for words in asked:
                self.send(since, *words)
            time.sleep(0.003)
            while self.leaving:
                self.leaving.pop().cancel()
        finally:
            os.kill(pid, signal.SIGCONT)

    def end(self):
        for _ in range(AT_ONCE):
            assert self.room.acquire(timeout=PATIENCE_S), "calls hang"
        for channel in self.channels.values():
            channel.close()


def answer_of(stack, call, future):
    code = future.code().name
    if code == "OK":
        return code, sorted(READ[call.method](future.result()))
    return code, stack.reason(future)


def judge(stack, asking, turns, outages):
    """What was answered wrongly, and how many calls had each code."""
    wrong, codes = [], collections.Counter()
    for call, ended, future in asking.ended:
        answer = answer_of(stack, call, future)
        right = [right_answer(known, call.tenant, call.method, call.wanted) for known in turns.within(call.user, call.begun, ended)]
        codes[answer[0]] += 1
        if answer in right:
            continue
        if answer[0] == "DEADLINE_EXCEEDED" and call.timeout is not None and ended - call.since >= call.timeout - EARLY_S:
            continue
        if answer[0] == "CANCELLED" and call.left:
            continue
        if answer == ("UNAVAILABLE", "") and call.hasty:
            continue
        if answer == ("UNAVAILABLE", "DATABASE_UNAVAILABLE") and any(begins <= ended and call.begun <= over for begins, over in outages):
            continue
        wrong.append(f"{call}: {answer} and not {right} after {ended - call.begun:.3f} s: {future.details()}")
    return wrong, codes


# The server

def figure(stack, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.admin}/metrics", timeout=5) as answer:
        return next(int(line.split()[1]) for line in answer.read().decode().splitlines() if line.startswith(name + " "))


def end_a_session(stack, connections):
    """While calls run; the two moments between which they may have been told of it."""
    begins, made = time.monotonic(), figure(stack, "pbc_db_reconnects_total")
    connected = figure(stack, "pbc_db_connected")
    stack.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              f" WHERE application_name LIKE 'pbcd read-{chance.randrange(connections)} %'")
    while figure(stack, "pbc_db_reconnects_total") == made or figure(stack, "pbc_db_connected") < connected:
        assert time.monotonic() < begins + PATIENCE_S, "the connection does not come back"
        time.sleep(0.01)
    return begins, time.monotonic()


@contextlib.contextmanager
def held(stack):
    """A table that is locked for a while: who is in a hurry is stopped in the middle of it, and nobody else."""
    text = f"BEGIN; LOCK TABLE {chance.choice(LOCKED)}; SELECT pg_sleep(0.25); COMMIT;"
    holder = threading.Thread(target=stack.sql, args=(text,))
    holder.start()
    yield
    holder.join()


class Watchers:
    """Streaming calls, whose fetches are neighbours too: after each notification one more."""

    def __init__(self, stack, users):
        self.stack, self.seen, self.calls, self.over = stack, {user: [] for user in users}, [], False
        self.channels = {user: stack.channel(user, options=(("grpc.use_local_subchannel_pool", 1),)) for user in users}
        self.threads = [threading.Thread(target=self.watch, args=(user,), daemon=True) for user in users for _ in range(2)]
        for thread in self.threads:
            thread.start()

    def watch(self, user):
        watch = self.stack.stub(user, WATCH, self.channels[user])
        while not self.over:
            call = watch(self.stack.request(WATCH, since_time=SINCE))
            self.calls.append(call)
            told = []
            self.seen[user].append(told)
            try:
                for answer in call:
                    told.append(answer.statement.invoice_number)
            except grpc.RpcError as error:
                if error.code().name not in ("UNAVAILABLE", "CANCELLED"):
                    told.append(error.code().name)
            time.sleep(0.05)

    def end(self):
        """user -> what its streams told, each of which may have been cut."""
        self.over = True
        while any(thread.is_alive() for thread in self.threads):
            for call in self.calls:
                call.cancel()
            time.sleep(0.05)
        for channel in self.channels.values():
            channel.close()
        return self.seen


def run(stack, turns, connections, count):
    asking, outages = Asking(stack), []
    watched = ["gp-a", "trust-a", "finance", "other-finance", "same-gp"]
    watchers = Watchers(stack, watched)
    rounds = 0
    while asking.sent < count:
        rounds += 1
        with held(stack) if rounds % 4 == 3 else contextlib.nullcontext():
            asking.together(min(chance.choice([20, 60, 120]), count - asking.sent))
        if rounds % 6 == 0:
            turns.change(chance.choice(["leaver", "moved", "locum"]))
            stack.sql("NOTIFY pbc, 'statement'")
        if rounds % 20 == 10:
            outages.append(end_a_session(stack, connections))
    asking.end()
    name = f"with {connections} read connection{'s' * (connections > 1)}"
    wrong, codes = judge(stack, asking, turns, outages)
    print(f"# {name}: {dict(codes)}, {len(outages)} sessions ended, {figure(stack, 'pbc_db_segments_resent_total')} sent again", flush=True)
    tap.is_(len(asking.ended), count, f"{count} reads {name} (seed {SEED}) are each answered once")
    tap.ok(not wrong, "and all as that person must be at that time", "\n".join([f"{len(wrong)} are not", *wrong[:10]]))
    theirs = {user: [t.words for tenant, person in CROWD[user][1][0].items() for t in visible("statement", tenant, person)] for user in watched}
    told = watchers.end()
    tap.is_({user: max(map(sorted, told[user]), key=len) for user in watched}, {user: sorted(theirs[user]) for user in watched},
            "those who watch are told of what is theirs")
    tap.ok(all(len(words) == len(set(words)) and set(words) <= set(theirs[user]) for user in watched for words in told[user]),
           "once each, and of nothing else", told)
    refused = {"NOT_FOUND", "UNAUTHENTICATED", "PERMISSION_DENIED", "INVALID_ARGUMENT"}
    tap.ok(codes["OK"] > count / 4 and refused | {"DEADLINE_EXCEEDED", "CANCELLED"} <= set(codes) and outages,
           "refusals, late calls and lost sessions were among them", codes)
    tap.ok(figure(stack, "pbc_db_segments_resent_total") > 0, "and neighbours of what failed, which were sent again")
    left = {what: transport.until(lambda what=what: figure(stack, what) == 0) for what in ("pbc_db_queued", "pbc_db_in_flight")}
    tap.ok(all(left.values()), "nothing is left over", left)


def ask_in_one_pass(stack, times):
    """Reads of one person and method that reach the server while it looks away, with time to arrive. None fails, so each runs its
    function to the end. Returns how many.
    """
    ask = stack.stub("gp-a", "BudgetService.GetBudget")
    for _ in range(times):
        os.kill(stack.programs["pbcd"].pid, signal.SIGSTOP)
        try:
            asked = [ask.future(stack.request("BudgetService.GetBudget"), timeout=PATIENCE_S) for _ in range(TOGETHER)]
            time.sleep(0.1)
        finally:
            os.kill(stack.programs["pbcd"].pid, signal.SIGCONT)
        for future in asked:
            future.result()
    return times * TOGETHER


def finished(stack):
    """How many enters and how many reads of a budget ran to their end, as told by sessions when they are over."""
    over = transport.until(lambda: stack.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'pbc_api'") == "0")
    assert over, "sessions of a server that has ended are left"
    calls = {row.split("|")[0]: int(row.split("|")[1]) for row in stack.sql(
        "SELECT funcname, calls FROM pg_stat_user_functions WHERE schemaname = 'api'").splitlines()}
    return calls["enter"], calls["get_budget"]


with Stack(settings=["--read-connections", "1", "--read-depth", "24"], database=["track_functions=all"]) as the_stack:
    load(the_stack)
    register(the_stack)
    the_turns = Turns(the_stack)
    run(the_stack, the_turns, 1, CALLS * 2 // 3)
    tap.is_(the_stack.stop("pbcd"), 0, "the server ends in order")
    enters_before, reads_before = finished(the_stack)
    the_stack.start_server()
    the_count = ask_in_one_pass(the_stack, 10)
    tap.is_(the_stack.stop("pbcd"), 0, "and again")
    the_enters, the_reads = finished(the_stack)
    tap.is_(the_reads - reads_before, the_count, "each of the reads that come at once is made")
    tap.ok(the_enters - enters_before < the_count, f"with {the_enters - enters_before} enters: neighbours share them")
    the_stack.settings = ["--read-connections", "2", "--read-depth", "8"]
    the_stack.start_server()
    run(the_stack, the_turns, 2, CALLS - CALLS * 2 // 3)
    tap.is_(the_stack.stop("pbcd"), 0, "the server ends in order")
    errors = [line for line in the_stack.log("pbcd").splitlines() if "level=error" in line]
    tap.is_(errors, [], "nothing failed inside")
tap.done()
