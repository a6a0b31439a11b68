#!/usr/bin/python3
"""pbc-jobd from file to ledger: reference data, pricing, refusals, freeze, repeats, budgets, invoices, crashes."""

import hashlib
import hmac
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from jobs import Jobs
from tap import Tap

tap = Tap()

# Seconds of import: a cancel is learnt of within half of one, and so is progress.
LONG_ROWS = 300000

PRACTICES = """practice_code,name,commissioner_code,group_code,valid_from,valid_to
X00001,The Example Surgery,5XZ,NORTH,2010-04-01,
X00002,Moved Away,5XZ,NORTH,2010-04-01,2017-07-15
X00002,Moved Away,5YZ,NORTH,2017-07-16,
X00003,Closed,5XZ,NORTH,2010-04-01,2018-01-15
"""
PROVIDERS = """provider_code,name,year,mff,local
RXA,Trust A,2016/17,1.05,Y
RXA,Trust A,2017/18,1.10,Y
RXB,Trust B,2017/18,1.00,Y
"""
TARIFF = """currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,short_stay_applies,short_stay_price
BZ34C,HRG,Cataract,Eyes,DC,ALL,672,,,N,
DZ11V,HRG,Pneumonia,Lungs,NEL,ALL,1486,14,210,Y,1040.20
FZ18K,HRG,Hernia,Digestive,EL,ALL,1363,5,232,N,
FZ18K,HRG,Hernia,Digestive,DC,ALL,,,,N,
130,TFC,Ophthalmology,Outpatients,OPFA,ADULT,100,,,N,
130,TFC,Ophthalmology,Outpatients,OPFA,CHILD,120,,,N,
130,TFC,Ophthalmology,Outpatients,OPFUP,ALL,50.05,,,N,
VB08Z,AE,Standard,Emergency,AE,ALL,126,,,N,
"""
COLUMNS = ("record_id,dataset,practice_code,commissioner_code,nhs_number,local_patient_id,sex,age,treatment_function_code,hrg,"
           "patient_classification,admission_method,admission_date,discharge_date,attendance_date,first_attendance,attended,"
           "arrival_date,ae_department_type,provider_price")


def row(**fields):
    base = {"practice_code": "X00001", "nhs_number": "9434765919", "sex": "1", "age": "40"}
    base.update(fields)
    return ",".join(base.get(column, "") for column in COLUMNS.split(","))


def spell(record_id, hrg, classification, method, admitted, discharged, **fields):
    return row(record_id=record_id, dataset="APC", hrg=hrg, patient_classification=classification, admission_method=method,
               admission_date=admitted, discharge_date=discharged, **fields)


def visit(record_id, first, attended, **fields):
    return row(**{"record_id": record_id, "dataset": "OP", "treatment_function_code": "130", "attendance_date": "2017-07-10",
                  "first_attendance": first, "attended": attended, **fields})


# name, row, state, pence: worked by hand from the tariff above at a market forces factor of 1.10.
PRICED = [
    ("a day case", spell("R1", "BZ34C", "2", "11", "2017-07-03", "2017-07-03"), "priced", 73920),
    ("a long stay of 7 days beyond the trim", spell("R2", "DZ11V", "1", "21", "2017-06-20", "2017-07-11"), "priced", 325160),
    ("a short-stay emergency", spell("R3", "DZ11V", "1", "21", "2017-07-10", "2017-07-11"), "priced", 114422),
    ("a child's short stay in full", spell("R4", "DZ11V", "1", "21", "2017-07-10", "2017-07-11", age="12"), "priced", 163460),
    ("an elective stay at the trim", spell("R5", "FZ18K", "1", "12", "2017-07-01", "2017-07-06"), "priced", 149930),
    ("an adult's first attendance", visit("R6", "1", "5"), "priced", 11000),
    ("a child's first attendance", visit("R7", "1", "5", age="16"), "priced", 13200),
    ("a follow-up, half a penny up", visit("R8", "2", "6"), "priced", 5506),
    ("an A&E attendance", row(record_id="R9", dataset="AE", hrg="VB08Z", arrival_date="2017-07-31", ae_department_type="01"),
     "priced", 13860),
    ("a missed appointment", visit("R10", "1", "3"), "excluded", None),
    ("a tariff row without a price", spell("R11", "FZ18K", "2", "11", "2017-07-03", "2017-07-03"), "unpriced", None),
    ("a group outside the tariff", spell("R12", "HN22E", "1", "11", "2017-07-03", "2017-07-05"), "unpriced", None),
]
NOT_OURS = visit("R13", "1", "5", practice_code="X00002", attendance_date="2017-07-16")
OURS_LAST_DAY = visit("R14", "1", "5", practice_code="X00002", attendance_date="2017-07-15")
REFUSED = [
    ("E102", visit("R6", "1", "5")),
    ("E103", row(record_id="S1", dataset="XX")),
    ("E104", visit("S2", "1", "5", practice_code="X1")),
    ("E105", visit("S3", "1", "5", practice_code="X99999")),
    ("E107", visit("S4", "1", "5", nhs_number="")),
    ("E108", visit("S5", "1", "5", nhs_number="9434765918")),
    ("E111", visit("S6", "1", "5", age="131")),
    ("E113", spell("S7", "", "1", "11", "2017-07-03", "2017-07-05")),
    ("E118", spell("S8", "BZ34C", "1", "11", "2017-07-05", "2017-07-03")),
    ("E126", spell("S9", "BZ34C", "1", "11", "2017-07-31", "2017-08-01")),
    ("E127", visit("S10", "1", "5", attendance_date="2017-06-30")),
    ("E129", visit("S11", "1", "5", provider_price="12.345")),
    ("E138", visit("S12-9434765919", "1", "5", nhs_number="9434765919")),
]
JULY = "\n".join([COLUMNS] + [text for _, text, _, _ in PRICED] + [NOT_OURS, OURS_LAST_DAY] +
                 [text for _, text in REFUSED]) + "\n"

