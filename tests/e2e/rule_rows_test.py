#!/usr/bin/python3
"""Every dated row that decides a price or an identity, on both sides: the day before it and its first, its last and the day after, what it
takes in and what lies beside it. A row that the tables below do not have fails the test."""

import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from jobs import Loader
from stack import Stack
from tap import Tap

tap = Tap()

PRACTICES = "practice_code,name,commissioner_code,group_code,valid_from,valid_to\nX00001,The Example Surgery,5XZ,,2000-04-01,\n"
YEARS = range(2003, 2018)
PROVIDERS = "provider_code,name,year,mff,local\n" + "".join(f"RXA,Trust A,{year}/{(year + 1) % 100:02},1.0648,Y\n" for year in YEARS)
TARIFF = """currency,currency_type,name,chapter,pod,age_band,price,trim_days,per_diem,short_stay_applies,short_stay_price
BZ34C,HRG,Cataract,Eyes,DC,ALL,672,,,N,
FZ18K,HRG,Hernia,Digestive,NEL,ALL,1979,5,200,N,
DZ11V,HRG,Pneumonia,Lungs,NEL,ALL,1486,14,210,Y,1040.20
130,TFC,Ophthalmology,Outpatients,OPFA,ADULT,100,,,N,
130,TFC,Ophthalmology,Outpatients,OPFA,CHILD,120,,,N,
VB08Z,AE,Standard,Emergency,AE,ALL,80,,,N,
VB11Z,AE,Minor,Emergency,AE,ALL,57,,,N,
"""
TERMS = ("provider_code,term,code,pod,valid_from,valid_to,amount,source\nRXA,TOP_UP,23,,2003-04-01,2018-03-31,,eligible\n"
         "RXA,TOP_UP,34,,2003-04-01,2018-03-31,,eligible\n")

