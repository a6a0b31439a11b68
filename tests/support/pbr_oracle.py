"""Compares server/domain/pbr with the published rules of Payment by Results, in exact decimals, on generated records.

usage: pbr_oracle.py DRIVER [RECORDS] [SEED]

The rules are written down here from guidance, in pounds and not in the terms of the C code. The driver is
tests/unit/server/domain/pbr_driver.c. The seed is printed, so that a failure can be repeated.
"""
import random
import subprocess
import sys
from decimal import Decimal, ROUND_HALF_UP
from itertools import islice

PENNY, POUND = Decimal('0.01'), Decimal(1)
CHUNK = 50000
EXCLUDED = {'HRG': {'SB': 'CHEMOTHERAPY', 'XC': 'CRITICAL_CARE'}, 'TFC': {'7': 'MENTAL_HEALTH'}}

ELECTIVE = {'11', '12', '13'}
EMERGENCY = {'21', '22', '23', '24', '25', '28', '2A', '2B', '2C', '2D'}
OTHER = {'31', '32', '81', '82', '83'}

# One column each, in the driver's order; weights by repetition. '-' is empty.
FIELDS = {
    'dataset': ['APC', 'APC', 'APC', 'OP', 'OP', 'AE'],
    'age': [0, 1, 12, 16, 17, 18, 19, 20, 45, 67, 99],
    'hrg': ['DZ11V', 'BZ34C', 'FZ18K', 'HN22E', 'H80', 'WF01B', 'VB08Z', '-'] * 3 + ['UZ01Z', 'U07', 'SB97Z', 'XC01Z'],
    'tfc': ['100', '130', '320'] * 3 + ['710', '-'],
    'specialty': ['100', '300', '-'] * 4 + ['560', '950'],
    'class': ['1', '1', '1', '2', '2'] * 4 + ['3', '4', '5', '8'],
    'method': ['11', '12', '13', '21', '22', '24', '28', '2A', '2D', '31', '81', '83'] * 2 + ['98', '-'],
    'stay': [0, 0, 1, 1, 2, 3, 5, 13, 14, 15, 21, 100],
    'excluded': [0, 0, 0, 1, 7, 30],
    'first': ['1', '1', '2', '2', '3', '4', '9'],
    'attended': ['5', '5', '5', '6'] * 4 + ['2', '3', '4', '7'],
    'department': ['01', '02', '03'] * 4 + ['04', '99'],
    'child_below': [17, 19],
    'no_private': [0, 1, 1, 1],
    'falls_back': [0, 1, 1],
    'short_from': [17, 19],
    'short_below': [2, 2, 1],
    'hold_type_3': [0, 1, 1],
    'long_top_up': [0, 0, 1],
    'payer': [0, 1, 1],
    'rounds': [0, 0, 0, 1],
    # Pence, as the tariff's pounds times 100; 'none' is a blank. A row may be missing.
    'row': [1] * 15 + [0],
    'price': [67200, 122800, 136300, 148600, 197900, 543100, 8000, 5005, 1, 0] * 2 + ['none'],
    'trim': [5, 13, 14, 34, 0, 'none'],
    'per_diem': [21000, 23250, 19999] * 3 + ['none'],
    'short_applies': [0, 1],
    'short_price': [104020, 66870, 37150] * 3 + ['none'],
    'mff': [1064800, 1000000, 1321500, 987654, 1037219] * 3 + [0],
    'top_up': [0, 0, 0, 780000, 300000, 250000],
    'unbundled': [0, 0, 0, -15050, -3333] * 3 + [-700000],
    'local': [0, 0, 0, 2550, -1],
    # The cheapest A&E price of the list above 0, and the list's row for the attendance of a procedure.
    'lowest': [5700, 8000, 10000, 1, 'none'],
    'attendance_row': [1] * 9 + [0],
    'attendance_price': [9500, 12750, 1, 0] * 3 + ['none'],
    'category': ['-'] * 8 + ['01', '02', '03', '04', '98', '99'],
}


def round_to(amount, unit):
    return amount.quantize(unit, rounding=ROUND_HALF_UP)


def point_of_delivery(r):
    """(point of delivery, kind of currency, currency, state, reason); 'look up' is the state of what has a price to find."""
    if r['dataset'] == 'APC':
        pod = ''
        if r['method'] in ELECTIVE and r['class'] == '2' and r['stay'] == 0:
            pod = 'DC'
        elif r['method'] in ELECTIVE and r['class'] in '12':
            pod = 'EL'
        elif r['method'] in EMERGENCY:
            pod = 'NEL'
        elif r['method'] in OTHER:
            pod = 'NELNE'
        if r['class'] in '34':
            return '', 'HRG', r['hrg'], 'excluded', 'REGULAR_ADMISSION'
        return pod, 'HRG', r['hrg'], 'look up' if pod else 'unpriced', '' if pod else 'NO_POINT_OF_DELIVERY'
    if r['dataset'] == 'AE':
        if r['department'] == '04':
            return 'AE', 'AE', r['hrg'], 'excluded', 'WALK_IN_CENTRE'
        if r['department'] == '99':
            return 'AE', 'AE', r['hrg'], 'unpriced', 'NO_POINT_OF_DELIVERY'
        return 'AE', 'AE', r['hrg'], 'look up', ''
    attendance = {'1': 'OPFA', '3': 'OPFA', '2': 'OPFUP', '4': 'OPFUP'}.get(r['first'], '')
    if r['attended'] not in '56':
        return attendance, 'TFC', r['tfc'], 'excluded', 'NOT_ATTENDED'
    if r['specialty'] == '560' or r['specialty'].startswith('9'):
        return attendance, 'TFC', r['tfc'], 'excluded', 'NOT_CONSULTANT_LED'
    if r['hrg'] != '-' and not r['hrg'].startswith('WF'):
        return 'OPPROC', 'HRG', r['hrg'], 'look up', ''
    if r['first'] in '34':
        return attendance, 'TFC', r['tfc'], 'excluded', 'NOT_FACE_TO_FACE'
    return attendance, 'TFC', r['tfc'], 'look up' if attendance else 'unpriced', '' if attendance else 'NO_POINT_OF_DELIVERY'