JULY_PENCE = sum(pence for _, _, _, pence in PRICED if pence) + 11000


def activity(jobs, file, period="2017-07", phase="flex", provider_code="RXA", **params):
    return jobs.run("import_activity", file=file, provider_code=provider_code, period=period, phase=phase, **params)


def reference(jobs):
    trial = jobs.run("import_practices", file=PRACTICES, validate_only=True)
    tap.is_((trial["state"], trial["outcomes"]["new"]), ("succeeded", "4"), "validate_only reports what an import would do")
    tap.is_(jobs.sql("SELECT count(*) FROM ledger.practice"), "0", "and keeps nothing")
    tap.is_(jobs.run("import_practices", file=PRACTICES)["outcomes"]["new"], "4", "practices are imported with memberships")
    tap.is_(jobs.run("import_practices", file=PRACTICES)["outcomes"]["new"], "0", "the same file again adds nothing")
    moved = PRACTICES.replace("2010-04-01,\n", "2010-04-01,2018-03-31\n")
    jobs.run("import_practices", file=moved)
    tap.is_(jobs.sql("SELECT valid_to FROM ledger.practice_membership WHERE practice_code = 'X00001'"), "2018-03-31",
            "an open membership can be closed")
    other = jobs.run("import_practices", file=PRACTICES.replace("X00001,The Example Surgery,5XZ", "X00001,The Example Surgery,5YZ"))
    tap.is_((other["state"], other["error_message"]), ("failed", "line 2: practice X00001 has another membership from that day"),
            "but not changed in place")
    bad = jobs.run("import_practices", file=PRACTICES.replace("2017-07-16", "2017-13-16"))
    tap.is_(bad["error_message"], "line 4: valid_from is not a date such as 2017-07-31", "a bad field names its line")
    tap.is_(jobs.run("import_providers", file=PROVIDERS)["state"], "succeeded", "providers are imported")
    mff = jobs.run("import_providers", file=PROVIDERS.replace("1.10", "1.20"))
    tap.is_(mff["state"], "failed", "a market forces factor that prices rest on stays")
    for work, file in (("import_practices", PRACTICES.replace("The Example Surgery", "Surgery of 943 476 5919")),
                       ("import_tariff", TARIFF.replace("Cataract", "Cataract 9434765919"))):
        names = jobs.run(work, file=file, year=2017)
        tap.is_((names["error_message"], names["error_hint"]), ("line 2: name holds what looks like an NHS number",
                "write about patients without identifiers"), f"{work} takes no name of a patient")
    population = "practice_code,year,sex,age_band,patients\nX00001,2017/18,1,0-4,100\n"
    tap.is_(jobs.run("import_populations", file=population)["outcomes"]["new"], "1", "populations are imported")
    weighting = "practice_code,year,weighted_population\nX00001,2017/18,104.5\n"
    jobs.run("import_weightings", file=weighting)
    tap.is_(jobs.sql("SELECT weighted_patients_milli FROM ledger.weighted_population"), "104500", "and weightings")
    missing = jobs.run("import_weightings", file="practice_code,year\nX00001,2017/18\n")
    tap.ok("weighted_population" in missing["error_message"], "a missing column is named", missing["error_message"])
    damaged = jobs.wait(jobs.submit("import_practices", upload_id=jobs.upload(PRACTICES, sha256="00" * 32)))
    tap.is_((damaged["state"], damaged["attempt"]), ("failed", 1), "bytes that differ from their SHA-256 are refused")


