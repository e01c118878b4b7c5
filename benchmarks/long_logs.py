"""What a long log costs: the start of a hub, and the memory of whoever reads it. A log of a year beside one of a quarter.

    python benchmarks/long_logs.py [--days 60 250] [--keep FOLDER]

Logs of so many days are made first (demo/history.py; 250 days are more than a million rows). Then the real programs run on
them, each in a new process: wall time from its start to its end, or to READY, and its peak memory. What should not depend on
the log stands beside itself for a log four times as long. The page cache is warm: the disk is not what is measured. Prints
two tables, each with the machine's own speed.
"""

import argparse
import os
import platform
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from read_logs import additions, best, make, process

from broker.sqlite_store import FOLD, SqliteStore
from demo.processes import free_ports

START_S = 900


def hub(folder: Path) -> tuple[float, float, int, float]:
    """Seconds from the start of the real hub to READY, peak MB, words to systemd before it, longest pause between two."""
    [port] = free_ports(1)
    with tempfile.TemporaryDirectory() as there, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as init:
        config, path = Path(there) / "hub.toml", f"{there}/notify"
        config.write_text(
            f'center = "test"\ndev = "hub"\nrole = "hub"\ndata = "{folder}"\nclock_vouched = true\nballast_mb = 0\n'
            f'[broker]\nhost = "127.0.0.1"\nport = {port}\n[hub.devices.k1]\nrole = "kiosk"\nslot = 1\n'
        )
        init.bind(path)
        init.settimeout(START_S)
        moments = [time.perf_counter()]
        child = subprocess.Popen(
            [sys.executable, "-m", "onedoor", "hub", "--config", str(config)], env=dict(os.environ, NOTIFY_SOCKET=path),
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while b"READY=1" not in init.recv(4_096):
            moments.append(time.perf_counter())
        moments.append(time.perf_counter())
        status = Path(f"/proc/{child.pid}/status").read_text()
        peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
        child.terminate()
        child.wait(30)
    pauses = [b - a for a, b in pairwise(moments)]
    return moments[-1] - moments[0], peak, len(moments) - 2, max(pauses)


def starts(folder: Path, rows: int, raw: float) -> None:
    """The starts of a hub with this log."""
    with tempfile.TemporaryDirectory() as there:
        data = Path(there) / "hub"
        data.mkdir()
        shutil.copy(folder / "center.db", data)
        store = SqliteStore(data)
        store.open_ledger()
        store.close()
        for what, statements in (
            ("the fold is the same", ()),
            ("another fold", (f"UPDATE state SET value = '-1' WHERE name = '{FOLD}'", "DELETE FROM fold_snapshots")),
            ("once more", ()),
        ):
            db = sqlite3.connect(data / "center.db")
            for statement in statements:
                db.execute(statement)
            db.commit()
            db.close()
            took, peak, words, pause = hub(data)
            told = f"{words}, every {pause:.1f} s at the latest" if words else "none needed"
            print(f"| {rows:,} | {what} | {took:.1f} s | {took / raw:.0f} | {peak:.0f} MB | {told} |", flush=True)


def commands(folder: Path, out: Path) -> dict[str, list[str]]:
    """What is asked of a log, and the command for it."""
    log, data = str(folder / "log.jsonl"), str(folder)
    db = sqlite3.connect(folder / "center.db")
    asked = "SELECT body ->> '$.label' FROM log WHERE kind = 'issued' ORDER BY hub_seq DESC LIMIT 1 OFFSET 50"
    [(label,)] = db.execute(asked).fetchall()
    db.close()
    one = ["-m", "onedoor"]
    return {
        "verify": [*one, "verify", log],
        "verify, the hub's database": [*one, "verify", data],
        "explain": [*one, "explain", label, log],
        "log, one ticket": [*one, "log", log, "--ticket", label],
        "log --csv, every visit": [*one, "log", log, "--csv"],
        "report": [*one, "report", log, "--format", "json"],
        "report of a month": [*one, "report", log, "--format", "json", "--period", "2026-02"],
        "facts": [*one, "facts", log, "--center", "c", "--out", str(out / "facts")],
        "walk": [*one, "walk", log, "--lang", "en", "--out", str(out / "walk.html")],
        "export log": [*one, "export", "log", log, "--out", str(out / "log.jsonl")],
        "export csv": [*one, "export", "csv", log, "--out", str(out / "x.csv")],
        "export parquet": [*one, "export", "parquet", log, "--out", str(out / "x.parquet")],
        "export xes": [*one, "export", "xes", log, "--out", str(out / "x.xes")],
        "export ocel": [*one, "export", "ocel", log, "--out", str(out / "x.json")],
        "evaluator-pack of all of it": [*one, "evaluator-pack", log, "--month", "2026", "--out", str(out / "pack")],
        "its verify.py": [str(out / "pack" / "verify.py")],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, nargs="+", default=[60, 250])
    parser.add_argument("--keep", type=Path, default=None)
    args = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )
    raw = best(additions)
    print(f"raw: ten million additions in Python take {raw:.2f} s; times are also told in these\n")
    with tempfile.TemporaryDirectory() as there:
        folders, rows = [], []
        for days in args.days:
            folder = (args.keep or Path(there)) / f"{days}-days"
            if not (folder / "log.jsonl").exists():
                folder.mkdir(parents=True, exist_ok=True)
                make(folder, days, 500, 11)
            folders.append(folder)
            with open(folder / "log.jsonl", "rb") as file:
                rows.append(sum(1 for _ in file))
        print(
            "| rows | start of a hub | READY after | in additions | peak memory | words to systemd |\n|---|---|---|---|---|---|"
        )
        for folder, many in zip(folders, rows, strict=True):
            starts(folder, many, raw)
        print("\n| what is asked | " + " | ".join(f"{many:,} rows | peak" for many in rows) + " |")
        print("|---|" + "---|---|" * len(rows))
        outs = [Path(there) / f"out-{i}" for i, _ in enumerate(folders)]
        for out in outs:
            out.mkdir()
        asked = [commands(folder, out) for folder, out in zip(folders, outs, strict=True)]
        for what in asked[0]:
            found = [process(*of[what]) for of in asked]
            print(
                f"| {what} | " + " | ".join(f"{took:.1f} s | {peak:.0f} MB" for took, peak, _ in found) + " |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
