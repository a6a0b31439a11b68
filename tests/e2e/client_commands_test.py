#!/usr/bin/python3
"""What pbc sends and prints, command by command, against an independent gRPC server."""
import csv
import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import fake_cli as f  # noqa: E402
import fake_pbcd  # noqa: E402
import transport as t  # noqa: E402
from tap import Tap  # noqa: E402

fake_pbcd.compile_protos()
import grpc  # noqa: E402
from google.protobuf import json_format  # noqa: E402
from pbc.v1 import (activity_pb2, budget_pb2, business_case_pb2, contract_pb2, invoice_pb2, ledger_pb2,  # noqa: E402
                    operation_pb2, reference_pb2, report_pb2, settlement_pb2, tariff_pb2, upload_pb2)

tap = Tap()
SUCCEEDED, FAILED, RUNNING = 3, 4, 2


def rows(data):
    return list(csv.reader(io.StringIO(data.decode())))


def lists(server, cli):
    practices = [reference_pb2.Practice(practice_code=f"A81{i:03}", name="=cmd|'/C calc'!A0" if i == 0 else f"Surgery, {i}",
                                        patients=i) for i in range(450)]

    def page(request, context):
        at = int(request.page_token or "0")
        end = min(at + min(request.page_size, 200), len(practices))
        return reference_pb2.ListPracticesResponse(practices=practices[at:end],
                                                   next_page_token=str(end) if end < len(practices) else "")
    server.handlers["ListPractices"] = page
    done = cli("practice", "list", "--format", "csv")
    table = rows(done.stdout)
    tap.ok(table[0] == ["practice_code", "name", "group_code", "valid_from_date", "valid_to_date", "patients"],
           "CSV has the fields' names", table[0])
    tap.ok([r[0] for r in table[1:]] == [p.practice_code for p in practices], "and the rows of all pages", len(table))
    tap.ok(table[1][1].startswith("'=") and table[2][1] == "Surgery, 1", "text that a spreadsheet would run is guarded", table[1])
    tap.ok(done.stdout.count(b"\r\n") == 451, "lines end as RFC 4180 says")
    done = cli("practice", "list", "--format", "json")
    document = json.loads(done.stdout)
    same = json_format.ParseDict(document, reference_pb2.ListPracticesResponse())
    tap.ok(list(same.practices) == practices, "JSON is one document of all pages by the proto3 mapping")
    tap.ok("practice_code" in document["practices"][0] and document["practices"][5]["patients"] == "5",
           "with the proto's names and 64-bit integers as strings", document["practices"][5])
    done = cli("practice", "list", "--limit", "201", "--format", "csv")
    tap.ok(len(rows(done.stdout)) == 202 and server.requests["ListPractices"][-1].page_size == 1, "--limit stops there")
    tap.ok(b"there are more; these are the 201 of --limit" in done.stderr, "and says that there are more", done.stderr)
    tap.ok(cli("practice", "list", "--limit", "450").stderr == b"", "but not where there are none")
    done = cli("practice", "list", "--limit", "3")
    lines = done.stdout.decode().splitlines()
    tap.ok(len(lines) == 4 and lines[0].split() == ["Practice", "Name", "Group", "From", "To", "Patients"],
           "a table has headings", lines)
    server.handlers["ListPractices"] = lambda q, c: reference_pb2.ListPracticesResponse()
    tap.ok(cli("practice", "list").stdout == b"(none)\n", "an empty list says so")
    tap.ok(len(rows(cli("practice", "list", "--format", "csv").stdout)) == 1, "and is its header alone in CSV")


def narrow(server, cli):
    """A table on terminals of several widths: what gives way, and what never does."""
    name = "Thornbeck and Harrowfield Health Centre, Market Square"
    server.handlers["ListPractices"] = lambda q, c: reference_pb2.ListPracticesResponse(practices=[
        reference_pb2.Practice(practice_code="X00001", name=name, group_code="NORTH", valid_from_date="2006-04-01", patients=1234567),
        reference_pb2.Practice(practice_code="X00002", name="Short \x1b[2J", patients=5)])
    lines = cli.on_terminal(100, "practice", "list")
    tap.ok(len(lines) == 3 and name in lines[1] and lines[1].endswith("1,234,567"), "a table that fits has a line a row", lines)
    lines = cli.on_terminal(80, "practice", "list")
    tap.ok(lines[1:3] == ["X00001    Thornbeck and Harrowfield Health  NORTH  2006-04-01      1,234,567", "          Centre, Market Square"],
           "on a narrower terminal a text breaks between words", lines)
    tap.ok({len(lines[i]) for i in (0, 1, 3)} == {76}, "and the figures stay below one another", lines)
    lines = cli.on_terminal(60, "practice", "list")
    tap.ok(lines == ["Practice  X00001", "Name      Thornbeck and Harrowfield Health Centre, Market", "          Square",
                     "Group     NORTH", "From      2006-04-01", "Patients  1,234,567", "", "Practice  X00002",
                     "Name      Short \\x1b[2J", "Patients  5"], "where that is not enough each row is a record", lines)
    piped = cli("practice", "list").stdout.decode().splitlines()
    tap.ok(len(piped) == 3 and name in piped[1], "off a terminal nothing gives way", piped)


