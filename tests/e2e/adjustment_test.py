#!/usr/bin/python3
"""Late, amended and withdrawn records of frozen months are posted in an open one; what was frozen stays as it was."""

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from jobs import Jobs
from tap import Tap

tap = Tap()

PRACTICES = ("practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,One,5XZ,N,2010-04-01,\n"
             "X00002,Two,5XZ,N,2010-04-01,\nX00009,Neighbours,5YZ,,2010-04-01,\n")
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\nRXA,Trust A,2018/19,1.10,Y\n"
TARIFF = ("currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,short_stay_applies,short_stay_price\n"
          "BZ34C,HRG,Cataract,Eyes,DC,ALL,{},,,N,\nFZ18K,HRG,Hernia,Digestive,DC,ALL,1228,,,N,\n")
COLUMNS = ("record_id,dataset,practice_code,nhs_number,sex,age,hrg,patient_classification,admission_method,admission_date,"
           "discharge_date")
# Without the compiler, as the server's role is.
ENTER = "BEGIN; SET LOCAL jit = off; SELECT FROM api.enter('5XZ', '{}', NULL, '{{pct_finance}}', 'Test', 0); "
ROW = ("record_id || ' ' || to_char(a.activity_date, 'YYYY-MM') || ' ' || practice_code || ' '"
       " || quantity || ' x ' || coalesce(total_pence::text, price_state)")


def record(name, hrg, day, practice="X00001"):
    return f"{name},APC,{practice},9434765919,1,40,{hrg},2,11,{day},{day}"


def deleted(name):
    return name + "," * COLUMNS.count(",")


def changes(*lines):
    return "\n".join(["net_change," + COLUMNS] + [f"{what},{line}" for what, line in lines]) + "\n"


def whole(*lines):
    return "\n".join((COLUMNS,) + lines) + "\n"


def send(jobs, file, period, phase="adjustment", **params):
    return jobs.run("import_activity", file=file, provider_code="RXA", period=period, phase=phase, **params)


def sent(jobs, *args, **params):
    done = send(jobs, *args, **params)
    assert done["state"] == "succeeded", done["error_message"]
    return done["result_id"]


def call(jobs, text, person="finance", practice=""):
    """As a person of the PCT, or of a practice."""
    return json.loads(jobs.sql(ENTER.format(person) + f"SELECT FROM set_config('pbc.practice', '{practice}', true); SELECT {text}; COMMIT"))


def totals(jobs, period, practice, as_at, caller=""):
    """The report's blocks' All rows."""
    year = "2018/19" if period >= "2018-04" else "2017/18"
    asked = f"'{practice}'" if practice else "NULL"
    answer = call(jobs, f"api.get_financial_summary({asked}, '{year}', '{period}', NULL, NULL, NULL, NULL, NULL, NULL, {as_at})",
                  practice=caller)
    return [block["rows"][0] for block in answer["blocks"]]


def actual(jobs, period, practice=None, as_at="NULL"):
    """Activity, pence and state of a month over the report's blocks; activity, which is little, as the practices see theirs."""
    rows = totals(jobs, period, practice, as_at)
    activity = sum(row["month_actual"]["activity"] for own in ([practice] if practice else ("X00001", "X00002"))
                   for row in totals(jobs, period, own, as_at, caller=own))
    states = {row["month_state"] for row in rows if row["month_state"]}
    return activity, sum(row["month_actual"]["cost_pence"] for row in rows), " ".join(sorted(states))


def posted(jobs, submission):
    return jobs.sql(f"SELECT {ROW} FROM ledger.activity a WHERE submission_id = '{submission}' ORDER BY record_id, quantity").splitlines()


def now(jobs):
    return "'" + jobs.sql("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')") + "'"


def failed_checks(jobs):
    return [check for check in call(jobs, "api.verify_ledger()")["checks"] if not check["ok"]]


def picked(done, *names):
    return {name: done["outcomes"][name] for name in names if name in done["outcomes"]}


