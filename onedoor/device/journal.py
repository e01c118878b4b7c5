"""A device's journal: what it saw and did, on its card before anything else happens.

Policy. SQLite with a write-ahead log and synchronous=FULL: one flush for every commit, and a
commit that returned survives a power cut. Rows are only ever added (triggers refuse the rest) and
never cut by an acknowledgement. Each start of the service is a new run with a new random name, so
a card that forgot rows, or was copied, can never give an old name to a new fact. `keep` holds the
few values a device must know at start (its numbering, its open command); they are written in the
same transaction as the row that changes them, so they can't disagree with it.

A commit that fails is never tried again in the same process: the kernel may have dropped the pages
and a second try would "succeed" on lost data. JournalError means: stop, restart, read the card.
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from onedoor.hall.events import Event
from onedoor.hall.kinds import kind_of
from onedoor.hall.ledger import Fact
from onedoor.wire.rows import body_of, event_of

log = logging.getLogger("onedoor.journal")

SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (
    n INTEGER PRIMARY KEY, run TEXT NOT NULL, seq INTEGER NOT NULL,
    before_run TEXT, before_seq INTEGER, kind TEXT NOT NULL, body TEXT NOT NULL,
    boot_id TEXT NOT NULL, mono_ms INTEGER NOT NULL, hub_est_ms INTEGER, stretch INTEGER NOT NULL DEFAULT 0,
    UNIQUE (run, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS keep (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS rows_stay BEFORE UPDATE ON rows
    BEGIN SELECT RAISE(ABORT, 'journal rows never change'); END;
CREATE TRIGGER IF NOT EXISTS rows_last BEFORE DELETE ON rows
    BEGIN SELECT RAISE(ABORT, 'journal rows are never deleted'); END;
"""


class JournalError(Exception):
    """The card did not take a row, or cannot be read. The message says what a person can do."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a row is written: the box's boot, its monotonic clock, and what it believes the time to be: hall time in
    `stretch`, center time by its own word (0), or its floor (-1).
    """

    boot_id: str
    mono_ms: int
    hub_est_ms: int | None
    stretch: int = 0


@dataclass(slots=True)
class RunSpan:
    """One run on the card: rows `first` to `first + count - 1`, counted over all runs."""

    run: str
    first: int
    count: int


class Journal(Protocol):
    """What a device needs of its card."""

    dev: str
    run: str
    spans: list[RunSpan]
    tidies: bool

    def tidy(self) -> None:
        """Nothing has happened for a while; only called where `tidies` is true."""
        ...

    @property
    def length(self) -> int:
        """Rows on the card, all runs together."""
        ...

    def append(self, events: Iterable[Event], stamp: Stamp, keep: Mapping[str, str]) -> list[Fact]:
        """Commit rows and kept values in one transaction; JournalError if the card refuses."""
        ...

    def read(self, after: int, limit: int) -> list[Fact]:
        """Rows number after + 1 and on, in order."""
        ...

    def kept(self, name: str) -> str | None:
        """A kept value."""
        ...

    def close(self) -> None:
        """Let go of the card."""
        ...


def acked_rows(spans: list[RunSpan], have: Mapping[str, int]) -> int:
    """How many rows from the beginning of the card the hub has, by its watermarks.

    The hub takes a run only after what its first row is chained to, so the furthest row it has
    covers everything before it; the hub need not name old runs.
    """
    covered = (s.first - 1 + min(s.count, have[s.run]) for s in spans if have.get(s.run))
    return max(covered, default=0)