def money(server, cli):
    server.handlers["ListBalances"] = lambda q, c: ledger_pb2.ListBalancesResponse(balances=[
        ledger_pb2.Balance(account_code="creditor:RXX", debit_pence=5, credit_pence=123456789, balance_pence=-123456784)],
        debit_pence=123456789, credit_pence=123456789)
    text = cli("ledger", "balances").stdout.decode()
    tap.ok("By sort of account" not in text, "no sums where there are none", text)
    tap.ok("-£1,234,567.84" in text and "£0.05" in text, "money has separators, two decimals and a minus", text)
    table = rows(cli("ledger", "balances", "--format", "csv").stdout)
    tap.ok(table[0][2:] == ["debit", "credit", "pending_debit", "pending_credit", "balance"]
           and table[1][6] == "-1234567.84", "in CSV plain pounds, and no number is guarded", table)
    server.handlers["VerifyLedger"] = lambda q, c: ledger_pb2.VerifyLedgerResponse(
        ok=False, checks=[ledger_pb2.Check(name="rollups", ok=False, examined=10, differences=1, detail="RXX 2017-07")])
    done = cli("ledger", "verify")
    tap.ok(done.returncode == f.OTHER and b"RXX 2017-07" in done.stdout, "a ledger that does not verify is exit 1", f.words(done))


def figure(activity, thousands):
    return report_pb2.Figure(activity=activity, cost_pence=round(thousands * 100000))


# Elective (day cases) of the Financial Summary 2007/08: month actual and year to date, activity and thousands of pounds.
DAY_CASES = [("", "All", 13, 7.6, 50, 30.3), ("", "Provider NHS Trust A", 8, 4.4, 28, 16.4),
             ("", "Provider NHS Trust B", 2, 0.8, 11, 5.9), ("", "Provider NHS Trust C", 2, 1.3, 6, 3.6),
             ("", "Others", 1, 1.1, 3, 2.5), ("!", "Provider NHS Trust D", 0, 0, 2, 1.8)]
PRINTED = """\
Elective (day cases)   Jul-07 Budget  Jul-07 Actual  Jul-07 Variance   Annual Budget      YTD Budget      YTD Actual    YTD Variance
Provider               Activity Cost Activity  Cost  Activity   Cost   Activity Cost   Activity Cost  Activity   Cost Activity    Cost
All                           0 £0.0k       13 £7.6k       -13 -£7.6k          0 £0.0k          0 £0.0k      50 £30.3k      -50 -£30.3k
Provider NHS Trust A          0 £0.0k        8 £4.4k        -8 -£4.4k          0 £0.0k          0 £0.0k      28 £16.4k      -28 -£16.4k
Provider NHS Trust B          0 £0.0k        2 £0.8k        -2 -£0.8k          0 £0.0k          0 £0.0k      11  £5.9k      -11  -£5.9k
Provider NHS Trust C          0 £0.0k        2 £1.3k        -2 -£1.3k          0 £0.0k          0 £0.0k       6  £3.6k       -6  -£3.6k
Others                        0 £0.0k        1 £1.1k        -1 -£1.1k          0 £0.0k          0 £0.0k       3  £2.5k       -3  -£2.5k
!Provider NHS Trust D         0 £0.0k        0 £0.0k         0  £0.0k          0 £0.0k          0 £0.0k       2  £1.8k       -2  -£1.8k"""


HIDDEN = "* a count of 1 to 4, or one that would tell it: not shown outside the practice"


