"""CPU of the hub per issued ticket and per call, with more and more past tickets in its log.

    python benchmarks/hub.py [--past 0,1000,10000]

One process: the product's hub on a real disk, its link in memory, one box's rows one by one. CPU time, not wall
time, so that other work on the machine does not count. In the same run, as the raw limit: plain SQLite commits
(WAL, synchronous=FULL) of one row per second, and the rows per second the hub accepts, one by one and twenty
at a time.
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from broker.hub import Hub, Peer
from broker.sqlite_store import SqliteStore
from onedoor.device.clock import SystemClock
from onedoor.device.link import Arrived, MemoryBroker, MemoryLink
from onedoor.hall import events as ev
from onedoor.hall.ledger import Fact
from onedoor.hall.tickets import day_of
from onedoor.wire import messages as msg
from onedoor.wire.rows import WireRow, row_from
from onedoor.wire.topics import Topics

RUN = {"k1": "a" * 16, "c1": "b" * 16}
TOPICS = Topics("bench")


class Bench:
    """A hub, and the boxes' side of what it hears."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock(vouched=True)
        link = MemoryLink(MemoryBroker(), TOPICS.for_hub())
        peers = {"k1": Peer("kiosk", 1), "c1": Peer("counter")}
        self.hub = Hub(SqliteStore(folder), link, self.clock, TOPICS, peers, lambda: "c" * 16)
        self.hub.on_start()
        link.start(lambda _: None)
        self.seq = {"k1": 0, "c1": 0}
        self.day = day_of(self.clock.wall_ms())
        self.n = 0

    def rows(self, dev: str, *events: ev.Event) -> list[WireRow]:
        """Rows of a box, numbered."""
        made = []
        for event in events:
            self.seq[dev] += 1
            mono = self.clock.mono_ms()
            made.append(row_from(Fact(dev, RUN[dev], self.seq[dev], None, event, "boot", mono, None)))
        return made

    def send(self, dev: str, rows: list[WireRow]) -> None:
        """One batch, and the commit behind it."""
        batch = msg.Batch(msg.VERSION, rows, "boot", self.clock.mono_ms())
        self.hub.on_news(Arrived(TOPICS.batch(dev), msg.encode(batch)))
        self.hub.flush()

    def issue(self) -> ev.Event:
        """Another ticket."""
        self.n += 1
        return ev.Issued(f"A1-{self.n:03d}", "id", "id", 1, self.n, self.day)

    def call(self) -> None:
        """Call, show, end."""
        self.send("c1", self.rows("c1", ev.CallRequested("1", ("id",))))
        command = ev.row_id("c1", RUN["c1"], self.seq["c1"])
        ticket = self.hub.ledger.hall.calls["c1"][command]
        assert ticket is not None
        self.send("c1", self.rows("c1", ev.Shown(command, ticket), ev.Ended(ticket)))

    def past(self, tickets: int) -> None:
        """Served tickets, quickly: twenty rows a batch."""
        while self.n < tickets:
            self.send("k1", self.rows("k1", *[self.issue() for _ in range(20)]))
            for _ in range(20):
                self.call()


def cpu_ms(work, count: int) -> float:  # type: ignore[no-untyped-def]
    """CPU milliseconds of one run of `work`."""
    begun = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - begun) * 1000 / count


def per_second(work, count: int) -> float:  # type: ignore[no-untyped-def]
    """Runs per second of wall time."""
    begun = time.perf_counter()
    for _ in range(count):
        work()
    return count / (time.perf_counter() - begun)


def raw_commits(folder: Path, count: int) -> float:
    """Plain commits per second."""
    db = sqlite3.connect(folder / "raw.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        db.execute(f"PRAGMA {pragma}")
    db.execute("CREATE TABLE t (x TEXT)")
    return per_second(lambda: db.execute("INSERT INTO t VALUES (?)", ("x" * 500,)), count)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--past", default="0,1000,10000")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="onedoor-bench-"))
    bench = Bench(folder)
    bench.send("c1", bench.rows("c1", ev.CounterOpened("1", ("id",))))
    print("| past tickets | CPU ms per issue | CPU ms per call (3 rows) | rows in the log |")
    print("|---:|---:|---:|---:|")
    for past in map(int, args.past.split(",")):
        bench.past(past)
        issue = cpu_ms(lambda: bench.send("k1", bench.rows("k1", bench.issue())), 300)
        call = cpu_ms(bench.call, 300)
        print(f"| {past} | {issue:.2f} | {call:.2f} | {bench.hub.store.hub_seq} |", flush=True)
    raw = raw_commits(folder, 1_000)
    single = per_second(lambda: bench.send("k1", bench.rows("k1", bench.issue())), 500)
    many = 20 * per_second(lambda: bench.send("k1", bench.rows("k1", *[bench.issue() for _ in range(20)])), 100)
    print(f"\nraw commits a second: {raw:.0f}")
    print(f"hub, one row a batch: {single:.0f} rows a second, {single / raw:.2f} of raw")
    print(f"hub, twenty rows a batch: {many:.0f} rows a second, {many / raw:.2f} of raw")
    return 0


if __name__ == "__main__":
    sys.exit(main())