# As guidance has them: name, first day, last day, value.
RULES = [
    ("AE_TYPE_3_LOWEST_BAND", "2003-04-01", "", 1),
    ("BUDGET_UPLIFT_PPM", "2003-04-01", "", 1000000),
    ("CASE_DECISION_WEEKS", "2005-04-01", "", 8),
    ("EMERGENCY_MARGINAL_PPM", "2003-04-01", "2006-03-31", 1000000),
    ("EMERGENCY_MARGINAL_PPM", "2006-04-01", "2008-03-31", 500000),
    ("EMERGENCY_MARGINAL_PPM", "2008-04-01", "2010-03-31", 1000000),
    ("EMERGENCY_MARGINAL_PPM", "2010-04-01", "", 300000),
    ("FREED_UP_RESOURCES_PRACTICE_PPM", "2004-10-01", "2006-03-31", 500000),
    ("FREED_UP_RESOURCES_PRACTICE_PPM", "2006-04-01", "", 700000),
    ("FREEZE_ROWS_MIN_PPM", "2003-04-01", "", 500000),
    ("MFF_PAID_BY_COMMISSIONER", "2003-04-01", "2009-03-31", 0),
    ("MFF_PAID_BY_COMMISSIONER", "2009-04-01", "", 1),
    ("OUTPATIENT_CHILD_BELOW_YEARS", "2003-04-01", "2009-03-31", 17),
    ("OUTPATIENT_CHILD_BELOW_YEARS", "2009-04-01", "", 19),
    ("PACE_OF_CHANGE_PPM", "2008-04-01", "", 10000),
    ("PRIVATE_PATIENTS_EXCLUDED", "2003-04-01", "", 1),
    ("PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE", "2003-04-01", "", 1),
    ("REVIEW_FOLLOW_UPS", "2003-04-01", "", 4),
    ("REVIEW_READMISSION_DAYS", "2003-04-01", "", 30),
    ("REVIEW_REPEAT_DAYS", "2003-04-01", "", 90),
    ("SHORT_STAY_BELOW_DAYS", "2003-04-01", "", 2),
    ("SHORT_STAY_MIN_AGE_YEARS", "2003-04-01", "2009-03-31", 17),
    ("SHORT_STAY_MIN_AGE_YEARS", "2009-04-01", "", 19),
    ("SPELL_ROUNDED_TO_POUNDS", "2003-04-01", "", 0),
    ("TOPUP_CHILDREN_PPM", "2010-04-01", "2011-03-31", 780000),
    ("TOPUP_CHILDREN_PPM", "2011-04-01", "", 250000),
    ("TOPUP_ON_LONG_STAY", "2003-04-01", "", 0),
    ("TOPUP_ORTHOPAEDIC_PPM", "2010-04-01", "2011-03-31", 300000),
    ("TOPUP_ORTHOPAEDIC_PPM", "2011-04-01", "", 250000),
    ("UPLOAD_RETENTION_DAYS", "2003-04-01", "", 30),
]
# Currency type, what the code begins with, first day, last day, reason; a code that it takes in and ones beside it.
EXCLUSIONS = [
    ("HRG", "SB", "2009-04-01", "2013-03-31", "CHEMOTHERAPY", "SB97Z", ("SA97Z",)),
    ("HRG", "SC", "2009-04-01", "2013-03-31", "RADIOTHERAPY", "SC40Z", ("SE40Z",)),
    ("HRG", "SD", "2009-04-01", "", "PALLIATIVE_CARE", "SD01A", ("SE01A",)),
    ("HRG", "LD", "2009-04-01", "2010-03-31", "RENAL_DIALYSIS", "LD01A", ("LC01A", "LE01A")),
    ("HRG", "VC", "2009-04-01", "", "REHABILITATION", "VC01Z", ("VA01Z", "VD01Z")),
    ("HRG", "XA", "2009-04-01", "", "CRITICAL_CARE", "XA01Z", ("WZ01Z",)),
    ("HRG", "XB", "2009-04-01", "", "CRITICAL_CARE", "XB01Z", ()),
    ("HRG", "XC", "2009-04-01", "", "CRITICAL_CARE", "XC01Z", ()),
    ("HRG", "XD", "2009-04-01", "", "HIGH_COST_DRUG", "XD01Z", ("XE01Z",)),
    ("TFC", "7", "2003-04-01", "", "MENTAL_HEALTH", "710", ("691", "800", "170")),
]
SERVICES = [("23", "2010-04-01", "", "TOPUP_CHILDREN_PPM"), ("34", "2010-04-01", "", "TOPUP_ORTHOPAEDIC_PPM")]
# Category, field, first code, last code, first day; codes that it takes in and ones beside it.
RESTRICTED = [
    ("sexual_health", "treatment_function_code", "360", "360", "2000-04-01", ("360",), ("350", "361")),
    ("sexual_health", "main_specialty_code", "360", "360", "2000-04-01", ("360",), ("350", "361")),
    ("sexual_health", "primary_diagnosis", "A50", "A64", "2000-04-01", ("A50", "A500", "A57", "A64", "A64.9"), ("A49", "A499", "A65", "B50")),
    ("hiv", "primary_diagnosis", "B20", "B24", "2000-04-01", ("B20", "B201", "B24"), ("B19", "B25", "A20")),
    ("hiv", "primary_diagnosis", "Z21", "Z21", "2000-04-01", ("Z21", "Z21X"), ("Z20", "Z22")),
    ("fertility_treatment", "primary_diagnosis", "N97", "N97", "1991-08-01", ("N97", "N979"), ("N96", "N98")),
    ("fertility_treatment", "primary_diagnosis", "Z31", "Z31", "1991-08-01", ("Z31", "Z312"), ("Z30", "Z32")),
    ("fertility_treatment", "primary_procedure", "Q13", "Q13", "1991-08-01", ("Q131", "Q13"), ("Q129", "Q141")),
    ("fertility_treatment", "primary_procedure", "Q21", "Q21", "1991-08-01", ("Q211",), ("Q201", "Q221")),
    ("fertility_treatment", "primary_procedure", "Q38", "Q38", "1991-08-01", ("Q383",), ("Q371", "Q391")),
    ("gender_reassignment", "primary_diagnosis", "F64", "F64", "2005-04-04", ("F640", "F64"), ("F63", "F65")),
    ("gender_reassignment", "primary_procedure", "X15", "X15", "2005-04-04", ("X151",), ("X141", "X161")),
]


def day_after(day, days=1):
    return (datetime.date.fromisoformat(day) + datetime.timedelta(days)).isoformat()


