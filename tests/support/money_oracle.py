"""Compares common/money.c with exact fractions and decimals on random values.

usage: money_oracle.py DRIVER [CASES] [SEED]

The driver is tests/unit/common/money_driver.c. The seed is printed, so that a failure can be repeated.
"""
import math
import random
import subprocess
import sys
from decimal import Decimal, ROUND_HALF_UP, getcontext
from fractions import Fraction

LEAST, MOST = -2**63, 2**63 - 1
getcontext().prec = 60


def amount(rng):
  """Mostly sums of the field, some edges of the type."""
  kind = rng.random()
  if kind < 0.1:
    return rng.choice([LEAST, LEAST + 1, -1, 0, 1, MOST - 1, MOST])
  bits = rng.randint(1, 63) if kind < 0.4 else rng.randint(1, 40)
  value = rng.getrandbits(bits)
  return -value if rng.random() < 0.4 else value


def factor(rng):
  if rng.random() < 0.1:
    return amount(rng)
  return rng.choice([0, 1, 500000, 999999, 1000000, 1000001, rng.randint(0, 3000000)])


def weights(rng):
  count = rng.choice([1, 2, 3, 12, rng.randint(1, 60)])
  kind = rng.random()
  if kind < 0.1:
    return [0] * count
  if kind < 0.2:
    return [rng.choice([0, 5])] * count
  top = rng.choice([1, 3, 100, 10**6, MOST])
  return [rng.randint(0, top) for _ in range(count)]


def multiply(a, ppm):
  exact = Fraction(a * ppm, 10**6)
  result = math.floor(exact + Fraction(1, 2))
  return str(result) if LEAST <= result <= MOST else 'overflow'


def check_split(total, parts_wanted, parts):
  """The definition of a fair split, not a second way of computing one."""
  if sum(parts) != total:
    return 'parts do not add up'
  scale = sum(parts_wanted)
  shares = [Fraction(abs(total) * w, scale) if scale else Fraction(abs(total), len(parts_wanted))
            for w in parts_wanted]
  if any(p * total < 0 for p in parts):
    return 'a part has the other sign'
  extra = [abs(p) - math.floor(s) for p, s in zip(parts, shares)]
  if any(e not in (0, 1) for e in extra):
    return 'a part is not its share rounded down or up'
  rest = [(-(s - math.floor(s)), i) for i, s in enumerate(shares)]
  given = {i for i, e in enumerate(extra) if e}
  if given != {i for _, i in sorted(rest)[:len(given)]}:
    return 'the pence left did not go to the largest remainders, lower index first'
  return None


def text(pence):
  pounds = Decimal(pence) / 100
  sign = '-' if pence < 0 else ''
  tenths = (abs(pounds) / 1000).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP)
  return (f'{pounds:.2f}', f'{sign}£{abs(pounds):,.2f}', f'{sign if tenths else ""}£{tenths:,}k', str(pence))


def main():
  driver = sys.argv[1]
  cases = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
  seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**32)
  print(f'seed {seed}, {cases} cases of each kind')
  rng = random.Random(seed)
  work = []
  for _ in range(cases):
    work.append(('mul', amount(rng), factor(rng)))
    work.append(('text', amount(rng)))
    work.append(('split', amount(rng), weights(rng)))
  lines = ''.join(
      f'split {w[1]} {len(w[2])} {" ".join(map(str, w[2]))}\n' if w[0] == 'split' else ' '.join(map(str, w)) + '\n'
      for w in work)
  answers = subprocess.run([driver], input=lines, capture_output=True, text=True, check=True,
                           encoding='utf-8').stdout.splitlines()
  assert len(answers) == len(work), 'the driver did not answer every line'
  for w, answer in zip(work, answers):
    if w[0] == 'mul':
      wrong = None if answer == multiply(w[1], w[2]) else f'expected {multiply(w[1], w[2])}'
    elif w[0] == 'text':
      wrong = None if tuple(answer.split()) == text(w[1]) else f'expected {text(w[1])}'
    else:
      wrong = check_split(w[1], w[2], [int(p) for p in answer.split()])
    if wrong:
      sys.exit(f'{w}: {answer}: {wrong}')


if __name__ == '__main__':
  main()