def report(server, cli):
    block = report_pb2.SummaryBlock(title="Elective (day cases)", pod_group="admitted")
    codes = {"Provider NHS Trust A": "RXX", "Provider NHS Trust B": "RXY", "Provider NHS Trust C": "RXZ"}
    for flag, name, month, month_cost, year, year_cost in DAY_CASES:
        block.rows.add(name=name, code=codes.get(name, ""), flag=flag, month_budget=figure(0, 0), month_actual=figure(month, month_cost),
                       month_variance=figure(-month, -month_cost), annual_budget=figure(0, 0), ytd_budget=figure(0, 0),
                       ytd_actual=figure(year, year_cost), ytd_variance=figure(-year, -year_cost), month_state="flex", ytd_state="flex")
    summary = report_pb2.GetFinancialSummaryResponse(
        practice_code="A81001", practice_name="The Surgery", financial_year="2007/08", period="2007-07",
        basket="PbR 2007/08", blocks=[block], as_at="2007-08-31", months=[
            report_pb2.MonthState(period="2007-06", provider_code="RXX", state="frozen"),
            report_pb2.MonthState(period="2007-06", provider_code="RXY", state="missing"),
            report_pb2.MonthState(period="2007-06", provider_code="RXZ", state="frozen"),
            report_pb2.MonthState(period="2007-07", provider_code="RXX", state="flex", completions=[
                report_pb2.Completion(pod_group="admitted", months=12, flex_pence=150000, frozen_pence=155000)]),
            report_pb2.MonthState(period="2007-07", provider_code="RXY", state="flex", completions=[
                report_pb2.Completion(pod_group="admitted", months=12, flex_pence=50000, frozen_pence=51200)])])
    server.handlers["GetFinancialSummary"] = lambda q, c: summary
    words = ("report", "financial-summary", "--practice", "A81001", "--year", "2007/08", "--to", "2007-07", "--pod", "admitted",
             "--as-at", "2007-08-31")
    lines = cli(*words).stdout.decode().splitlines()
    tap.ok(lines[0] == "Financial Summary 2007/08", "the report begins with its title", lines[0])
    at = next(i for i, line in enumerate(lines) if line.startswith("Elective"))
    got = [line.split() for line in lines[at:at + 8]]
    tap.ok(got == [line.split() for line in PRINTED.splitlines()], "and has the figures of 2007/08 as printed", "\n".join(lines))
    tap.ok(len({len(line) for line in lines[at:at + 8]}) == 1, "in columns that stand below one another", "\n".join(lines))
    text = "\n".join(lines)
    tap.ok("Jul-07: over budget by £7,600.00. Year to date: over budget by £30,300.00." in text, "variance is said in words", text)
    tap.ok("As at 2007-08-31" in lines, "what was known then is said to be so", text)
    tap.ok(lines[2:4] == ["Basket PbR 2007/08, report end Jul-07",
                          "Point of delivery Admitted, chapter All, HRG All, specialty All, provider All, analysed by Provider"],
           "the head names every filter, as that of 2007/08 did", text)
    head = cli(*words[:-4], "--pod", "ae", "--chapter", "F", "--hrg", "FZ18K", "--specialty", "100", "--provider", "RXX\x1b", "--by", "hrg")
    tap.ok(head.stdout.decode().splitlines()[3] ==
           "Point of delivery AE, chapter F, HRG FZ18K, specialty 100, provider RXX?, analysed by HRG", "with what was asked for", f.words(head))
    head = cli(*words[:-4], "--pod", "all")
    tap.ok(b"\nPoint of delivery All, " in head.stdout, "all points of delivery may be asked for by name", f.words(head))
    # 2,000.00 of flex ended at 2,062.00.
    tap.ok("Jul-07 is flex at 2 providers; earlier flex months ended 3.1 % higher." in lines, "and how complete a flex month may be", text)
    tap.ok("Provisional: Jun-07 RXY missing; Jul-07 RXX flex; Jul-07 RXY flex." in text and "! no contract or budget" in text, "provisional months and flags are explained", text)
    shown = cli.on_terminal(80, *words)
    at = shown.index("Elective (day cases)  All")
    tap.ok([line.split() for line in shown[at + 1:at + 8]] == [line.split() for line in (
        "Jul-07 Budget 0 £0.0k", "Jul-07 Actual 13 £7.6k", "Jul-07 Variance -13 -£7.6k", "Annual Budget 0 £0.0k", "YTD Budget 0 £0.0k",
        "YTD Actual 50 £30.3k", "YTD Variance -50 -£30.3k")], "a narrow terminal gets each row's figures below one another", "\n".join(shown))
    tap.ok(not any("Cost" in line for line in shown), "without the headings of two columns", "\n".join(shown))
    tap.ok(HIDDEN not in lines, "where every count is shown, nothing is said of those that are not", text)
    other = report_pb2.GetFinancialSummaryResponse.FromString(summary.SerializeToString())
    for row in (2, 3):
        other.blocks[0].rows[row].month_actual.ClearField("activity")
        other.blocks[0].rows[row].month_variance.ClearField("activity")
    server.handlers["GetFinancialSummary"] = lambda q, c: other
    lines = cli(*words).stdout.decode().splitlines()
    tap.ok("Provider NHS Trust B 0 £0.0k * £0.8k * -£0.8k 0 £0.0k 0 £0.0k 11 £5.9k -11 -£5.9k" in [" ".join(line.split()) for line in lines],
           "a count that is not shown is a star", "\n".join(lines))
    tap.ok(lines[-1] == HIDDEN, "which a line below explains, once", lines[-1])
    table = rows(cli(*words, "--format", "csv").stdout)
    tap.ok(table[3][2:8] == ["0", "0.00", "", "800.00", "", "-800.00"], "in CSV it is empty, which is not 0", table[3])
    told = json.loads(cli(*words, "--format", "json").stdout)["blocks"][0]["rows"]
    tap.ok((told[3]["month_actual"], told[5]["month_actual"]) == ({"cost_pence": "130000"}, {"activity": "0", "cost_pence": "0"}),
           "in JSON it is absent", told[3])
    server.handlers["GetFinancialSummary"] = lambda q, c: summary
    for by, heading in (("pod", b"POD "), ("hrg", b"HRG "), ("practice", b"Practice ")):
        tap.ok(b"\n" + heading in cli(*words, "--by", by).stdout, f"by {by} is headed so")
    cli(*words)
    request = server.requests["GetFinancialSummary"][-1]
    tap.ok((request.practice_code, request.period, request.pod_group, request.as_at) == ("A81001", "2007-07", "admitted", "2007-08-31"),
           "flags are the filters", request)
    table = rows(cli(*words, "--format", "csv").stdout)
    pairs = [f"{name}_{what}" for name in ("month_budget", "month_actual", "month_variance", "annual_budget", "ytd_budget",
                                           "ytd_actual", "ytd_variance") for what in ("activity", "cost")]
    tap.ok(table[0] == ["block", "row", *pairs, "flag", "month_state", "ytd_state", "month_completion"], "CSV has the report's columns", table[0])
    tap.ok(table[1] == ["Elective (day cases)", "All", "0", "0.00", "13", "7600.00", "-13", "-7600.00", "0", "0.00", "0", "0.00",
                        "50", "30300.00", "-50", "-30300.00", "", "flex", "flex", "1.031"] and table[6][-4] == "!", "to the penny", table[1])
    # 1,550.00 of 1,500.00, 512.00 of 500.00, and no earlier month.
    tap.ok([row[-1] for row in table[2:5]] == ["1.033", "1.024", ""], "with what each provider's flex months ended at", table)


