#!/usr/bin/python3
"""What belongs to another organisation is answered exactly as what does not exist: code, words, details, trailers."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
import grpc
from stack import Stack
from tap import Tap

tap = Tap()

FIXTURE = """
SELECT set_config('pbc.commissioner', '5XZ', false);
INSERT INTO ledger.practice VALUES ('5XZ', 'X00001', 'The Example Surgery'), ('5XZ', 'X00002', 'Another Surgery');
INSERT INTO ledger.provider VALUES ('5XZ', 'RXA', 'Trust A', true), ('5XZ', 'RXB', 'Trust B', true);
INSERT INTO ledger.budget_run VALUES ('5XZ', 'b0000000-0000-4000-8000-000000000001', 2017, 'issued', 'historic', 2, 2400000,
  '5XZ', 'finance', now(), '5XZ', 'approver', now());
INSERT INTO ledger.budget
SELECT '5XZ', 'b0000000-0000-4000-8000-000000000001', practice_code, 12, 1200000 FROM ledger.practice;
INSERT INTO ledger.budget_line
SELECT '5XZ', 'b0000000-0000-4000-8000-000000000001', practice_code, 'DC.RXA', 'DC', 'RXA', 12, 1200000,
       array_fill(1::bigint, ARRAY[12]), array_fill(100000::bigint, ARRAY[12])
  FROM ledger.practice;
INSERT INTO ledger.business_case (commissioner_code, case_id, reference, practice_code, state, version, content,
  created_by_organisation, created_by, created_at)
VALUES ('5XZ', 'c0000000-0000-4000-8000-000000000002', 'BC/2017/0001', 'X00002', 'draft', 1, '{"title": "Secret plan"}', 'X00002',
  'gp-b', now());
INSERT INTO ledger.invoice VALUES ('5XZ', 'e0000000-0000-4000-8000-000000000001', 'RXA', 'INV1', '2017-07-01', 'reconciliation',
  100, 1, 'received', 'f0000000-0000-4000-8000-000000000001', 'RXA', 'trust-a', now());
INSERT INTO ledger.settlement VALUES ('5XZ', 'd0000000-0000-4000-8000-000000000009', 'e0000000-0000-4000-8000-000000000001', 'RXA',
  '2017-07-01', NULL, 'proposed', 100, 100, 100, 0, 1, 0, '5XZ', 'finance', now());
INSERT INTO ledger.statement
SELECT '5XZ', id::uuid, n, 'ST/2017/000' || n, 'd0000000-0000-4000-8000-000000000009', organisation, 'RXA', 'INV1', '2017-07-01',
       now(), 100, 100, 0
  FROM (VALUES (1, 'a0000000-0000-4000-8000-000000000002', 'X00002'), (2, 'a0000000-0000-4000-8000-000000000003', 'RXA'))
    AS s (n, id, organisation);
"""

NONE = "00000000-0000-4000-8000-00000000dead"

# Who asks, for what, another organisation's key, a key of nobody, and the owner who must be answered.
QUESTIONS = [
    ("gp-a", "BudgetService.GetBudget", "practice_code", "X00002", "X00099", "gp-b", {"financial_year": "2017/18"}),
    ("gp-a", "BudgetService.ExplainBudgetLine", "practice_code", "X00002", "X00099", "gp-b",
     {"financial_year": "2017/18", "line_id": "DC.RXA"}),
    ("gp-a", "ReportService.GetFinancialSummary", "practice_code", "X00002", "X00099", "gp-b",
     {"financial_year": "2017/18", "period": "2017-07"}),
    ("gp-a", "ActivityService.ListActivity", "practice_code", "X00002", "X00099", "gp-b", {"period": "2017-07", "reason": "test"}),
    ("gp-a", "BusinessCaseService.GetBusinessCase", "case_id", "c0000000-0000-4000-8000-000000000002", NONE, "gp-b", {}),
    ("gp-a", "BusinessCaseService.UpdateBusinessCase", "case_id", "c0000000-0000-4000-8000-000000000002", NONE, None,
     {"etag": "1", "content": {"title": "Mine now"}, "request_id": None}),
    ("gp-a", "BusinessCaseService.SubmitBusinessCase", "case_id", "c0000000-0000-4000-8000-000000000002", NONE, None,
     {"etag": "1", "request_id": None}),
    ("gp-a", "BusinessCaseService.DeclareInterest", "case_id", "c0000000-0000-4000-8000-000000000002", NONE, None,
     {"nature": "none", "request_id": None}),
    ("gp-a", "BusinessCaseService.CreateBusinessCase", "practice_code", "X00002", "X00099", None,
     {"content": {"title": "Not mine"}, "request_id": None}),
    ("gp-a", "SettlementService.GetStatement", "statement_id", "a0000000-0000-4000-8000-000000000002", NONE, "gp-b", {}),
    ("gp-a", "SettlementService.GetStatement", "statement_id", "a0000000-0000-4000-8000-000000000003", NONE, "trust-a", {}),
    ("trust-a", "SettlementService.GetStatement", "statement_id", "a0000000-0000-4000-8000-000000000002", NONE, "gp-b", {}),
    ("trust-b", "InvoiceService.GetInvoice", "invoice_id", "e0000000-0000-4000-8000-000000000001", NONE, "trust-a", {}),
    # Another PCT on the same server.
    ("other-finance", "InvoiceService.GetInvoice", "invoice_id", "e0000000-0000-4000-8000-000000000001", NONE, "finance", {}),
    ("other-finance", "BudgetService.GetBudget", "practice_code", "X00002", "X00099", "finance", {"financial_year": "2017/18"}),
]


def ask(stack, user, method, fields):
    """Everything of the answer that a caller can see, or None if it was given."""
    import uuid
    fields = {name: str(uuid.uuid4()) if value is None else value for name, value in fields.items()}
    try:
        stack.call(user, method, **fields)
        return None
    except grpc.RpcError as error:
        details = [(info.reason, info.domain, sorted(info.metadata.items())) for info in stack.details(error, "google.rpc.ErrorInfo")]
        bad = [(v.field, v.description) for b in stack.details(error, "google.rpc.BadRequest") for v in b.field_violations]
        trailers = sorted(key for key, _ in error.trailing_metadata())
        return [error.code().name, error.details(), details, bad, trailers]


def same(answer, key):
    return repr(answer).replace(key, "KEY")


with Stack() as stack:
    stack.sql(FIXTURE)
    for user, method, field, another, nobody, owner, fields in QUESTIONS:
        theirs = ask(stack, user, method, {**fields, field: another})
        none = ask(stack, user, method, {**fields, field: nobody})
        name = f"{user} {method} {another}"
        if tap.ok(theirs is not None and theirs[0] == "NOT_FOUND", name + " is not found", theirs):
            tap.is_(same(theirs, another), same(none, nobody), name + " is told in the words for what does not exist")
        if owner:
            tap.is_(ask(stack, owner, method, {**fields, field: another}), None, f"{owner} {method} is answered")
    lists = [("gp-a", "BusinessCaseService.ListBusinessCases", "business_cases"), ("gp-a", "SettlementService.ListStatements", "statements"),
             ("trust-b", "InvoiceService.ListInvoices", "invoices"), ("other-finance", "InvoiceService.ListInvoices", "invoices")]
    for user, method, field in lists:
        tap.is_(len(getattr(stack.call(user, method), field)), 0, f"{user} {method} lists nothing of others")
    tap.is_(stack.sql("SELECT version || ' ' || (content ->> 'title') FROM ledger.business_case"), "1 Secret plan",
            "nothing was changed")
tap.done()