def tariff(jobs):
    early = activity(jobs, JULY)
    tap.ok("no tariff" in early["error_message"], "activity waits for a tariff", early["error_message"])
    first = jobs.run("import_tariff", file=TARIFF, year=2017)
    tap.is_((first["state"], first["outcomes"]["rows"]), ("succeeded", "8"), "a tariff is imported")
    again = jobs.run("import_tariff", file=TARIFF, year=2017)
    tap.is_(again["outcomes"]["duplicate_of"], first["result_id"], "the same tariff again is the one in force")
    twice = jobs.run("import_tariff", file=TARIFF + "BZ34C,HRG,Cataract,Eyes,DC,ALL,673,,,N,\n", year=2017)
    tap.is_(twice["error_message"], "line 10: an earlier line is for the same thing", "two prices for one thing are refused")
    dated = "currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,short_stay_applies,short_stay_price,valid_from," \
            "valid_to\nBZ34C,HRG,Cataract,Eyes,DC,ALL,673,,,N,,2017-07-01,2018-03-31\nBZ34C,HRG,Cataract,Eyes,EL,ALL,673,,,N,,," \
            "\nBZ34C,HRG,Cataract,Eyes,DC,ALL,670,,,N,,2017-04-01,2017-07-01\n"
    overlap = jobs.run("import_tariff", file=dated, year=2017)
    tap.is_(overlap["error_message"], "line 4: an earlier line has a price for the same thing on the same day",
            "two prices of one day are refused, whichever begins first")
    apart = jobs.run("import_tariff", file=dated.replace(",2017-07-01\n", ",2017-06-30\n"), year=2017, validate_only=True)
    tap.is_(apart["state"], "succeeded", "of days beside each other they are not")
    tap.is_(jobs.sql("SELECT count(*) FROM ledger.tariff_in_force"), "1", "and leave the old tariff in force")


def july(jobs):
    trial = activity(jobs, JULY, validate_only=True)
    done = activity(jobs, JULY)
    submission = done["result_id"]
    tap.is_(trial["outcomes"], done["outcomes"], "a trial has the outcomes of the import")
    for number, (name, _, state, pence) in enumerate(PRICED, 1):
        got = jobs.sql(f"SELECT price_state, coalesce(total_pence::text, 'none') FROM ledger.activity WHERE record_id = 'R{number}'")
        tap.is_(got, f"{state}|{'none' if pence is None else pence}", f"{name} is {state} at {pence}")
    tap.is_(done["outcomes"]["late"], "2017-08-16", "a flex after its inclusion date is late, and taken")
    tap.is_(done["outcomes"]["cost_pence"], str(JULY_PENCE), "the cost is that of our priced records")
    counts = {name: done["outcomes"][name] for name in ("rows", "accepted", "rejected", "priced", "excluded", "unpriced", "not_ours")}
    tap.is_(counts, {"rows": "27", "accepted": "14", "rejected": "13", "priced": "10", "excluded": "1", "unpriced": "2",
                     "not_ours": "1"}, "every row is counted once")
    for code, _ in REFUSED:
        tap.is_(done["outcomes"].get("error." + code), "1", f"{code} refuses its row")
    tap.is_(jobs.sql("SELECT responsible_code, attribution FROM ledger.activity WHERE record_id = 'R13'"), "5YZ|registered_elsewhere",
            "a patient of a practice that left is the other PCT's from that day")
    tap.is_(jobs.sql("SELECT attribution FROM ledger.activity WHERE record_id = 'R14'"), "registered", "and ours the day before")
    tap.is_(jobs.sql("SELECT line, column_name, code FROM patient.reject WHERE severity = 'error' ORDER BY line LIMIT 1"),
            "16|record_id|E102", "a refused row is kept with its line, column and code")
    tap.is_(jobs.sql("SELECT sum(activity), sum(cost_pence) FILTER (WHERE ours) FROM ledger.activity_rollup"),
            f"14|{JULY_PENCE}", "rollups add up to the rows")
    privacy(jobs)
    return submission


def privacy(jobs):
    parts = b"nhs\x005XZ\x009434765919\x00"
    key = hmac.new(bytes(range(32)), parts, hashlib.sha256).hexdigest()[:32]
    tap.is_(jobs.sql("SELECT DISTINCT encode(patient_key, 'hex') FROM ledger.activity"), key,
            "the ledger knows a patient by a keyed hash only")
    tap.is_(jobs.sql("SELECT nhs_number FROM patient.identity"), "9434765919", "whose owner is in schema patient")
    tap.ok("9434765919" not in jobs.log() and "9434765918" not in jobs.log(), "no log line holds an NHS number")
    told = jobs.sql("SELECT string_agg(o::text, ' ') FROM job.operation o") + jobs.sql("SELECT string_agg(message, ' ') FROM patient.reject")
    tap.ok("9434765918" not in told, "nor does an operation or a message")


def versions(jobs, first):
    again = activity(jobs, JULY)
    tap.is_((again["state"], again["outcomes"]), ("succeeded", {"duplicate_of": first}), "the same bytes are accepted once")
    second_file = "\n".join(JULY.splitlines()[:3]) + "\n"
    second = activity(jobs, second_file)
    tap.is_(second["outcomes"]["supersedes"], first, "a new flex supersedes the last")
    tap.is_((second["outcomes"]["superseded_accepted"], second["outcomes"]["superseded_cost_pence"]), ("14", str(JULY_PENCE)),
            "and says what that one came to")
    tap.is_(jobs.sql("SELECT state, submission_id FROM ledger.provider_month WHERE period = '2017-07-01'"),
            f"flex|{second['result_id']}", "and is the one that counts")
    tap.is_(jobs.sql("SELECT count(DISTINCT submission_id) FROM ledger.activity"), "2", "the old rows stay")
    tap.is_(activity(jobs, JULY)["outcomes"], {"duplicate_of": first, "replaced_by": second["result_id"]},
            "a version that was replaced, sent again, says what counts")
    frozen = activity(jobs, second_file, phase="freeze")
    tap.is_(jobs.sql("SELECT state FROM ledger.provider_month WHERE period = '2017-07-01'"), "frozen", "a freeze closes the month")
    late = activity(jobs, JULY + "\n", phase="freeze")
    tap.is_((late["state"], late["error_message"]), ("failed", "2017-07 of provider RXA is frozen"), "what comes later is refused")
    tap.is_((late["error_code"], late["error_reason"]), (9, "MONTH_FROZEN"), "with gRPC's FAILED_PRECONDITION and its reason")
    repeat = activity(jobs, second_file, phase="freeze")
    tap.is_(repeat["outcomes"], {"duplicate_of": frozen["result_id"]}, "the freeze sent again is no error")


