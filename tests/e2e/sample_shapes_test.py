#!/usr/bin/python3
"""The sample is shaped like what was published: list sizes, ages and sexes and how they differ between practices, need, national prices.
And it says that it is synthetic: names, NHS numbers of the test range, a label.

Figures, with 3 or more standard errors of room (`room` says which):
- SIZES: NHS England, allocations 2024/25, registered and weighted populations by practice: all 6,553 practices.
- SHARES, CELLS: NHS Digital, Patients Registered at a GP Practice, April 2022, by practice, sex and five-year band: 160 practices of Sussex.
- NEED: of these 160, overall weighted per registered patient in the allocations 2024/25.
- PRICES: 2017/18 National Tariff Payment System, Annex A, admitted patient care and outpatient procedures."""

import collections
import csv
import glob
import math
import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
import scratch
from stack import BUILD, ROOT
from tap import Tap

# Patients of the practice that has this per cent of practices below it; mean and coefficient of variation.
SIZES = {10: 3462, 25: 5329, 50: 8210, 75: 12058, 90: 16432}
SIZE_MEAN = 9485
# 0.685, and 0.622 if the 0.8 % of lists longer than the sample ever has are cut to its longest.
SIZE_VARIATION = 0.60, 0.70

# Per cent of a practice's patients who are of a sex and of an age up to, but without, the second: mean and standard deviation
# between practices, kurtosis, and what 5, 25, 50, 75 and 95 % of practices are below.
SHARES = {
    "0-4": ((0, 5), 4.34, 1.08, 4.4, (2.76, 3.73, 4.28, 4.92, 6.23)),
    "5-14": ((5, 15), 10.71, 2.27, 6.6, (6.68, 9.56, 10.97, 12.24, 13.71)),
    "15-24": ((15, 25), 10.59, 4.00, 73.7, (7.81, 9.18, 9.86, 11.07, 15.53)),
    "25-44": ((25, 45), 25.41, 7.03, 7.4, (17.58, 20.46, 24.34, 28.32, 36.51)),
    "45-64": ((45, 65), 27.19, 3.26, 21.5, (23.39, 25.74, 27.36, 28.93, 31.55)),
    "65 and over": ((65, 999), 21.77, 7.69, 3.8, (10.38, 15.83, 21.86, 26.43, 33.63)),
    "75 and over": ((75, 999), 10.83, 4.53, 3.9, (3.84, 7.66, 10.93, 14.00, 17.87)),
    "85 and over": ((85, 999), 3.14, 1.40, 3.6, (0.93, 2.26, 3.03, 4.06, 5.41)),
    "women": ((0, 999, "2"), 50.27, 2.98, 70.8, (46.66, 49.66, 50.77, 51.41, 52.43)),
}
PERCENTILES = (5, 25, 50, 75, 95)

# All 1,819,584 people of the 160 practices by sex and five-year band, ppm.
CELLS = {
    "1": (22491, 26492, 28719, 27359, 27108, 29914, 33874, 32999, 32483, 31871, 35691, 36261, 31177, 26138, 25395, 21740, 12978, 7835, 3232,
          789),
    "2": (21374, 25137, 27145, 26081, 28103, 29466, 33119, 31636, 31598, 31131, 35027, 35623, 31459, 27894, 28607, 25374, 16630, 11585, 6271,
          2194),
}

# Weighted per registered patient: mean, standard deviation, and its correlation with the share of 65 and over.
NEED = 1.017, 0.158, 0.48

# Whole pounds: outpatient procedure, day case, ordinary elective, non-elective; None is no price.
PRICES = {
    "BZ34C": (None, 672, 672, 891),  # one price for day case and elective
    "FZ18K": (None, 1228, 1363, 1979),  # three
    "AA35F": (None, 1846, 1846, 1128),  # planned is dearer than emergency
    "HN12F": (None, 5431, 5431, 5431),  # all the same
    "FZ60Z": (341, 341, 341, 585),  # the outpatient procedure is as dear as the day case
    "JC43B": (120, 769, 769, 783),  # and here it is not
    "DZ11V": (None, 699, 699, 1486),
    "HE11G": (None, 3088, 3088, 3088),
    "LB35E": (None, 1838, 1838, 2508),
    "CA37B": (61, 470, 470, 470),  # the lowest price of the list
    "AA50D": (None, 40936, 40936, 40936),  # and the highest
    "MA36Z": (144, 144, 144, 422),  # listed twice, the first
    "AA27Z": (None, None, None, None),  # listed without a price
    "UZ01Z": (None, None, None, None),
}
# 2,300 HRGs are listed, and six of them have no price: AA27Z, LA97A, PB03Z, SB97Z, SC97Z, UZ01Z.
PRICED_HRGS = 2294
PRICE_COLUMNS = ("OPPROC", "DC", "EL", "NEL")

