#!/usr/bin/python3
"""Every RPC by people of another practice, provider, hub or PCT: a key of something that is not theirs is answered, code, words, details and
trailers, as one of nothing. A person whose time is over is nobody."""

import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
import grpc
import jobs
from stack import Stack
from tap import Tap

tap = Tap()

PRACTICES = ("practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,One,5XZ,N,2010-04-01,\n"
             "X00002,Two,5XZ,N,2010-04-01,\n")
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\nRXB,Trust B,2017/18,1.00,Y\nRXA,Trust A,2018/19,1.00,Y\n"
TARIFF = ("currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,short_stay_applies,short_stay_price\n"
          "BZ34C,HRG,Cataract,Eyes,DC,ALL,672,,,N,\n")
ACTIVITY = ("record_id,dataset,practice_code,nhs_number,sex,age,hrg,patient_classification,admission_method,admission_date,discharge_date\n"
            "R1,APC,X00001,9434765919,1,40,BZ34C,2,11,{0}-03,{0}-03\nBAD,APC,X00009,9434765919,1,40,BZ34C,2,11,{0}-03,{0}-03\n")
INVOICE = "line_number,record_id,practice_code,pod,currency,activity,price\n1,R1,X00001,DC,BZ34C,1,672.00\n"
PLAN = "month,pod,currency,practice_code,activity,cost\n2017-04,DC,BZ34C,X00001,10,6720.00\n"
DOCUMENT = '{"provider_code": "RXA", "financial_year": "2017/18", "lead_commissioner_code": "5XZ"}'

# Outsiders to practice X00001 and provider RXA of PCT 5XZ: name -> organisation, role, practice, provider.
NEIGHBOURS = {
    "other-approver": ("5YZ", "pct_approver", None, None), "other-board": ("5YZ", "pct_board", None, None),
    "other-auditor": ("AUY", "auditor", None, None), "other-keeper": ("5YZ", "operator", None, None), "other-hub": ("QHY", "hub", None, None),
    "other-gp": ("Y00001", "practice_lead", "Y00001", None), "other-trust": ("RYA", "provider", None, "RYA"),
    # Not RXA's nor X00001's, and of organisations with those codes in another PCT.
    "same-gp": ("X00001", "practice_lead", "X00001", None), "same-trust": ("RXA", "provider", None, "RXA"),
}
OUTSIDERS = ["gp-b", "trust-b", "hub", "other-finance", *NEIGHBOURS]
# Who is none: the PCT's providers are known to its practices, and its contracts to its hub.
INSIDERS = {"provider_code": ["gp-b", "hub"], "contract_id": ["hub"]}
# The caller makes up its id, so one that is taken has to be refused.
NOT_ASKED = ["UploadService.UploadFile"]
# Whose they are, and what answers them: what is compared is there.
OWNERS = {
    "practice_code": ("gp-a", "ActivityService.ListActivity"), "provider_code": ("finance", "ActivityService.ListNotOurs"),
    "record_id": ("gp-a", "PricingService.ExplainRecord"), "submission_id": ("trust-a", "ActivityService.GetSubmission"),
    "contract_id": ("hub", "ContractService.GetContract"), "invoice_id": ("trust-a", "InvoiceService.GetInvoice"),
    "settlement_id": ("approver", "SettlementService.GetSettlement"), "statement_id": ("gp-a", "SettlementService.GetStatement"),
    "case_id": ("gp-a", "BusinessCaseService.GetBusinessCase"), "impact_id": ("board", "TariffService.GetTariffImpact"),
    "operation_id": ("finance", "OperationService.GetOperation"), "upload_id": ("finance", "UploadService.GetUpload"),
    "review_id": ("finance", "ReviewService.ResolveReview"), "reopening_id": ("approver", "ActivityService.ApproveReopenMonth"),
    "budget_id": ("finance", "BudgetService.IssueBudget"),
}
NOBODY = {"practice_code": "X00077", "provider_code": "RZZ", "invoice_number": "none", "record_id": "none", "line_id": "DC.RZZ"}
BASE = {"period": "2017-07", "first_period": "2017-07", "last_period": "2017-08", "financial_year": "2017/18", "invoice_number": "N-9",
        "line_id": "DC.RXA", "reason": "test", "nature": "test", "etag": "1", "phase": 1, "kind": 1, "decision": 1, "outcome": 1,
        "reasons": "test", "content": {"title": "test"}, "file_name": "test.csv", "total_pence": 1,
        "record": {"dataset": "AE", "age": 40, "hrg": "VB08Z", "arrival_date": "2017-07-03"}}