def reopening(jobs):
    """July was frozen: two people open it again, after which the frozen bytes are a new submission."""
    frozen = jobs.sql("SELECT submission_id FROM ledger.provider_month WHERE period = '2017-07-01'")
    jobs.sql("INSERT INTO ledger.app_user VALUES ('5XZ', '5XZ', 'finance', 'F', '{pct_finance}', NULL, NULL, true), "
             "('5XZ', '5XZ', 'approver', 'A', '{pct_approver}', NULL, NULL, true)")
    enter = "BEGIN; SELECT FROM api.enter('5XZ', '{}', NULL, '{{pct_finance,pct_approver}}', 'Test', 0); SELECT {} COMMIT"
    asked = jobs.sql(enter.format("finance", "api.request_reopen_month('RXA', '2017-07', 'wrong ward') #>> '{reopening,reopening_id}';"))
    jobs.sql(enter.format("approver", f"api.approve_reopen_month('{asked}') IS NULL;"))
    same_bytes = "\n".join(JULY.splitlines()[:3]) + "\n"
    again = activity(jobs, same_bytes, phase="freeze")
    tap.is_((again["state"], again["outcomes"].get("supersedes")), ("succeeded", frozen), "a reopened month can be closed by what closed it")
    tap.is_(jobs.sql("SELECT state, submission_id FROM ledger.provider_month WHERE period = '2017-07-01'"), f"frozen|{again['result_id']}",
            "and is closed then")
    tap.is_(activity(jobs, same_bytes, phase="freeze")["outcomes"], {"duplicate_of": again["result_id"]}, "once")


def harmful(jobs):
    """Files that are well formed and would replace or close a month by mistake."""
    june = month_file(10, "2017-06")
    first = activity(jobs, june, period="2017-06")
    other = activity(jobs, month_file(10, "2017-05"), period="2017-06")
    tap.ok(other["state"] == "failed" and "attendance_date of 10 rows is not in the month of the file (E127)" in other["error_message"],
           "a file of which no row is acceptable is refused", other["error_message"])
    tap.is_(other["outcomes"].get("error.E127"), "10", "and its figures are told")
    rejects = "\n".join(line + ("," if n else ",row,column,code,severity,message") + (",,,," if n else "")
                        for n, line in enumerate(june.splitlines()[:4])) + "\n"
    rejected = activity(jobs, rejects, period="2017-06")
    tap.ok(rejected["state"] == "failed" and "list of rejected rows" in rejected["error_message"],
           "a list of rejects does not replace its month", rejected["error_message"])
    part = activity(jobs, month_file(4, "2017-06"), period="2017-06", phase="freeze")
    tap.ok(part["state"] == "failed" and "less than 50 % of the 10" in part["error_message"],
           "a freeze of less than half of the flex is refused", part["error_message"])
    tap.is_(jobs.sql("SELECT state, submission_id FROM ledger.provider_month WHERE period = '2017-06-01'"),
            f"flex|{first['result_id']}", "and all of them leave the month as it was")
    half = activity(jobs, month_file(5, "2017-06"), period="2017-06", phase="freeze")
    tap.is_(half["state"], "succeeded", "a freeze of half of it is taken")


def month_file(records, month):
    line = visit(month + "-%d", "1", "5", attendance_date=month + "-10") + "\n"
    return COLUMNS + "\n" + "".join(line % number for number in range(records))


def concurrency(jobs):
    jobs.start()
    files = [month_file(3000 + n, "2017-08") for n in range(4)]
    operations = [jobs.submit("import_activity", upload_id=jobs.upload(file), provider_code="RXA", period="2017-08", phase="flex")
                  for file in files]
    ended = [jobs.wait(operation) for operation in operations]
    tap.is_([row["state"] for row in ended], ["succeeded"] * 4, "imports of one month by two processes all end")
    chain = jobs.sql("WITH RECURSIVE chain AS (SELECT submission_id, 1 AS length FROM ledger.provider_month WHERE period = '2017-08-01'"
                     " UNION ALL SELECT s.supersedes_submission_id, length + 1 FROM chain JOIN ledger.submission s USING (submission_id)"
                     " WHERE s.supersedes_submission_id IS NOT NULL) SELECT max(length) FROM chain")
    tap.is_(chain, "4", "one after the other")
    same = month_file(2000, "2017-09")
    twins = [jobs.submit("import_activity", upload_id=jobs.upload(same), provider_code="RXA", period="2017-09", phase="flex")
             for _ in range(2)]
    outcomes = [jobs.wait(operation)["outcomes"] for operation in twins]
    tap.is_(sorted("duplicate_of" in outcome for outcome in outcomes), [False, True], "of the same bytes twice at once, one is taken")