def prepare(jobs):
    jobs.sql("SELECT set_config('pbc.commissioner', '5XZ', false); INSERT INTO ledger.app_user VALUES"
             " ('5XZ', '5XZ', 'finance', 'F', '{pct_finance}', NULL, NULL, true),"
             " ('5XZ', 'X00001', 'gp', 'G', '{practice_lead}', 'X00001', NULL, true)")
    jobs.run("import_practices", file=PRACTICES)
    jobs.run("import_providers", file=PROVIDERS)
    jobs.run("import_tariff", file=TARIFF.format(672), year=2017)
    jobs.run("import_tariff", file=TARIFF.format(700), year=2018)
    february = sent(jobs, whole(record("R1", "BZ34C", "2018-02-01"), record("R2", "BZ34C", "2018-02-02"),
                                record("R3", "FZ18K", "2018-02-03", "X00002")), "2018-02", "freeze")
    sent(jobs, whole(record("S1", "BZ34C", "2018-03-05")), "2018-03", "freeze")
    sent(jobs, whole(record("A1", "BZ34C", "2018-04-05")), "2018-04", "flex")
    return february


FIRST = changes(("I", record("L1", "FZ18K", "2018-02-10")), ("U", record("R2", "FZ18K", "2018-02-02")), ("D", deleted("R3")),
                ("I", record("R1", "BZ34C", "2018-02-01")), ("U", record("R9", "BZ34C", "2018-02-01")),
                ("I", record("A9", "BZ34C", "2018-04-02")), ("I", record("L2", "BZ34C", "2018-01-05")), ("D", deleted("A1")))


def refusals(jobs):
    done = send(jobs, whole(record("L1", "FZ18K", "2018-02-10")), "2018-04")
    tap.is_((done["state"], done["error_reason"]), ("failed", "CHANGES_NEEDED"), "an adjustment says what becomes of each record")
    done = send(jobs, FIRST, "2018-03")
    tap.is_((done["state"], done["error_reason"]), ("failed", "MONTH_FROZEN"), "it is posted in a month that is open")
    done = send(jobs, changes(("D", deleted("R9")), ("I", record("A9", "BZ34C", "2018-04-02"))), "2018-04")
    tap.is_((done["state"], done["error_reason"], picked(done, "error.E133", "error.E135")),
            ("failed", "NOTHING_ACCEPTED", {"error.E133": "1", "error.E135": "1"}), "with something to post")
    done = send(jobs, whole(record("R1", "FZ18K", "2018-02-01")), "2018-02", "flex")
    tap.ok(done["error_reason"] == "MONTH_FROZEN" and "--phase adjustment" in done["error_hint"], "a frozen month's file is told so", done)


def first(jobs, february):
    before = actual(jobs, "2018-02")
    tap.is_(before, (3, 257200, "frozen"), "a frozen month: 672.00 twice and 1,228.00")
    moment = now(jobs)
    trial = send(jobs, FIRST, "2018-04", validate_only=True)
    tap.is_(actual(jobs, "2018-04"), (1, 77000, "flex"), "a trial posts nothing; the new year's price is 700.00 at 1.10")
    done = send(jobs, FIRST, "2018-04")
    tap.is_(trial["outcomes"], done["outcomes"], "and has the outcomes of the import")
    # Late +1,228.00; amended -672.00 +1,228.00; withdrawn -1,228.00: 556.00 and no record more or less.
    tap.is_(picked(done, "inserted", "updated", "deleted", "reversed", "rows", "accepted", "rejected", "priced", "activity", "cost_pence",
                   "error.E132", "error.E133", "error.E135"),
            {"inserted": "1", "updated": "1", "deleted": "1", "reversed": "2", "rows": "9", "accepted": "4", "rejected": "5", "priced": "4",
             "activity": "0", "cost_pence": "55600", "error.E132": "1", "error.E133": "2", "error.E135": "2"}, "what an adjustment came to")
    tap.is_(posted(jobs, done["result_id"]),
            ["L1 2018-02 X00001 1 x 122800", "R2 2018-02 X00001 -1 x 67200", "R2 2018-02 X00001 1 x 122800", "R3 2018-02 X00002 -1 x 122800"],
            "late, amended and withdrawn records, at the prices of their own year")
    tap.is_(actual(jobs, "2018-04"), (1, 132600, "flex"), "count in the month in which they are posted")
    tap.is_((actual(jobs, "2018-04", "X00001"), actual(jobs, "2018-04", "X00002")), ((2, 255400, "flex"), (-1, -122800, "flex")),
            "of the practices that they are of")
    tap.is_((actual(jobs, "2018-02"), posted(jobs, february)),
            (before, ["R1 2018-02 X00001 1 x 67200", "R2 2018-02 X00001 1 x 67200", "R3 2018-02 X00002 1 x 122800"]),
            "and leave the frozen month as it was")
    tap.is_(actual(jobs, "2018-04", as_at=moment), (1, 77000, "flex"), "as at a moment before they are not there")
    tap.is_(failed_checks(jobs), [], "the ledger proves itself")
    tap.is_(send(jobs, FIRST, "2018-04")["outcomes"], {"duplicate_of": done["result_id"]}, "the same bytes count once")
    return done["result_id"]