def spell(hrg, classification, method, discharged, stay=0, age=40, **fields):
    return {"dataset": "APC", "hrg": hrg, "patient_classification": classification, "admission_method": method, "age": age,
            "admission_date": day_after(discharged, -stay), "discharge_date": discharged, **fields}


def visit(day, age=40, **fields):
    return {"dataset": "OP", "treatment_function_code": "130", "first_attendance": "1", "attended": "5", "attendance_date": day, "age": age,
            **fields}


def arrival(day, department):
    return {"dataset": "AE", "hrg": "VB08Z", "arrival_date": day, "ae_department_type": department, "age": 40}


def child(day, stay=3, service="23"):
    return spell("FZ18K", "1", "21", day, stay, 6, specialised_service=service)


def pneumonia(day, stay, age):
    return spell("DZ11V", "1", "21", day, stay, age)


# Rule, what is tried, record, pence or reason: worked by hand at a factor of 1.0648, which the commissioner pays from 2009/10.
SIDES = [
    ("OUTPATIENT_CHILD_BELOW_YEARS", "16 on the last day of 17", visit("2009-03-31", 16), 12000),
    ("OUTPATIENT_CHILD_BELOW_YEARS", "17 on it", visit("2009-03-31", 17), 10000),
    ("OUTPATIENT_CHILD_BELOW_YEARS", "18 on the first day of 19", visit("2009-04-01", 18), 12778),
    ("OUTPATIENT_CHILD_BELOW_YEARS", "19 on it", visit("2009-04-01", 19), 10648),
    ("SHORT_STAY_MIN_AGE_YEARS", "16 on the last day of 17", pneumonia("2009-03-31", 1, 16), 148600),
    ("SHORT_STAY_MIN_AGE_YEARS", "17 on it", pneumonia("2009-03-31", 1, 17), 104020),
    ("SHORT_STAY_MIN_AGE_YEARS", "18 on the first day of 19", pneumonia("2009-04-01", 1, 18), 158229),
    ("SHORT_STAY_MIN_AGE_YEARS", "19 on it", pneumonia("2009-04-01", 1, 19), 110760),
    ("SHORT_STAY_BELOW_DAYS", "one night", pneumonia("2008-07-02", 1, 40), 104020),
    ("SHORT_STAY_BELOW_DAYS", "two nights", pneumonia("2008-07-03", 2, 40), 148600),
    ("MFF_PAID_BY_COMMISSIONER", "the last day it was paid centrally", spell("BZ34C", "2", "11", "2009-03-31"), 67200),
    ("MFF_PAID_BY_COMMISSIONER", "the first day it was not", spell("BZ34C", "2", "11", "2009-04-01"), 71555),
    ("TOPUP_CHILDREN_PPM", "the day before", child("2010-03-31"), 210724),
    ("TOPUP_CHILDREN_PPM", "the first day of 78 %", child("2010-04-01"), 375089),
    ("TOPUP_CHILDREN_PPM", "the last", child("2011-03-31"), 375089),
    ("TOPUP_CHILDREN_PPM", "the first day of 25 %", child("2011-04-01"), 263405),
    ("TOPUP_ORTHOPAEDIC_PPM", "the day before", child("2010-03-31", service="34"), 210724),
    ("TOPUP_ORTHOPAEDIC_PPM", "the first day of 30 %", child("2010-04-01", service="34"), 273941),
    ("TOPUP_ORTHOPAEDIC_PPM", "the last", child("2011-03-31", service="34"), 273941),
    ("TOPUP_ORTHOPAEDIC_PPM", "the first day of 25 %", child("2011-04-01", service="34"), 263405),
    ("TOPUP_CHILDREN_PPM", "the services beside it", child("2010-04-01", service="22"), 210724),
    ("TOPUP_ORTHOPAEDIC_PPM", "the services beside it", child("2010-04-01", service="35"), 210724),
    # What a PCT decided otherwise for 2016/17 is the other side of a row that has no end. (1,979 + 2 x 200) x 1.25 x 1.0648 is 3,166.45,
    # which is whole pounds then, too.
    ("TOPUP_ON_LONG_STAY", "of the base", child("2010-07-08", 7), 417681),
    ("TOPUP_ON_LONG_STAY", "of the long stay too", child("2016-07-08", 7), 316600),
    ("SPELL_ROUNDED_TO_POUNDS", "to pence", spell("BZ34C", "2", "11", "2015-07-01"), 71555),
    ("SPELL_ROUNDED_TO_POUNDS", "to pounds", spell("BZ34C", "2", "11", "2016-07-01"), 71600),
    ("PRIVATE_PATIENTS_EXCLUDED", "excluded", visit("2015-07-01", administrative_category="02"), "PRIVATE_PATIENT"),
    ("PRIVATE_PATIENTS_EXCLUDED", "priced", visit("2016-07-01", administrative_category="02"), 10648),
    ("AE_TYPE_3_LOWEST_BAND", "held to the lowest", arrival("2015-07-01", "03"), 6069),
    ("AE_TYPE_3_LOWEST_BAND", "of type 1", arrival("2015-07-01", "01"), 8518),
    ("AE_TYPE_3_LOWEST_BAND", "not held", arrival("2016-07-01", "03"), 8518),
    ("PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE", "the attendance's price", visit("2015-07-01", hrg="BZ33Z"), 10648),
    ("PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE", "none", visit("2016-07-01", hrg="BZ33Z"), "NOT_IN_TARIFF"),
]
DECIDED = [("TOPUP_ON_LONG_STAY", 1), ("SPELL_ROUNDED_TO_POUNDS", 1), ("PRIVATE_PATIENTS_EXCLUDED", 0), ("AE_TYPE_3_LOWEST_BAND", 0),
           ("PROCEDURE_WITHOUT_PRICE_IS_ATTENDANCE", 0)]