def doubtful(jobs):
    """Rows that are kept with a warning because of the day, or of what another provider reported."""
    closed = "\n".join([COLUMNS, visit("D1", "1", "5", practice_code="X00003", attendance_date="2018-01-15"),
                        visit("D2", "1", "5", practice_code="X00003", attendance_date="2018-01-16", commissioner_code="5XZ")]) + "\n"
    row = activity(jobs, closed, period="2018-01")
    tap.is_((row["outcomes"].get("warning.W213"), row["outcomes"].get("warning.W203"), row["outcomes"]["not_ours"]), ("1", None, "1"),
            "a practice counts on its last day and is closed on the next")
    ours = [spell("E1", "DZ11V", "1", "21", "2018-02-01", "2018-02-10"), spell("E2", "FZ18K", "1", "11", "2018-02-20", "2018-02-22"),
            spell("E3", "BZ34C", "2", "11", "2018-02-25", "2018-02-25")]
    theirs = [("the same stay", "W214", spell("T1", "DZ11V", "1", "21", "2018-02-01", "2018-02-10")),
              ("the same days for another reason", "W215", spell("T2", "FZ18K", "1", "21", "2018-02-01", "2018-02-10")),
              ("a day case within a stay", "W215", spell("T3", "BZ34C", "2", "11", "2018-02-05", "2018-02-05")),
              ("a transfer in", None, spell("T4", "DZ11V", "1", "81", "2018-02-10", "2018-02-14")),
              ("a transfer out", None, spell("T5", "DZ11V", "1", "21", "2018-02-18", "2018-02-20")),
              ("a stay that begins inside", "W215", spell("T6", "DZ11V", "1", "21", "2018-02-21", "2018-02-24")),
              ("another patient", None, spell("T7", "DZ11V", "1", "21", "2018-02-01", "2018-02-10", nhs_number="9990000018")),
              ("a visit on the days of a stay", None, visit("T8", "1", "5", attendance_date="2018-02-05"))]
    activity(jobs, "\n".join([COLUMNS] + ours) + "\n", period="2018-02")
    file = "\n".join([COLUMNS] + [text for _, _, text in theirs]) + "\n"
    row = activity(jobs, file, period="2018-02", provider_code="RXB")
    told = dict(line.split("|") for line in jobs.sql(
        "SELECT line, code FROM patient.reject WHERE code IN ('W214', 'W215') AND submission_id = "
        f"'{row['result_id']}'").splitlines())
    tap.is_(row["outcomes"]["accepted"], "8", "stays at two providers are kept")
    for line, (name, code, _) in enumerate(theirs, 2):
        tap.is_(told.get(str(line)), code, f"{name} is {'warned of as ' + code if code else 'no matter'}")
    again = activity(jobs, file + "\n", period="2018-02", provider_code="RXB")
    tap.is_(again["outcomes"].get("warning.W214"), "1", "a provider's own earlier version is not compared")


def control_totals(jobs):
    file = "\n".join([COLUMNS, visit("C1", "1", "5", attendance_date="2018-03-01", provider_price="10.50"),
                      visit("C2", "1", "5", attendance_date="2018-03-01", provider_price="-0.25"),
                      row(record_id="C3", dataset="XX", provider_price="100")]) + "\n"
    before = jobs.sql("SELECT (SELECT count(*) FROM ledger.activity), (SELECT count(*) FROM patient.identity), (SELECT count(*) FROM patient.reject)")
    for name, params, message in (
            ("a row too few", {"control_rows": 4}, "the file has 3 rows, its control total is 4"),
            ("none expected", {"control_rows": 0}, "the file has 3 rows, its control total is 0"),
            ("a penny too much", {"control_rows": 3, "control_cost_pence": 11024}, "provider_price adds up to 110.25 pounds, the control total is 110.24")):
        refused = activity(jobs, file, period="2018-03", **params)
        tap.is_((refused["state"], refused["error_message"]), ("failed", message), f"{name} refuses the file")
    after = jobs.sql("SELECT (SELECT count(*) FROM ledger.activity), (SELECT count(*) FROM patient.identity), (SELECT count(*) FROM patient.reject)")
    tap.is_(after, before, "and nothing has changed")
    taken = activity(jobs, file, period="2018-03", control_rows=3, control_cost_pence=11025)
    tap.is_((taken["state"], taken["outcomes"]["rejected"]), ("succeeded", "1"), "control totals that fit count refused rows too")


def wait_for_progress(jobs, operation):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        row = jobs.operation(operation)
        if row["progress_done"] > 0 and row["state"] == "running":
            return row
        if row["state"] != "running" and row["state"] != "queued":
            return row
        time.sleep(0.02)
    raise TimeoutError("no progress")


