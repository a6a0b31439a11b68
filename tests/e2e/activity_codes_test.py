#!/usr/bin/python3
"""Every numbered code of an activity file, on both sides: a row that has it, and one beside it that has nothing wrong. A code that is
documented and that is not tried here fails the test."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from jobs import Jobs
from tap import Tap

tap = Tap()
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")

PRACTICES = """practice_code,name,commissioner_code,group_code,valid_from,valid_to
X00001,The Example Surgery,5XZ,,2005-04-01,
X00002,Moved Away,5XZ,,2005-04-01,2017-07-15
X00002,Moved Away,5YZ,,2017-07-16,
X00003,Closed,5XZ,,2005-04-01,2017-07-15
"""
PROVIDERS = "provider_code,name,year,mff,local\nRXA,Trust A,2017/18,1.00,Y\nRXB,Trust B,2017/18,1.00,Y\n"
TARIFF = ("currency,currency_type,name,chapter,pod,age_band,price\nDZ11V,HRG,Pneumonia,Lungs,NEL,ALL,1486\n"
          "130,TFC,Ophthalmology,Outpatients,OPFA,ALL,100\n130,TFC,Ophthalmology,Outpatients,OPFUP,ALL,50\nVB08Z,AE,Standard,Emergency,AE,ALL,126\n")
TERMS = ("provider_code,term,code,pod,valid_from,valid_to,amount,source\nRXA,TOP_UP,23,,2010-04-01,2018-03-31,,list of eligible trusts\n")
COLUMNS = ("net_change,record_id,dataset,practice_code,commissioner_code,nhs_number,local_patient_id,sex,age,site_code,main_specialty_code,"
           "treatment_function_code,hrg,primary_diagnosis,primary_procedure,patient_classification,admission_method,admission_date,"
           "discharge_date,discharge_method,excluded_days,specialised_service,attendance_date,first_attendance,attended,referral_source,"
           "arrival_date,ae_department_type,ae_disposal,prior_approval,administrative_category,provider_price").split(",")
SOUND = {
    "APC": {"hrg": "DZ11V", "patient_classification": "1", "admission_method": "21", "admission_date": "2017-07-01",
            "discharge_date": "2017-07-05"},
    "OP": {"treatment_function_code": "130", "attendance_date": "2017-07-15", "first_attendance": "1", "attended": "5"},
    "AE": {"hrg": "VB08Z", "arrival_date": "2017-07-10", "ae_department_type": "01"},
}
DAY = {"APC": "discharge_date", "OP": "attendance_date", "AE": "arrival_date"}

# code: data set, its column, the cell that has it, the cell beside it that has not.
CELLS = {
    "E101": ("OP", "record_id", "R" * 36, "R" * 35),
    "E103": ("OP", "dataset", "XX", "OP"),
    "E104": ("OP", "practice_code", "X0001", "X00001"),
    "E105": ("OP", "practice_code", "X00009", "X00001"),
    "E106": ("OP", "commissioner_code", "5x", "5XZ"),
    "E108": ("OP", "nhs_number", "9434765918", "9434765919"),
    "E109": ("OP", "local_patient_id", "L" * 36, "L" * 35),
    "E110": ("OP", "sex", "3", "9"),
    "E111": ("OP", "age", "131", "130"),
    "E112": ("OP", "treatment_function_code", "", "130"),
    "E113": ("APC", "hrg", "", "DZ11V"),
    "E114": ("APC", "patient_classification", "6", "5"),
    "E115": ("APC", "admission_method", "26", "25"),
    "E116": ("APC", "admission_date", "2017-06-31", "2017-06-30"),
    "E117": ("APC", "discharge_date", "31/07/2017", "2017-07-31"),
    "E118": ("APC", "admission_date", "2017-07-06", "2017-07-05"),
    "E119": ("APC", "admission_date", "2007-07-04", "2007-07-05"),
    "E120": ("APC", "excluded_days", "6", "5"),
    "E121": ("OP", "attendance_date", "", "2017-07-01"),
    "E122": ("OP", "first_attendance", "5", "2"),
    "E123": ("OP", "attended", "1", "6"),
    "E124": ("AE", "arrival_date", "2017-7-10", "2017-07-10"),
    "E125": ("AE", "ae_department_type", "1", "03"),
    "E126": ("APC", "discharge_date", "2017-08-01", "2017-07-31"),
    "E127": ("OP", "attendance_date", "2017-06-30", "2017-07-01"),
    "E128": ("AE", "arrival_date", "2017-08-01", "2017-07-31"),
    "E129": ("OP", "provider_price", "1000000000.01", "1000000000.00"),
    "E130": ("OP", "prior_approval", "P" * 51, "P" * 50),
    "E134": ("OP", "administrative_category", "05", "04"),
    "E138": ("OP", "record_id", "R-9434765919", "R-4010232137"),
    "E139": ("OP", "prior_approval", "PA 9434765919", "PA 4010232137"),
    "W203": ("OP", "commissioner_code", "5YZ", "5XZ"),
    "W204": ("OP", "treatment_function_code", "131", "130"),
    "W205": ("APC", "specialised_service", "34", "23"),
    "W206": ("APC", "primary_diagnosis", "189J", "J189"),
    "W207": ("APC", "primary_procedure", "371", "W371"),
    "W208": ("APC", "site_code", "rxa01", "RXA01"),
    "W209": ("OP", "main_specialty_code", "13", "130"),
    "W210": ("APC", "discharge_method", "6", "5"),
    "W211": ("OP", "referral_source", "3", "03"),
    "W212": ("AE", "ae_disposal", "1", "01"),
}
# Those that take more than one cell: data set, cells that have it, cells that have not.
ROWS = {
    "E107": ("OP", {"nhs_number": ""}, {"nhs_number": "", "local_patient_id": "L1"}),
    "W201": ("OP", {"practice_code": "X00002", "attendance_date": "2017-07-16"}, {"practice_code": "X00002"}),
    "W202": ("OP", {"practice_code": "V81999"}, {"practice_code": "X00001"}),
    "W213": ("OP", {"practice_code": "X00003", "attendance_date": "2017-07-16"}, {"practice_code": "X00003"}),
}


def row(dataset, record, fields):
    cells = {"record_id": record, "dataset": dataset, "practice_code": "X00001", "nhs_number": "9434765919", "sex": "1", "age": "40"}
    cells.update(SOUND[dataset])
    cells.update(fields)
    return ",".join(cells.get(column, "") for column in COLUMNS)


def documented():
    with open(ROOT + "/client/docs/activity-file.md", encoding="utf-8") as file:
        return set(re.findall(r"^\| ([EW][0-9]{3}) \|", file.read(), re.MULTILINE))


class Ledger:
    """Files of Trust A and B, and the codes of each of their lines."""

    def __init__(self, jobs):
        self.jobs = jobs
        self.tried = set()

    def send(self, lines, period="2017-07", phase="flex", provider="RXA", changes=False, **params):
        """Codes by line, from 2, which has the first row."""
        cells = COLUMNS if changes else COLUMNS[1:]
        text = "\n".join([",".join(cells)] + [line if changes else line[1:] for line in lines]) + "\n"
        done = self.jobs.run("import_activity", file=text, provider_code=provider, period=period, phase=phase, **params)
        if done["state"] != "succeeded":
            raise RuntimeError(done["error_message"])
        codes = {}
        for told in self.jobs.sql(f"SELECT line, code FROM patient.reject WHERE submission_id = '{done['result_id']}'").splitlines():
            line, code = told.split("|")
            codes.setdefault(int(line), set()).add(code)
        counted = {name.split(".")[1]: int(count) for name, count in done["outcomes"].items() if name.startswith(("error.", "warning."))}
        tap.is_(counted, {code: sum(code in line for line in codes.values()) for code in set().union(*codes.values())} if codes else {},
                f"{period} {phase} of {provider}: the outcomes count the lines of each code")
        return [codes.get(number, set()) for number in range(2, 2 + len(lines))]

    def check(self, code, having, beside, what=""):
        self.tried.add(code)
        tap.is_((having, beside), ({code}, set()), f"{code} {what}: on the row that has it alone")


def change(verb, line):
    return verb + line


def of_rows(ledger):
    cases = [(code, dataset, {column: bad}, {column: good}, f"{column} {bad[:12]!r} and {good[:12]!r}")
             for code, (dataset, column, bad, good) in CELLS.items()]
    cases += [(code, dataset, bad, good, "") for code, (dataset, bad, good) in ROWS.items()]
    lines = []
    for code, dataset, bad, good, _ in cases:
        lines += [row(dataset, code + "-bad", bad), row(dataset, code + "-good", good)]
    codes = ledger.send(lines)
    for number, (code, _, _, _, what) in enumerate(cases):
        ledger.check(code, codes[2 * number], codes[2 * number + 1], what)


def of_neighbours(ledger):
    """E102 takes another line, W214 and W215 another provider."""
    codes = ledger.send([row("OP", "TWICE", {}), row("OP", "TWICE", {}), row("OP", "ONCE", {})], "2017-07", provider="RXB")
    ledger.check("E102", codes[1], codes[2])
    tap.is_(codes[0], set(), "and the earlier of the two counts")
    stay = {"nhs_number": "4010232137"}
    ledger.send([row("APC", "STAY", {**stay, "admission_date": "2017-08-10", "discharge_date": "2017-08-20"})], "2017-08")
    codes = ledger.send([row("APC", "SAME", {**stay, "admission_date": "2017-08-10", "discharge_date": "2017-08-20"}),
                         row("APC", "INSIDE", {**stay, "admission_date": "2017-08-19", "discharge_date": "2017-08-22"}),
                         row("APC", "TRANSFER", {**stay, "admission_date": "2017-08-20", "discharge_date": "2017-08-22"})],
                        "2017-08", provider="RXB")
    ledger.check("W214", codes[0], codes[2])
    ledger.check("W215", codes[1], codes[2])


def of_changes(ledger):
    november = {"attendance_date": "2017-11-10"}
    ledger.send([row("OP", "STANDS", november), row("OP", "STANDS2", november)], "2017-11")
    codes = ledger.send([change(verb, row("OP", record, november)) for verb, record in
                         (("X", "NEW1"), ("I", "NEW2"), ("I", "STANDS"), ("U", "STANDS"), ("U", "NEW3"), ("D", "STANDS2"))], "2017-11",
                        changes=True)
    ledger.check("E131", codes[0], codes[1])
    ledger.check("E132", codes[2], codes[1])
    ledger.check("E133", codes[4], codes[3])
    tap.is_(codes[5], set(), "a record that stands can be deleted")


def of_data_sets(ledger):
    codes = ledger.send([row("AE", "OTHER", {"arrival_date": "2018-01-10"}), row("OP", "OWN", {"attendance_date": "2018-01-10"})], "2018-01",
                        dataset="OP")
    ledger.check("E140", codes[0], codes[1])


def of_adjustments(ledger):
    """A record id of two frozen months; days of a frozen month and of one that is open."""
    for period in ("2017-09", "2017-10"):
        ledger.send([row("OP", "OFTEN", {"attendance_date": period + "-10"}), row("OP", "ONCE" + period, {"attendance_date": period + "-10"})],
                    period, "freeze")
    lines = []
    for dataset in ("APC", "OP", "AE"):
        for day in ("2017-11-10", "2017-10-10"):
            stay = {"admission_date": day} if dataset == "APC" else {}
            lines.append(change("I", row(dataset, dataset + day, {DAY[dataset]: day, **stay})))
    often = [change("U", row("OP", record, {"attendance_date": "2017-10-10"})) for record in ("OFTEN", "ONCE2017-10")]
    codes = ledger.send(lines + often, "2017-12", "adjustment", changes=True)
    for number, code in enumerate(("E135", "E136", "E137")):
        ledger.check(code, codes[2 * number], codes[2 * number + 1])
    ledger.check("W216", codes[6], codes[7])


with Jobs() as the_jobs:
    for kind, file, params in (("practices", PRACTICES, {}), ("providers", PROVIDERS, {}), ("tariff", TARIFF, {"year": 2017}),
                               ("provider_terms", TERMS, {})):
        assert the_jobs.run("import_" + kind, file=file, **params)["state"] == "succeeded"
    the_ledger = Ledger(the_jobs)
    of_rows(the_ledger)
    of_neighbours(the_ledger)
    of_changes(the_ledger)
    of_adjustments(the_ledger)
    of_data_sets(the_ledger)
    tap.is_(the_ledger.tried, documented(), "every documented code is tried")
tap.done()
