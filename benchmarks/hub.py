"""The hub against this machine's own limits, with more and more past tickets in its log.

    python benchmarks/hub.py [--past 0,10000,100000,1000000] [--keep FOLDER]

Prints Markdown tables. CPU time is the process's own, so other work on the machine does not count; rates and
their raw limits are measured one after the other in the same run. The hub is the product's, on a real disk, its
link in memory. Past tickets were issued, called, shown and ended (five rows each), 400 a day. The slow disk is
this one with five milliseconds more for every flush, as a good memory card takes; raw limit and hub get the same.
"""

import argparse
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import apsw

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from powercut.disk import Database

from broker.hub import Hub
from broker.intake import Peer
from broker.sqlite_store import SqliteStore
from demo.processes import free_ports
from onedoor.device.clock import SystemClock, VirtualClock
from onedoor.device.journal import PRAGMAS, open_database
from onedoor.device.link import Arrived, BrokerAddress, LinkNews, LinkUp, MemoryBroker, MemoryLink, PahoLink
from onedoor.hall import events as ev
from onedoor.hall.dating import Dated
from onedoor.hall.ledger import Fact
from onedoor.hall.zone import LAOS, day_of
from onedoor.wire import messages as msg
from onedoor.wire.rows import row_from
from onedoor.wire.topics import Topics

TOPICS = Topics("bench")
PEERS = {f"k{i}": Peer("kiosk", i) for i in range(1, 9)} | {f"c{i}": Peer("counter") for i in range(1, 9)}
BEGAN_MS = 1_000_000_000_000
PER_DAY = 400
DAY_MS = 86_400_000
SLOW_S = 0.005
ROUNDS = 15


class Bench:
    """A hub, and the boxes' side of what it hears."""

    def __init__(self, folder: Path, clock, connect=open_database) -> None:  # type: ignore[no-untyped-def]
        self.clock = clock
        self.link = MemoryLink(MemoryBroker(), TOPICS.for_hub())
        self.store = SqliteStore(folder, connect)
        nonce = f"{self.store.standing().incarnation + 1:016x}"
        self.hub = Hub(self.store, self.link, clock, TOPICS, PEERS, lambda: nonce)
        self.hub.on_start()
        self.link.start(lambda _: None)
        self.run = nonce
        self.seq = dict.fromkeys(PEERS, 0)
        self.n = 0

    def facts(self, dev: str, *events: ev.Event) -> list[Fact]:
        """Rows of a box, numbered."""
        made = []
        for event in events:
            self.seq[dev] += 1
            made.append(Fact(dev, self.run, self.seq[dev], None, event, "boot", self.clock.mono_ms(), None))
        return made

    def batch(self, dev: str, *events: ev.Event) -> None:
        """One batch reaches the hub."""
        rows = [row_from(fact) for fact in self.facts(dev, *events)]
        batch = msg.Batch(msg.VERSION, rows, "boot", self.clock.mono_ms())
        self.hub.on_news(Arrived(TOPICS.batch(dev), msg.encode(batch)))

    def send(self, dev: str, *events: ev.Event) -> None:
        """One batch, and the commit behind it."""
        self.batch(dev, *events)
        self.hub.flush()

    def issue(self, slot: int = 1) -> ev.Event:
        """Another ticket."""
        self.n += 1
        return ev.Issued(f"A{slot}-{self.n:03d}", "id", "id", slot, self.n, day_of(self.clock.wall_ms(), LAOS))

    def call(self) -> None:
        """Call, show, end."""
        self.send("c1", ev.CallRequested("1", ("id",)))
        command = ev.row_id("c1", self.run, self.seq["c1"])
        ticket = self.hub.ledger.hall.calls["c1"][command].ticket
        assert ticket is not None
        self.send("c1", ev.Shown(command, ticket), ev.Ended(ticket))

    def past(self, tickets: int) -> None:
        """Served tickets of earlier days, by the hub's own rules, many in one transaction."""
        for n in range(tickets):
            if n % PER_DAY == 0:
                self.hub.flush()
                self.clock.advance(DAY_MS)
                self.n = 0
            now = self.clock.wall_ms()
            dated = Dated(now, now, "B", 0)
            issued, asked = self.facts("k1", self.issue())[0], self.facts("c1", ev.CallRequested("1", ("id",)))[0]
            done = self.facts("c1", ev.Shown(asked.id, issued.id), ev.Ended(issued.id))
            for fact in (issued, asked, *done):
                self.hub._take(fact, PEERS[fact.dev], dated, row_from(fact))  # noqa: SLF001 - a quick way to years of rows
        self.hub.flush()


