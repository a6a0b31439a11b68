#!/usr/bin/python3
"""Work on the same thing at the same time: who comes second sees what the first did, and the ledger proves itself."""

import contextlib
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from jobs import Jobs
from tap import Tap

tap = Tap()

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,One,5XZ,N,2010-04-01,\n"
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\n"
TARIFF = ("currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,short_stay_applies,short_stay_price\n"
          "BZ34C,HRG,Cataract,Eyes,DC,ALL,{},,,N,\n")
COLUMNS = ("record_id,dataset,practice_code,nhs_number,sex,age,hrg,patient_classification,admission_method,admission_date,"
           "discharge_date\n")
ENTER = "BEGIN; SELECT FROM api.enter('5XZ', '{}', NULL, '{{pct_finance,pct_approver}}', 'Test', 0); "


def whole(day, *names):
    return COLUMNS + "".join(f"{name},APC,X00001,9434765919,1,40,BZ34C,2,11,{day},{day}\n" for name in names)


def changes(name, day):
    return "net_change," + COLUMNS + f"I,{name},APC,X00001,9434765919,1,40,BZ34C,2,11,{day},{day}\n"


def sent(jobs, file, period, phase, provider="RXA"):
    done = jobs.run("import_activity", file=file, provider_code=provider, period=period, phase=phase)
    assert done["state"] == "succeeded", done["error_message"]
    return done["result_id"]