def load(stack, loader):
    for kind, file in (("practices", PRACTICES), ("providers", PROVIDERS)):
        assert loader.run("import_" + kind, file=file)["state"] == "succeeded"
    for year in YEARS:
        assert loader.run("import_tariff", file=TARIFF, year=year)["state"] == "succeeded"
    assert loader.run("import_provider_terms", file=TERMS)["state"] == "succeeded"
    for name, value in DECIDED:
        stack.sql(f"INSERT INTO ledger.rule VALUES ('5XZ', '{name}', '2016-04-01', '2017-03-31', {value}, 'flag', 'a decision')")


def rows(stack, columns, table):
    return [tuple(line.split("|")) for line in stack.sql(f"SELECT {columns} FROM {table} ORDER BY {columns}").splitlines()]


def is_whole(stack, name, columns, table, known):
    tap.is_(rows(stack, columns, table), sorted(known), f"every row of {name} is tried here")


def rule_on(stack, name, day):
    """The value in force on a day, or the reason of the refusal."""
    value = stack.sql("CREATE OR REPLACE FUNCTION pg_temp.value(name text, day date) RETURNS text LANGUAGE plpgsql AS $$ DECLARE why text; "
                      "BEGIN RETURN ledger.rule_value(name, day); EXCEPTION WHEN SQLSTATE 'ZC412' THEN "
                      "GET STACKED DIAGNOSTICS why = CONSTRAINT_NAME; RETURN why; END $$; "
                      f"SELECT pg_temp.value('{name}', '{day}')")
    return int(value) if value.isdigit() else value


def dated_values(stack):
    is_whole(stack, "the dated rules", "name, valid_from, coalesce(valid_to::text, ''), value", "ref.rule",
             [(name, first, last, str(value)) for name, first, last, value in RULES])
    for name, first, last, value in RULES:
        before = next((v for n, _, end, v in RULES if n == name and end == day_after(first, -1)), "RULE_MISSING")
        tap.is_((rule_on(stack, name, day_after(first, -1)), rule_on(stack, name, first), rule_on(stack, name, last or "2099-03-31")),
                (before, value, value), f"{name} is {before} the day before {first}, and {value} from it to {last or 'further notice'}")


def price(stack, record):
    answer = stack.call("finance", "PricingService.PriceRecord", provider_code="RXA", record=record).price
    return answer.total_pence if answer.HasField("total_pence") else answer.reason


