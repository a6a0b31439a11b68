#!/usr/bin/python3
"""Who may call what: every RPC of the API by every role, and by a person of another organisation. An RPC missing here fails."""

import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
import grpc
from stack import Stack
from tap import Tap

tap = Tap()

PRACTICE = {"member-a", "gp-a"}
PCT = {"finance", "approver", "board"}
USERS = {"practice_member": "member-a", "practice_lead": "gp-a", "pct_finance": "finance", "pct_approver": "approver",
         "pct_board": "board", "hub": "hub", "provider": "trust-a", "auditor": "auditor", "operator": "keeper"}

# The policy as the PCT would state it, by person rather than by code.
MAY = {
    "ActivityService.ImportActivity": {"finance"},
    "ActivityService.GetSubmission": {"finance", "approver", "trust-a", "auditor"},
    "ActivityService.ListSubmissions": {"finance", "approver", "trust-a", "auditor"},
    "ActivityService.ListRejects": {"finance", "trust-a", "auditor"},
    "ActivityService.ListActivity": PRACTICE,
    "ActivityService.RestoreSubmission": {"finance"},
    "ActivityService.RequestReopenMonth": {"finance", "approver"},
    "ActivityService.ApproveReopenMonth": {"approver"},
    "ActivityService.ListReopenings": {"finance", "approver", "trust-a", "auditor"},
    "ActivityService.ListSubmissionCalendar": PRACTICE | PCT | {"hub", "trust-a", "auditor", "keeper"},
    "ActivityService.ListNotOurs": {"finance", "trust-a", "auditor"},
    "BudgetService.RunBudget": {"finance"},
    "BudgetService.IssueBudget": {"finance", "approver"},
    "BudgetService.GetBudget": PRACTICE | PCT | {"auditor"},
    "BudgetService.ListBudgets": PCT | {"auditor"},
    "BudgetService.ExplainBudgetLine": PRACTICE | PCT | {"auditor"},
    "BusinessCaseService.CreateBusinessCase": PRACTICE,
    "BusinessCaseService.UpdateBusinessCase": PRACTICE,
    "BusinessCaseService.SubmitBusinessCase": {"gp-a"},
    "BusinessCaseService.DecideBusinessCase": {"approver", "board"},
    "BusinessCaseService.DeclareInterest": PRACTICE | PCT,
    "BusinessCaseService.GetBusinessCase": PRACTICE | PCT | {"auditor"},
    "BusinessCaseService.ListBusinessCases": PRACTICE | PCT | {"auditor"},
    "ContractService.SubmitContract": {"hub"},
    "ContractService.ActivateContract": {"approver"},
    "ContractService.GetContract": PCT | {"hub", "trust-a", "auditor"},
    "ContractService.ListContracts": PCT | {"hub", "trust-a", "auditor"},
    "InvoiceService.SubmitInvoice": {"finance", "trust-a"},
    "InvoiceService.GetInvoice": {"finance", "approver", "trust-a", "auditor"},
    "InvoiceService.ListInvoices": {"finance", "approver", "trust-a", "auditor"},
    "LedgerService.ListBalances": {"finance", "approver", "auditor", "keeper"},
    "LedgerService.VerifyLedger": {"finance", "approver", "auditor", "keeper"},
    "OperationService.GetOperation": {"finance", "approver", "hub", "trust-a", "keeper"},
    "OperationService.ListOperations": {"finance", "approver", "hub", "trust-a", "keeper"},
    "OperationService.CancelOperation": {"finance", "approver", "hub", "trust-a", "keeper"},
    "OperationService.WatchOperation": {"finance", "approver", "hub", "trust-a", "keeper"},
    "PricingService.PriceRecord": PRACTICE | PCT | {"trust-a", "auditor"},
    "PricingService.ExplainRecord": PRACTICE | {"finance", "auditor"},
    "ReferenceService.ImportPractices": {"finance"},
    "ReferenceService.ImportProviders": {"finance"},
    "ReferenceService.ImportProviderTerms": {"finance"},
    "ReferenceService.ImportPopulations": {"finance"},
    "ReferenceService.ImportWeightings": {"finance"},
    "ReferenceService.ImportTariff": {"finance"},
    "ReferenceService.ListPractices": PRACTICE | PCT | {"hub", "trust-a", "auditor", "keeper"},
    "ReferenceService.ListProviders": PRACTICE | PCT | {"hub", "trust-a", "auditor", "keeper"},
    "ReferenceService.ListProviderTerms": PCT | {"hub", "trust-a", "auditor"},
    "ReportService.GetFinancialSummary": PRACTICE | PCT | {"auditor"},
    "ReviewService.ListWorklist": PRACTICE,
    "ReviewService.ReviewRecords": PRACTICE,
    "ReviewService.ListReviews": PRACTICE | {"finance"},
    "ReviewService.ResolveReview": {"finance"},
    "ReviewService.GetReviewSummary": PRACTICE | PCT | {"auditor"},
    "SettlementService.RunSettlement": {"finance"},
    "SettlementService.GetSettlement": {"finance", "approver", "trust-a", "auditor"},
    "SettlementService.ListSettlements": {"finance", "approver", "trust-a", "auditor"},
    "SettlementService.ListDifferences": {"finance", "approver", "trust-a", "auditor"},
    "SettlementService.ApproveSettlement": {"finance", "approver"},
    "SettlementService.GetStatement": PRACTICE | PCT | {"trust-a", "auditor"},
    "SettlementService.ListStatements": PRACTICE | PCT | {"trust-a", "auditor"},
    "SettlementService.WatchStatements": PRACTICE | PCT | {"trust-a", "auditor"},
    "TariffService.RunTariffImpact": {"finance"},
    "TariffService.ApplyTariff": {"finance"},
    "TariffService.GetTariffImpact": PCT | {"auditor"},
    "UploadService.UploadFile": {"finance", "hub", "trust-a"},
    "UploadService.GetUpload": {"finance", "hub", "trust-a"},
}