class Store:
    def __init__(self, server):
        self.data = {}
        server.handlers["UploadFile"] = self.upload
        server.handlers["GetUpload"] = lambda q, c: fake_pbcd.refuse(c, grpc.StatusCode.NOT_FOUND, "No such upload.")

    def upload(self, messages, context):
        for message in messages:
            self.data.setdefault((message.upload_id, message.file_name), bytearray()).extend(message.data)
        return upload_pb2.UploadFileResponse()


def ended(state, outcomes=(), **rest):
    operation = operation_pb2.Operation(operation_id="77", kind="import_activity", state=state, progress_unit="rows", **rest)
    for name, value, *detail in outcomes:
        operation.outcomes.add(name=name, value=value, detail="".join(detail))
    return operation_pb2.WatchOperationResponse(operation=operation)


def imports(server, cli):
    store = Store(server)
    server.handlers["ImportActivity"] = lambda q, c: activity_pb2.ImportActivityResponse(
        operation=operation_pb2.Operation(operation_id="77"))

    def watch(request, context):
        yield ended(RUNNING, progress_done=1, progress_total=4)
        yield ended(SUCCEEDED, [("accepted", "2"), ("rejected", "2"), ("excluded", "0"), ("unpriced", "1234"),
                                ("cost_pence", "123450"), ("error.E105", "2", "practice_code is not a known practice")], result_id="17")
    server.handlers["WatchOperation"] = watch

    def rejects(request, context):
        if not request.page_token:
            return activity_pb2.ListRejectsResponse(header="record_id,hrg", next_page_token="2", rejects=[activity_pb2.Reject(
                line=2, column="hrg", code="E104", severity="error", message="HN2 is no HRG, nor -1", source='"R,1",HN2')])
        if request.page_token == "2":
            # A row's reasons may come on two pages.
            return activity_pb2.ListRejectsResponse(header="record_id,hrg", next_page_token="3", rejects=[activity_pb2.Reject(
                line=2, column="sex", code="E110", severity="error", message="must be 0, 1, 2 or 9", source='"R,1",HN2')])
        return activity_pb2.ListRejectsResponse(header="record_id,hrg", rejects=[activity_pb2.Reject(
            line=5, column="hrg", code="W204", severity="warning", message="=x is no HRG", source="R4,=x")])
    server.handlers["ListRejects"] = rejects
    path = cli.file("july.csv", "record_id,hrg\n")
    words = ("activity", "import", path, "--provider", "RXX", "--period", "2017-07", "--phase", "flex")
    done = cli(*words, "--rejects", "out.csv")
    request = server.requests["ImportActivity"][-1]
    tap.ok(done.returncode == f.OK and b"2 rows were rejected" in done.stderr, "an import with rejects is exit 0 and says so", f.words(done))
    tap.ok((request.upload_id, "july.csv") in store.data and request.phase == activity_pb2.PHASE_FLEX
           and server.requests["WatchOperation"][-1].operation_id == "77", "it names its upload, and its operation is watched", request)
    told = [re.split("  +", line.strip()) for line in done.stdout.decode().splitlines()]
    tap.ok(told[:3] == [["Outcome", "Value"], ["Accepted", "2"], ["Rejected", "2"]] and ["Cost", "£1,234.50"] in told
           and ["Unpriced", "1,234"] in told, "what came of it is told first, in words", told)
    tap.ok(any(b"practice_code is not a known practice" in line and line.startswith(b"Error E105") for line in done.stdout.splitlines()),
           "with what a code means", done.stdout)
    tap.ok(b"tariff" not in done.stdout and ["Submission", "17"] in told and told[-1] == ["Operation", "77"],
           "without what there was none of, and then what it made", told)
    tap.ok(b"pbc activity rejects 17" in done.stderr, "and how to see the rejects", f.words(done))
    with open(os.path.join(cli.directory, "out.csv"), "rb") as file:
        out = rows(file.read())
    tap.ok(out == [["record_id", "hrg", "row", "column", "code", "severity", "message", "net_change"],
                   ["R,1", "HN2", "2", "hrg; sex", "E104; E110", "error", "HN2 is no HRG, nor -1; must be 0, 1, 2 or 9", "I"],
                   ["R4", "=x", "5", "hrg", "W204", "warning", "'=x is no HRG", "U"]],
           "the rejects' file is the rows as sent with the reasons", out)
    tap.ok(stat.S_IMODE(os.stat(os.path.join(cli.directory, "out.csv")).st_mode) == 0o600, "which nobody else may read")
    done = cli(*words, "--format", "csv")
    table = rows(done.stdout)
    tap.ok(["77", "17", "accepted", "2", ""] in table and ["77", "17", "excluded", "0", ""] in table
           and ["77", "17", "cost", "1234.50", ""] in table, "all outcomes by their names in CSV, pence in pounds", done.stdout)
    done = cli(*words, "--no-wait")
    tap.ok(done.stdout == b"77\n", "--no-wait prints the operation's id", f.words(done))
    done = cli(*words, "--no-wait", "--rejects", "out.csv")
    tap.ok(done.returncode == f.USAGE, "--no-wait and --rejects do not go together", f.words(done))
    server.handlers["WatchOperation"] = lambda q, c: iter([ended(FAILED, error_message="The month is closed.", error_hint="Send an adjustment.")])
    done = cli(*words)
    tap.ok(done.returncode == f.VALIDATION and b"The month is closed." in done.stderr and b"Send an adjustment." in done.stderr,
           "a failed operation is exit 6, with its message and remedy", f.words(done))
    server.handlers["WatchOperation"] = lambda q, c: iter([ended(FAILED, error_message="The lines differ.", result_id="17")])
    done = cli(*words)
    tap.ok(done.stdout.split() == [b"Operation", b"77"], "and names nothing that it was about to make", f.words(done))
    shrunk = [("accepted", "2"), ("supersedes", "16"), ("superseded_accepted", "858")]
    server.handlers["WatchOperation"] = lambda q, c: iter([ended(SUCCEEDED, shrunk, result_id="17")])
    done = cli(*words)
    tap.ok(b"2 records count where 858 did" in done.stderr and b"pbc activity restore 16 --reason" in done.stderr,
           "a month of which little is left is remarked, with the way back", f.words(done))
    shrunk[0] = ("accepted", "429")
    tap.ok(b"records count where" not in cli(*words).stderr, "half of it is not")
    server.handlers["WatchOperation"] = lambda q, c: iter([ended(SUCCEEDED, [("duplicate_of", "17"), ("replaced_by", "18")])])
    done = cli(*words)
    tap.ok(b"came before as 17, which 18 has replaced" in done.stderr and b"18 counts" in done.stderr
           and b"pbc activity restore 17" in done.stderr, "an old version sent again does not pass for the one that counts", f.words(done))
    server.handlers["WatchOperation"] = lambda q, c: iter([ended(SUCCEEDED, [("duplicate_of", "17"), ("amended_by", "18")])])
    done = cli(*words)
    tap.ok(b"came before as 17, and 18 has changed records of it since" in done.stderr and b"another file" in done.stderr,
           "nor an adjustment that others changed since", f.words(done))
    server.handlers["WatchOperation"] = lambda q, c: iter([ended(FAILED, error_message="Closed.", error_code=9, error_reason="MONTH_FROZEN")])
    done = cli(*words)
    tap.ok(done.returncode == f.CONFLICT and b"MONTH_FROZEN (FAILED_PRECONDITION)" in done.stderr,
           "and ends as the same refusal at once would", f.words(done))
    done = cli("activity", "import", path, "--provider", "RXX", "--period", "2017-07", "--phase", "soft")
    tap.ok(done.returncode == f.USAGE and b"flex, freeze or adjustment" in done.stderr, "a word that is none is told with those that are", f.words(done))
    done = cli("activity", "import", "absent.csv", "--provider", "RXX", "--period", "2017-07", "--phase", "flex")
    tap.ok(done.returncode == f.USAGE and b"absent.csv" in done.stderr, "a file that is not there is named", f.words(done))


