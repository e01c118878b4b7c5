"""`python -m powercut CUTS`: as many power cuts under the product's journal and under its hub's log; 1 if one is bad.

The workload runs once on a recorded disk; then the power goes at every single write, flush and promise, with
several disks that may be found. Each is opened with the product's own code on plain SQLite. The same with
synchronous=NORMAL must lose rows that were promised: a test that cannot see that is worth nothing.
"""

import json
import logging
import multiprocessing
import random
import shutil
import sys
import tempfile
from pathlib import Path

from broker.hub import Hub, Peer
from broker.sqlite_store import SqliteStore
from onedoor.device.clock import VirtualClock
from onedoor.device.journal import PRAGMAS, JournalError, SqliteJournal, Stamp
from onedoor.device.link import Arrived, MemoryBroker, MemoryLink
from onedoor.hall import events as ev
from onedoor.hall.ledger import Fact
from onedoor.wire import messages as msg
from onedoor.wire.rows import row_from
from onedoor.wire.topics import Topics
from powercut.disk import Database, Disk, Layer, Op, cuts

NORMAL = tuple(p.replace("FULL", "NORMAL") for p in PRAGMAS)
TOPICS = Topics("cut")
DAY = "2026-11-21"


def connect_to(layer: Layer, name: str, pragmas: tuple[str, ...]):
    """How the product opens SQLite on the recorded disk: by the file's name alone."""
    assert layer is not None
    return lambda path: Database(Path(path.name), name, pragmas)


def journal_story(folder: Path, pragmas: tuple[str, ...]) -> list[Op]:
    """A kiosk's morning on its card."""
    disk = Disk()
    layer = Layer(f"cut-{id(disk)}", disk)
    chance = random.Random(1)
    for start in range(3):
        run = f"{start:016x}"
        journal = SqliteJournal(folder / "journal.db", "k1", run, connect_to(layer, f"cut-{id(disk)}", pragmas))
        for n in range(20):
            events = [ev.Issued(f"A1-{n:03d}", "id", "id", 1, n + 1, DAY)] * chance.randint(1, 3)
            length = journal.length + len(events)
            journal.append(events, Stamp("boot", n, None), {"numbering": str(length)})
            disk.promise(str(journal.length))
            if n % 7 == 6:
                journal.tidy()
        done = list(disk.ops)
        journal.close()
    return done


def journal_holds(folder: Path, promised: set[str]) -> str:
    """What is wrong with a card after a cut; "" if nothing."""
    journal = SqliteJournal(folder / "journal.db", "k1", "f" * 16)
    try:
        facts = journal.read(0, 10**6)
        kept = int(journal.kept("numbering") or 0)
        if journal._db.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            return "corrupt"
        if len(facts) < max(map(int, promised), default=0):
            return f"lost: {len(facts)} rows of {max(map(int, promised))}"
        if kept != len(facts):
            return f"torn: {len(facts)} rows, kept value of {kept}"
        return ""
    finally:
        journal.close()


def hub_story(folder: Path, pragmas: tuple[str, ...]) -> list[Op]:
    """A hub's morning on its disk: tickets, calls, a spare's questions."""
    disk = Disk()
    name = f"cut-{id(disk)}"
    layer = Layer(name, disk)
    clock = VirtualClock()
    link = MemoryLink(MemoryBroker(), TOPICS.for_hub())
    store = SqliteStore(folder, connect_to(layer, name, pragmas))
    hub = Hub(store, link, clock, TOPICS, {"k1": Peer("kiosk", 1), "c1": Peer("counter")}, lambda: "c" * 16)
    hub.on_start()
    link.start(lambda _: None)
    seq = {"k1": 0, "c1": 0}

    def send(dev: str, *events: ev.Event) -> None:
        rows = []
        for event in events:
            seq[dev] += 1
            rows.append(row_from(Fact(dev, "a" * 16, seq[dev], None, event, "boot", clock.mono_ms(), None)))
        hub.on_news(Arrived(TOPICS.batch(dev), msg.encode(msg.Batch(msg.VERSION, rows, "boot", clock.mono_ms()))))
        hub.flush()
        disk.promise(f"{store.hub_seq} {store.hash}")

    send("c1", ev.CounterOpened("1", ("id",)))
    for n in range(1, 26):
        clock.advance(1_000)
        send("k1", *[ev.Issued(f"A1-{2 * n + i:03d}", "id", "id", 1, 2 * n + i, DAY) for i in range(n % 3 + 1)])
        send("c1", ev.CallRequested("1", ("id",)))
        command = ev.row_id("c1", "a" * 16, seq["c1"])
        ticket = hub.ledger.hall.calls["c1"][command].ticket
        assert ticket is not None
        send("c1", ev.Shown(command, ticket), ev.Started(ticket))
        send("c1", ev.Ended(ticket))
        if n % 8 == 7:
            store.tidy()
    done = list(disk.ops)
    store.close()
    return done


def hub_holds(folder: Path, promised: set[str]) -> str:
    """What is wrong with a hub's disk after a cut; "" if nothing."""
    store = SqliteStore(folder)
    try:
        store.open_ledger()
        if store._db.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            return "corrupt"
        for promise in promised:
            seq, hash_ = promise.split()
            if store.hash_at(int(seq)) != hash_:
                return f"lost: row {seq} of {store.hub_seq}"
        return ""
    except JournalError as wrong:
        return f"refused: {wrong}"
    finally:
        store.close()


STORIES = {"journal": (journal_story, journal_holds), "hub": (hub_story, hub_holds)}


def torture(what: str, pragmas: tuple[str, ...], wanted: int, seed: int) -> tuple[str, int, dict[str, int]]:
    """Cut the power about `wanted` times; how often something was wrong, by its kind."""
    logging.disable(logging.CRITICAL)
    story, holds = STORIES[what]
    shelf = "/dev/shm" if Path("/dev/shm").is_dir() else None
    place = Path(tempfile.mkdtemp(prefix="onedoor-cut-", dir=shelf))
    bad: dict[str, int] = {}
    tried = 0
    try:
        ops = story(place, pragmas)
        disks, step = -(-wanted // len(ops)), max(1, len(ops) // wanted)
        for moment, promised, files in cuts(ops, disks, random.Random(seed)):
            if moment % step:
                continue
            folder = place / "found"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name, data in files.items():
                (folder / name).write_bytes(data)
            tried += 1
            wrong = holds(folder, promised)
            if wrong:
                bad[wrong.split(":")[0]] = bad.get(wrong.split(":")[0], 0) + 1
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return what, tried, bad


def main() -> int:
    wanted = int(sys.argv[1])
    jobs = [(what, pragmas, wanted // 2, 7) for what in STORIES for pragmas in (PRAGMAS, NORMAL)]
    with multiprocessing.Pool() as pool:
        found = pool.starmap(torture, jobs, chunksize=1)
    good = True
    for (what, pragmas, _, _), (_, tried, bad) in zip(jobs, found, strict=True):
        control = pragmas is not PRAGMAS
        good = good and bool(bad) == control
        print(json.dumps({"what": what, "synchronous": "NORMAL" if control else "FULL", "cuts": tried, "bad": bad}))
    print("as it must be" if good else "WRONG")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