def crash(jobs):
    file = month_file(LONG_ROWS, "2017-10")
    while len(jobs.running) > 1:
        jobs.stop(jobs.running[0])
    victim = jobs.running[0]
    operation = jobs.submit("import_activity", upload_id=jobs.upload(file), provider_code="RXA", period="2017-10", phase="flex")
    seen = wait_for_progress(jobs, operation)
    jobs.stop(victim, signal.SIGKILL)
    tap.ok(seen["state"] == "running" and 0 < seen["progress_done"] <= seen["progress_total"], "an import shows how far it is", seen)
    tap.is_(jobs.sql("SELECT count(*) FROM ledger.submission WHERE period = '2017-10-01'"), "0", "a killed import leaves nothing")
    jobs.start()
    row = jobs.wait(operation)
    tap.is_((row["state"], row["attempt"], row["outcomes"]["accepted"]), ("succeeded", 2, str(LONG_ROWS)), "and is taken up again")
    tap.is_(jobs.sql("SELECT count(*) FROM ledger.activity WHERE period = '2017-10-01'"), str(LONG_ROWS), "without a row too many")


def stopping(jobs):
    file = month_file(LONG_ROWS, "2017-11")
    operation = jobs.submit("import_activity", upload_id=jobs.upload(file), provider_code="RXA", period="2017-11", phase="flex")
    wait_for_progress(jobs, operation)
    jobs.sql(f"UPDATE job.operation SET cancel_requested = true WHERE operation_id = '{operation}'")
    tap.is_(jobs.wait(operation)["state"], "cancelled", "a running import can be cancelled")
    tap.is_(jobs.sql("SELECT count(*) FROM ledger.activity WHERE period = '2017-11-01'"), "0", "and leaves nothing")
    operation = jobs.submit("import_activity", upload_id=jobs.upload(file), provider_code="RXA", period="2017-11", phase="flex")
    wait_for_progress(jobs, operation)
    started = time.monotonic()
    tap.is_(jobs.stop(jobs.running[0]), 0, "a polite stop ends the process well")
    tap.ok(time.monotonic() - started < 3, "and soon")
    row = jobs.operation(operation)
    tap.is_((row["state"], row["attempt"]), ("queued", 0), "it gives the operation back")
    jobs.start()
    tap.is_(jobs.wait(operation)["state"], "succeeded", "which the next process ends")


def fencing(jobs):
    """A process that was thought dead comes back: what it did does not count."""
    file = month_file(LONG_ROWS, "2017-12")
    operation = jobs.submit("import_activity", upload_id=jobs.upload(file), provider_code="RXA", period="2017-12", phase="flex")
    wait_for_progress(jobs, operation)
    sleeper = jobs.running[0]
    sleeper.send_signal(signal.SIGSTOP)
    jobs.sql(f"UPDATE job.operation SET lease_until = now() - interval '1 second' WHERE operation_id = '{operation}'")
    # The sleeper's transaction holds its month; the server ends it as it would end a broken connection.
    jobs.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pbc-jobd run' AND state <> 'idle'")
    jobs.start()
    row = jobs.wait(operation)
    sleeper.send_signal(signal.SIGCONT)
    time.sleep(2)
    tap.is_((row["state"], row["attempt"]), ("succeeded", 2), "another process takes the operation over")
    tap.is_(jobs.operation(operation), row, "and the one that wakes up changes nothing")
    tap.is_(jobs.sql("SELECT count(*) FROM ledger.submission WHERE period = '2017-12-01'"), "1", "there is one submission")
    jobs.stop(jobs.running[-1])


def budget(jobs):
    jobs.run("import_tariff", file=TARIFF, year=2016)
    jobs.run("import_tariff", file=TARIFF.replace("672", "600"), year=2016)
    for month, count in (("2016-04", 3), ("2016-05", 1)):
        rows = [spell(f"{month}-{n}", "BZ34C", "2", "11", month + "-05", month + "-05") for n in range(count)]
        activity(jobs, "\n".join([COLUMNS] + rows) + "\n", period=month, phase="freeze")
    jobs.sql("INSERT INTO ledger.rule VALUES ('5XZ', 'BUDGET_UPLIFT_PPM', '2017-04-01', NULL, 1025000, 'ppm', 'board, 3 March 2017')")
    row = jobs.run("budget_run", year=2017)
    # Four day cases at 672 pounds times 1.10 is 2,956.80; times 1.025 is 3,030.72; three quarters fall in April.
    tap.is_((row["state"], row["outcomes"].get("total_pence")), ("succeeded", "303072"), "last year is repriced and uplifted")
    tap.is_(jobs.sql("SELECT line_id, activity, month_cost_pence[1:3] FROM ledger.budget_line"), "DC.RXA|4|{227304,75768,0}",
            "and phased as last year was")
    tap.is_(jobs.sql("SELECT string_agg(rule, ' ' ORDER BY step) FROM ledger.budget_step"),
            "HISTORIC_ACTIVITY REPRICE_AT_TARIFF UPLIFT PHASE", "with its working")
    tap.is_(jobs.sql("SELECT source FROM ledger.budget_step WHERE rule = 'UPLIFT'"), "rule BUDGET_UPLIFT_PPM: board, 3 March 2017",
            "that names who decided the uplift")
    tap.is_(jobs.sql("SELECT source FROM ledger.budget_step WHERE step < 3 ORDER BY step"),
            "2 current submissions of 2016/17 and adjustments to them\ntariff of 2017/18, file.csv",
            "how many submissions were summed, and which file they were priced by")
    told = jobs.sql("BEGIN; UPDATE ledger.budget_run SET state = 'issued', issued_by_organisation = '5XZ', issued_by = 'approver', issued_at = now();"
                    " SELECT set_config('pbc.commissioner', '5XZ', true), set_config('pbc.practice', '', true);"
                    " SELECT concat_ws('; ', s ->> 'activity', s ->> 'detail', s ->> 'amount_pence')"
                    " FROM json_array_elements(api.explain_budget_line('X00001', '2017/18', 'DC.RXA') -> 'steps') s; ROLLBACK").splitlines()[1:]
    tap.is_(told, ["* records accepted in 2016/17",
                   "* records priced one by one at the tariff of 2017/18; * have no price in it; 295680",
                   "activity and cost times 1.025, rounded half up; 303072",
                   "over 12 months in the proportion of last year's activity; the parts add up; 303072"],
            "outside the practice neither its figures nor its words tell that they are four")
    none = jobs.run("budget_run", year=2030)
    tap.is_(none["state"], "failed", "a year without a tariff has no budget")