class SqliteJournal:
    """The journal on a real card."""

    tidies = True

    def __init__(self, path: Path, dev: str, run: str, connect: "Open | None" = None) -> None:
        """`connect`: how to open SQLite; tests put a dying card under it."""
        self.dev, self.run, self._path = dev, run, path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = (connect or open_database)(path)
            self._db.executescript(SCHEMA)
            add_column(self._db, "rows", "stretch", "INTEGER NOT NULL DEFAULT 0")
            self.spans: list[RunSpan] = _spans(self._db)
        except (sqlite3.Error, OSError) as wrong:
            raise JournalError(explain(wrong, path)) from wrong

    @property
    def length(self) -> int:
        """Rows on the card."""
        return self.spans[-1].first + self.spans[-1].count - 1 if self.spans else 0

    def append(self, events: Iterable[Event], stamp: Stamp, keep: Mapping[str, str]) -> list[Fact]:
        """Commit rows and kept values in one transaction."""
        facts = facts_for(self, events, stamp)
        rows = [
            (
                self.length + 1 + i, f.run, f.seq, *(f.before or (None, None)), kind_of(f.event),
                json.dumps(body_of(f.event), ensure_ascii=False), f.boot_id, f.mono_ms, f.hub_est_ms,
                f.stretch,
            )
            for i, f in enumerate(facts)
        ]  # fmt: skip
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.executemany("INSERT INTO rows VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)
                self._db.executemany("INSERT OR REPLACE INTO keep VALUES (?,?)", keep.items())
        except sqlite3.Error as wrong:
            raise JournalError(explain(wrong, self._path)) from wrong
        extend(self.spans, self.run, len(facts))
        return facts

    def read(self, after: int, limit: int) -> list[Fact]:
        """Rows number after + 1 and on."""
        query = (
            "SELECT run, seq, before_run, before_seq, kind, body, boot_id, mono_ms, hub_est_ms, stretch"
            " FROM rows WHERE n > ? ORDER BY n LIMIT ?"
        )
        try:
            found = self._db.execute(query, (after, limit)).fetchall()
        except sqlite3.Error as wrong:
            raise JournalError(explain(wrong, self._path)) from wrong
        return [
            Fact(
                self.dev, run, seq, (before_run, before_seq) if before_run else None,
                event_of(kind, json.loads(body)), boot_id, mono_ms, hub_est_ms, stretch,
            )
            for run, seq, before_run, before_seq, kind, body, boot_id, mono_ms, hub_est_ms, stretch in found
        ]  # fmt: skip

    def tidy(self) -> None:
        """Empty the write-ahead log."""
        empty_wal(self._db)

    def kept(self, name: str) -> str | None:
        """A kept value."""
        found = self._db.execute("SELECT value FROM keep WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def close(self) -> None:
        """Checkpoint and close."""
        self._db.close()


def _spans(db: sqlite3.Connection) -> list[RunSpan]:
    """The runs on a card, from one run's first row to the next one's: a card that is years old is read as quickly as a
    new one. Rows of a run stand together and are numbered without gaps, so its last number tells how many there are; a
    card where that is not so has lost rows, and is counted row by row.
    """
    spans: list[RunSpan] = []
    length = db.execute("SELECT max(n) FROM rows").fetchone()[0] or 0
    first = 1
    while first <= length:
        found = db.execute("SELECT run FROM rows WHERE n = ? AND seq = 1", (first,)).fetchone()
        last = found and db.execute("SELECT n, seq FROM rows WHERE run = ? ORDER BY seq DESC LIMIT 1", found).fetchone()
        if not last or last[0] != first + last[1] - 1:
            log.warning("the card has lost rows; it is counted row by row")
            counted = db.execute("SELECT run, min(n), count(*) FROM rows GROUP BY run ORDER BY min(n)")
            return [RunSpan(*span) for span in counted]
        spans.append(RunSpan(found[0], first, last[1]))
        first = last[0] + 1
    return spans


class MemoryJournal:
    """The same journal without a card: for simulations, and the contract tests of both."""

    tidies = False

    def tidy(self) -> None:
        """There is nothing to tidy."""

    def __init__(self, dev: str, run: str, card: "MemoryJournal | None" = None) -> None:
        """`card`: an earlier journal whose rows this new start finds."""
        self.dev, self.run = dev, run
        self.rows: list[Fact] = list(card.rows) if card else []
        self.keep: dict[str, str] = dict(card.keep) if card else {}
        self.spans: list[RunSpan] = [RunSpan(s.run, s.first, s.count) for s in card.spans] if card else []

    @property
    def length(self) -> int:
        """Rows so far."""
        return len(self.rows)

    def append(self, events: Iterable[Event], stamp: Stamp, keep: Mapping[str, str]) -> list[Fact]:
        """Keep rows and values."""
        facts = facts_for(self, events, stamp)
        self.rows += facts
        self.keep.update(keep)
        extend(self.spans, self.run, len(facts))
        return facts

    def read(self, after: int, limit: int) -> list[Fact]:
        """Rows number after + 1 and on."""
        return self.rows[after : after + limit]

    def kept(self, name: str) -> str | None:
        """A kept value."""
        return self.keep.get(name)

    def close(self) -> None:
        """Nothing to let go of."""


def facts_for(journal: Journal, events: Iterable[Event], stamp: Stamp) -> list[Fact]:
    """Number new rows: without gaps in this run, the first one chained to the run before."""
    last = journal.spans[-1] if journal.spans else None
    same_run = last is not None and last.run == journal.run
    seq = last.count if last and same_run else 0
    before = (last.run, last.count) if last and not same_run else None
    return [
        Fact(
            journal.dev, journal.run, seq + 1 + i, before if i == 0 else None,
            event, stamp.boot_id, stamp.mono_ms, stamp.hub_est_ms, stamp.stretch,
        )
        for i, event in enumerate(events)
    ]  # fmt: skip


def extend(spans: list[RunSpan], run: str, count: int) -> None:
    """Count new rows."""
    if not count:
        return
    if spans and spans[-1].run == run:
        spans[-1].count += count
    else:
        first = spans[-1].first + spans[-1].count if spans else 1
        spans.append(RunSpan(run, first, count))


PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA wal_autocheckpoint=400")
"""One flush for every commit, and what a commit wrote survives a power cut: the others were tried and lose rows.
400 pages are about 50 commits; `tidy` empties the write-ahead log as soon as nothing happens.
"""

TIDY_MS = 5_000
"""After so long without a commit the write-ahead log is emptied: one flipped bit in it would lose what follows."""

Open = Callable[[Path], sqlite3.Connection]


def open_database(path: Path) -> sqlite3.Connection:
    """SQLite as every journal of ours uses it."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=2.0)
    for pragma in PRAGMAS:
        db.execute(pragma)
    return db


def add_column(db: sqlite3.Connection, table: str, name: str, what: str) -> None:
    """A column that an earlier release's file does not have yet."""
    if name not in {column[1] for column in db.execute(f"PRAGMA table_info({table})")}:
        db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {what}")


def empty_wal(db: sqlite3.Connection) -> None:
    """Move everything from the write-ahead log into the database. On a full disk that fails and loses nothing."""
    try:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as wrong:
        log.warning("the write-ahead log stays as it is: %s", wrong)


def explain(wrong: Exception, path: Path) -> str:
    """What a person can do about an error of the disk."""
    text = str(wrong)
    if "full" in text or "No space" in text:
        return f"{path}: the disk is full. Free some space (old exports first), then start again."
    if "readonly" in text or "Read-only" in text:
        return f"{path}: the card can only be read. It is probably dying: replace it, keep it for its rows."
    if "locked" in text:
        return f"{path}: another program has this journal open. Stop the other one; only one may write."
    if "not a database" in text or "malformed" in text:
        return f"{path}: the file is damaged ({text}). Keep a copy, then restore it from the hub."
    if "unable to open" in text or "ermission denied" in text or isinstance(wrong, PermissionError):
        return f"{path}: cannot be opened. Check that the folder exists and belongs to this user."
    return f"{path}: {text}"