def attendance(r):
    """As point_of_delivery, of an outpatient who was seen by a consultant's team without a procedure that is paid for."""
    return point_of_delivery({**r, 'hrg': '-'})


def pounds(pence):
    return None if pence == 'none' else Decimal(pence) / 100


def scope(kind, currency):
    """(state, reason) of what the tariff has no price for by its very code, else None."""
    if kind != 'TFC' and currency in ('UZ01Z', 'U01', 'U02', 'U03', 'U04', 'U05', 'U06', 'U07'):
        return 'unpriced', 'UNGROUPABLE'
    for prefix, reason in EXCLUDED.get(kind, {}).items():
        if currency.startswith(prefix):
            return 'excluded', reason
    return None


def price(r):
    """'POD state reason excess_days long_stay total' with amounts in pence."""
    found = point_of_delivery(r)
    if r['no_private'] and r['category'] == '02':
        return f'{found[0] or "-"} excluded PRIVATE_PATIENT 0 0 0'
    found = within_scope(*found)
    # Of a procedure price and an attendance price one is paid: the procedure's, if it has one.
    if r['falls_back'] and found[0] == 'OPPROC' and found[3] == 'look up' and not (r['row'] and r['price'] != 'none'):
        found = within_scope(*attendance(r))
        r = {**r, 'row': r['attendance_row'], 'price': r['attendance_price'], 'short_applies': 0, 'trim': 'none', 'per_diem': 'none'}
    pod, _, _, state, reason = found
    if state != 'look up':
        return f'{pod or "-"} {state} {reason} 0 0 0'
    return f'{pod} {priced(r, pod)}'


def within_scope(pod, kind, currency, state, reason):
    outside = scope(kind, currency) if state == 'look up' else None
    return (pod, kind, currency, *outside) if outside else (pod, kind, currency, state, reason)


def unpriced(reason):
    return f'unpriced {reason} 0 0 0'


def priced(r, pod):
    if not r['row']:
        return unpriced('NOT_IN_TARIFF')
    adjusted_stay = max(0, r['stay'] - r['excluded'])
    short = (pod == 'NEL' and r['short_applies'] == 1 and r['age'] >= r['short_from'] and adjusted_stay < r['short_below'])
    paid = pounds(r['short_price'] if short else r['price'])
    if paid is None:
        return unpriced('NO_SHORT_STAY_PRICE' if short else 'NO_TARIFF_PRICE')
    # A minor injury unit is not paid the bands of a major department.
    if r['hold_type_3'] and pod == 'AE' and r['department'] == '03' and r['lowest'] != 'none':
        paid = min(paid, pounds(r['lowest']))
    days = 0
    if pod in ('EL', 'NEL', 'NELNE') and not short and r['trim'] != 'none':
        days = max(0, adjusted_stay - r['trim'])
    per_diem = pounds(r['per_diem'])
    if days and per_diem is None:
        return unpriced('NO_LONG_STAY_PRICE')
    if r['payer'] and not r['mff']:
        return unpriced('NO_MARKET_FORCES_FACTOR')
    long_stay = days * per_diem if days else Decimal(0)
    share_of = paid + long_stay if r['long_top_up'] else paid
    top_up = round_to(share_of * r['top_up'] / 1000000, PENNY)
    before_factor = paid + long_stay + top_up + pounds(r['unbundled']) + pounds(r['local'])
    if before_factor < 0:
        return unpriced('BELOW_NOTHING')
    total = round_to(before_factor * r['mff'] / 1000000, PENNY) if r['payer'] else before_factor
    if r['rounds'] and r['dataset'] == 'APC':
        total = round_to(total, POUND)
    return f'priced - {days} {int(long_stay * 100)} {int(total * 100)}'


def generate(rng, count):
    names = list(FIELDS)
    while count > 0:
        size = min(count, CHUNK)
        yield from zip(*(rng.choices(FIELDS[name], k=size) for name in names))
        count -= size


def compare(driver, rng, count):
    """Sends the records in chunks, so that neither side holds them all."""
    names = list(FIELDS)
    states = {}
    with subprocess.Popen([driver], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        for kind, codes in EXCLUDED.items():
            for prefix, reason in codes.items():
                program.stdin.write(f'exclusion {kind} {prefix} {reason}\n')
        records = generate(rng, count)
        # The driver answers at the empty line; 500 answers fit a pipe's buffer, so neither side waits for the other.
        while chunk := list(islice(records, 500)):
            program.stdin.write(''.join(' '.join(map(str, values)) + '\n' for values in chunk) + '\n')
            program.stdin.flush()
            for values in chunk:
                expected = price(dict(zip(names, values)))
                answer = program.stdout.readline().rstrip('\n')
                if answer != expected:
                    program.kill()
                    sys.exit(f'{dict(zip(names, values))}\nthe program says {answer}\nthe rules say    {expected}')
                state = expected.split(' ')[1]
                states[state] = states.get(state, 0) + 1
    return states


def main():
    driver = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**32)
    print(f'seed {seed}, {count} records', flush=True)
    states = compare(driver, random.Random(seed), count)
    print(', '.join(f'{number} {state}' for state, number in sorted(states.items())))
    if set(states) != {'priced', 'excluded', 'unpriced'}:
        sys.exit('the records are too alike: a state is missing')


if __name__ == '__main__':
    main()
