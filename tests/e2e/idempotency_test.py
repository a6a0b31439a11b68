#!/usr/bin/python3
"""Every write of the API, in the order of the main job: sent again it gets its first answer and changes no row of any table, also after
all the others and a new start of the server; with another body its request id is refused. A write that is missing here fails."""

import hashlib
import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
import grpc
import transport
from google.protobuf import descriptor_pb2
from stack import Stack
from tap import Tap

tap = Tap()

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,One,5XZ,N,2010-04-01,\n"
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\n"
TERMS = "provider_code,term,code,pod,valid_from,valid_to,amount,source\nRXA,LOCAL,LA08E,DC,2017-04-01,2018-03-31,155.00,schedule 3\n"
POPULATIONS = "practice_code,year,sex,age_band,patients\nX00001,2017/18,1,0-4,10\n"
WEIGHTINGS = "practice_code,year,weighted_population\nX00001,2017/18,104.5\n"
TARIFF = ("currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,short_stay_applies,short_stay_price\n"
          "BZ34C,HRG,Cataract,Eyes,DC,ALL,672,,,N,\nLA08E,HRG,Dialysis,Kidney,DC,ALL,150,,,N,\n")
ACTIVITY = ("record_id,dataset,practice_code,nhs_number,sex,age,hrg,patient_classification,admission_method,admission_date,discharge_date\n"
            "{1},APC,X00001,9434765919,1,40,BZ34C,2,11,{0}-03,{0}-03\n")
INVOICE = "line_number,record_id,practice_code,pod,currency,activity,price\n1,R1,X00001,DC,BZ34C,1,672.00\n"
PLAN = "month,pod,currency,practice_code,activity,cost\n2017-04,DC,BZ34C,X00001,10,6720.00\n"
CONTRACT = '{"provider_code": "RXA", "financial_year": "2017/18", "lead_commissioner_code": "5XZ"}'
CASE = dict.fromkeys(("title", "need", "proposal", "pathway", "clinical_governance", "patient_involvement", "effect_on_others", "risks",
                      "measures"), "Text")


class Story:
    """Makes each write three times: as it is, again, and changed."""

    def __init__(self, stack):
        self.stack = stack
        self.sent = []  # user, method, request, first answer
        tables = stack.sql("SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables "
                           "WHERE schemaname IN ('ref', 'ledger', 'patient', 'job')").splitlines()
        self.digest = " UNION ALL ".join(
            f"SELECT '{table}', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t" for table in tables)

    def everything(self):
        return dict(line.split("|", 1) for line in self.stack.sql(self.digest).splitlines())

    def differs(self, before):
        after = self.everything()
        return sorted(table for table in after if after[table] != before.get(table))

    def write(self, user, method, changed, **fields):
        fields["request_id"] = str(uuid.uuid4())
        request = self.stack.request(method, **fields)
        first = self.stack.stub(user, method)(request, timeout=20)
        self.sent.append((user, method, request, first))
        operation = getattr(first, "operation", None)
        ended = self.wait(user, operation.operation_id) if operation else None
        before = self.everything()
        tap.is_((self.stack.stub(user, method)(request, timeout=20), self.differs(before)), (first, []),
                f"{method} again: the first answer, and nothing changes")
        refusal = self.stack.refusal(user, method, **{**fields, **changed})
        tap.is_((refusal[::2], self.differs(before)), (("ALREADY_EXISTS", "REQUEST_ID_REUSED"), []),
                f"{method} with {', '.join(changed)} changed under the same id: refused")
        return ended.result_id if ended else first

    def wait(self, user, operation_id):
        def ended():
            operation = self.stack.call(user, "OperationService.GetOperation", operation_id=operation_id).operation
            return operation if operation.HasField("end_time") else None
        assert transport.until(ended), "the operation does not end"
        operation = ended()
        assert not operation.error_message, (operation.kind, operation.error_message)
        return operation

    def upload(self, user, text):
        return self.store(user, str(uuid.uuid4()), text).upload.upload_id

    def store(self, user, upload_id, text):
        data = text.encode()
        message = self.stack.request("UploadService.UploadFile", upload_id=upload_id, file_name="file.csv", data=data, complete=True,
                                     sha256=hashlib.sha256(data).hexdigest())
        return self.stack.stub(user, "UploadService.UploadFile")(iter([message]), timeout=20)

    def repeat_all(self):
        """Every write once more, as its client might that never heard the answer."""
        before = self.everything()
        other = [method for user, method, request, first in self.sent if self.stack.stub(user, method)(request, timeout=20) != first]
        tap.is_((other, self.differs(before)), ([], []), f"all {len(self.sent)} writes again after a new start: the first answers, and nothing changes")