def impact(server, cli):
    server.handlers["RunTariffImpact"] = lambda q, c: tariff_pb2.RunTariffImpactResponse(operation=operation_pb2.Operation(operation_id="77"))
    done = cli("tariff", "impact", "--tariff", "T", "--from", "2017-04", "--to", "2017-07", "--no-wait")
    tap.ok(done.stdout == b"77\n", "whatever starts an operation need not wait for it", f.words(done))
    total = tariff_pb2.TariffImpactLine(name="All", records=30, lost=0, now_pence=500)
    line = tariff_pb2.TariffImpactLine(code="RXX", name="Trust", records=30, lost=0, now_pence=500)
    server.handlers["GetTariffImpact"] = lambda q, c: tariff_pb2.GetTariffImpactResponse(
        impact=tariff_pb2.TariffImpact(impact_id="5", total=total, lines=[line]))
    lines = [" ".join(text.split()) for text in cli("tariff", "impact-show", "5").stdout.decode().splitlines()]
    tap.ok("Gain a price *" in lines and "Lose theirs 0" in lines and "RXX Trust 30 £5.00 £0.00 £0.00 * 0" in lines and lines[-1] == HIDDEN,
           "a count of an impact that is not shown is a star", lines)


def interrupted(server, cli):
    def forever(request, context):
        yield ended(RUNNING)
        while context.is_active():
            time.sleep(0.1)
    server.handlers["WatchOperation"] = forever
    process = cli.start("operation", "watch", "77")
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, text = process.communicate(timeout=10)
    tap.ok(process.returncode == f.OTHER and b"pbc operation watch 77" in text, "an interrupted wait says how to go on", text)