class Loader(jobs.Loader):
    def done(self, work, **params):
        done = self.run(work, **params)
        assert done["state"] == "succeeded", done["error_message"]
        return done["result_id"]


def load(stack, loader):
    """Something of each kind; field of a request -> its key."""
    loader.done("import_practices", file=PRACTICES)
    loader.done("import_providers", file=PROVIDERS)
    loader.done("import_tariff", file=TARIFF, year=2017)
    loader.done("import_tariff", file=TARIFF, year=2018)
    theirs = {"practice_code": "X00001", "provider_code": "RXA", "record_id": "R1"}
    theirs["submission_id"] = loader.done("import_activity", file=ACTIVITY.format("2017-07"), provider_code="RXA", period="2017-07", phase="flex")
    loader.done("import_activity", file=ACTIVITY.format("2017-08"), provider_code="RXA", period="2017-08", phase="freeze")
    contract = {"contract_upload_id": loader.upload(DOCUMENT), "plan_upload_id": loader.upload(PLAN)}
    theirs["contract_id"] = loader.wait(loader.submit("submit_contract", **contract))["result_id"]
    bill = {"provider_code": "RXA", "period": "2017-07", "kind": "reconciliation", "total_pence": 67200}
    theirs["invoice_id"] = loader.done("submit_invoice", file=INVOICE, invoice_number="N-1", **bill)
    settled = loader.done("submit_invoice", file=INVOICE, invoice_number="N-2", **bill)
    theirs["settlement_id"] = loader.wait(loader.submit("settlement_run", invoice_id=settled))["result_id"]
    stack.call("approver", "SettlementService.ApproveSettlement", request_id=str(uuid.uuid4()), settlement_id=theirs["settlement_id"])
    theirs["statement_id"] = stack.call("gp-a", "SettlementService.ListStatements").statements[0].statement_id
    theirs["case_id"] = stack.call("gp-a", "BusinessCaseService.CreateBusinessCase", request_id=str(uuid.uuid4()),
                                   content={"title": "Secret plan"}).business_case.case_id
    theirs["reopening_id"] = stack.call("finance", "ActivityService.RequestReopenMonth", request_id=str(uuid.uuid4()), provider_code="RXA",
                                        period="2017-08", reason="test").reopening.reopening_id
    theirs["review_id"] = stack.call("gp-a", "ReviewService.ReviewRecords", request_id=str(uuid.uuid4()), period="2017-07",
                                     reviews=[{"record_id": "R1", "verdict": 2, "reason": 1}]).reviews[0].review_id
    theirs["budget_id"] = loader.done("budget_run", year=2018)
    theirs["impact_id"] = loader.done("tariff_impact", file=TARIFF.replace("672", "700"), year=2017, first_period="2017-07", last_period="2017-07")
    theirs["operation_id"] = stack.sql("SELECT operation_id FROM job.operation ORDER BY created_at LIMIT 1")
    for field in ("upload_id", "contract_upload_id", "plan_upload_id", "prices_upload_id"):
        theirs[field] = contract["plan_upload_id"]
    return theirs


def people(stack):
    rows = ["SELECT set_config('pbc.commissioner', '5YZ', false); INSERT INTO ledger.practice VALUES ('5YZ', 'Y00001', 'Yonder');"
            " INSERT INTO ledger.practice_membership VALUES ('5YZ', 'Y00001', '5YZ', '', '2010-04-01');"
            " INSERT INTO ledger.provider VALUES ('5YZ', 'RYA', 'Trust Y', true);"]
    for user, (organisation, role, practice, provider) in NEIGHBOURS.items():
        quoted = [f"'{value}'" if value else "NULL" for value in (practice, provider)]
        rows.append(f"INSERT INTO ledger.app_user VALUES ('5YZ', '{organisation}', '{user}', '{user}', '{{{role}}}', {quoted[0]}, {quoted[1]}, true);")
    rows.append("INSERT INTO ledger.app_user VALUES ('5XZ', '5XZ', 'leaver', 'leaver', '{pct_finance,pct_approver,operator}', NULL, NULL, false);")
    stack.sql("\n".join(rows))
    for user, (organisation, *_rest) in {**NEIGHBOURS, "leaver": ("5XZ",)}.items():
        stack.certify(user, f"/O={organisation}/CN={user}")