def uploads(story):
    """A message of a file is known by upload, place and bytes."""
    upload_id = str(uuid.uuid4())
    first = story.store("finance", upload_id, PRACTICES)
    before = story.everything()
    tap.is_((story.store("finance", upload_id, PRACTICES), story.differs(before)), (first, []),
            "UploadService.UploadFile again: the first answer, and nothing changes")
    try:
        story.store("finance", upload_id, PRACTICES.replace("One", "Two"))
        code = "OK"
    except grpc.RpcError as error:
        code = error.code().name
    tap.is_((code, story.differs(before)), ("ALREADY_EXISTS", []), "UploadService.UploadFile with other bytes at the same place: refused")


def reference(story):
    for method, text in (("ImportPractices", PRACTICES), ("ImportProviders", PROVIDERS), ("ImportPopulations", POPULATIONS),
                         ("ImportWeightings", WEIGHTINGS)):
        story.write("finance", "ReferenceService." + method, {"validate_only": True}, upload_id=story.upload("finance", text))
    for year in ("2017/18", "2018/19"):
        story.write("finance", "ReferenceService.ImportTariff", {"financial_year": "2016/17"}, upload_id=story.upload("finance", TARIFF),
                    financial_year=year)
    story.write("finance", "ReferenceService.ImportProviderTerms", {"validate_only": True}, upload_id=story.upload("finance", TERMS))


def contract(story):
    contract_id = story.write("hub", "ContractService.SubmitContract", {"validate_only": True},
                              contract_upload_id=story.upload("hub", CONTRACT), plan_upload_id=story.upload("hub", PLAN))
    story.write("approver", "ContractService.ActivateContract", {"contract_id": str(uuid.uuid4())}, contract_id=contract_id)


def activity(story):
    def month(record, period, phase):
        return story.write("finance", "ActivityService.ImportActivity", {"period": "2017-09"}, provider_code="RXA", period=period, phase=phase,
                           upload_id=story.upload("finance", ACTIVITY.format(period, record)))

    submission_id = month("R1", "2017-07", 1)
    month("R2", "2017-07", 1)
    story.write("finance", "ActivityService.RestoreSubmission", {"reason": "another"}, submission_id=submission_id, reason="the wrong file")
    month("R3", "2017-08", 2)
    asked = story.write("finance", "ActivityService.RequestReopenMonth", {"reason": "another"}, provider_code="RXA", period="2017-08",
                        reason="records are missing")
    story.write("approver", "ActivityService.ApproveReopenMonth", {"reopening_id": str(uuid.uuid4())}, reopening_id=asked.reopening.reopening_id)


def tariff(story):
    story.write("finance", "TariffService.RunTariffImpact", {"last_period": "2017-08"}, financial_year="2017/18", first_period="2017-07",
                last_period="2017-07", upload_id=story.upload("finance", TARIFF.replace("672", "700")))
    story.write("finance", "TariffService.ApplyTariff", {"validate_only": True}, financial_year="2017/18")


