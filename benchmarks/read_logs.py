"""How long the figures of a month and of a year take, cold, from the log; beside plain SQL asked of the same rows.

    python benchmarks/read_logs.py [--days 22] [--year 250] [--keep FOLDER]

A month of a quarter million rows and a year of more than a million are made first (demo/history.py), then read by the shipped
command in a new process each time: wall time and peak memory of the process, everything from the start of Python to the
printed figures. The page cache is warm: the disk is not what is measured. The SQL asks for less: number, mean, maximum, two
percentiles and service level of first waits, in all and by service. Best of five. Prints one table.
"""

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from broker.sqlite_store import SqliteStore
from demo.history import Plan, history
from onedoor.device.catalogue import load_book
from onedoor.device.center_rules import rules_of
from onedoor.wire.chain import line_of

TIMES = 5
SQLITE = """
WITH issued AS (
    SELECT dev || '.' || run || '.' || seq AS ticket, t_event / 1000 AS t, body ->> '$.service' AS service
    FROM log WHERE kind = 'issued'),
called AS (
    SELECT body ->> '$.ticket' AS ticket, min(t_event / 1000) AS t
    FROM log WHERE kind IN ('called', 'called_locally') GROUP BY 1),
waits AS (SELECT service, called.t - issued.t AS wait FROM issued JOIN called USING (ticket)),
ranked AS (SELECT service, wait, row_number() OVER (PARTITION BY service ORDER BY wait) AS i,
    count(*) OVER (PARTITION BY service) AS n, row_number() OVER (ORDER BY wait) AS i_all, count(*) OVER () AS n_all FROM waits)
SELECT service, n, avg(wait), max(wait), max(wait) FILTER (WHERE i = (50 * n + 99) / 100),
    max(wait) FILTER (WHERE i = (90 * n + 99) / 100), avg(wait <= 1500) FROM ranked GROUP BY service
UNION ALL SELECT '', n_all, avg(wait), max(wait), max(wait) FILTER (WHERE i_all = (50 * n_all + 99) / 100),
    max(wait) FILTER (WHERE i_all = (90 * n_all + 99) / 100), avg(wait <= 1500) FROM ranked
"""
DUCKDB = """
WITH w AS (SELECT visit, any_value(service) AS service,
        min(time) FILTER (step = 'call') AS called, min(time) FILTER (step = 'issue') AS issued
    FROM read_parquet('{}') WHERE left_out = '' AND visit <> '' GROUP BY visit),
waits AS (SELECT service, epoch(called) - epoch(issued) AS wait FROM w WHERE called IS NOT NULL)
SELECT service, count(*), avg(wait), max(wait), list_sort(list(wait))[((50 * count(*) + 99) // 100)::BIGINT],
    list_sort(list(wait))[((90 * count(*) + 99) // 100)::BIGINT], avg((wait <= 1500)::INT) FROM waits GROUP BY ROLLUP (service)
"""


def make(folder: Path, days: int, tickets: int, counters: int) -> int:
    """A log in both its forms; its rows."""
    book = load_book()
    store, rows, batch = SqliteStore(folder), 0, []
    with open(folder / "log.jsonl", "wb") as file:

        def write(row) -> None:  # type: ignore[no-untyped-def]
            nonlocal rows, batch
            file.write(line_of(row) + b"\n")
            rows += 1
            batch.append(row)
            if len(batch) == 10_000:
                store.commit(batch, {})
                batch = []

        plan = Plan("2026-01-01", days, tickets, 4, counters)
        history(plan, rules_of(book), {s.id: s.prefix for s in book.catalogue.services}, 1, write)
    store.commit(batch, {})
    store.close()
    store = SqliteStore(folder)
    store.open_ledger()
    store.close()
    return rows


SMALL = """
import os, subprocess, sys, time
begun = time.perf_counter()
child = subprocess.Popen([sys.executable, *sys.argv[2:]])
_, status, used = os.wait4(child.pid, 0)
with open(sys.argv[1], "w") as told:
    print(time.perf_counter() - begun, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status), file=told)
"""
"""Starts a command out of a process that is small itself: Linux counts its memory as the child's own peak."""


def process(*argv: str) -> tuple[float, float, str]:
    """Wall seconds, peak memory in MB and output of one run of a command."""
    with tempfile.NamedTemporaryFile("r") as told:
        command = [sys.executable, "-S", "-c", SMALL, told.name, *argv]
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        seconds, peak, code = map(float, told.read().split())
    if code:
        raise SystemExit(f"{argv} ended with {code:.0f}")
    return seconds, peak, out


