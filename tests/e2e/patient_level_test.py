#!/usr/bin/python3
"""Whoever reads of a single record says why, and the audit log keeps it. An RPC that answers with records and is missing here fails."""

import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from stack import Stack
from tap import Tap

tap = Tap()
SUBMISSION = "10000000-0000-4000-8000-000000000001"
INVOICE = "20000000-0000-4000-8000-000000000001"
# Fields that name a single record or patient, however deep in an answer.
NAMES = {"record_id", "patient_key"}

# Answers rows as sent, in which the record has no field of its own.
REJECTS = "ActivityService.ListRejects"
# What each read asks for, and as whom.
READS = {
    REJECTS: ("trust-a", {"submission_id": SUBMISSION}),
    "ActivityService.ListActivity": ("member-a", {"period": "2017-07"}),
    "ActivityService.ListNotOurs": ("trust-a", {"provider_code": "RXA", "period": "2017-07"}),
    "PricingService.ExplainRecord": ("auditor", {"record_id": "R1"}),
    "ReviewService.ListWorklist": ("gp-a", {"period": "2017-07"}),
    "ReviewService.ListReviews": ("finance", {}),
    "SettlementService.ListDifferences": ("approver", {}),
}
# A write is an event by itself.
WRITES = ["ReviewService.ReviewRecords", "ReviewService.ResolveReview"]


def fill(stack):
    """A month of three records, one of them another PCT's, and an invoice that asks for less of R1."""
    return stack.sql(f"""
SELECT set_config('pbc.commissioner', '5XZ', false) \\g /dev/null
SELECT set_config('pbc.organisation', '5XZ', false), set_config('pbc.user', 'finance', false) \\g /dev/null
INSERT INTO ledger.practice VALUES ('5XZ', 'X00001', 'The Example Surgery');
INSERT INTO ledger.practice_membership VALUES ('5XZ', 'X00001', '5XZ', '', '2000-04-01', NULL);
INSERT INTO ledger.provider VALUES ('5XZ', 'RXA', 'Trust A', true);
SELECT job.ensure_partition('2017-07-01') \\g /dev/null
INSERT INTO ledger.submission (commissioner_code, submission_id, provider_code, period, phase, upload_id, file_name, header, sha256,
  row_count, accepted_count, rejected_count, priced_count, excluded_count, unpriced_count, not_ours_count, cost_pence,
  organisation_code, user_id, recorded_at)
VALUES ('5XZ', '{SUBMISSION}', 'RXA', '2017-07-01', 'flex', gen_random_uuid(), 'july.csv', 'record_id', sha256('july'), 3, 3, 0, 2, 0, 0, 1,
  190000, '5XZ', 'finance', now());
INSERT INTO ledger.provider_month VALUES ('5XZ', 'RXA', '2017-07-01', 'flex', '{SUBMISSION}', now());
INSERT INTO ledger.activity (commissioner_code, period, submission_id, line, record_id, dataset, provider_code, practice_code,
  responsible_code, attribution, patient_key, sex, age, hrg, activity_date, pod, price_state, total_pence)
SELECT '5XZ', '2017-07-01', '{SUBMISSION}', r.line, r.record_id, 'APC', 'RXA', r.practice, r.responsible, r.attribution,
       sha256(convert_to(r.record_id, 'UTF8')), '1', 50, 'FZ18K', '2017-07-15', 'EL', 'priced', r.pence
  FROM (VALUES (2, 'R1', 'X00001', '5XZ', 'registered', 67200), (3, 'R2', 'X00001', '5XZ', 'registered', 122800),
               (4, 'R3', 'X00009', '5YZ', 'registered_elsewhere', 136300)) AS r (line, record_id, practice, responsible, attribution, pence);
INSERT INTO ledger.invoice VALUES ('5XZ', '{INVOICE}', 'RXA', 'A-07', '2017-07-01', 'reconciliation', 60000, 1, 'received',
  gen_random_uuid(), 'RXA', 'trust-a', now());
INSERT INTO ledger.invoice_line VALUES ('5XZ', '{INVOICE}', 1, 'R1', 'X00001', 'EL', 'FZ18K', 1, 60000);
SELECT result_id FROM job.settlement_run('{{"invoice_id": "{INVOICE}"}}');""")