def seen(jobs, adjustment):
    answer = call(jobs, "api.list_activity('X00001', '2018-04', 'to check', 0, NULL, NULL)", "finance")
    tap.is_(sorted((r["record_id"], r["phase"], r["quantity"], r["origin_period"], r["price_pence"]) for r in answer["records"]),
            [("A1", "flex", 1, "2018-04", 77000), ("L1", "adjustment", 1, "2018-02", 122800), ("R2", "adjustment", -1, "2018-02", 67200),
             ("R2", "adjustment", 1, "2018-02", 122800)], "a practice sees which rows are adjustments, and of which month")
    explained = call(jobs, "api.explain_record('R2', 'RXA', NULL, NULL, 'to check', NULL)")
    tap.is_((explained["record"]["origin_period"], explained["record"]["quantity"], explained["submission"]["submission_id"],
             explained["submission"]["period"], explained["inputs"]["financial_year"]),
            ("2018-02", 1, adjustment, "2018-04", "2017/18"), "an amended record is explained as it is now, by its own year")
    explained = call(jobs, "api.explain_record('R3', 'RXA', NULL, NULL, 'to check', NULL)")
    tap.is_((explained["record"]["quantity"], explained["record"]["reversed_line"]), (-1, 4), "a withdrawn one names what it takes back")
    listed = call(jobs, "api.list_submissions(0, NULL, 'RXA', '2018-04', true, NULL)")["submissions"]
    tap.is_(sorted((s["phase"], s["accepted_count"], s["reversed_count"], s["cost_pence"]) for s in listed),
            [("adjustment", 4, 2, 55600), ("flex", 1, 0, 77000)], "both files of the month count")


def settled(jobs):
    # The amended record is worth the difference, the withdrawn one is given back.
    invoice = ("line_number,record_id,practice_code,pod,currency,activity,price\n1,A1,X00001,DC,BZ34C,1,770.00\n"
               "2,L1,X00001,DC,FZ18K,1,1228.00\n3,R2,X00001,DC,FZ18K,1,556.00\n4,R3,X00002,DC,FZ18K,1,-1228.00\n")
    done = jobs.run("submit_invoice", file=invoice, provider_code="RXA", period="2018-04", invoice_number="A-1", kind="reconciliation",
                    total_pence=132600)
    assert done["state"] == "succeeded", done["error_message"]
    part = jobs.run("submit_invoice", file="\n".join(invoice.splitlines()[:3]) + "\n", provider_code="RXA", period="2018-04",
                    invoice_number="A-2", kind="reconciliation", total_pence=199800)
    run = jobs.run("settlement_run", invoice_id=part["result_id"], validate_only=True)
    tap.is_(picked(run, "invoice_pence", "ledger_pence", "matched_lines", "missing_in_invoice"),
            {"invoice_pence": "199800", "ledger_pence": "132600", "matched_lines": "2", "missing_in_invoice": "2"},
            "one that leaves them out is told of both")
    run = jobs.run("settlement_run", invoice_id=done["result_id"])
    tap.is_(run["outcomes"], {"invoice_pence": "132600", "ledger_pence": "132600", "undisputed_pence": "132600", "disputed_pence": "0",
                              "matched_lines": "4", "difference_lines": "0"}, "an invoice of the month has the differences and matches")


