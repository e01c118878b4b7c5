"""How long a foreign table of a million rows takes, beside what merely reads it.

    python benchmarks/import_table.py [--rows 1000000]

The table has a ticket, a service, four times, a counter, a class and an outcome in each row, over 250 days. Each of these is a new
process, from the start of Python to its end, with its peak memory: `csv.reader` alone (nothing can be quicker in Python);
pandas, which reads it, makes times of the texts and takes the mean wait by service; and the shipped command, which writes facts of
each day, a line a leg and what was not taken. Prints one table.
"""

import argparse
import csv
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

DAYS = 250
READ = "import csv, sys\nwith open(sys.argv[1], newline='') as f:\n    print(sum(1 for _ in csv.reader(f)))"
PANDAS = """
import sys, pandas as pd
t = pd.read_csv(sys.argv[1])
for c in ('Issued', 'Called', 'Started', 'Finished'):
    t[c] = pd.to_datetime(t[c], format='%d/%m/%Y %H:%M:%S')
print((t.Called - t.Issued).dt.total_seconds().groupby(t.Service).mean().size)
"""


def make(path: Path, rows: int) -> None:
    """The table, the same every time."""
    chance, per_day, form = random.Random(1), rows // DAYS, "%d/%m/%Y %H:%M:%S"
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["Token", "Service", "Issued", "Called", "Started", "Finished", "Desk", "Priority", "Status"])
        for day in range(DAYS):
            for i in range(per_day):
                came = datetime(2026, 1, 1) + timedelta(days=day, seconds=8 * 3600 + i * 30_000 // per_day)  # noqa: DTZ001
                called = came + timedelta(seconds=chance.randrange(3000))
                began = called + timedelta(seconds=chance.randrange(90))
                ended = began + timedelta(seconds=chance.randrange(60, 900))
                times = [at.strftime(form) for at in (came, called, began, ended)]
                first = "no" if i % 9 else "yes"
                out.writerow([f"A{i + 1}", f"Service {i % 7}", *times, i % 12 + 1, first, "Completed"])


def taken(command: list[str]) -> tuple[float, float]:
    """Seconds, and the largest of its processes in MB."""
    before = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = wait4(child)
    if status:
        raise SystemExit(f"{command[:4]} ended with {status}")
    return time.perf_counter() - before, used.ru_maxrss / 1024


def wait4(child: "subprocess.Popen[bytes]") -> tuple[int, int, resource.struct_rusage]:
    """Its end, with what it used."""
    import os

    return os.wait4(child.pid, 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table, about = Path(folder, "table.csv"), Path(folder, "map.toml")
        make(table, args.rows)
        onedoor = [sys.executable, "-m", "onedoor"]
        about.write_bytes(
            subprocess.run([*onedoor, "import", "--guess", str(table)], check=True, capture_output=True).stdout
        )
        ours = [*onedoor, "import", "csv", str(table), "--map", str(about), "--out", str(Path(folder, "out"))]
        found = {
            "csv.reader alone": taken([sys.executable, "-c", READ, str(table)]),
            "pandas: times, mean wait by service": taken([sys.executable, "-c", PANDAS, str(table)]),
            "onedoor import: facts, legs, rejected": taken(ours),
        }
    least = min(seconds for seconds, _ in found.values())
    print(f"| {args.rows:,} rows | takes | times | peak memory |\n|---|---:|---:|---:|")
    for what, (seconds, megabytes) in found.items():
        print(f"| {what} | {seconds:.1f} s | {seconds / least:.0f} | {megabytes:.0f} MB |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