tap = Tap()


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


class Lists:
    """The practices' lists in the sample's reference files, of 2017/18."""

    def __init__(self, folder):
        self.people = collections.defaultdict(dict)  # by practice: (sex, first age of the band) to patients
        for row in rows(folder + "/reference/populations.csv"):
            if row["year"] == "2017/18":
                self.people[row["practice_code"]][row["sex"], int(row["age_band"].rstrip("+").split("-")[0])] = int(row["patients"])
        self.sizes = {code: sum(people.values()) for code, people in self.people.items()}
        weighted = {row["practice_code"]: int(row["weighted_population"])
                    for row in rows(folder + "/reference/weightings.csv") if row["year"] == "2017/18"}
        self.needs = [weighted[code] / size for code, size in self.sizes.items()]
        self.count = len(self.sizes)

    def shares(self, low, high, sexes="12"):
        return [100 * sum(patients for (sex, age), patients in people.items() if low <= age < high and sex in sexes) / self.sizes[code]
                for code, people in self.people.items()]

    def of_all(self, sex, age):
        return 1e6 * sum(people[sex, age] for people in self.people.values()) / sum(self.sizes.values())


def near(have, want, room, name):
    return tap.ok(abs(have - want) <= room, f"{name}: {have:.4g}, published {want:.4g}", f"more than {room:.3g} off")


def all_near(misses, name):
    tap.is_(misses, [], name)


def sizes_are_published(lists, which):
    sizes = sorted(lists.sizes.values())
    # Each list has an equal part of the range to itself, so at most the one at the boundary can be on the wrong side of it.
    all_near([(percent, below) for percent, size in SIZES.items()
              if abs((below := sum(size > own for own in sizes)) - lists.count * percent / 100) > 1],
             f"{which}: as many lists below each published percentile of size")
    # 3 %: of 40 lists, one from each fortieth of the range, the mean has a standard error of 1 %.
    near(statistics.mean(sizes), SIZE_MEAN, 0.03 * SIZE_MEAN, f"{which}: mean list")
    variation = statistics.pstdev(sizes) / statistics.mean(sizes)
    tap.ok(SIZE_VARIATION[0] <= variation <= SIZE_VARIATION[1], f"{which}: lists vary by {variation:.3f} of their mean", SIZE_VARIATION)


def ages_are_published(lists, which):
    count = lists.count
    for name, (group, mean, deviation, kurtosis, percentiles) in SHARES.items():
        shares = lists.shares(*group)
        near(statistics.mean(shares), mean, 3 * deviation / math.sqrt(count), f"{which}: {name}, per cent of a list")
        # The standard error of a standard deviation goes with the kurtosis. Above 20, where a few student practices make it, percentiles tell.
        if kurtosis < 20:
            near(statistics.stdev(shares), deviation, 3 * deviation * math.sqrt((kurtosis - 1) / 4 / count),
                 f"{which}: {name}, standard deviation between practices")
        # How many of count are below is binomial.
        all_near([(percent, below) for percent, share in zip(PERCENTILES, percentiles)
                  if abs((below := sum(share > own for own in shares)) - count * percent / 100)
                  > 3 * math.sqrt(count * percent / 100 * (1 - percent / 100))],
                 f"{which}: {name}, as many practices below each published percentile")


def everybody_is_as_published(lists):
    """Of all people, each sex and band. Long lists count for more, which makes the standard error larger than that of a mean of practices;
    3.5 of them, because there are forty cells."""
    sizes = lists.sizes.values()
    variation = statistics.pstdev(sizes) / statistics.mean(sizes)
    misses = []
    for sex, cells in CELLS.items():
        for band, want in enumerate(cells):
            error = 1e4 * statistics.stdev(lists.shares(5 * band, 5 * band + 5, sex)) * math.sqrt((1 + variation**2) / lists.count)
            if abs(lists.of_all(sex, 5 * band) - want) > 3.5 * error:
                misses.append((sex, 5 * band, round(lists.of_all(sex, 5 * band)), want))
    all_near(misses, "each band and sex is of all people what is published")


def need_goes_with_age(lists):
    mean, deviation, correlation = NEED
    near(statistics.mean(lists.needs), mean, 3 * deviation / math.sqrt(lists.count), "need per patient")
    # A normal distribution's.
    near(statistics.stdev(lists.needs), deviation, 3 * deviation / math.sqrt(2 * lists.count), "need, standard deviation between practices")
    # Fisher's z.
    have = statistics.correlation(lists.needs, lists.shares(65, 999))
    near(math.atanh(have), math.atanh(correlation), 3 / math.sqrt(lists.count - 3), "need goes with the share of 65 and over, Fisher's z")