def sent_again(jobs, first, second, third, second_file):
    """The first changed L1, R2 and R3, the second L1 and R2, the third R3."""
    tap.is_(send(jobs, FIRST, "2018-04")["outcomes"], {"duplicate_of": first, "amended_by": third},
            "an adjustment sent again tells what changed records of it since")
    tap.is_(send(jobs, second_file, "2018-04")["outcomes"], {"duplicate_of": second}, "one whose records stand as it left them does not")
    back, out = changes(("I", record("R2", "FZ18K", "2018-02-02"))), changes(("D", deleted("R2")))
    inserted = sent(jobs, back, "2018-04")
    tap.is_(send(jobs, second_file, "2018-04")["outcomes"], {"duplicate_of": second, "amended_by": inserted}, "until one of them is inserted anew")
    withdrawn = sent(jobs, out, "2018-04")
    tap.is_(send(jobs, back, "2018-04")["outcomes"], {"duplicate_of": inserted, "amended_by": withdrawn}, "whether its row was taken back")
    jobs.run("import_tariff", file=TARIFF.format(673), year=2017)
    jobs.run("tariff_apply", year=2017)
    jobs.run("import_tariff", file=TARIFF.format(672), year=2017)
    jobs.run("tariff_apply", year=2017)
    tap.is_(send(jobs, out, "2018-04")["outcomes"], {"duplicate_of": withdrawn}, "prices that others made are no change of its records")
    for what, file in (("inserted", back), ("deleted", out)):
        lines = file.splitlines()
        done = send(jobs, "\n".join([lines[0] + ",why"] + [line + ",query 7" for line in lines[1:]]) + "\n", "2018-04")
        tap.is_((done["state"], done["outcomes"].get(what)), ("succeeded", "1"), "the same rows with a reason are another file")
    tap.is_(actual(jobs, "2018-04"), (0, -45800, "flex"), "and all adds up as before")


def second(jobs, adjustment):
    file = changes(("U", record("L1", "BZ34C", "2018-03-10")), ("D", deleted("R2")), ("U", record("R3", "BZ34C", "2018-02-03")))
    done = send(jobs, file, "2018-04")
    # -1,228.00 +672.00, -1,228.00.
    tap.is_(picked(done, "accepted", "reversed", "rejected", "not_ours", "cost_pence"),
            {"accepted": "3", "reversed": "2", "rejected": "1", "cost_pence": "-178400", "not_ours": "0"}, "the next one adds to it")
    tap.is_(posted(jobs, done["result_id"]),
            ["L1 2018-02 X00001 -1 x 122800", "L1 2018-03 X00001 1 x 67200", "R2 2018-02 X00001 -1 x 122800"],
            "and takes back what the first put in, not what was frozen")
    tap.is_(jobs.sql(f"SELECT count(*) FROM ledger.activity WHERE submission_id = '{done['result_id']}' AND quantity = -1"
                     f" AND reversed_submission_id = '{adjustment}'"), "2", "by its name")
    again = send(jobs, changes(("I", record("R3", "BZ34C", "2018-02-03", "X00009"))), "2018-04")
    tap.is_(picked(again, "accepted", "not_ours", "cost_pence"), {"accepted": "1", "not_ours": "1", "cost_pence": "0"},
            "a withdrawn record can be sent anew")
    tap.is_(actual(jobs, "2018-04"), (0, -45800, "flex"), "1,326.00 less 1,784.00")
    sent_again(jobs, adjustment, done["result_id"], again["result_id"], file)
    tap.is_(failed_checks(jobs), [], "the ledger proves itself")