def budget(story):
    budget_id = story.write("finance", "BudgetService.RunBudget", {"financial_year": "2017/18"}, financial_year="2018/19")
    story.write("approver", "BudgetService.IssueBudget", {"budget_id": str(uuid.uuid4())}, budget_id=budget_id)


def business_case(story):
    def step(user, verb, changed, **fields):
        return story.write(user, f"BusinessCaseService.{verb}", changed, **fields).business_case

    made = step("gp-a", "CreateBusinessCase", {"content": {"title": "Other"}}, content={"title": "First"})
    whole = step("gp-a", "UpdateBusinessCase", {"content": {"title": "Other"}}, case_id=made.case_id, etag=made.etag,
                 content={**CASE, "start_date": "2017-10-01"})
    sent = step("gp-a", "SubmitBusinessCase", {"etag": "9"}, case_id=made.case_id, etag=whole.etag)
    step("approver", "DeclareInterest", {"nature": "none"}, case_id=made.case_id, nature="a partner's spouse")
    step("board", "DecideBusinessCase", {"decision": 3}, case_id=made.case_id, etag=sent.etag, decision=1,
         reasons="Sound")


def settlement(story):
    bill = {"provider_code": "RXA", "period": "2017-07", "invoice_number": "N-1", "total_pence": 67200, "kind": 2}
    invoice_id = story.write("trust-a", "InvoiceService.SubmitInvoice", {"total_pence": 1}, upload_id=story.upload("trust-a", INVOICE), **bill)
    settlement_id = story.write("finance", "SettlementService.RunSettlement", {"validate_only": True}, invoice_id=invoice_id)
    story.write("approver", "SettlementService.ApproveSettlement", {"settlement_id": str(uuid.uuid4())}, settlement_id=settlement_id)


def review(story):
    said = {"record_id": "R1", "verdict": 2, "reason": 1}
    reviewed = story.write("gp-a", "ReviewService.ReviewRecords", {"reviews": [{**said, "reason": 2}]}, period="2017-07", reviews=[said])
    story.write("finance", "ReviewService.ResolveReview", {"outcome": 2}, review_id=reviewed.reviews[0].review_id, outcome=1,
                reason="the trust agrees", recovered_pence=100)


def cancel(story):
    """Of an operation that nobody is there to run."""
    stack = story.stack
    stack.stop("pbc-jobd")
    waiting = stack.call("finance", "ReferenceService.ImportPractices", request_id=str(uuid.uuid4()),
                         upload_id=story.upload("finance", PRACTICES)).operation.operation_id
    story.write("finance", "OperationService.CancelOperation", {"operation_id": str(uuid.uuid4())}, operation_id=waiting)


def writes(stack):
    """Methods whose request has an id, and uploads."""
    for name in os.listdir(os.path.join(os.path.dirname(__file__), "../../proto/pbc/v1")):
        file = descriptor_pb2.FileDescriptorProto()
        stack.symbols.pool.FindFileByName("pbc/v1/" + name).CopyToProto(file)
        for service in file.service:
            for method in service.method:
                fields = stack.message(method.input_type[1:]).DESCRIPTOR.fields_by_name
                if "request_id" in fields or method.client_streaming:
                    yield f"{service.name}.{method.name}"


with Stack(jobs=True) as the_stack:
    the_story = Story(the_stack)
    for part in (uploads, reference, contract, activity, tariff, budget, business_case, settlement, review, cancel):
        tap.attempt(part, the_story)
    tried = {method for _, method, _, _ in the_story.sent} | {"UploadService.UploadFile"}
    tap.is_(sorted(writes(the_stack)), sorted(tried), "no write is missing here")
    the_stack.stop("pbcd")
    the_stack.start_server()
    the_story.repeat_all()
    tap.is_(the_stack.sql("SELECT bool_and(ok) FROM (SELECT set_config('pbc.commissioner', '5XZ', false)) s, json_to_recordset("
                          "api.verify_ledger() -> 'checks') AS c (ok boolean)"), "t", "and the books verify")
tap.done()