def prices_are_national(folder):
    tariff = {(row["currency"], row["pod"]): row for row in rows(folder + "/reference/tariff-2017-18.csv") if row["age_band"] == "ALL"}
    for hrg, prices in PRICES.items():
        stated = [tariff[hrg, pod]["price"] if (hrg, pod) in tariff else None for pod in PRICE_COLUMNS]
        tap.is_(stated, [None if price is None else f"{price}.00" for price in prices], f"{hrg} has the national prices")
    unmarked = {row["currency"] for row in tariff.values() if "synthetic" not in row["name"]}
    tap.is_(len(unmarked), PRICED_HRGS, "the HRGs whose price is not marked as synthetic are as many as have a national one")
    tap.is_({row["currency_type"] for row in tariff.values() if row["currency"] in unmarked}, {"HRG"}, "nothing else passes for national")
    grouped = {row["hrg"] for path in glob.glob(folder + "/activity/*.csv") for row in rows(path)} - {""}
    tap.ok(len(grouped) > 100 and grouped <= {hrg for hrg, _ in tariff}, "spells and procedures have HRGs of the list",
           grouped - {hrg for hrg, _ in tariff})


def organisations(folder):
    ours = {row["practice_code"] for row in rows(folder + "/reference/practices.csv") if row["commissioner_code"] == "5XZ"}
    tap.is_(len(ours), 40, "40 practices")
    local = {row["provider_code"]: row["local"] for row in rows(folder + "/reference/providers.csv")}
    away = [code for code, word in local.items() if word == "N"]
    tap.is_((len(local), len(away)), (6, 1), "6 providers, one of which is not local")
    tap.is_(sorted(set(local) - set(os.listdir(folder + "/contracts"))), away, "and it has no contract")
    treated = sum(1 for code in away for path in glob.glob(f"{folder}/activity/{code}_*_freeze.csv") for _ in rows(path))
    tap.ok(treated > 0, "and it has treated people", treated)


def check_digit_holds(number):
    """Modulus 11, weights 10 to 2."""
    check = 11 - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1))) % 11
    return check != 10 and int(number[9]) == check % 11


def people_are_of_the_test_range(folder):
    # The same record may be there twice and in a flex, so records are counted, not rows.
    numbers = {(row["record_id"], row["nhs_number"]) for path in glob.glob(folder + "/activity/*.csv") for row in rows(path)
               if row["nhs_number"] != ""}
    tap.ok(len(numbers) > 25000, "records have NHS numbers", len(numbers))
    tap.is_({number[:3] for _, number in numbers} | {len(number) for _, number in numbers}, {"999", 10}, "all of the range 999")
    bad = {line["record_id"] for path in glob.glob(folder + "/truth/activity-*.csv") for line in rows(path)
           if line["kind"] == "bad_check_digit"}
    tap.is_({record for record, number in numbers if not check_digit_holds(number)}, bad, "with a right check digit but where a wrong one is planted")


def says_that_it_is_synthetic(folder):
    """What names organisations or made-up prices says so in the name; the folder has a label for what has no room."""
    named = collections.Counter()
    for path in glob.glob(folder + "/**/*.csv", recursive=True):
        for row in rows(path):
            if "name" in row and not path.endswith("tariff-2017-18.csv"):
                named[os.path.basename(path), "synthetic" in row["name"]] += 1
    tap.is_([file for file, says in named if not says], [], "every name says synthetic")
    tap.is_({file for file, _ in named}, {"practices.csv", "providers.csv", "prices.csv", "tariff-2016-17.csv"}, "in every file that has names")
    with open(folder + "/SYNTHETIC.txt", encoding="utf-8") as file:
        tap.ok("All files in this folder are synthetic" in file.read(), "and a label stands for the rest")


def main():
    made = {}
    for seed, practices in ((1, 40), (2, 40), (1, 400)):
        made[seed, practices] = scratch.folder("pbc-shapes-")
        subprocess.run([BUILD + "/deploy/pbc-sample", "--seed", str(seed), "--practices", str(practices),
                        "--data", ROOT + "/deploy/sample/data", "--out", made[seed, practices]], check=True)
        lists = Lists(made[seed, practices])
        which = f"seed {seed}, {practices} practices"
        sizes_are_published(lists, which)
        ages_are_published(lists, which)
    everybody_is_as_published(lists)
    need_goes_with_age(lists)
    sample = made[1, 40]
    prices_are_national(sample)
    organisations(sample)
    people_are_of_the_test_range(sample)
    says_that_it_is_synthetic(sample)
    tap.done()


main()