def given_back(jobs):
    """L1 and R2 were paid with 1,228.00 and 556.00 and come to 672.00 and -672.00 since."""
    invoice = ("line_number,record_id,practice_code,pod,currency,activity,price\n1,R2,X00001,DC,FZ18K,1,-1228.00\n"
               "2,L1,X00001,DC,BZ34C,1,-500.00\n3,A1,X00001,DC,BZ34C,1,770.00\n4,Z1,X00001,DC,BZ34C,1,2000.00\n")
    sent_in = jobs.run("submit_invoice", file=invoice, provider_code="RXA", period="2018-04", invoice_number="A-3", kind="reconciliation",
                       total_pence=104200)
    run = jobs.run("settlement_run", invoice_id=sent_in["result_id"], validate_only=True)
    tap.is_(picked(run, "undisputed_pence", "disputed_pence", "matched_lines", "price_differs", "duplicate", "missing_in_ledger"),
            {"undisputed_pence": str(-122800 - 55600), "disputed_pence": str(5600 + 77000 + 200000), "matched_lines": "1", "price_differs": "1",
             "duplicate": "1", "missing_in_ledger": "1"}, "a line that gives back what was paid beyond the price is no duplicate")


def closed(jobs):
    refused = jobs.sql(ENTER.format("finance") + "SAVEPOINT s; DO $$ BEGIN PERFORM api.request_reopen_month('RXA', '2018-02', 'why'); "
                       "EXCEPTION WHEN SQLSTATE 'ZC412' THEN RAISE WARNING 'refused'; PERFORM set_config('tests.reason', SQLERRM, false); END $$; "
                       "SELECT current_setting('tests.reason'); COMMIT")
    tap.is_(refused, "2018-02 of provider RXA has adjustments in later months, which rest on it", "a month that adjustments rest on stays closed")
    sent(jobs, whole(record("A1", "FZ18K", "2018-04-05")), "2018-04", "freeze")
    # 1,228.00 at 1.10.
    tap.is_(actual(jobs, "2018-04"), (0, 135080 + 55600 - 178400, "frozen"), "what is posted freezes with its month")
    tap.is_(send(jobs, FIRST, "2018-04")["state"], "succeeded", "the same bytes are no error after the freeze")
    done = send(jobs, changes(("D", deleted("R1"))), "2018-05")
    tap.is_((picked(done, "cost_pence"), actual(jobs, "2018-05")), ({"cost_pence": "-67200"}, (-1, -67200, "flex")),
            "the next is posted in the next month, before its own file came")
    tap.is_(failed_checks(jobs), [], "the ledger proves itself to the end")


def at_once(jobs):
    """Of two adjustments that take back the same record, in different months, one finds it standing."""
    again = changes(("I", record("R1", "BZ34C", "2018-02-01")))
    sent(jobs, again, "2018-05")
    one, other = [jobs.submit("import_activity", upload_id=jobs.upload(changes(("D", deleted("R1")), ("I", record(name, "BZ34C", "2018-01-31")))),
                              provider_code="RXA", period=period, phase="adjustment") for name, period in (("X1", "2018-05"), ("X2", "2018-06"))]
    done = [jobs.wait(operation) for operation in (one, other)]
    tap.is_(sorted((d["state"], d["error_reason"]) for d in done), [("failed", "NOTHING_ACCEPTED"), ("succeeded", None)],
            "two at once take a record back once")
    tap.is_(failed_checks(jobs), [], "and the ledger proves it")


def by_own_month(jobs):
    # Of February and March there stand, wherever they were posted, S1 and L1: cataracts of March.
    done = jobs.run("tariff_impact", file=TARIFF.format(700), year=2017, first_period="2018-02", last_period="2018-03")
    tap.is_(picked(done, "records", "now_pence", "then_pence"),
            {"records": "2", "now_pence": "134400", "then_pence": "140000"},
            "what another tariff would do is told of the records that stand")
    done = jobs.run("budget_run", year=2018)
    tap.is_(jobs.sql("SELECT practice_code, hrg, provider_code, month_activity::text FROM ledger.budget_detail"),
            "X00001|BZ34C|RXA|{0,0,0,0,0,0,0,0,0,0,0,2}", "and a budget rests on them, each in its own month")


