"""From the press of NEXT to the frame of the hall board that shows the call, across real processes.

    python benchmarks/press_to_board.py [--counters 8] [--calls 100] [--per-second 2]

Presses are pushed on mock pins of real counter programs; the board reports the monotonic time after
the flip of the frame that holds the call. All screens of the center share this machine's cores; the demo's
starter lets the hub and the board go first, as each box has a processor of its own in the field. In the same run, as the raw limits of this machine: the
round trip of an MQTT message through the same broker, and a plain SQLite WAL + FULL commit.
Prints a table and exits 1 if the p99 is above 100 ms.
"""

import argparse
import random
import sqlite3
import sys
import tempfile
import threading
import time
from pathlib import Path

from demo import people
from demo.app import start
from demo.processes import Center
from demo.results import board_delays, call_orders
from onedoor.device.clock import SystemClock, pause
from onedoor.device.control import Hand
from onedoor.device.link import Arrived, BrokerAddress, PahoLink
from onedoor.wire.rows import LogRow
from reports.source import rows_of
from reports.stats import percentile

LIMIT_MS = 100


def raw_commit_ms(folder: Path, count: int = 100) -> list[float]:
    """Plain WAL + FULL commits of one small row each."""
    db = sqlite3.connect(folder / "raw.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE t (x TEXT)")
    took = []
    for _ in range(count):
        begun = time.perf_counter()
        db.execute("INSERT INTO t VALUES ('row')")
        took.append((time.perf_counter() - begun) * 1000)
    return took


def raw_round_trip_ms(port: int, count: int = 100) -> list[float]:
    """A message to oneself through the broker."""
    here = threading.Event()
    link = PahoLink(BrokerAddress(port=port), "bench", ["bench/echo"])
    link.start(lambda news: here.set() if isinstance(news, Arrived) else None)
    while not link.connected:
        pause(0.01)
    took = []
    for _ in range(count):
        here.clear()
        begun = time.perf_counter()
        link.publish("bench/echo", b"x")
        here.wait(2)
        took.append((time.perf_counter() - begun) * 1000)
    link.stop()
    return took


def line(name: str, values: list[float]) -> None:
    """One row of the table."""
    cells = [f"{(percentile([round(v * 1000) for v in values], p) or 0) / 1000:8.1f}" for p in (50, 90, 99)]
    print(f"| {name:48} | {len(values):5} | {' | '.join(cells)} | {max(values):8.1f} |", flush=True)


def stages(rows: list[LogRow], presses: list[tuple[str, int]], shown: list[list[int]]) -> dict[str, list[float]]:
    """Where the time goes, by the monotonic clocks in the log (one machine, one clock)."""
    requested = {f"{r.dev}.{r.run}.{r.seq}": r.mono for r in rows if r.kind == "call_requested"}
    labels = {f"{r.dev}.{r.run}.{r.seq}": r.body["label"] for r in rows if r.kind == "issued"}
    called = {labels[r.body["ticket"]]: r for r in reversed(rows) if r.kind == "called"}  # the first call of each
    orders = call_orders(rows)
    found: dict[str, list[float]] = {"press -> on the panel's card": [], "-> decided": [], "-> frame on the board": []}
    for label, at_ms in presses:
        asked, decided = requested[called[label].body["command"]], called[label].mono
        seen = next((t for newest, t in shown if newest >= orders[label][0]), None)
        if seen is not None:
            for name, took in zip(found, (asked - at_ms, decided - asked, seen - decided), strict=True):
                found[name].append(float(took))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counters", type=int, default=8)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--per-second", type=float, default=2.0)
    args = parser.parse_args()
    clock = SystemClock(vouched=True)
    folder = Path(tempfile.mkdtemp(prefix="onedoor-bench-"))
    center = Center(folder, clock, headless=True)
    try:
        start(center, 1, args.counters)
        counters = [center.hand(f"c{i}") for i in range(1, args.counters + 1)]
        kiosk, board = center.hand("k1"), center.hand("h1")
        for hand in (kiosk, board, *counters):
            people.wait_for(clock, hand, "start", fresh=True)
        morning = people.Morning(clock)
        for hand in counters:
            people.touch(clock, hand, "press-open")
        chance = random.Random(1)
        print(f"Issuing {args.calls} tickets ...", flush=True)
        people.citizens(morning, kiosk, chance, args.calls)
        _press(args, counters, chance, morning)
        pause(2)
        shown = board.do("shown")["shown"]
        port = int((folder / "center.toml").read_text().split("port = ")[1].split()[0])
        trips, commits = raw_round_trip_ms(port), raw_commit_ms(folder)
    finally:
        center.stop()
    rows = list(rows_of(folder / "data/hub"))
    delays = board_delays(rows, morning.presses, shown)
    print(f"\n| {'milliseconds':48} |     n |      p50 |      p90 |      p99 |      max |")
    print(f"|{'-' * 50}|------:|---------:|---------:|---------:|---------:|")
    line(f"press -> hall board, {args.counters} counters, {args.per_second:g} calls/s", [float(d) for d in delays])
    for name, values in stages(rows, morning.presses, shown).items():
        line(f"  {name}", values)
    line("raw: MQTT round trip, paho + Mosquitto", trips)
    line("raw: SQLite WAL + FULL commit", commits)
    missed = len(morning.presses) - len(delays)
    good = bool(delays) and missed == 0 and (percentile(delays, 99) or LIMIT_MS + 1) <= LIMIT_MS
    print(f"\n{'within' if good else 'NOT within'} {LIMIT_MS} ms (p99); {missed} calls never shown")
    return 0 if good else 1


def _press(args: argparse.Namespace, counters: list[Hand], chance: random.Random, morning: people.Morning) -> None:
    """Clerks at random counters press NEXT, `per_second` on average."""
    last = dict.fromkeys(range(len(counters)), 0)
    empty: set[int] = set()
    while len(empty) < len(counters):
        pause(chance.expovariate(args.per_second))
        i = chance.choice([c for c in range(len(counters)) if c not in empty])
        pause(max(0.0, (last[i] - SystemClock().mono_ms()) / 1000 + people.AGAIN_S))
        if not counters[i].do("view")["waiting"]:
            empty.add(i)
            continue
        people.start_who_came(morning.clock, counters[i])
        last[i] = people.press(counters[i], "next")
        pause(0.05)
        view = people.wait_for(morning.clock, counters[i], "called", at={"walking", "idle"})
        if view["at"] == "walking":
            morning.presses.append((str(view["label"]), last[i]))


if __name__ == "__main__":
    sys.exit(main())