# A value of the right shape for a field, by its name; nothing that it names exists.
SHAPES = {"practice_code": "X00009", "provider_code": "RXA", "period": "2017-07", "first_period": "2017-07", "last_period": "2017-08", "financial_year": "2017/18",
          "invoice_number": "1", "line_id": "DC.RXA", "reason": "test", "nature": "test", "etag": "1", "phase": 1, "kind": 1, "record": {"dataset": "AE"},
          "decision": 1, "outcome": 1, "reasons": "test", "content": {"title": "test"}, "file_name": "test.csv", "total_pence": 1,
          "since_time": "2017-07-01T00:00:00Z"}


# Who may watch statements is told of one at once.
FIXTURE = """
SET session_replication_role = replica; -- a statement without its settlement
SELECT set_config('pbc.commissioner', '5XZ', false);
INSERT INTO ledger.statement
SELECT '5XZ', gen_random_uuid(), n, 'ST/' || n, gen_random_uuid(), organisation, 'RXA', 'N-1', '2017-07-01', now(), 0, 0, 0
  FROM unnest(ARRAY['X00001', 'RXA']) WITH ORDINALITY AS o (organisation, n);
"""


def methods(stack):
    from google.protobuf import descriptor_pb2
    found = {}
    for name in os.listdir(os.path.join(os.path.dirname(__file__), "../../proto/pbc/v1")):
        file = stack.symbols.pool.FindFileByName("pbc/v1/" + name)
        copy = descriptor_pb2.FileDescriptorProto()
        file.CopyToProto(copy)
        for service in copy.service:
            for method in service.method:
                found[f"{service.name}.{method.name}"] = method
    return found


def request(stack, name):
    fields = {}
    for field in stack.method(name).input_type.fields:
        if field.name.endswith("_id") and field.name not in SHAPES:
            fields[field.name] = str(uuid.uuid4())
        elif field.name in SHAPES and (field.type != field.TYPE_STRING or isinstance(SHAPES[field.name], str)):
            fields[field.name] = SHAPES[field.name]
    return stack.request(name, **fields)


def outcome(stack, user, name, method):
    """The code of one call; OK for a stream that has told something."""
    stub = stack.stub(user, name)
    message = request(stack, name)
    try:
        if method.client_streaming:
            stub(iter([message]), timeout=10)
        elif method.server_streaming:
            stream = stub(message, timeout=10)
            next(stream)
            stream.cancel()
        else:
            stub(message, timeout=10)
    except grpc.RpcError as error:
        return error.code().name
    return "OK"


with Stack() as stack:
    stack.sql(FIXTURE)
    found = methods(stack)
    tap.is_(sorted(found), sorted(MAY), "every RPC has its policy here")
    for name in sorted(found):
        wrong = []
        for role, user in USERS.items():
            code = outcome(stack, user, name, found[name])
            if (code == "PERMISSION_DENIED") == (user in MAY.get(name, ())) or code in (
                    "UNAUTHENTICATED", "INTERNAL", "UNKNOWN", "DEADLINE_EXCEEDED"):
                wrong.append(f"{role}: {code}")
        for user in ("stranger", ""):
            code = outcome(stack, user, name, found[name])
            if code != "UNAUTHENTICATED":
                wrong.append(f"{user or 'no certificate'}: {code}")
        tap.is_(wrong, [], name)
    tap.ok("level=error" not in stack.log("pbcd"), "nothing failed inside",
           "\n".join(line for line in stack.log("pbcd").splitlines() if "level=error" in line)[:4000])
tap.done()