def sides(stack):
    for rule, name, record, expected in SIDES:
        tap.is_(price(stack, record), expected, f"{rule}, {name}: {expected}")
    is_whole(stack, "the services with a top-up", "service_code, valid_from, coalesce(valid_to::text, ''), rule_name", "ref.top_up_service",
             SERVICES)


def of_code(kind, code, day):
    return spell(code, "1", "11", day, 2) if kind == "HRG" else visit(day, treatment_function_code=code)


def exclusions(stack):
    is_whole(stack, "the exclusions", "currency_type, code_prefix, valid_from, coalesce(valid_to::text, ''), reason", "ref.tariff_exclusion",
             [row[:5] for row in EXCLUSIONS])
    for kind, prefix, first, last, reason, code, beside in EXCLUSIONS:
        days = {first: reason, last or "2017-07-01": reason}
        if first > "2003-04-01":
            days[day_after(first, -1)] = "NOT_IN_TARIFF"
        if last:
            days[day_after(last)] = "NOT_IN_TARIFF"
        tap.is_({day: price(stack, of_code(kind, code, day)) for day in days}, days, f"{prefix} of {kind} is {reason} from {first} to {last}")
        tap.is_({price(stack, of_code(kind, other, first)) for other in beside}, {"NOT_IN_TARIFF"} if beside else set(),
                f"what lies beside it is not: {' '.join(beside)}")
    early = stack.refusal("finance", "PricingService.PriceRecord", provider_code="RXA", record=of_code("TFC", "710", "2003-03-31"))
    tap.is_(early[2], "NO_TARIFF", "before the first tariff nothing is priced at all")


FIELDS = ("treatment_function_code", "main_specialty_code", "primary_diagnosis", "primary_procedure")
HEADER = ("record_id,dataset,practice_code,nhs_number,sex,age,hrg,patient_classification,admission_method,admission_date,discharge_date,"
          + ",".join(FIELDS) + "\n")


def known_patients(loader, period, codes):
    """Of (field, code) pairs of a month those whose record kept its patient."""
    lines = []
    for number, (field, code) in enumerate(codes):
        cells = [code if name == field else "" for name in FIELDS]
        lines.append(f"P{number},APC,X00001,9434765919,1,40,DZ11V,1,21,{period}-03,{period}-05,{','.join(cells)}\n")
    done = loader.run("import_activity", file=HEADER + "".join(lines), provider_code="RXA", period=period, phase="flex")
    assert done["outcomes"]["accepted"] == str(len(codes)), done
    kept = loader.sql(f"SELECT record_id FROM ledger.activity WHERE submission_id = '{done['result_id']}' AND patient_key IS NOT NULL").split()
    return {pair for number, pair in enumerate(codes) if f"P{number}" in kept}


def restricted(stack, loader):
    is_whole(stack, "the restricted codes", "category, field, first_code, last_code, valid_from, coalesce(valid_to::text, '')",
             "ref.restricted_code", [(*row[:5], "") for row in RESTRICTED])
    inside = [(row[1], code) for row in RESTRICTED for code in row[5]]
    outside = sorted({(row[1], code) for row in RESTRICTED for code in row[6]})
    kept = known_patients(loader, "2017-07", inside + outside)
    for category, field, first, last, _, codes, beside in RESTRICTED:
        tap.is_((sorted(kept & {(field, code) for code in codes}), {(field, code) for code in beside} <= kept), ([], True),
                f"{category}: {field} {first} to {last} loses its patient, {' '.join(beside)} do not")
    later = [(row[1], row[5][0]) for row in RESTRICTED if row[4] == "2005-04-04"]
    earlier = [(row[1], row[5][0]) for row in RESTRICTED if row[4] < "2003-04-01"]
    tap.is_(known_patients(loader, "2005-03", later + earlier), set(later), "a code counts from its first month")
    tap.is_(known_patients(loader, "2005-04", later + earlier), set(), "in which all of its records are restricted")


with Stack(jobs=True) as the_stack:
    the_loader = Loader(the_stack)
    load(the_stack, the_loader)
    dated_values(the_stack)
    sides(the_stack)
    exclusions(the_stack)
    restricted(the_stack, the_loader)
    tap.ok("level=error" not in the_stack.log("pbcd"), "nothing failed inside", the_stack.log("pbcd")[-3000:])
tap.done()