def methods(stack):
    from google.protobuf import descriptor_pb2
    for name in sorted(os.listdir(os.path.join(os.path.dirname(__file__), "../../proto/pbc/v1"))):
        copy = descriptor_pb2.FileDescriptorProto()
        stack.symbols.pool.FindFileByName("pbc/v1/" + name).CopyToProto(copy)
        for service in copy.service:
            for method in service.method:
                yield f"{service.name}.{method.name}", method


def ask(stack, user, name, method, changed):
    """Everything of the answer that a caller can see."""
    fields = {}
    for field in stack.method(name).input_type.fields:
        if field.name in changed:
            fields[field.name] = changed[field.name]
        elif field.name.endswith("_id") and field.name not in BASE and name != "PricingService.ExplainRecord":  # whose ids narrow it down
            fields[field.name] = str(uuid.uuid4() if field.name == "request_id" else uuid.UUID(int=7))
        elif field.name in BASE and (field.type != field.TYPE_STRING or isinstance(BASE[field.name], str)):
            fields[field.name] = BASE[field.name]
    stub, request = stack.stub(user, name), stack.request(name, **fields)
    try:
        if method.client_streaming:
            return "OK", str(stub(iter([request]), timeout=10))
        if method.server_streaming:
            stream = stub(request, timeout=10)
            return "OK", str(next(stream, None))
        return "OK", str(stub(request, timeout=10))
    except grpc.RpcError as error:
        details = [(info.reason, sorted(info.metadata.items())) for info in stack.details(error, "google.rpc.ErrorInfo")]
        bad = [(v.field, v.description) for b in stack.details(error, "google.rpc.BadRequest") for v in b.field_violations]
        return error.code().name, repr((error.details(), details, bad, sorted(key for key, _ in error.trailing_metadata() or ())))


def own(user):
    """What of a request is the caller's, where it is not what is asked about."""
    return {"gp-b": {"practice_code": "X00002"}, "trust-b": {"provider_code": "RXB"}, "other-gp": {"practice_code": "Y00001"},
            "same-gp": {"practice_code": "X00001"}, "same-trust": {"provider_code": "RXA"}}.get(user, {"provider_code": "RYA"})


def compare(stack, theirs):
    for name, method in methods(stack):
        keys = [f.name for f in stack.method(name).input_type.fields if f.name in theirs and name not in NOT_ASKED]
        wrong = []
        for key in keys:
            nobody = NOBODY.get(key) or str(uuid.uuid4())
            for user in (user for user in OUTSIDERS if user not in INSIDERS.get(key, ())):
                answers = [ask(stack, user, name, method, {**own(user), key: asked}) for asked in (theirs[key], nobody)]
                one, other = [(code, text.replace(theirs[key], "KEY").replace(nobody, "KEY")) for code, text in answers]
                if one != other:
                    wrong.append(f"{user} {key}: {one}\n    {other}")
        tap.ok(not wrong, f"{name} by {', '.join(keys) or 'nothing'}", "\n".join(wrong))


with Stack(jobs=True) as the_stack:
    the_theirs = load(the_stack, Loader(the_stack))
    people(the_stack)
    compare(the_stack, the_theirs)
    answered = {key: ask(the_stack, user, name, dict(methods(the_stack))[name], {key: the_theirs[key]})[0] for key, (user, name) in OWNERS.items()}
    tap.is_(answered, dict.fromkeys(OWNERS, "OK"), "and their own people are answered")
    refused = {ask(the_stack, "leaver", name, method, the_theirs)[0] for name, method in methods(the_stack)}
    tap.is_(refused, {"UNAUTHENTICATED"}, "a person whose time is over is nobody to any RPC")
    tap.ok("level=error" not in the_stack.log("pbcd"), "nothing failed inside", the_stack.log("pbcd")[-3000:])
tap.done()
