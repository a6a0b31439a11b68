#!/usr/bin/python3
"""Programs and a database of different versions: each program says which they are and what to do, ends, and touches nothing."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import transport
from stack import BUILD, Stack
from tap import Tap

tap = Tap()

PLAN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../migrations/sqitch.plan")
REMEDY = "run deploy/database of the newer version, then start all programs of that version"
UNUSABLE = 78  # EX_CONFIG: a service manager does not start it again


def own_change():
    with open(PLAN, encoding="utf-8") as plan:
        return [line.split()[0] for line in plan if line[0].isalpha()][-1]


def ending(stack, name):
    """Its exit status, and what it logged since its last start."""
    program = stack.programs.pop(name)
    try:
        code = program.wait(20)
    except subprocess.TimeoutExpired:
        program.kill()
        code = program.wait()
    log, stack.logged[name] = stack.log(name)[stack.logged.get(name, 0):], len(stack.log(name))
    return code, log


def become(stack, change):
    stack.sql(f"CREATE OR REPLACE FUNCTION api.schema_change() RETURNS text LANGUAGE sql IMMUTABLE RETURN '{change}'")


def state(stack):
    return stack.sql("SELECT state, attempt FROM job.operation")


def while_running(stack):
    words = f'the schema\'s last change is \\"a_later_one\\", this program needs \\"{own_change()}\\"'
    become(stack, "a_later_one")
    stack.sql("INSERT INTO job.operation (commissioner_code, operation_id, kind, state, params, organisation_code, user_id, created_at)"
              " VALUES ('5XZ', gen_random_uuid(), 'budget_run', 'queued', '{\"year\": 2018}', '5XZ', 'finance', now()); NOTIFY pbc, 'job'")
    code, log = ending(stack, "pbc-jobd")
    tap.is_(code, UNUSABLE, "a job process ends before its next operation when the database has become another version's")
    tap.ok(words in log and REMEDY in log, "and names both and the remedy", log[-1000:])
    tap.is_(state(stack), "queued|0", "the operation waits, untried, for the programs of that version")
    stack.start_jobs()
    code, log = ending(stack, "pbc-jobd")
    tap.is_((code, "event=ready" in log), (UNUSABLE, False), "one that is started is not ready")
    stack.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pbcd read-0%'")
    code, log = ending(stack, "pbcd")
    tap.is_(code, UNUSABLE, "a server ends when it connects to it")
    tap.ok(words in log and REMEDY in log, "and says the same", log[-1000:])
    tap.is_(log.count("event=database_mismatch"), 1, "once")


def from_the_start(stack):
    become(stack, "an_earlier_one")
    stack.sql("DROP FUNCTION api.get_budget, api.list_budgets")
    stack.start("pbcd", stack.server_command())
    code, log = ending(stack, "pbcd")
    tap.ok(code == UNUSABLE and "an_earlier_one" in log and "prepare" not in log, "what follows from another version is not told beside it", log[-2000:])
    stack.sql("DROP FUNCTION api.schema_change()")
    for name, start in (("pbcd", lambda: stack.start("pbcd", stack.server_command())), ("pbc-jobd", stack.start_jobs)):
        start()
        code, log = ending(stack, name)
        tap.ok(code == UNUSABLE and "the database has no schema of pbc" in log and "make one with deploy/database" in log,
               f"{name} says of a database without a schema that it has none", log[-1000:])
    done = subprocess.run([BUILD + "/server/job/pbc-jobd", "--database", stack.login("pbc_job"), "--forget-uploads", "5XZ"],
                          capture_output=True, text=True, timeout=20)
    tap.ok(done.returncode == 1 and "the database has no schema of pbc" in done.stderr, "nor does the daily run touch it", done.stderr)


with Stack(jobs=True) as the_stack:
    the_stack.logged = {}
    transport.until(lambda: "event=ready" in the_stack.log("pbc-jobd"))
    while_running(the_stack)
    from_the_start(the_stack)
tap.done()