def contracts(server, cli):
    store = Store(server)
    server.handlers["SubmitContract"] = lambda q, c: contract_pb2.SubmitContractResponse(
        operation=operation_pb2.Operation(operation_id="77"))
    cli.file("rxx/contract.json", "{}")
    cli.file("rxx/plan.csv", "month\n")
    done = cli("contract", "submit", "rxx", "--no-wait")
    request = server.requests["SubmitContract"][-1]
    tap.ok(done.returncode == f.OK and (request.contract_upload_id, "contract.json") in store.data
           and (request.plan_upload_id, "plan.csv") in store.data and request.prices_upload_id == "",
           "a contract is its JSON and plan; prices may be absent", f.words(done))
    cli.file("rxx/prices.csv", "currency\n")
    done = cli("contract", "submit", "rxx/contract.json", "--no-wait", "--validate-only")
    request = server.requests["SubmitContract"][-1]
    tap.ok((request.prices_upload_id, "prices.csv") in store.data and request.validate_only,
           "named by its JSON, the rest is found beside it", f.words(done))
    ids = {request.contract_upload_id, request.plan_upload_id, request.prices_upload_id}
    tap.ok(len(ids) == 3, "each file is an upload of its own", ids)


def cases(server, cli):
    now = business_case_pb2.BusinessCase(case_id="12", etag="e1", state=1, content=business_case_pb2.CaseContent(
        title="Minor surgery", need="Waits", set_up_cost_pence=100))
    server.handlers["GetBusinessCase"] = lambda q, c: business_case_pb2.GetBusinessCaseResponse(business_case=now)
    server.handlers["CreateBusinessCase"] = lambda q, c: business_case_pb2.CreateBusinessCaseResponse(business_case=now)
    server.handlers["UpdateBusinessCase"] = lambda q, c: business_case_pb2.UpdateBusinessCaseResponse(business_case=now)
    server.handlers["DecideBusinessCase"] = lambda q, c: business_case_pb2.DecideBusinessCaseResponse(business_case=now)
    done = cli("case", "update", "12", "--need", "Longer waits")
    request = server.requests["UpdateBusinessCase"][-1]
    tap.ok((request.etag, request.content.title, request.content.need, request.content.set_up_cost_pence)
           == ("e1", "Minor surgery", "Longer waits", 100), "an update changes what its flags say and keeps the rest", f.words(done))
    cli("case", "update", "12", "--etag", "old", "--need", "x")
    tap.ok(server.requests["UpdateBusinessCase"][-1].etag == "old", "a given etag is sent as it is")
    path = cli.file("case.json", json.dumps({"title": "New", "risks": "Few"}))
    cli("case", "update", "12", "--file", path, "--title", "Newer")
    content = server.requests["UpdateBusinessCase"][-1].content
    tap.ok((content.title, content.risks, content.need) == ("Newer", "Few", ""), "a file replaces the content, and flags win", content)
    cli("case", "create", "--practice", "A81001", "--file", "-", stdin=b'{"title": "From a pipe"}')
    request = server.requests["CreateBusinessCase"][-1]
    tap.ok(request.content.title == "From a pipe" and request.practice_code == "A81001", "a case can come from a pipe", request)
    done = cli("case", "create", "--practice", "A81001")
    tap.ok(done.returncode == f.USAGE and b"--file JSON, or flags such as --title" in done.stderr,
           "a case of which nothing is said is a usage error that says what to give", f.words(done))
    cli("case", "decide", "12", "--decision", "approve-with-conditions", "--reasons", "Good")
    request = server.requests["DecideBusinessCase"][-1]
    tap.ok(request.decision == 2 and request.etag == "e1" and request.reasons == "Good", "a decision is of the case as it is", request)
    text = cli("case", "show", "12").stdout.decode()
    tap.ok("Minor surgery" in text and "draft" in text and "£1.00" in text, "a case is shown", text)


