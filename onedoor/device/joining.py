"""Two journals of one box become one: what was written in memory, and what can still be read of a spoilt one.

Policy. A row keeps its name (run and number), so the hub takes each once, whichever way it comes. Runs that come in are
put behind those that are there: how far the hub is in a run covers the runs before it, never those behind.
"""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from onedoor.device.journal import DAMAGED, JournalError, SqliteJournal, refused
from onedoor.wire.errors import WireError
from onedoor.wire.rows import event_of

COLUMNS = "run, seq, before_run, before_seq, kind, body, boot_id, mono_ms, hub_est_ms, stretch"
INSERT = "INSERT INTO rows VALUES (?,?,?,?,?,?,?,?,?,?,?)"
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
                kept = source.execute("SELECT name, value FROM keep").fetchall()
                db.executemany("INSERT OR REPLACE INTO keep VALUES (?,?)", kept)
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
                run, seq, kind, body = row[1], row[2], row[5], row[6]
                if run in mine or seq != last.get(run, 0) + 1:
                    continue
                try:
                    event_of(kind, json.loads(body))
                except (ValueError, TypeError, OverflowError, WireError):
                    mine.add(run)  # whatever follows cannot be next
                    continue
                last[run], n = seq, n + 1
                db.execute(INSERT, (n, *row[1:]))
        journal.recount()
    except sqlite3.Error as wrong:
        raise refused(wrong, journal.path) from wrong
    return sum(last.values())


def _counts(journal: SqliteJournal) -> dict[str, int]:
    return {span.run: span.count for span in journal.spans}


def _readable(source: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    """Rows by their number, over pages that cannot be read."""
    query = f"SELECT n, {COLUMNS} FROM rows WHERE n >= ? ORDER BY n"  # noqa: S608 - our own words
    at = 0
    for _ in range(GAPS):
        try:
            for row in source.execute(query, (at,)):
                yield row
                at = int(row[0]) + 1
        except sqlite3.Error:
            at += 1
        else:
            return
