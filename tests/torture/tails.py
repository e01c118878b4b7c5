"""`python -m torture.tails N`: N hubs whose disk forgets the end of the log, on real SQLite files; 1 if a row is gone.

Three ways to forget: an older copy of the whole folder comes back (rows, state, and the incarnation), the same
without the incarnation file, and one flipped bit in a write-ahead log that was not checkpointed yet: SQLite then
drops every later commit and reports nothing. Half of the centers have a spare, which is asked first.
"""

import json
import logging
import random
import shutil
import sys
import tempfile
from pathlib import Path

from conftest_center import Center

from broker.sqlite_store import SqliteStore
from display.presses import Press
from onedoor.device.journal import JournalError
from reports.verify import verify


def work(center: Center, steps: int) -> None:
    """Some tickets, some calls."""
    kiosk, panel = center.boxes["k1"], center.boxes["c1"]
    for _ in range(steps):
        if center.chance.random() < 0.5:
            center.touch(kiosk)
        else:
            center.do(panel, Press.NEXT)
            center.pass_ms(300)
            center.do(panel, Press.START, Press.END)


def copied(folder: Path, place: Path) -> None:
    """A copy of a hub's files as they lie there now."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder, place)


def flip_in_wal(folder: Path, chance: random.Random) -> bool:
    """One bit of the write-ahead log changes; False if there is none."""
    wal = folder / "center.db-wal"
    if not wal.exists() or wal.stat().st_size < 64:
        return False
    data = bytearray(wal.read_bytes())
    at = chance.randrange(len(data) // 2, len(data))
    data[at] ^= 1 << chance.randrange(8)
    wal.write_bytes(data)
    return True


def one(seed: int, place: Path) -> tuple[str, int, list[str]]:
    """One center whose hub forgets; how, how many rows it forgot, and what is wrong afterwards."""
    chance = random.Random(seed)
    how = ("everything", "not its starts", "bit in the wal")[seed % 3]
    with_spare = chance.random() < 0.5
    folder, old = place / "hub", place / "old"
    center = Center(folder, chance=chance)
    center.start_hub(spare="s1" if with_spare else "")
    if with_spare:
        center.start_spare(place / "s1")
        center.pass_ms(1_500)
    center.kiosk()
    center.panel()
    work(center, chance.randint(1, 10))
    copied(folder, old)
    standing = (folder / "standing.json").read_bytes()
    work(center, chance.randint(1, 12))
    if how == "bit in the wal":
        copied(folder, old)
    before = {row.hash for row in center.hub.store.rows()}
    center.kill_hub()
    shutil.rmtree(folder)
    shutil.copytree(old, folder)
    if how == "not its starts":
        (folder / "standing.json").write_bytes(standing)
    if how == "bit in the wal":
        flip_in_wal(folder, chance)
    try:
        found = SqliteStore(folder)
        forgot = len(before) - found.hub_seq
        found.close()
        center.start_hub(spare="s1" if with_spare else "")
    except JournalError as wrong:
        return how, 0, [f"refused: {wrong}"]
    center.pass_ms(45_000, 500)
    return how, forgot, _wrong(center, before, forgot, with_spare=with_spare)


def _wrong(center: Center, kept: set[str], forgot: int, *, with_spare: bool) -> list[str]:
    log = list(center.hub.store.rows())
    taken = {(r.dev, r.run, r.seq) for r in log}
    wrong = [f"does not verify: {verify(log).misfit}"] if verify(log).misfit else []
    for dev, card in center.cards.items():
        lost = [f.id for f in card.rows if (dev, f.run, f.seq) not in taken]
        wrong += [f"{len(lost)} rows of {dev} lost"] if lost else []
    told = any(r.kind == "tail_lost" for r in log)
    if with_spare and not kept <= {r.hash for r in log}:
        wrong.append("the spare had rows that the hub did not take")
    if forgot > 1 and not with_spare and not told:
        wrong.append(f"{forgot} rows were forgotten and nobody said so")
    center.hub.store.open_ledger()
    for box in center.boxes.values():
        if hasattr(box, "store"):
            box.store.close()
    return wrong


def torture(count: int, first: int = 1) -> dict[str, object]:
    """So many centers."""
    bad: list[object] = []
    ways: dict[str, list[int]] = {}
    for seed in range(first, first + count):
        with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as place:
            how, forgot, wrong = one(seed, Path(place))
        ways.setdefault(how, []).append(forgot)
        bad += [(seed, how, wrong)] if wrong else []
    said = {how: f"{len(n)} times, {sum(n)} rows, at most {max(n)}" for how, n in ways.items()}
    return {"tails lost": count, **said, "wrong": bad}


def main() -> int:
    logging.disable(logging.CRITICAL)
    figures = torture(int(sys.argv[1]))
    print(json.dumps(figures, indent=1))
    return 1 if figures["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
