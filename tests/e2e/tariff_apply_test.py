#!/usr/bin/python3
"""A corrected tariff: open months become new submissions at the new prices, what differs of frozen ones is posted as adjustments, and
the past stays known."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from jobs import Jobs
from tap import Tap

tap = Tap()

PRACTICES = """practice_code,name,commissioner_code,group_code,valid_from,valid_to
X00001,The Example Surgery,5XZ,,2010-04-01,
X00009,The Neighbours,5YZ,,2010-04-01,
"""
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.10,Y\nRXA,Trust A,2016/17,1.00,Y\nRXB,Trust B,2017/18,1.00,Y\n"
HEADER = "currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,valid_from,valid_to\n"
FIRST = HEADER + """BZ34C,HRG,Cataract,Eyes,DC,ALL,672,,,,
DZ11V,HRG,Pneumonia,Lungs,NEL,ALL,1486,14,210,,
130,TFC,Ophthalmology,Outpatients,OPFA,ALL,,,,,
"""
# The cataract from the 10th of July, a shorter trim, an attendance that had no price.
CORRECTED = HEADER + """BZ34C,HRG,Cataract,Eyes,DC,ALL,672,,,2017-04-01,2017-07-09
BZ34C,HRG,Cataract,Eyes,DC,ALL,700,,,2017-07-10,2018-03-31
DZ11V,HRG,Pneumonia,Lungs,NEL,ALL,1486,13,210,,
130,TFC,Ophthalmology,Outpatients,OPFA,ALL,100,,,,
"""
COLUMNS = ("record_id,dataset,practice_code,nhs_number,sex,age,treatment_function_code,hrg,patient_classification,admission_method,"
           "admission_date,discharge_date,attendance_date,first_attendance,attended,provider_price,administrative_category\n")


def day_case(record, day, practice="X00001"):
    return f"{record},APC,{practice},9434765919,1,40,,BZ34C,2,11,{day},{day},,,,,01\n"


JULY = COLUMNS + day_case("P1", "2017-07-09") + day_case("P2", "2017-07-10") + \
    "P3,APC,X00001,9434765919,1,40,,DZ11V,1,21,2017-06-20,2017-07-11,,,,3000.00,\n" + \
    "P4,OP,X00001,4010232137,1,40,130,,,,,,2017-07-12,1,5,,\n" + day_case("P5", "2017-07-20", "X00009") + \
    "P6,OP,X00001,4010232137,1,40,130,,,,,,2017-07-12,1,3,,\n" + day_case("P7", "2017-07-20", "X00777")
# By hand at a market forces factor of 1.10: 672 is 739.20, 700 is 770.00; 1486 + 7 x 210 is 3251.60, with 8 days 3482.60; 100 is 110.00.
BEFORE = [("P1", "73920"), ("P2", "73920"), ("P3", "325160"), ("P4", "none"), ("P5", "73920"), ("P6", "none")]
AFTER = [("P1", "73920"), ("P2", "77000"), ("P3", "348260"), ("P4", "11000"), ("P5", "77000"), ("P6", "none")]


def load(jobs, file, period, phase="flex", provider="RXA", **params):
    done = jobs.run("import_activity", file=file, provider_code=provider, period=period, phase=phase, **params)
    assert done["state"] == "succeeded", done["error_message"]
    return done["result_id"]


def prices(jobs, submission):
    text = jobs.sql(f"SELECT record_id, coalesce(total_pence::text, 'none') FROM ledger.activity WHERE submission_id = '{submission}' ORDER BY line")
    return [tuple(line.split("|")) for line in text.splitlines()]


def current(jobs, period, provider="RXA"):
    return jobs.sql(f"SELECT submission_id FROM ledger.provider_month WHERE period = '{period}-01' AND provider_code = '{provider}'")


def apply(jobs, **params):
    return jobs.run("tariff_apply", year=2017, **params)


def failed_checks(jobs):
    return jobs.sql("SELECT set_config('pbc.commissioner', '5XZ', false); SELECT c ->> 'name' FROM json_array_elements(json_build_array("
                    "ledger.verify_rollups('5XZ'), ledger.verify_rows('5XZ'), ledger.verify_months('5XZ'), ledger.verify_frozen('5XZ'),"
                    " ledger.verify_adjustments('5XZ'))) c WHERE NOT (c ->> 'ok')::boolean")


def posted(jobs):
    """The rows of all adjustments in the order in which they came."""
    return jobs.sql("SELECT string_agg(concat_ws(' ', a.record_id, to_char(a.period, 'YYYY-MM'), a.quantity, 'x', a.total_pence, 'line', a.line,"
                    " 'for ' || a.reversed_line), ', ' ORDER BY s.recorded_at, a.line) FROM ledger.submission s JOIN ledger.activity a"
                    " USING (submission_id) WHERE s.phase = 'adjustment'")


def figures(done):
    names = ("repriced_months", "adjusted_months", "adjusted", "records", "before_pence", "after_pence", "difference_pence")
    return {name: done["outcomes"][name] for name in names if name in done["outcomes"]}


def corrected(jobs):
    jobs.run("import_tariff", file=FIRST, year=2017)
    july, august = load(jobs, JULY, "2017-07"), load(jobs, COLUMNS + day_case("A1", "2017-08-03"), "2017-08", "freeze")
    tap.is_(prices(jobs, july), BEFORE, "a month at the first tariff's prices")
    tap.is_(figures(apply(jobs)), {"repriced_months": "0", "adjusted_months": "0", "records": "0", "before_pence": "0", "after_pence": "0",
                                   "difference_pence": "0"}, "while the tariff stands there is nothing to do")
    imported = jobs.run("import_tariff", file=CORRECTED, year=2017)
    tap.is_(imported["outcomes"].get("months_on_other_tariff"), "2", "a corrected tariff says how many months rest on another")
    # Ours: 739.20 x 2 + 3251.60; then 739.20 + 770 + 3482.60 + 110. The neighbour's is not in the cost. And August's 739.20, then 770.
    expected = {"repriced_months": "1", "adjusted_months": "1", "adjusted": "2017-08 of RXA in 2017-09", "records": "7",
                "before_pence": "546920", "after_pence": "587180", "difference_pence": "40260"}
    tap.is_(figures(apply(jobs, validate_only=True)), expected, "a trial says what it would come to")
    tap.is_(current(jobs, "2017-07"), july, "and changes nothing")
    tap.is_(figures(apply(jobs)), expected, "then it is done")
    return july, august


def open_month(jobs, july):
    new = current(jobs, "2017-07")
    tap.ok(new != july, "an open month has a new submission")
    tap.is_(prices(jobs, new), AFTER, "at the new prices, each by its day")
    tap.is_(prices(jobs, july), BEFORE, "and the old one keeps its own")
    tap.is_(jobs.sql(f"SELECT s.phase, s.supersedes_submission_id = o.submission_id, s.reprice_of_submission_id = o.submission_id,"
                     f" s.sha256 = o.sha256, s.row_count, s.rejected_count, s.priced_count, s.unpriced_count, o.priced_count, o.unpriced_count"
                     f" FROM ledger.submission s, ledger.submission o WHERE s.submission_id = '{new}' AND o.submission_id = '{july}'"),
            "flex|t|t|t|7|1|4|0|3|1", "of the same file, superseding it")
    carried = ("to_jsonb(a) - ARRAY['submission_id', 'price_state', 'price_reason', 'tariff_id', 'tariff_line', 'base_pence',"
               " 'long_stay_days', 'long_stay_pence', 'adjustment_pence', 'mff_ppm', 'total_pence']")
    tap.is_(jobs.sql(f"SELECT count(*), count(DISTINCT x) FROM (SELECT {carried} AS x FROM ledger.activity a"
                     f" WHERE a.submission_id IN ('{july}', '{new}')) r"), "12|6", "nothing but prices differs")
    tap.is_(jobs.sql(f"SELECT count(*) FROM ledger.activity a JOIN ref.tariff_row t ON t.tariff_id = a.tariff_id AND t.line = a.tariff_line"
                     f" JOIN ledger.tariff_in_force f ON f.tariff_id = t.tariff_id AND f.version = 2"
                     f" WHERE a.submission_id = '{new}' AND t.currency = coalesce(a.hrg, a.treatment_function_code)"), "5",
            "each price names its row of the corrected tariff")
    tap.is_(failed_checks(jobs), "5XZ", "rollups, rows and months agree")


def the_rest(jobs, july, august):
    tap.is_((current(jobs, "2017-08"), prices(jobs, august)), (august, [("A1", "73920")]), "a frozen month stays as it was")
    tap.is_(posted(jobs), "A1 2017-09 1 x 77000 line 2, A1 2017-09 -1 x 73920 line 3 for 2", "what differs of it is posted in the next month")
    again = figures(apply(jobs))
    tap.is_((again["repriced_months"], again["adjusted_months"], again["difference_pence"]), ("0", "0", "0"),
            "applied again there is nothing left to do")
    again = jobs.run("import_activity", file=JULY, provider_code="RXA", period="2017-07", phase="flex")
    tap.is_(again["outcomes"], {"duplicate_of": july}, "the file sent again is still the one that was sent")
    other = load(jobs, COLUMNS + day_case("B1", "2017-09-03"), "2017-09", provider="RXB")
    before = jobs.run("import_tariff", file=FIRST, year=2017)
    tap.is_(before["outcomes"].get("months_on_other_tariff"), "3", "going back to the first tariff is a correction too")
    tap.is_(figures(apply(jobs)), {"repriced_months": "2", "adjusted_months": "1", "adjusted": "2017-08 of RXA in 2017-09", "records": "8",
                                   "before_pence": "657180", "after_pence": "614120", "difference_pence": "-43060"},
            "of two providers' open months, and of what was adjusted")
    tap.is_(posted(jobs), "A1 2017-09 1 x 77000 line 2, A1 2017-09 -1 x 73920 line 3 for 2, A1 2017-09 1 x 73920 line 2, "
            "A1 2017-09 -1 x 77000 line 3 for 2", "the adjustment is taken back, not what was frozen")
    tap.is_(prices(jobs, current(jobs, "2017-07")), BEFORE, "the first prices are back")
    tap.is_(jobs.sql(f"SELECT reprice_of_submission_id FROM ledger.submission WHERE submission_id = '{current(jobs, '2017-07')}'"), july,
            "in a third submission of the one file")
    tap.is_(jobs.sql("SELECT count(*) FROM ledger.submission WHERE period = '2017-07-01'"), "3", "and all three are known")
    tap.ok(other != current(jobs, "2017-09", "RXB"), "the other provider's month was priced again as well")
    tap.is_(failed_checks(jobs), "5XZ", "rollups, rows and months agree")


def frozen_in_part(jobs):
    """Day cases of October are frozen, attendances are not: 672 and none at first, then 700 and 100, at a market forces factor of 1.10."""
    jobs.run("import_tariff", file=FIRST, year=2017)
    apply(jobs)
    attendance = "D2,OP,X00001,4010232137,1,40,130,,,,,,2017-10-12,1,5,,\n"
    day_cases = load(jobs, COLUMNS + day_case("D1", "2017-10-11"), "2017-10", "freeze", dataset="APC")
    load(jobs, COLUMNS + attendance, "2017-10", dataset="OP")
    jobs.run("import_tariff", file=CORRECTED, year=2017)
    done = apply(jobs)
    new = current(jobs, "2017-10")
    tap.is_((sorted(prices(jobs, new)), done["outcomes"].get("kept_frozen")), ([("D1", "73920"), ("D2", "11000")], "APC in 2017-10 of RXA"),
            "of a month that is frozen in part what is not frozen is priced again, and the rest is named")
    tap.is_(jobs.sql("SELECT state, frozen_datasets FROM ledger.provider_month WHERE period = '2017-10-01'"), "flex|{APC}", "which stays frozen")
    tap.is_(failed_checks(jobs), "5XZ", "rollups, rows and months agree")
    tap.is_(apply(jobs)["outcomes"].get("kept_frozen"), None, "applied again there is nothing left to do")
    tap.is_(current(jobs, "2017-10"), new, "of it")
    again = jobs.run("import_activity", file=COLUMNS + day_case("D1", "2017-10-11"), provider_code="RXA", period="2017-10", phase="freeze",
                     dataset="APC")
    tap.is_(again["outcomes"], {"duplicate_of": day_cases}, "the file of what is frozen counts still")
    load(jobs, COLUMNS + attendance, "2017-10", "freeze", dataset="OP")
    load(jobs, COLUMNS, "2017-10", "freeze", dataset="AE")
    done = apply(jobs)
    tap.ok(done["outcomes"].get("adjusted") == "2017-10 of RXA in 2017-11", "once the month has closed", done["outcomes"])
    tap.is_(jobs.sql("SELECT string_agg(concat_ws(' ', record_id, quantity, total_pence), ', ' ORDER BY line) FROM ledger.activity"
                     " WHERE period = '2017-11-01'"), "D1 1 77000, D1 -1 73920", "what it would cost now is posted as an adjustment")
    tap.is_(failed_checks(jobs), "5XZ", "rollups, rows and months agree")


def taken_over(jobs):
    """A row without a price names no tariff: when it was priced is told by the submission that it came with first."""
    attendance = "T1,OP,X00001,4010232137,1,40,140,,,,,,2017-09-12,1,5,,\n"
    load(jobs, COLUMNS + attendance, "2017-09", dataset="OP", provider="RXB")
    jobs.run("import_tariff", file=CORRECTED + "140,TFC,Oral surgery,Outpatients,OPFA,ALL,90,,,,\n", year=2017)
    load(jobs, COLUMNS + day_case("T2", "2017-09-11"), "2017-09", dataset="APC", provider="RXB")
    load(jobs, "net_change," + COLUMNS + "I," + day_case("T3", "2017-09-12"), "2017-09", dataset="APC", provider="RXB")
    apply(jobs)
    tap.is_(sorted(prices(jobs, current(jobs, "2017-09", "RXB"))), [("T1", "9000"), ("T2", "70000"), ("T3", "70000")],
            "what later files of the month took over is priced again like the rest")
    new = current(jobs, "2017-09", "RXB")
    apply(jobs)
    tap.is_(current(jobs, "2017-09", "RXB"), new, "once")


def not_begun(jobs):
    """A provider whose newest frozen month is this one: what follows has not begun."""
    year, label, month = jobs.sql("SELECT ledger.year_of(d), ledger.year_text(ledger.year_of(d)), to_char(d, 'YYYY-MM') FROM ledger.today() d").split("|")
    year, day = int(year), month + "-01"
    coming = jobs.sql(f"SELECT to_char('{day}'::date + interval '1 month', 'YYYY-MM')")
    jobs.run("import_providers", file=f"provider_code,name,year,mff,local\nRXC,Trust C,{label},1.00,Y\n")
    jobs.run("import_tariff", file=FIRST, year=year)
    frozen = load(jobs, COLUMNS + day_case("C1", day), month, "freeze", "RXC")
    jobs.run("import_tariff", file=FIRST.replace("1486", "1487"), year=year)
    done = jobs.run("tariff_apply", year=year)
    tap.is_((done["state"], figures(done)["adjusted_months"]), ("succeeded", "0"), "where nothing differs nothing has to be posted")
    jobs.run("import_tariff", file=FIRST.replace("672", "700"), year=year)
    done = jobs.run("tariff_apply", year=year)
    tap.is_((done["state"], done["error_reason"]), ("failed", "PERIOD_FUTURE"),
            "nothing is posted in a month that has not begun, as by a file")
    tap.ok(f"{month} of provider RXC" in done["error_message"] and coming in done["error_message"] and "activity reopen" in done["error_hint"],
           "which is told with a way out", (done["error_message"], done["error_hint"]))
    tap.is_((current(jobs, month, "RXC"), jobs.sql(f"SELECT count(*) FROM ledger.provider_month WHERE provider_code = 'RXC' AND period > '{day}'"
                                                   " AND submission_id IS NOT NULL")), (frozen, "0"), "and leaves all as it was")


with Jobs() as jobs:
    jobs.run("import_practices", file=PRACTICES)
    jobs.run("import_providers", file=PROVIDERS)
    july, august = corrected(jobs)
    open_month(jobs, july)
    the_rest(jobs, july, august)
    frozen_in_part(jobs)
    taken_over(jobs)
    not_begun(jobs)
tap.done()