def waiting(jobs):
    return int(jobs.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


@contextlib.contextmanager
def blocked(jobs, statement, end="COMMIT"):
    """Holds what the statement takes, so that who wants it comes one after another and is let in in that order."""
    holder = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", jobs.conninfo], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    holder.stdin.write(f"BEGIN; {statement}; SELECT 'held';\n")
    holder.stdin.flush()
    assert "held\n" in iter(holder.stdout.readline, "")
    yield
    holder.communicate(end + ";\n")


def held(jobs, month):
    """A month of the provider."""
    return blocked(jobs, f"SELECT FROM ledger.provider_month WHERE period = '{month}-01' FOR UPDATE")


def asked(jobs, person, text):
    """A person's call, on a connection of its own; ended gives its refusal's reason, or ''."""
    script = (ENTER.format(person) + "DO $$ DECLARE why text := ''; BEGIN BEGIN PERFORM " + text +
              "; EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS why = CONSTRAINT_NAME; END; PERFORM set_config('tests.why', why, false);"
              " END $$; COMMIT; SELECT current_setting('tests.why')")
    return subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-d", jobs.conninfo, "-c", script], stdout=subprocess.PIPE, text=True)


def ended(call):
    return call.communicate(timeout=60)[0].strip()


def come(jobs, *works):
    """Starts operations and calls, each once those before it wait."""
    started = []
    for work in works:
        started.append(asked(jobs, *work) if work[0] in ("finance", "approver") else jobs.submit(work[0], **work[1]))
        deadline = time.monotonic() + 20
        while waiting(jobs) < len(started):
            assert time.monotonic() < deadline, jobs.log()[-2000:]
            time.sleep(0.02)
    return started


def file_of(jobs, text, period, phase):
    return "import_activity", {"upload_id": jobs.upload(text), "provider_code": "RXA", "period": period, "phase": phase}


def failed_checks(jobs):
    answer = json.loads(jobs.sql(ENTER.format("finance") + "SELECT api.verify_ledger(); COMMIT"))
    return [check for check in answer["checks"] if not check["ok"]]


def restore_after_import(jobs):
    first = sent(jobs, whole("2017-07-03", "A1", "A2", "A3"), "2017-07", "flex")
    sent(jobs, whole("2017-07-03", "B1"), "2017-07", "flex")
    with held(jobs, "2017-07"):
        started = come(jobs, file_of(jobs, whole("2017-07-03", "C1", "C2"), "2017-07", "flex"),
                       ("restore_submission", {"submission_id": first, "reason": "the right one"}))
    imported, restored = [jobs.wait(operation) for operation in started]
    tap.is_((imported["state"], restored["state"]), ("succeeded", "succeeded"), "a restore that waits for an import comes after it")
    tap.is_((restored["outcomes"].get("supersedes"), restored["outcomes"].get("superseded_accepted")), (imported["result_id"], "2"),
            "and says that it replaced what the import brought")
    tap.is_(jobs.sql(f"SELECT supersedes_submission_id FROM ledger.submission WHERE submission_id = '{restored['result_id']}'"),
            imported["result_id"], "as its submission does")
    tap.is_(failed_checks(jobs), [], "the ledger proves itself")


def prices_after_freeze(jobs):
    sent(jobs, whole("2017-05-03", "F1", "F2"), "2017-05", "freeze")
    sent(jobs, whole("2017-06-03", "G1"), "2017-06", "flex")
    jobs.run("import_tariff", file=TARIFF.format(700), year=2017)
    with held(jobs, "2017-06"):
        started = come(jobs, file_of(jobs, whole("2017-06-03", "G1", "G2"), "2017-06", "freeze"), ("tariff_apply", {"year": 2017}))
    frozen, applied = [jobs.wait(operation) for operation in started]
    tap.is_((frozen["state"], applied["state"]), ("succeeded", "succeeded"), "prices that wait for a freeze come after it")
    tap.is_(applied["outcomes"].get("adjusted"), "2017-05 of RXA in 2017-07", "but in the next")
    tap.is_(jobs.sql("SELECT count(*) FROM ledger.submission WHERE phase = 'adjustment' AND period = '2017-06-01'"), "0",
            "and are posted in no month that is frozen by then")
    tap.is_(failed_checks(jobs), [], "the ledger proves itself")


def apply_after_import(jobs):
    """July rests on 700.00 by now."""
    jobs.run("import_tariff", file=TARIFF.format(650), year=2017)
    with held(jobs, "2017-07"):
        started = come(jobs, file_of(jobs, whole("2017-07-03", "D1", "D2", "D3", "D4"), "2017-07", "flex"), ("tariff_apply", {"year": 2017}))
    imported, applied = [jobs.wait(operation) for operation in started]
    tap.is_((imported["state"], applied["state"], applied["error_message"]), ("succeeded", "succeeded", None), "prices after an import")
    tap.is_(jobs.sql("SELECT s.accepted_count, s.cost_pence, s.supersedes_submission_id = s.sent_submission_id FROM ledger.submission s"
                     " JOIN ledger.provider_month m USING (commissioner_code, submission_id) WHERE m.period = '2017-07-01'"),
            "4|260000|t", "are those of the rows that it brought")
    tap.is_(failed_checks(jobs), [], "the ledger proves itself")


def restore_after_freeze(jobs):
    first = jobs.sql("SELECT submission_id FROM ledger.submission WHERE period = '2017-07-01' ORDER BY recorded_at LIMIT 1")
    with held(jobs, "2017-07"):
        started = come(jobs, file_of(jobs, whole("2017-07-03", "D1", "D2", "D3"), "2017-07", "freeze"),
                       ("restore_submission", {"submission_id": first, "reason": "too late"}))
    frozen, restored = [jobs.wait(operation) for operation in started]
    tap.is_((frozen["state"], restored["state"], restored["error_reason"]), ("succeeded", "failed", "MONTH_FROZEN"),
            "a freeze that a restore waited for stands")


def reopen_and_adjust(jobs):
    late = changes("L1", "2017-07-04")
    jobs.sql(ENTER.format("finance") + "SELECT FROM api.request_reopen_month('RXA', '2017-07', 'the file was wrong'); COMMIT")
    approve = ("approver", "api.approve_reopen_month((SELECT reopening_id FROM ledger.reopening WHERE state = 'requested'))")
    with held(jobs, "2017-07"):
        adjustment, approval = come(jobs, file_of(jobs, late, "2017-08", "adjustment"), approve)
    tap.is_((jobs.wait(adjustment)["state"], ended(approval)), ("succeeded", "MONTH_ADJUSTED"), "a month is not reopened under an adjustment")
    sent(jobs, whole("2017-09-03", "S1"), "2017-09", "freeze")
    jobs.sql(ENTER.format("finance") + "SELECT FROM api.request_reopen_month('RXA', '2017-09', 'the file was wrong'); COMMIT")
    approve = (approve[0], approve[1].replace("'requested'", "'requested' AND period = '2017-09-01'"))
    with held(jobs, "2017-09"):
        approval, adjustment = come(jobs, approve, file_of(jobs, changes("L2", "2017-09-04"), "2017-10", "adjustment"))
    done = jobs.wait(adjustment)
    tap.is_((ended(approval), done["state"], done["outcomes"].get("error.E135")), ("", "failed", "1"),
            "nor is one adjusted that was reopened meanwhile")
    tap.is_(failed_checks(jobs), [], "the ledger proves itself")


def bill_once(jobs):
    """Somebody else is about to take the number, and then does not."""
    invoice = "line_number,record_id,practice_code,pod,currency,activity,price\n1,S1,X00001,DC,BZ34C,1,650.00\n"
    work = ("submit_invoice", {"upload_id": jobs.upload(invoice), "provider_code": "RXA", "period": "2017-09", "invoice_number": "A-0",
                               "kind": "reconciliation", "total_pence": 65000})
    with blocked(jobs, "INSERT INTO ledger.invoice SELECT '5XZ', gen_random_uuid(), 'RXA', 'A-0', '2017-09-01', 'reconciliation', 1, 1, 'received',"
                 " upload_id, '5XZ', 'finance', now() FROM job.upload LIMIT 1", "ROLLBACK"):
        started = come(jobs, work, work)
    done = sorted((d["state"], d["error_reason"]) for d in (jobs.wait(operation) for operation in started))
    tap.is_(done, [("failed", "INVOICE_NUMBER_USED"), ("succeeded", None)], "an invoice's number is used once")


def reference_in_turn(jobs):
    """Files that contradict each other: the second is checked against the first."""
    def at_once(kind, *files, **params):
        with blocked(jobs, "SELECT FROM ledger.commissioner WHERE commissioner_code = '5XZ' FOR UPDATE"):
            started = come(jobs, *((kind, {"upload_id": jobs.upload(file), **params}) for file in files))
        return [(done["state"], done["error_reason"]) for done in (jobs.wait(operation) for operation in started)]

    header = PRACTICES.splitlines()[0] + "\n"
    tap.is_(at_once("import_practices", header + "X00003,Three,5XZ,,2010-04-01,\n", header + "X00003,Three,5YZ,,2012-04-01,\n"),
            [("succeeded", None), ("failed", "MEMBERSHIP_OVERLAPS")], "a practice is in one PCT on a day")
    header = PROVIDERS.splitlines()[0] + "\n"
    tap.is_(at_once("import_providers", header + "RXA,Trust A,2018/19,1.1,Y\n", header + "RXA,Trust A,2018/19,1.2,Y\n"),
            [("succeeded", None), ("failed", "MFF_DIFFERS")], "a provider has one market forces factor in a year")
    header = "practice_code,year,sex,age_band,patients\n"
    tap.is_(at_once("import_populations", header + "X00001,2017/18,1,0-4,10\n", header + "X00001,2017/18,1,0-4,12\n"),
            [("succeeded", None), ("failed", "POPULATION_DIFFERS")], "a population is one number")
    header = "practice_code,year,weighted_population\n"
    tap.is_(at_once("import_weightings", header + "X00001,2017/18,10\n", header + "X00001,2017/18,12\n"),
            [("succeeded", None), ("failed", "WEIGHTING_DIFFERS")], "and so is a weighted one")
    header = "provider_code,term,code,pod,valid_from,valid_to,amount,source\n"
    tap.is_(at_once("import_provider_terms", *(header + f"RXA,LOCAL,BZ34C,DC,2018-03-01,2018-03-31,{amount},letter\n" for amount in (1, 2))),
            [("succeeded", None), ("failed", "TERM_DIFFERS")], "a term from a day is one amount")
    tap.is_(at_once("import_tariff", TARIFF.format(801), TARIFF.format(802), year=2018), [("succeeded", None)] * 2,
            "of two tariffs the second is in force")
    tap.is_(jobs.sql("SELECT r.price_pence FROM ledger.tariff_in_force f JOIN ref.tariff_row r USING (tariff_id) WHERE f.year = 2018"
                     " ORDER BY f.version"), "80100\n80200", "after the first")


def settle_once(jobs):
    invoice = "line_number,record_id,practice_code,pod,currency,activity,price\n1,S1,X00001,DC,BZ34C,1,650.00\n"
    sent_in = jobs.run("submit_invoice", file=invoice, provider_code="RXA", period="2017-09", invoice_number="A-1", kind="reconciliation",
                       total_pence=65000)
    with held(jobs, "2017-09"):
        started = come(jobs, *[("settlement_run", {"invoice_id": sent_in["result_id"]})] * 2)
    done = sorted((d["state"], d["error_reason"]) for d in (jobs.wait(operation) for operation in started))
    tap.is_(done, [("failed", "SETTLEMENT_EXISTS"), ("succeeded", None)], "an invoice is settled once")
    settle = "api.approve_settlement((SELECT settlement_id FROM ledger.settlement))"
    with held(jobs, "2017-09"):
        calls = come(jobs, ("approver", settle), ("approver", settle))
    tap.is_(sorted(ended(call) for call in calls), ["", "NOT_PROPOSED"], "and approved once")
    tap.is_(failed_checks(jobs), [], "the ledger proves itself")


def neighbouring_years(jobs):
    """What differs of the last months of a year is posted in the next year, which is being priced again too: the one application comes to
    its providers' months by another way than the other."""
    jobs.run("import_providers", file=PROVIDERS.splitlines()[0] + "\n" + "RXB,Trust B,2017/18,1,Y\nRXB,Trust B,2018/19,1,Y\n")
    for provider, frozen in (("RXA", ["2018-03"]), ("RXB", ["2018-02", "2018-03"])):
        for month in frozen:
            sent(jobs, whole(month + "-05", "Y" + month), month, "freeze", provider)
        sent(jobs, whole("2018-04-05", "Z1"), "2018-04", "flex", provider)
    for year in (2017, 2018):
        jobs.run("import_tariff", file=TARIFF.format(900), year=year)
    # RXA's March, which stands between February and March of RXB.
    with held(jobs, "2018-03"):
        last, = come(jobs, ("tariff_apply", {"year": 2017}))
        this = jobs.submit("tariff_apply", year=2018)
        deadline = time.monotonic() + 20
        while waiting(jobs) < 2 and jobs.operation(this)["state"] != "succeeded":
            assert time.monotonic() < deadline, jobs.log()[-2000:]
            time.sleep(0.02)
    done = [jobs.wait(operation) for operation in (last, this)]
    tap.is_([(d["state"], d["attempt"]) for d in done], [("succeeded", 1)] * 2, "tariffs of two years are applied at once, each at the first go")
    tap.is_(jobs.sql("SELECT string_agg(provider_code, ' ' ORDER BY provider_code) FROM ledger.submission"
                     " WHERE phase = 'adjustment' AND period = '2018-04-01'"), "RXA RXB RXB",
            "what differs of the year that is over is posted in the next")
    tap.is_(failed_checks(jobs), [], "the ledger proves itself")


def data_sets(jobs):
    """Of months of an earlier year, one of its data sets is frozen while others, the whole or an adjustment wait."""
    def of(dataset, text, month="2016-11", phase="freeze"):
        kind, params = file_of(jobs, text, month, phase)
        return kind, {**params, "dataset": dataset}

    jobs.run("import_providers", file=PROVIDERS.replace("2017/18", "2016/17"))
    jobs.run("import_tariff", file=TARIFF.format(672), year=2016)
    sent(jobs, whole("2016-10-03", "M1"), "2016-10", "freeze")
    sent(jobs, whole("2016-11-03", "N1"), "2016-11", "flex")
    with held(jobs, "2016-11"):
        started = come(jobs, of("APC", whole("2016-11-03", "N1", "N3")), of("AE", COLUMNS))
    tap.is_([jobs.wait(operation)["state"] for operation in started], ["succeeded"] * 2, "of two freezes that meet each closes its own data set")
    tap.is_(jobs.sql("SELECT m.state, m.frozen_datasets, s.accepted_count FROM ledger.provider_month m JOIN ledger.submission s"
                     " USING (commissioner_code, submission_id) WHERE m.period = '2016-11-01'"), "flex|{AE,APC}|2", "and the later has both")
    sent(jobs, whole("2016-12-03", "P1"), "2016-12", "flex")
    with held(jobs, "2016-12"):
        started = come(jobs, of("APC", whole("2016-12-03", "P1"), "2016-12"), file_of(jobs, whole("2016-12-03", "P2"), "2016-12", "flex"))
    frozen, replaced = [jobs.wait(operation) for operation in started]
    tap.is_((frozen["state"], replaced["error_reason"]), ("succeeded", "MONTH_FROZEN"), "a file of the month that waited for a data set's freeze is refused")
    sent(jobs, whole("2017-01-03", "Q1"), "2017-01", "flex")
    with held(jobs, "2017-01"):
        started = come(jobs, of("AE", COLUMNS, "2017-01"), file_of(jobs, changes("M2", "2016-10-04"), "2017-01", "adjustment"))
    frozen, adjusted = [jobs.wait(operation) for operation in started]
    tap.is_((frozen["state"], adjusted["error_reason"]), ("succeeded", "MONTH_FROZEN"), "nor is an adjustment posted beside what is final")
    tap.is_(failed_checks(jobs), [], "the ledger proves itself")


with Jobs(processes=2) as jobs:
    jobs.sql("SELECT set_config('pbc.commissioner', '5XZ', false); INSERT INTO ledger.app_user VALUES"
             " ('5XZ', '5XZ', 'finance', 'F', '{pct_finance}', NULL, NULL, true),"
             " ('5XZ', '5XZ', 'approver', 'A', '{pct_approver}', NULL, NULL, true)")
    jobs.run("import_practices", file=PRACTICES)
    jobs.run("import_providers", file=PROVIDERS)
    jobs.run("import_tariff", file=TARIFF.format(672), year=2017)
    restore_after_import(jobs)
    prices_after_freeze(jobs)
    apply_after_import(jobs)
    restore_after_freeze(jobs)
    reopen_and_adjust(jobs)
    bill_once(jobs)
    settle_once(jobs)
    reference_in_turn(jobs)
    neighbouring_years(jobs)
    data_sets(jobs)
    tap.ok("level=error" not in jobs.log(), "nothing failed inside", jobs.log()[-2000:])
tap.done()