def names_in(message):
    """Fields of a message, and of those it holds, that name a record or patient."""
    found = {field.name for field in message.fields} & NAMES
    for field in message.fields:
        if field.message_type is not None:
            found |= names_in(field.message_type)
    return found


def services(stack):
    for name in os.listdir(os.path.join(os.path.dirname(__file__), "../../proto/pbc/v1")):
        yield from stack.symbols.pool.FindFileByName("pbc/v1/" + name).services_by_name.values()


def events(stack, call):
    """What a call answers, and what it left in the audit log."""
    before = stack.sql("SELECT coalesce(max(sequence), 0) FROM ledger.audit_event")
    answer = call()
    rows = stack.sql(f"SELECT user_id, action, detail FROM ledger.audit_event WHERE sequence > {before} ORDER BY sequence")
    return answer, [tuple(row.split("|")) for row in rows.splitlines()]


def test_descriptors(stack):
    telling = {f"{service.name}.{method.name}": method for service in services(stack) for method in service.methods
               if names_in(method.output_type)}
    tap.is_(sorted(telling), sorted({*READS, *WRITES} - {REJECTS}), "every RPC that answers with single records is known here")
    tap.is_([name for name in READS if "reason" not in stack.method(name).input_type.fields_by_name], [], "each read has a reason")
    tap.is_([name for name in WRITES if "request_id" not in stack.method(name).input_type.fields_by_name], [], "and each write a request id")


def test_reads(stack):
    for name, (user, asked) in READS.items():
        reason = f"to test {name}"
        answer, left = events(stack, lambda: stack.call(user, name, reason=reason, **asked))
        tap.is_(left, [(user, "read_patient_level", reason)], f"{name} leaves one event with its reason")
        if name != REJECTS:
            tap.ok('record_id: "R' in str(answer), "  and answers with records", answer)
        for no_reason in ("", " ", "patient 943 476 5919"):
            refusal, left = events(stack, lambda: stack.refusal(user, name, reason=no_reason, **asked))
            tap.is_((refusal[0], left), ("INVALID_ARGUMENT", []), f"  and for the reason {no_reason!r} it answers nothing")


def test_writes(stack):
    asked = {"period": "2017-07", "reviews": [{"record_id": "R1", "verdict": 2, "reason": 4}]}
    answer, left = events(stack, lambda: stack.call("gp-a", WRITES[0], request_id=str(uuid.uuid4()), **asked))
    tap.is_([row[:2] for row in left], [("gp-a", WRITES[0])], f"{WRITES[0]} is an event by itself")
    tap.is_([review.record_id for review in answer.reviews], ["R1"], "  and answers of its own records alone")
    asked = {"review_id": answer.reviews[0].review_id, "outcome": 1, "reason": "credited"}
    refusal, left = events(stack, lambda: stack.refusal("finance", WRITES[1], request_id=str(uuid.uuid4()), recovered_pence=67201, **asked))
    tap.ok(refusal[2] == "RECOVERED_TOO_MUCH" and "£672.00" not in refusal[1] and left == [],
           f"{WRITES[1]}, refused, is no event and does not tell the price", (refusal, left))
    answer, left = events(stack, lambda: stack.call("finance", WRITES[1], request_id=str(uuid.uuid4()), **asked))
    tap.is_([row[:2] for row in left], [("finance", WRITES[1])], "and else is an event by itself")
    tap.is_(answer.review.record_id, "R1", "  and answers of its own record alone")


with Stack() as stack:
    READS["SettlementService.ListDifferences"][1]["settlement_id"] = fill(stack)
    test_descriptors(stack)
    test_writes(stack)
    test_reads(stack)
    tap.ok("level=error" not in stack.log("pbcd"), "nothing failed inside", stack.log("pbcd")[-3000:])
tap.done()
