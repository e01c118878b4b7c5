"""What `onedoor repair` does about a hub's log.

Policy. A log proves itself: each row carries the hash of the one before. So the rows of a damaged log that still follow
each other from the first one on are as good as ever, and are kept; the rest comes back from the spare, row by row,
before this hub leads again. Without a spare the boxes send their own rows again (they keep them for years); what the
hub had decided behind the last good row is lost then, and that is said before anything is done.
"""

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from broker.copying import taken_over
from broker.disk import check_disk
from broker.sqlite_store import FILE, STANDING_FILE, SqliteStore, read_standing, row_from_columns
from broker.waiting import FILE as WAITS_FILE
from onedoor.device.card import BESIDE
from onedoor.device.config import DeviceConfig
from onedoor.device.journal import DAMAGED, JournalError
from onedoor.device.repair import Plan, evidence
from onedoor.device.small_file import copy_plain
from onedoor.hall.ledger import changes
from onedoor.wire.chain import sealed
from onedoor.wire.errors import WireError
from onedoor.wire.rows import LogRow

WORK = "repairing"
WINDOW = 500


def look_at_log(plan: Plan, config: DeviceConfig, *, alone: bool) -> None:
    """A damaged log makes room for its own good rows; the spare gives the rest."""
    folder = Path(config.data)
    said = read_standing(folder / STANDING_FILE).leads
    leads = config.role == "hub" if said is None else said
    if leads and alone and (folder / WAITS_FILE).exists():
        plan.step("do not wait for the spare's log: what only the hub had decided is lost", lambda: _alone(folder))
    try:
        check_disk(folder)
        if not (folder / FILE).exists():
            return
        store = SqliteStore(folder)
        try:
            store.open_ledger()
        finally:
            store.close()
    except JournalError as wrong:
        if wrong.kind != DAMAGED:
            raise
        why = str(wrong)
    else:
        return
    twin = any(peer.role == "spare" for peer in config.hub.devices.values()) if config.hub else False
    rest = (
        "the spare gives the rest, and this hub leads only when it has (or after: onedoor repair --without-spare)"
        if twin and leads and not alone
        else "the boxes send their own rows again; what the hub had decided behind them is LOST"
        if leads
        else "the hub gives the rest"
    )
    told = f"{why}\n  -> evidence; a new log with the rows that still prove themselves; {rest}"
    plan.step(told, lambda: _renew(folder, wait=twin and leads and not alone))


def _alone(folder: Path) -> str:
    (folder / WAITS_FILE).unlink()
    return "The hub leads without the spare's log as soon as it starts again: sudo systemctl restart onedoor-hub"


def _renew(folder: Path, *, wait: bool) -> str:
    """First the new log, then the places are changed: whoever is interrupted begins again."""
    work = folder / WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o750)
    for beside in BESIDE[:2]:
        if (folder / (FILE + beside)).is_file():
            copy_plain(folder / (FILE + beside), work / f"old-{FILE}{beside}")
    kept = _good_rows(work)
    if wait:
        (folder / WAITS_FILE).touch()
    place = evidence(folder, [folder / (FILE + beside) for beside in BESIDE])
    (work / FILE).rename(folder / FILE)
    shutil.rmtree(work)
    return f"{kept} rows of the log prove themselves and are kept; the old one is in {place}"


def _good_rows(work: Path) -> int:
    """Fill a new log with the old one's rows, up to the first that is not as it was written; how many."""
    store = SqliteStore(work)
    ledger, good = store.open_ledger(), True
    with closing(sqlite3.connect(work / f"old-{FILE}")) as old:
        while good and (rows := _next(old, store.hub_seq)):
            taken: list[LogRow] = []
            try:
                taken.extend(taken_over(store, ledger, rows[: _sound(store, rows)]))
                good = len(taken) == len(rows)
                store.commit(taken, changes(ledger))
            except (WireError, ValueError, TypeError, KeyError, AssertionError):
                good = False  # its hash was right and the rules refuse it: nothing of this window is kept
    store.close()
    return _head(work)


def _sound(store: SqliteStore, rows: list[LogRow]) -> int:
    """How many of these rows continue the log and are as they were written."""
    seq, prev = store.hub_seq, store.hash
    for count, row in enumerate(rows):
        if row.hub_seq != seq + 1 or row.prev_hash != prev or sealed(row).hash != row.hash:
            return count
        seq, prev = row.hub_seq, row.hash
    return len(rows)


def _head(work: Path) -> int:
    store = SqliteStore(work)
    store.close()
    return store.hub_seq


def _next(old: sqlite3.Connection, after: int) -> list[LogRow]:
    """The next rows, as far as they can be read."""
    found: list[LogRow] = []
    query = "SELECT * FROM log WHERE hub_seq > ? ORDER BY hub_seq LIMIT ?"
    with suppress(sqlite3.Error, msgspec.MsgspecError, TypeError, ValueError):
        found.extend(row_from_columns(columns) for columns in old.execute(query, (after, WINDOW)))
    return found