# What is changed in which file, and the refusal; the plan has a month, point of delivery, code and practice in line 2.
NOWHERE = "plan.csv, line 2: currency is neither in the year's tariff nor excluded from it, and has no price in prices.csv"
CONTRACT_FAULTS = [
    ("a term that is misspelt", {"document": ('"kpi"', '"kpis"')}, ("UNKNOWN_TERM", "contract.json: no term is called kpis.1.name")),
    ("a rate that is no number", {"document": ('"kpi"', '"emergency_marginal_rate": "7O%", "kpi"')},
     ("BAD_TERM", "contract.json: emergency_marginal_rate is not a share from 0 to 1 such as 0.70")),
    ("a prior approval of an unknown HRG", {"document": ('"kpi"', '"prior_approval_hrgs": ["BZ34C", "BZ99Z"], "kpi"')},
     ("UNKNOWN_CODE", "contract.json: prior_approval_hrgs.2 is an HRG that is not in the year's tariff")),
    ("a patient's number in a name", {"document": ("weeks", "weeks of 943-476-5919")},
     ("IDENTIFIER_IN_TEXT", "contract.json: kpi.1.name holds what looks like an NHS number")),
    ("a plan of an unknown HRG", {"plan": ("DC,BZ34C,X", "DC,BZ99Z,X")}, ("UNKNOWN_CODE", NOWHERE)),
    ("a group at an attendance", {"plan": ("DC,BZ34C,X", "OPFA,BZ34C,X")}, ("UNKNOWN_CODE", NOWHERE)),
    ("a treatment function at a spell", {"plan": ("DC,BZ34C,X", "DC,130,X")}, ("UNKNOWN_CODE", NOWHERE)),
    ("an unknown point of delivery", {"plan": ("DC,BZ34C,X", "DCX,BZ34C,X")}, ("UNKNOWN_CODE", "plan.csv, line 2: pod is none of DC, EL, NEL, NELNE, OPFA, OPFUP, OPPROC, AE")),
    ("a cost that sums would not hold", {"plan": ("1200.00", "1000000000.01")},
     ("BAD_FIELD", "plan.csv, line 2: cost is not an amount in pounds such as 1234.50, 1,000 million at most")),
    ("an unknown practice", {"plan": ("X00001", "X09999")}, ("UNKNOWN_PRACTICE", "plan.csv, line 2: the practice is not known")),
    ("a price of what is no code", {"prices": ("FZ18K", "HERNIA")},
     ("UNKNOWN_CODE", "prices.csv, line 2: currency is no HRG, or of an attendance no treatment function")),
]


