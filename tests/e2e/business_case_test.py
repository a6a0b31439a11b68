#!/usr/bin/python3
"""What a decision of a business case says, by pbc and pbcd: reasons always; conditions and a remedy where they belong and nowhere else. A
refusal names what is wrong and what to do, and the case waits for its decision as before."""

import json
import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from stack import Stack
from tap import Tap

VALIDATION, USAGE = 6, 2  # exit codes of pbc
CASE = dict.fromkeys(("title", "need", "proposal", "pathway", "clinical_governance", "patient_involvement", "effect_on_others", "risks",
                      "measures"), "Text")
WHY, TERMS, REMEDY = ("--reasons", "Sound pathway"), ("--conditions", "Report waits each quarter"), ("--remedy", "Share the list")
# Decision and what is said with it; the reason word and the field of the refusal, and what its remedy speaks of.
REFUSED = [
    ("approve", ("--reasons", " "), "REASONS_NEEDED", "reasons", "say why"),
    ("approve-with-conditions", ("--reasons", " ", *TERMS), "REASONS_NEEDED", "reasons", "say why"),
    ("reject", ("--reasons", " ", *REMEDY), "REASONS_NEEDED", "reasons", "say why"),
    ("approve", WHY + TERMS, "CONDITIONS_NOT_TAKEN", "conditions", "leave them out"),
    ("reject", WHY + REMEDY + TERMS, "CONDITIONS_NOT_TAKEN", "conditions", "leave them out"),
    ("approve", WHY + REMEDY, "REMEDY_NOT_TAKEN", "remedy", "leave it out"),
    ("approve-with-conditions", WHY + TERMS + REMEDY, "REMEDY_NOT_TAKEN", "remedy", "leave it out"),
    ("approve-with-conditions", WHY, "CONDITIONS_NEEDED", "conditions", "state the conditions"),
    ("reject", WHY, "REMEDY_NEEDED", "remedy", "state what the practice could do"),
]
TAKEN = [("approve", WHY, "CASE_STATE_APPROVED"), ("approve-with-conditions", WHY + TERMS, "CASE_STATE_APPROVED_WITH_CONDITIONS"),
         ("reject", WHY + REMEDY, "CASE_STATE_REJECTED")]
tap = Tap()


def submitted(stack):
    """A case that waits for its decision."""
    def step(verb, **fields):
        return stack.call("gp-a", f"BusinessCaseService.{verb}", request_id=str(uuid.uuid4()), **fields).business_case

    made = step("CreateBusinessCase", content={**CASE, "start_date": "2017-10-01"})
    return step("SubmitBusinessCase", case_id=made.case_id, etag=made.etag)


def decide(stack, case, decision, said):
    return stack.pbc("board", "case", "decide", case.case_id, "--decision", decision, *said, "--format", "json")


def refusals(stack):
    case = submitted(stack)
    for decision, said, reason, field, remedy in REFUSED:
        done = decide(stack, case, decision, said)
        told = [word for word in (reason, field, remedy) if word not in done.stderr]
        tap.is_((done.returncode, told), (VALIDATION, []), f"{decision} {' '.join(said)}: {reason}")
    done = decide(stack, case, "approve", ())
    tap.ok(done.returncode == USAGE and "--reasons" in done.stderr, "pbc does not ask the server without reasons", done.stderr)
    code, _, reason = stack.refusal("board", "BusinessCaseService.DecideBusinessCase", request_id=str(uuid.uuid4()), case_id=case.case_id,
                                    etag=case.etag, decision=1)
    tap.is_((code, reason), ("INVALID_ARGUMENT", "REASONS_NEEDED"), "which would refuse it")
    now = stack.call("gp-a", "BusinessCaseService.GetBusinessCase", case_id=case.case_id).business_case
    tap.is_(now, case, "a refused decision leaves the case as it was")


def decisions(stack):
    for decision, said, state in TAKEN:
        case = submitted(stack)
        done = decide(stack, case, decision, said)
        answer = json.loads(done.stdout)["business_case"] if done.returncode == 0 else {}
        words = {name: answer.get(name, "") for name in ("reasons", "conditions", "remedy")}
        given = dict(zip((flag[2:] for flag in said[::2]), said[1::2]))
        tap.is_((answer.get("state"), words), (state, {**dict.fromkeys(words, ""), **given}), f"{decision}: with what was said")


with Stack() as the_stack:
    the_stack.sql("SELECT set_config('pbc.commissioner', '5XZ', false);"
                  "INSERT INTO ledger.practice VALUES ('5XZ', 'X00001', 'The Example Surgery')")
    for part in (refusals, decisions):
        tap.attempt(part, the_stack)
tap.done()