def budgets(server, cli):
    budget = budget_pb2.Budget(practice_code="A81001", financial_year="2017/18", activity=78, cost_pence=7800, state=2)
    budget.lines.add(line_id="118", activity=78, pod="EL", provider_code="RXX", cost_pence=7800, month_cost_pence=range(100, 1300, 100))
    server.handlers["GetBudget"] = lambda q, c: budget_pb2.GetBudgetResponse(budget=budget)
    done = cli("budget", "show")
    tap.ok(done.returncode == f.OK and b"issued" in done.stdout and b"118" in done.stdout
           and server.requests["GetBudget"][-1].practice_code == "", "one's own budget needs no flags", f.words(done))
    server.handlers["GetBudget"] = lambda q, c: fake_pbcd.refuse(
        c, grpc.StatusCode.INVALID_ARGUMENT, "financial_year must be a financial year", "BAD_FIELD", None,
        [("financial_year", "must be a financial year")])
    done = cli("budget", "show", "--year", "2017")
    tap.ok(b"field:  financial_year (--year)\n" in done.stderr, "a refused field is told with its flag", f.words(done))
    server.handlers["ExplainBudgetLine"] = lambda q, c: budget_pb2.ExplainBudgetLineResponse(line=budget.lines[0], steps=[
        budget_pb2.WorkingStep(step=1, rule="HISTORIC_ACTIVITY", detail="78 records", activity=78, source="2016/17"),
        budget_pb2.WorkingStep(step=2, rule="REPRICE_AT_TARIFF", detail="none has a price", activity=0, amount_pence=0, source="tariff")])
    lines = [" ".join(line.split()) for line in cli("budget", "explain", "118").stdout.decode().splitlines()]
    tap.ok(lines[-2:] == ["1 HISTORIC_ACTIVITY 78 records 78 2016/17", "2 REPRICE_AT_TARIFF none has a price 0 £0.00 tariff"],
           "a step without an amount is not one of nothing", lines)
    server.handlers["GetBudget"] = lambda q, c: budget_pb2.GetBudgetResponse(budget=budget)
    table = rows(cli("budget", "show", "--format", "csv").stdout)
    tap.ok(HIDDEN not in cli("budget", "show").stdout.decode(), "a budget of which every count is shown has no note")
    tap.ok(table[0][:3] == ["practice_code", "financial_year", "line_id"] and table[0][-12:] == [f"month_{m:02}_cost" for m in range(1, 13)]
           and table[1][-12:] == [f"{m}.00" for m in range(1, 13)], "its CSV holds the twelve months", table)
    budget.ClearField("activity")
    budget.lines[0].ClearField("activity")
    lines = [" ".join(line.split()) for line in cli("budget", "show").stdout.decode().splitlines()]
    tap.ok("Activity *" in lines and "118 EL RXX * £78.00" in lines and lines.count(HIDDEN) == 1 and lines[-1] == HIDDEN,
           "counts that are not shown are stars, in a record and in a table, with one note", lines)
    tap.ok(rows(cli("budget", "show", "--format", "csv").stdout)[1][6:8] == ["", "78.00"], "and empty in CSV")


def invoices(server, cli):
    Store(server)
    server.handlers["SubmitInvoice"] = lambda q, c: invoice_pb2.SubmitInvoiceResponse(operation=operation_pb2.Operation(operation_id="77"))
    path = cli.file("bill.csv", "line_number\n")
    cli("invoice", "submit", path, "--provider", "RXX", "--period", "2017-07", "--number", "N-1", "--total", "-12345.67",
        "--kind", "credit_note", "--no-wait")
    request = server.requests["SubmitInvoice"][-1]
    tap.ok((request.total_pence, request.kind, request.invoice_number) == (-1234567, 3, "N-1"), "pounds are sent as pence", request)


def statements(server, cli):
    statement = settlement_pb2.Statement(statement_id="31", reference="ST/2017-18/0001", month_state="flex", organisation_code="A81001",
                                         provider_code="RXX",
                                         period="2017-07", invoiced_pence=500, undisputed_pence=300, disputed_pence=200)
    statement.lines.add(practice_code="A81001", pod="EL", activity=2, invoiced_pence=500, undisputed_pence=300, disputed_pence=200)
    server.handlers["GetStatement"] = lambda q, c: settlement_pb2.GetStatementResponse(statement=statement)
    server.handlers["WatchStatements"] = lambda q, c: iter([settlement_pb2.WatchStatementsResponse(statement=statement)] * 1)
    text = cli("settlement", "statement", "31").stdout.decode()
    tap.ok("ST/2017-18/0001" in text and "EL" in text and "£2.00" in text, "a statement is shown with its lines", text)
    expected = ["31", "ST/2017-18/0001", "A81001", "RXX", "", "2017-07", "A81001", "EL", "2", "5.00", "3.00", "2.00", "flex"]
    tap.ok(rows(cli("settlement", "statement", "31", "--format", "csv").stdout)[1] == expected, "in CSV each line names its statement")
    tap.ok(rows(cli("settlement", "watch", "--count", "1", "--format", "csv").stdout)[1] == expected, "also when it is watched")
    statement.lines[0].ClearField("activity")
    for words in (("statement", "31"), ("watch", "--count", "1")):
        lines = [" ".join(line.split()) for line in cli("settlement", *words).stdout.decode().splitlines()]
        tap.ok("A81001 EL * £5.00 £3.00 £2.00" in lines and lines[-1] == HIDDEN, f"a statement's count that is not shown is a star: {words[0]}", lines)