def cpu_ms(work: Callable[[], None], count: int) -> float:
    """CPU milliseconds of one run of `work`."""
    begun = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - begun) * 1000 / count


def per_second(work: Callable[[], None], count: int) -> float:
    """Runs per second of wall time."""
    begun = time.perf_counter()
    for _ in range(count):
        work()
    return count / (time.perf_counter() - begun)


def raw_commits(connect, folder: Path, count: int) -> float:  # type: ignore[no-untyped-def]
    """Plain commits of one row per second."""
    db = connect(folder / "raw.db")
    db.execute("CREATE TABLE t (x TEXT)")
    rate = per_second(lambda: db.execute("INSERT INTO t VALUES (?)", ("x" * 500,)), count)
    db.close()
    return rate


class SlowFlush(apsw.VFS):
    """This disk, five milliseconds slower at every flush."""

    def __init__(self) -> None:
        super().__init__("slow", base="unix")

    def xOpen(self, name, flags):  # type: ignore[no-untyped-def]  # noqa: N802
        return SlowFile("unix", name, flags)


class SlowFile(apsw.VFSFile):
    """A file on it."""

    def xSync(self, flags):  # type: ignore[no-untyped-def]  # noqa: N802
        time.sleep(SLOW_S)
        super().xSync(flags)


