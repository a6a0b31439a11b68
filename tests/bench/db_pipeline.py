#!/usr/bin/env python3
"""One-row reads through the pool's read lane against pgbench -M prepared, on one private cluster.

Every program runs the same two statements for a read: an enter that checks a person and sets the
transaction's settings, and a select by primary key. pgbench has no pipeline here, so it pays a
round trip for each; 'select only' is pgbench with the select alone, half of the work. Everything
runs in turn in each round; figures are medians.

usage: db_pipeline.py BUILD [--rounds N] [--seconds N]
"""
import argparse
import os
import re
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PRIVATE_PG = os.path.join(HERE, "..", "support", "private_pg.sh")
PGBENCH_CLIENTS = (1, 2, 4, 8, 16)
POOL_SHAPES = ((1, 64), (2, 64), (2, 256), (4, 256))

SCHEMA = """
CREATE SCHEMA bench;
CREATE TABLE bench.entry (id integer PRIMARY KEY, body text);
INSERT INTO bench.entry SELECT i, 'body ' || i FROM generate_series(1, 100000) i;
CREATE TABLE bench.person (name text COLLATE "C" PRIMARY KEY, roles text[]);
INSERT INTO bench.person VALUES ('ann', '{finance}');
CREATE FUNCTION bench.enter(who text, timeout_ms integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE person bench.person;
BEGIN
  SELECT * INTO person FROM bench.person p WHERE p.name = who;
  IF NOT FOUND OR NOT person.roles && '{finance,board}'::text[] THEN
    RAISE 'no' USING ERRCODE = 'ZC403';
  END IF;
  PERFORM set_config('statement_timeout', timeout_ms::text, true),
    set_config('pbc.user', who, true), set_config('pbc.roles', person.roles::text, true),
    set_config('pbc.commissioner', '5XX', true), set_config('pbc.organisation', '5XX', true);
END $$;
VACUUM ANALYZE bench.entry;
"""
SELECT = "\\set id random(1, 100000)\nSELECT body FROM bench.entry WHERE id = :id;\n"
SAME = "BEGIN;\nSELECT bench.enter('ann', 5000);\n" + SELECT + "COMMIT;\n"
# Without a transaction the settings last no longer than the statement: the fewest round trips that run the same functions.
LOOSE = "SELECT bench.enter('ann', 5000);\n" + SELECT


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def pgbench(conninfo, script, clients, seconds):
    text = output("pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2)),
                  "-T", str(seconds), "-f", script, conninfo)
    return float(re.search(r"tps = ([\d.]+)", text).group(1))


def measure(args, folder, conninfo):
    scripts = {}
    for name, text in (("same", SAME), ("loose", LOOSE), ("select only", SELECT)):
        scripts[name] = os.path.join(folder, name.replace(" ", "_") + ".sql")
        with open(scripts[name], "w", encoding="utf-8") as file:
            file.write(text)
    pool = os.path.join(args.build, "tests", "bench", "db_pipeline")
    samples = {}
    for _ in range(args.rounds):
        for connections, outstanding in POOL_SHAPES:
            rate = float(output(pool, conninfo, str(connections), str(outstanding), str(args.seconds)))
            samples.setdefault(("pool", f"{connections} connections, {outstanding} waiting"), []).append(rate)
        for name, script in scripts.items():
            for clients in PGBENCH_CLIENTS:
                rate = pgbench(conninfo, script, clients, args.seconds)
                samples.setdefault((f"pgbench {name}", f"{clients} clients"), []).append(rate)
    return samples


def report(samples):
    best = {}
    for (program, shape), rates in samples.items():
        rate = statistics.median(rates)
        print(f"{program:20} {shape:28} {rate:10.0f} a second  (from {min(rates):.0f} to {max(rates):.0f})")
        best[program] = max(best.get(program, 0), rate)
    for peer in ("same", "loose", "select only"):
        print(f"ratio db_read_to_best_pgbench_{peer.replace(' ', '_')} "
              f"{best['pool'] / best['pgbench ' + peer]:.2f} aim 1.00")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="pbc-bench-")
    try:
        conninfo = output(PRIVATE_PG, "start", folder, "shared_buffers=256MB").strip()
        for statement in SCHEMA.rsplit(";\n", 2)[0], "VACUUM ANALYZE bench.entry":
            output("psql", "-q", "-v", "ON_ERROR_STOP=1", conninfo, "-c", statement)
        report(measure(args, folder, conninfo))
    finally:
        subprocess.run([PRIVATE_PG, "remove", folder], check=False)


if __name__ == "__main__":
    main()