def surroundings(server, cli):
    done = cli("--help")
    tap.ok(done.returncode == f.OK and b"financial-summary" in done.stdout, "--help lists the commands")
    tap.ok(cli().returncode == f.USAGE, "nothing at all is a usage error")
    done = cli("bugdet", "show")
    tap.ok(done.returncode == f.USAGE and b'did you mean "budget"?' in done.stderr, "an unknown noun suggests the nearest", f.words(done))
    done = cli("budget", "shwo")
    tap.ok(done.returncode == f.USAGE and b'did you mean "budget show"?' in done.stderr, "an unknown verb too", f.words(done))
    done = cli("budget", "show", PBC_SERVER=None)
    tap.ok(done.returncode == f.USAGE and b"--server" in done.stderr, "no server is a usage error that says what to do", f.words(done))
    cli.file(".config/pbc/pbc.conf", f'profile finance {{\n  server = "localhost:{server.port}"\n  ca = "{cli.certificates}/ca.pem"\n'
             f'  cert = "{cli.certificates}/good.pem"\n  key = "{cli.certificates}/good.key"\n}}\n')
    bare = {name: None for name in ("PBC_SERVER", "PBC_CA", "PBC_CERT", "PBC_KEY")}
    done = cli("--as", "finance", "budget", "show", **bare)
    tap.ok(done.returncode == f.OK, "a profile is all one needs", f.words(done))
    done = cli("budget", "show", "--as", "finanse", **bare)
    tap.ok(done.returncode == f.USAGE and b'did you mean "finance"?' in done.stderr, "an unknown profile is told with the nearest", f.words(done))
    tap.ok(b"name one that it has: finance" in done.stderr, "and with all that there are", f.words(done))
    done = cli("budget", "show", **bare)
    tap.ok(done.returncode == f.USAGE and b"name a profile with --as: finance" in done.stderr,
           "who forgot --as is told the profiles", f.words(done))
    done = cli("invoice", "submit", "--help")
    tap.ok(b"--kind KIND" in done.stdout.split(b"\n\n")[0], "a long usage takes several lines", f.words(done))
    listed = cli("--help").stdout.decode()
    commands = re.findall(r"^  (\S+(?: \S+)?)  ", listed[:listed.index("Options")] + "\n", re.M)
    helps = [listed] + [cli(*command.split(), "--help").stdout.decode() for command in commands]
    wide = [line for text in helps for line in text.splitlines() if len(line) > 80]
    tap.ok(len(helps) > 50 and not wide, "every help fits eighty columns", wide)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(cli.command("--help"), stdout=full, stderr=subprocess.PIPE, env=cli.environment)
    tap.ok(done.returncode == f.OTHER and b"No space left on device" in done.stderr, "output that is lost is told", done.stderr)
    done = cli("budget", "show", PBC_CONFIG="/nowhere/pbc.conf")
    tap.ok(done.returncode == f.USAGE and b"cannot read /nowhere/pbc.conf: No such file" in done.stderr,
           "so is a configuration file that is not there", f.words(done))
    done = cli("budget", "show", PBC_CERT="/nowhere/me.pem")
    tap.ok(done.returncode == f.USAGE and b"cannot use certificate /nowhere/me.pem: No such file" in done.stderr,
           "a certificate that is not there is said not to be", f.words(done))
    done = cli("activity", "worklist", "--period", "2017-07", "--reason", "x", "--oddity", "odd")
    tap.ok(b"same-day, zero-day-emergency" in done.stderr, "words are spelt as the help spells them", f.words(done))
    done = cli("--as", "finance", "budget", "show")
    tap.ok(b"PBC_CERT decides" in done.stderr, "that the environment overrules a profile's identity is said", f.words(done))
    done = cli("--complete", "budget", "e")
    tap.ok(done.stdout == b"explain\n", "completion knows the verbs", done.stdout)
    tap.ok(cli("--complete", "--as", "fi").stdout == b"finance\n", "and the profiles")
    tap.ok(cli("--complete", "--as", "", PBC_CONFIG="/nowhere/pbc.conf").stdout == b"", "of which a file that is not there has none")
    done = cli("--manual")
    tap.ok(b".TH PBC 1" in done.stdout and b"pbc settlement watch" in done.stdout, "the manual page has the commands")
    process = cli.start("--help")
    process.stdout.close()
    tap.ok(process.wait(10) in (f.OK, f.OTHER), "a reader that goes away kills nobody")


def main():
    certificates = t.make_certificates()
    server = fake_pbcd.FakePbcd(certificates)
    cli = f.Cli(certificates, f"localhost:{server.port}")
    for part in (lists, narrow, money, report, imports, impact, interrupted, contracts, cases, budgets, invoices, statements, surroundings):
        part(server, cli)
    server.stop()
    tap.done()


if __name__ == "__main__":
    main()
