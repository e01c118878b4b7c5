"""Two journals of one box become one: what was written in memory, and what can still be read of a spoilt one.

Policy. A row keeps its name (run and number), so the hub takes each once, whichever way it comes. Runs that come in are
put behind those that are there: how far the hub is in a run covers the runs before it, never those behind.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from onedoor.device.aside import aside_code, aside_folders
from onedoor.device.card_rows import COLUMNS, INSERT, KEEP, fact_of
from onedoor.device.journal import DAMAGED, JOURNAL, JournalError, SqliteJournal, refused
from onedoor.hall.ledger import Fact
from onedoor.wire.errors import WireError

log = logging.getLogger("onedoor.joining")

GAPS = 1_000


def take_over(journal: SqliteJournal, other: SqliteJournal) -> int:
    """The rows of `other` that this journal has not, in one transaction; how many. The kept values come with them, and
    also when both end with the same row: the other one is the newer then. JournalError: they do not fit together.
    """
    mine, theirs, source, db = _counts(journal), other.spans, other.connection(), journal.connection()
    same = bool(theirs) and [s.run for s in journal.spans] == [s.run for s in theirs]
    missing = [s for s in theirs if s.count > mine.get(s.run, 0)]
    if any(s.run in mine and s.run != journal.spans[-1].run for s in missing):
        raise JournalError("the journal in memory goes on where the card's has other rows", DAMAGED)
    n = journal.length
    query = f"SELECT {COLUMNS} FROM rows WHERE run = ? AND seq > ? ORDER BY seq"  # noqa: S608 - our own words
    try:
        with db:
            db.execute("BEGIN IMMEDIATE")
            for span in missing:
                for row in source.execute(query, (span.run, mine.get(span.run, 0))):
                    n += 1
                    db.execute(INSERT, (n, *row))
            if missing or same:
                db.executemany(KEEP, source.execute("SELECT name, value, crc FROM keep").fetchall())
        taken = n - journal.length
        journal.recount()
    except sqlite3.Error as wrong:
        raise refused(wrong, journal.path) from wrong
    return taken


def rescue(journal: SqliteJournal, other: SqliteJournal) -> int:
    """Rows of a journal that was put aside, as far as they can be read: of each run that this one has not at all, from
    its first row to its first gap. Kept values stay behind: nobody knows what they are worth. How many.
    """
    mine, n, db = set(_counts(journal)), journal.length, journal.connection()
    last: dict[str, int] = {}
    try:
        with db:
            db.execute("BEGIN IMMEDIATE")
            for row in _readable(other.connection()):
                run, seq = row[1], row[2]
                if run in mine or seq != last.get(run, 0) + 1:
                    continue
                try:
                    fact_of(journal.dev, row[1:])
                except (ValueError, TypeError, OverflowError, WireError):
                    mine.add(run)  # whatever follows cannot be next
                    continue
                last[run], n = seq, n + 1
                db.execute(INSERT, (n, *row[1:]))
        journal.recount()
    except sqlite3.Error as wrong:
        raise refused(wrong, journal.path) from wrong
    return sum(last.values())


NEWEST = 20_000
"""So many rows hold more than a day of the busiest kiosk."""


def newest_aside(folder: Path, dev: str) -> list[Fact]:
    """What can be read of the newest rows of the journal that was put aside last as damaged; of none, nothing. It is
    read where it lies, and stays as it is.
    """
    damaged = [place for place in aside_folders(folder) if aside_code(place) == "card_damaged"]
    found = [place / JOURNAL for place in damaged if (place / JOURNAL).is_file()]
    if not found:
        return []
    facts = []
    try:
        with closing(sqlite3.connect(f"{found[-1].absolute().as_uri()}?mode=ro", uri=True)) as db:
            last = db.execute("SELECT max(n) FROM rows").fetchone()[0] or 0
            for row in _readable(db, last - NEWEST):
                with suppress(ValueError, TypeError, OverflowError, WireError):
                    facts.append(fact_of(dev, row[1:]))
    except sqlite3.Error as wrong:
        log.warning("%s: nothing more can be read of it: %s", found[-1], wrong)
    return facts


def _counts(journal: SqliteJournal) -> dict[str, int]:
    return {span.run: span.count for span in journal.spans}


def _readable(source: sqlite3.Connection, at: int = 0) -> Iterator[tuple[Any, ...]]:
    """Rows by their number, from this one on, over pages that cannot be read."""
    query = f"SELECT n, {COLUMNS} FROM rows WHERE n >= ? ORDER BY n"  # noqa: S608 - our own words
    for _ in range(GAPS):
        try:
            for row in source.execute(query, (at,)):
                yield row
                at = int(row[0]) + 1
        except sqlite3.Error:
            at += 1
        else:
            return