def contract(jobs):
    document = '{"provider_code": "RXA", "financial_year": "2017/18", "lead_commissioner_code": "5XZ", "kpi": [{"name": "weeks", "target": 18}]}'
    plan = "month,pod,currency,practice_code,activity,cost\n2017-04,DC,BZ34C,X00001,10,1200.00\n2018-03,DC,BZ34C,,1,0.06\n"
    prices = "pod,currency,price\nDC,FZ18K,900\n"

    def submit(plan_file=plan, document_file=document, prices_file=prices, **params):
        return jobs.wait(jobs.submit("submit_contract", contract_upload_id=jobs.upload(document_file),
                                     plan_upload_id=jobs.upload(plan_file), prices_upload_id=jobs.upload(prices_file), **params))

    row = submit()
    tap.is_(row["state"], "succeeded", "a contract is taken in")
    tap.is_(jobs.sql("SELECT plan_lines, plan_activity, plan_cost_pence, on_account_pence, local_prices FROM ledger.contract"),
            "2|11|120006|10001|1", "with its sums and its twelfth")
    tap.is_(jobs.sql("SELECT string_agg(month::text, ' ' ORDER BY month) FROM ledger.plan_line"), "1 12", "months count from April")
    tap.is_(jobs.sql("SELECT t ->> 'value' FROM ledger.contract, json_array_elements(terms) t WHERE t ->> 'name' = 'kpi.1.target'"),
            "18", "and terms of any depth by name")
    for name, file, said in (("plan", {"plan_file": plan.replace(",cost", ",price")}, "plan.csv has no column cost"),
                             ("price", {"prices_file": "currency\nBZ34C\n"}, "prices.csv has no column pod, price"),
                             ("plan", {"plan_file": plan.splitlines()[0] + "\n"}, "plan.csv has a header and no rows"),
                             ("plan", {"plan_file": plan + "2017-04,DC\n"}, "plan.csv, line 4 has 2 fields, but the header has 6")):
        done = submit(**file)
        tap.ok(done["error_message"] == said and done["error_hint"], f"a fault of the {name} file names it, and a remedy", done["error_message"])
    tap.is_(submit(plan.replace("2018-03", "2018-04"))["error_message"], "plan.csv, line 3: the month is not in the contract's year",
            "a month outside the year refuses it")
    tap.is_(submit(document_file="{")["state"], "failed", "as does a broken document")
    for name, files, wanted in CONTRACT_FAULTS:
        row = submit(plan.replace(*files.get("plan", ("", ""))), document.replace(*files.get("document", ("", ""))),
                     prices.replace(*files.get("prices", ("", ""))))
        tap.is_((row["state"], row["error_reason"], row["error_message"]), ("failed", *wanted), name)
    for name, line in (("a local price", "2017-05,DC,FZ18K,,1,900\n"), ("an exclusion", "2017-05,EL,VC42Z,V81999,1,900\n")):
        tap.is_(submit(plan + line, validate_only=True)["state"], "succeeded", f"a plan may have the code of {name}")
    other_year = document.replace("2017/18", "2018/19")
    tap.is_(submit(plan, other_year)["error_message"], "there is no tariff to check the codes of the contract's year against",
            "a contract waits for its year's tariff")
    jobs.sql("UPDATE ledger.contract SET state = 'active', activated_at = now(), activated_by = 'approver', activated_by_organisation = '5XZ'")
    local = activity(jobs, COLUMNS + "\n" + spell("L1", "FZ18K", "2", "11", "2018-01-03", "2018-01-03") + "\n", period="2018-01")
    tap.is_(local["outcomes"]["cost_pence"], "90000", "an active contract's local price is the whole price")


def invoice(jobs):
    lines = "line_number,record_id,practice_code,pod,currency,activity,price\n1,R1,X00001,DC,BZ34C,1,739.20\n2,R2,X00001,NEL,DZ11V,1,0.80\n"
    params = {"provider_code": "RXA", "period": "2017-07", "invoice_number": "A/1", "kind": "reconciliation"}
    wrong = jobs.run("submit_invoice", file=lines, total_pence=74001, **params)
    tap.is_(wrong["error_message"], "the lines add up to £740.00, the invoice says £740.01", "lines must add up to the total")
    tap.is_(jobs.run("submit_invoice", file=lines, total_pence=74000, **params)["state"], "succeeded", "an invoice is taken in")
    tap.is_(jobs.run("submit_invoice", file=lines, total_pence=74000, **params)["state"], "failed", "a number is used once")
    run = jobs.wait(jobs.submit("settlement_run", invoice_id=jobs.sql("SELECT invoice_id FROM ledger.invoice")))
    tap.is_((run["state"], run["outcomes"]["matched_lines"]), ("succeeded", "1"), "and settled against the ledger")


def unknown_kind(jobs):
    tap.is_(jobs.wait(jobs.submit("make_tea"))["error_message"], "this pbc-jobd cannot run operations of kind make_tea",
            "an unknown kind fails and says so")
    jobs.sql("UPDATE job.operation SET attempt = 5, state = 'running', ended_at = NULL, error_message = NULL, lease_until = now() - interval '1 second' WHERE kind = 'make_tea'")
    jobs.sql("NOTIFY pbc, 'job'")
    jobs.wait(jobs.sql("SELECT operation_id FROM job.operation WHERE kind = 'make_tea'"))
    tap.is_(jobs.sql("SELECT state, error_message FROM job.operation WHERE kind = 'make_tea'"), "failed|stopped 5 times without an end",
            "after five runs without an end an operation fails")


def ends_clean(jobs):
    """Leaks and undefined behaviour show here when the programs are built to find them."""
    codes = [jobs.stop(process) for process in list(jobs.running)]
    tap.ok(codes and not any(codes), "every process ends well", codes)


with Jobs() as jobs:
    reference(jobs)
    tariff(jobs)
    versions(jobs, july(jobs))
    harmful(jobs)
    reopening(jobs)
    contract(jobs)
    invoice(jobs)
    doubtful(jobs)
    control_totals(jobs)
    concurrency(jobs)
    crash(jobs)
    stopping(jobs)
    fencing(jobs)
    budget(jobs)
    unknown_kind(jobs)
    ends_clean(jobs)
tap.done()