def rates(connect, count: int) -> tuple[float, float, float]:  # type: ignore[no-untyped-def]
    """Raw commits, rows one by one, rows while batches of eight boxes wait: each per second."""
    folder = Path(tempfile.mkdtemp(prefix="onedoor-bench-"))
    raw = raw_commits(connect, folder, count)
    bench = Bench(folder, SystemClock(vouched=True), connect)
    single = per_second(lambda: bench.send("k1", bench.issue()), count)

    def full_inbox() -> None:
        for slot in range(1, 9):
            bench.batch(f"k{slot}", *[bench.issue(slot) for _ in range(20)])
        bench.hub.flush()

    many = 160 * per_second(full_inbox, max(3, count // 40))
    bench.store.close()
    shutil.rmtree(folder, ignore_errors=True)
    return raw, single, many


def round_trips(count: int) -> float:
    """Plain paho and Mosquitto on loopback: messages to oneself per second, one after the other."""
    [port] = free_ports(1)
    found = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    broker = subprocess.Popen([found, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    came, up = threading.Event(), threading.Event()

    def heard(news: LinkNews) -> None:
        (up if isinstance(news, LinkUp) else came).set()

    link = PahoLink(BrokerAddress("127.0.0.1", port), "bench", ["bench"])
    link.start(heard)

    def there_and_back() -> None:
        came.clear()
        link.publish("bench", b"x" * 500)
        came.wait(5)

    try:
        up.wait(10)
        time.sleep(0.3)
        return per_second(there_and_back, count)
    finally:
        link.stop()
        broker.terminate()
        broker.wait()


START = """
import sys, time
from pathlib import Path
begun = time.perf_counter()
sys.path.insert(0, "benchmarks")
from hub import Bench
from onedoor.device.clock import VirtualClock
bench = Bench(Path(sys.argv[1]), VirtualClock(int(sys.argv[2])))
took = time.perf_counter() - begun
for _ in range(200):
    bench.send("k1", bench.issue())
    bench.call()
rss = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))
print(took, rss / 1024)
"""


def fresh_start(folder: Path, wall_ms: int) -> tuple[float, float]:
    """Seconds until a new hub process on this log serves, and its resident memory in MiB after 200 tickets."""
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-c", START, str(folder), str(wall_ms)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    took, rss = done.stdout.split()
    return float(took), float(rss)


def grown(wanted: list[int], folder: Path) -> dict[int, Path]:
    """A log for each number of past tickets; each grows out of the one before. One that is there is taken."""
    there, wall_ms, logs = 0, BEGAN_MS, {}
    for past in wanted:
        place = folder / str(past)
        if (place / "center.db").exists():
            there, wall_ms, logs[past] = past, BEGAN_MS + (past // PER_DAY + 1) * DAY_MS, place
            continue
        if there or (folder / "0").exists():
            shutil.copytree(logs[there], place)
        bench = Bench(place, VirtualClock(wall_ms))
        bench.past(past - there)
        bench.store.close()
        there, wall_ms = past, bench.clock.wall_ms() + DAY_MS
        logs[past] = place
    return logs


def head_ms(folder: Path) -> int:
    """When the last row of a log was written."""
    store = SqliteStore(folder)
    store.close()
    return store.last_recv_ms


def growth(wanted: list[int], folder: Path) -> None:
    """The table over past tickets. The CPU is measured in turn, the best of many rounds, so that the machine's other
    work falls on all of them alike.
    """
    logs = grown(wanted, folder)
    starts, benches = {}, {}
    for past, place in logs.items():
        wall_ms = max(BEGAN_MS, head_ms(place)) + DAY_MS
        fresh_start(place, wall_ms)
        starts[past] = fresh_start(place, wall_ms + DAY_MS)
        bench = benches[past] = Bench(place, VirtualClock(wall_ms + 2 * DAY_MS))
        bench.send("c1", ev.CounterOpened("1", ("id",)))
        for _ in range(60):
            bench.send("k1", bench.issue())
    issue = dict.fromkeys(wanted, float("inf"))
    call = dict.fromkeys(wanted, float("inf"))
    for _ in range(ROUNDS):
        for past, bench in benches.items():
            issue[past] = min(issue[past], cpu_ms(lambda bench=bench: bench.send("k1", bench.issue()), 100))  # type: ignore[misc]
            call[past] = min(call[past], cpu_ms(bench.call, 100))
    print("| past tickets | rows in the log | CPU ms per issue | per call (3 rows) | start, s | resident MiB |")
    print("|---:|---:|---:|---:|---:|---:|")
    for past, bench in benches.items():
        took, rss = starts[past]
        rows = bench.store.hub_seq
        print(f"| {past:,} | {rows:,} | {issue[past]:.3f} | {call[past]:.3f} | {took:.1f} | {rss:.0f} |", flush=True)
        bench.store.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--past", default="0,10000,100000")
    parser.add_argument("--keep", type=Path, help="keep the log in this folder")
    args = parser.parse_args()
    folder = args.keep or Path(tempfile.mkdtemp(prefix="onedoor-bench-"))
    growth([int(n) for n in args.past.split(",")], folder)
    if args.keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    layer = SlowFlush()
    print("\n| disk | raw commits/s | hub, one row a batch | of raw | hub, batches of eight boxes wait | of raw |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, connect, count in (
        ("this machine's", open_database, 1_000),
        (f"{SLOW_S * 1000:.0f} ms more a flush", lambda path: Database(path, "slow", PRAGMAS), 200),
    ):
        raw, single, many = rates(connect, count)
        print(
            f"| {name} | {raw:,.0f} | {single:,.0f} | {single / raw:.2f} | {many:,.0f} | {many / raw:.1f} |", flush=True
        )
    del layer
    print(
        f"\nPlain paho and Mosquitto, one message there and back after the other: {round_trips(1_000):,.0f} a second."
    )
    print(f"SQLite {sqlite3.sqlite_version}, Python {sys.version.split()[0]}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