def remarks(jobs, submission):
    return jobs.sql(f"SELECT line, code, severity, message FROM patient.reject WHERE submission_id = '{submission}' ORDER BY line, ordinal").splitlines()


def sent_twice(jobs):
    """An id that stands in two frozen months: June's row 3 and July's row 2 are one record to the ledger."""
    sent(jobs, whole(record("T0", "BZ34C", "2017-06-01"), record("T1", "BZ34C", "2017-06-02"), record("T2", "BZ34C", "2017-06-03")), "2017-06", "freeze")
    sent(jobs, whole(record("T1", "FZ18K", "2017-07-02"), record("T2", "BZ34C", "2017-07-03")), "2017-07", "freeze")
    done = send(jobs, changes(("D", deleted("T1")), ("U", record("T2", "FZ18K", "2017-07-03")), ("D", deleted("T0"))), "2018-05")
    # -672.00 -1,228.00; -672.00 -672.00 +1,228.00; -672.00.
    tap.is_(picked(done, "reversed", "rejected", "warning.W216", "cost_pence"),
            {"reversed": "5", "rejected": "0", "warning.W216": "2", "cost_pence": str(-67200 - 122800 - 2 * 67200 + 122800 - 67200)},
            "of a record that stands in two months both rows are taken back")
    said = "W216|warning|stands in more than one month, and every row of it is taken back: "
    tap.is_(remarks(jobs, done["result_id"]), ["2|" + said + "2017-06 row 3, 2017-07 row 2", "3|" + said + "2017-06 row 4, 2017-07 row 3"],
            "with a warning that names months and rows; one that stands once has none")
    done = send(jobs, changes(("I", record("T1", "FZ18K", "2017-07-02")), ("U", record("T2", "BZ34C", "2017-07-03"))), "2018-05")
    tap.is_(picked(done, "rejected", "warning.W216", "cost_pence"), {"rejected": "0", "cost_pence": str(122800 - 122800 + 67200)},
            "after which it stands once, or can be sent anew")
    tap.is_(failed_checks(jobs), [], "and the ledger proves it")


def timed(work):
    begun = time.monotonic()
    done = work()
    assert done["state"] == "succeeded", done["error_message"]
    return time.monotonic() - begun


def many(jobs):
    """PostgreSQL knows nothing yet of months that just came in. Where it then compares all with all, 12,000 records take a hundred times as
    long as their import; look-ups take a few times as long."""
    month = [(f"M{i:05}", "2017-05-10") for i in range(12000)]
    imported = timed(lambda: send(jobs, whole(*(record(name, "BZ34C", day) for name, day in month)), "2017-05", "freeze"))
    amended = timed(lambda: send(jobs, changes(*(("U", record(name, "FZ18K", day)) for name, day in month)), "2018-05"))
    tap.ok(amended < 20 * imported, "many records are amended in a time like that of their import", f"{amended:.1f} s, {imported:.1f} s")
    jobs.run("import_tariff", file=TARIFF.format(672).replace("1228", "1229"), year=2017)
    priced = timed(lambda: jobs.run("tariff_apply", year=2017))
    tap.ok(priced < 20 * imported, "and so they are priced again", f"{priced:.1f} s, {imported:.1f} s")
    tap.is_(jobs.sql("SELECT sum(quantity), sum(quantity * total_pence) FROM ledger.activity WHERE record_id LIKE 'M%'"), "12000|1474800000",
            "each of them once, at 1,229.00")
    proved = timed(lambda: {"state": "failed" if failed_checks(jobs) else "succeeded", "error_message": "the ledger does not prove itself"})
    tap.ok(proved < 20 * imported, "and proved", f"{proved:.1f} s, {imported:.1f} s")


with Jobs(processes=2) as jobs:
    february = prepare(jobs)
    refusals(jobs)
    adjustment = first(jobs, february)
    seen(jobs, adjustment)
    settled(jobs)
    second(jobs, adjustment)
    given_back(jobs)
    closed(jobs)
    at_once(jobs)
    by_own_month(jobs)
    sent_twice(jobs)
    many(jobs)
tap.done()