def best(work) -> float:  # type: ignore[no-untyped-def]
    """The shortest of some runs, in seconds."""
    times = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def sqlite_answer(path: Path) -> list[tuple]:  # type: ignore[type-arg]
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    found = db.execute(SQLITE).fetchall()
    db.close()
    return sorted(found)


def duck_answer(path: Path) -> list[tuple]:  # type: ignore[type-arg]
    db = duckdb.connect()
    found = db.execute(DUCKDB.format(path)).fetchall()
    db.close()
    return sorted((service or "", *rest) for service, *rest in found)


def additions() -> None:
    """Work whose time is that of the processor alone: a shared machine is not always equally fast."""
    total = 0
    for i in range(10_000_000):
        total += i


FROM_FACTS = """
import sys, time
from pathlib import Path
from reports.figures import HEADLINE
from reports.indicators import breakdown, compute
from reports.facts import merged
from reports.store import read_facts
times = []
for _ in range(5):
    begun = time.perf_counter()
    facts = merged(read_facts(Path(sys.argv[1]), facets=HEADLINE))
    compute(facts, 1500), breakdown(facts, 1500)
    times.append(time.perf_counter() - begun)
print(min(times))
"""


def measure(name: str, folder: Path, rows: int) -> None:
    log, db = folder / "log.jsonl", folder / "center.db"
    parquet, facts = folder / "steps.parquet", folder / "facts"
    process("-m", "onedoor", "export", "parquet", str(log), "--out", str(parquet))
    made = process("-m", "onedoor", "facts", str(log), "--center", "c", "--out", str(facts))[0]
    runs = {
        f"ours, exported log ({log.stat().st_size / 1e6:.0f} MB)": ("indicators", "--log", str(log)),
        "ours, the hub's database": ("indicators", "--log", str(db.parent)),
    }
    hidden = folder / "hidden.jsonl"
    tell = f"| {name}, {rows:,} rows | {{}} | {{}} | {{}} |".format
    answers = {}
    for what, argv in runs.items():
        if "database" in what:
            log.rename(hidden)
        found = [process("-m", "onedoor", *argv) for _ in range(TIMES)]
        if "database" in what:
            hidden.rename(log)
        answers[what] = found[0][2]
        print(tell(what, f"{min(f[0] for f in found):.2f} s", f"{max(f[1] for f in found):.0f} MB"), flush=True)
    first, second = answers.values()
    assert first == second, "both forms of a log give the same figures"
    ours = json.loads(first)["indicators"]["wait_first"]
    print(
        tell(
            "ours, from day facts (in a running process)",
            f"{float(process('-c', FROM_FACTS, str(facts))[2]) * 1000:.0f} ms",
            f"facts written in {made:.1f} s",
        )
    )
    print(tell("SQLite, plain SQL on the hub's rows (asks for less)", f"{best(lambda: sqlite_answer(db)):.2f} s", ""))
    print(
        tell(
            f"DuckDB on the exported steps (asks for less; Parquet of {parquet.stat().st_size / 1e6:.1f} MB is there)",
            f"{best(lambda: duck_answer(parquet)):.2f} s",
            "",
        )
    )
    whole = {row[0]: row for row in duck_answer(parquet)}[""]
    by_sqlite = {row[0]: row for row in sqlite_answer(db)}[""]
    assert whole[1] == by_sqlite[1] == ours["n"] and whole[4:6] == by_sqlite[4:6] == (ours["p50"], ours["p90"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=22)
    parser.add_argument("--year", type=int, default=250, help="days of the year; 0: no year")
    parser.add_argument("--keep", type=Path, default=None)
    args = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}\n"
    )
    print("| what is asked | who is asked | takes | peak memory |\n|---|---|---|---|")
    print(f"| raw: ten million additions | Python | {best(additions):.2f} s | |", flush=True)
    with tempfile.TemporaryDirectory() as there:
        for name, days, tickets, counters in (("a month", args.days, 1370, 30), ("a year", args.year, 500, 11)):
            if days:
                folder = (args.keep or Path(there)) / name.replace(" ", "-")
                folder.mkdir(parents=True, exist_ok=True)
                measure(name, folder, make(folder, days, tickets, counters))
    return 0


if __name__ == "__main__":
    sys.exit(main())
