"""A device's journal: what it saw and did, on its card before anything else happens.

Policy. SQLite with a write-ahead log and synchronous=FULL: one flush for every commit, and a
commit that returned survives a power cut. Rows are only ever added (triggers refuse the rest) and
never cut by an acknowledgement. Each start of the service is a new run with a new random name, so
a card that forgot rows, or was copied, can never give an old name to a new fact. `keep` holds the
few values a device must know at start (its numbering, its open command); they are written in the
same transaction as the row that changes them, so they can't disagree with it. Rows and kept values
have a checksum: SQLite itself would not notice one changed letter, and that may be a number.

A commit that fails is never tried again in the same process: the kernel may have dropped the pages
and a second try would "succeed" on lost data. JournalError means: stop, restart, read the card.
"""

import contextlib
import errno
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from onedoor.device.card_rows import COLUMNS, INSERT, KEEP, as_it_was, checksum, fact_of, stored
from onedoor.device.small_file import PRIVATE
from onedoor.hall.events import Event, RowId
from onedoor.hall.ledger import Fact
from onedoor.wire.errors import WireError

log = logging.getLogger("onedoor.journal")

HEAD = "head"
"""The kept value that is the newest head of the center's log: its number, a blank, its hash."""
HEADS_MS = 60_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (
    n INTEGER PRIMARY KEY, run TEXT NOT NULL, seq INTEGER NOT NULL,
    before_run TEXT, before_seq INTEGER, kind TEXT NOT NULL, body TEXT NOT NULL,
    boot_id TEXT NOT NULL, mono_ms INTEGER NOT NULL, hub_est_ms INTEGER, stretch INTEGER NOT NULL DEFAULT 0,
    crc INTEGER, UNIQUE (run, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS keep (name TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS heads (hub_seq INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (hub_seq, hash)) STRICT;
CREATE TRIGGER IF NOT EXISTS rows_stay BEFORE UPDATE ON rows
    BEGIN SELECT RAISE(ABORT, 'journal rows never change'); END;
CREATE TRIGGER IF NOT EXISTS rows_last BEFORE DELETE ON rows
    BEGIN SELECT RAISE(ABORT, 'journal rows are never deleted'); END;
"""


DAMAGED, FULL, READ_ONLY, FOREIGN, LOCKED = "damaged", "full", "read_only", "foreign", "locked"
"""What a stored file can be beside well: not as it was written; no room; not writable; somebody else's; in use."""
JOURNAL = "journal.db"
FLAG = "-damaged"
"""A file of this ending beside a journal: a row of it could not be read while the program ran."""


class JournalError(Exception):
    """The card did not take a row, or cannot be read. The message says what a person can do; `kind` is one of the words
    above, or "".
    """

    def __init__(self, text: str, kind: str = "") -> None:
        super().__init__(text)
        self.kind = kind


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

    def distrust(self, why: str) -> JournalError:
        """Something on the card is not as it was written: the next start puts it aside. The error to end with."""
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


def fact_at(journal: Journal, row: RowId) -> Fact | None:
    """A row of this card by its name; None: another card's, or another box's."""
    _, run, seq = row.split(".")
    span = next((s for s in journal.spans if s.run == run and int(seq) <= s.count), None)
    found = journal.read(span.first + int(seq) - 2, 1) if span is not None else []
    return found[0] if found else None


class SqliteJournal:
    """The journal on a real card."""

    tidies = True

    def __init__(self, path: Path, dev: str, run: str, connect: "Open | None" = None) -> None:
        """`connect`: how to open SQLite; tests put a dying card under it."""
        self.dev, self.run, self.path = dev, run, path
        self._witnessed = ("", -1)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = (connect or open_database)(path)
        except (sqlite3.Error, OSError) as wrong:
            raise refused(wrong, path) from wrong
        try:
            self._db.executescript(SCHEMA)
            for table, name, what in LATER:
                add_column(self._db, table, name, what)
            self.spans: list[RunSpan] = _spans(self._db)
        except sqlite3.Error as wrong:
            # At once: a connection that is closed late takes the write-ahead log of whatever has its name then.
            self._db.close()
            raise refused(wrong, path) from wrong

    def look_through(self) -> None:
        """Whether it is as it was written: its pages, the newest rows, the kept values. JournalError if not."""
        try:
            if os.stat(self.path).st_size <= LOOKED_THROUGH:
                found = self._db.execute("PRAGMA quick_check").fetchone()[0]
                if found != "ok":
                    raise JournalError(f"{self.path}: the file is damaged ({found}). {REPAIR}", DAMAGED)
            for name, value, crc in self._db.execute("SELECT name, value, crc FROM keep"):
                as_it_was((name, value), crc)
        except ValueError as wrong:
            raise JournalError(f"{self.path}: the file is damaged ({wrong}). {REPAIR}", DAMAGED) from wrong
        except (sqlite3.Error, OSError) as wrong:
            raise refused(wrong, self.path) from wrong
        self.read(max(0, self.length - LOOKED_AT), LOOKED_AT)

    def begin(self) -> None:
        """A real commit, as every row needs one: JournalError if the card does not take it."""
        self.append([], Stamp("", 0, None), {"opened": self.run})

    def connection(self) -> sqlite3.Connection:
        """For whoever joins two journals (`onedoor.device.joining`)."""
        return self._db

    def recount(self) -> None:
        """Rows came in by another way than `append`."""
        self.spans = _spans(self._db)

    @property
    def length(self) -> int:
        """Rows on the card."""
        return self.spans[-1].first + self.spans[-1].count - 1 if self.spans else 0

    def append(self, events: Iterable[Event], stamp: Stamp, keep: Mapping[str, str]) -> list[Fact]:
        """Commit rows and kept values in one transaction."""
        facts = facts_for(self, events, stamp)
        rows = [(self.length + 1 + i, *stored(fact)) for i, fact in enumerate(facts)]
        values = [(name, value, checksum((name, value))) for name, value in keep.items()]
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.executemany(INSERT, rows)
                self._db.executemany(KEEP, values)
                self._witness(keep.get(HEAD), stamp)
        except sqlite3.Error as wrong:
            raise refused(wrong, self.path) from wrong
        extend(self.spans, self.run, len(facts))
        return facts

    def _witness(self, head: str | None, stamp: Stamp) -> None:
        """Every box holds the heads of the center's log that it has seen, one a minute, for ever: the log can be held
        against them.
        """
        seen = stamp.boot_id, stamp.mono_ms // HEADS_MS
        if head is not None and seen != self._witnessed:
            self._witnessed = seen
            hub_seq, _, hash_ = head.partition(" ")
            self._db.execute("INSERT OR IGNORE INTO heads VALUES (?,?)", (int(hub_seq), hash_))

    def read(self, after: int, limit: int) -> list[Fact]:
        """Rows number after + 1 and on."""
        query = f"SELECT {COLUMNS} FROM rows WHERE n > ? ORDER BY n LIMIT ?"  # noqa: S608 - our own words
        try:
            found = self._db.execute(query, (after, limit)).fetchall()
            return [fact_of(self.dev, row) for row in found]
        except sqlite3.Error as wrong:
            raise self._bad(wrong) from wrong
        except (ValueError, TypeError, KeyError, OverflowError, WireError) as wrong:
            raise self.distrust(f"a row cannot be read: {wrong}") from wrong

    def _bad(self, wrong: sqlite3.Error) -> JournalError:
        told = refused(wrong, self.path)
        return self.distrust(str(wrong)) if told.kind == DAMAGED else told

    def distrust(self, why: str) -> JournalError:
        """The next start does not look at everything: it is told that something is bad."""
        with contextlib.suppress(OSError):
            self.path.with_name(self.path.name + FLAG).touch()
        return JournalError(f"{self.path}: the file is damaged ({why}). {REPAIR}", DAMAGED)

    def tidy(self) -> None:
        """Empty the write-ahead log."""
        empty_wal(self._db)

    def kept(self, name: str) -> str | None:
        """A kept value."""
        try:
            found = self._db.execute("SELECT value, crc FROM keep WHERE name = ?", (name,)).fetchone()
            if found:
                as_it_was((name, found[0]), found[1])
        except sqlite3.Error as wrong:
            raise self._bad(wrong) from wrong
        except ValueError as wrong:
            raise self.distrust(str(wrong)) from wrong
        return found[0] if found else None

    def close(self) -> None:
        """Checkpoint and close."""
        self._db.close()


LATER = (
    ("rows", "stretch", "INTEGER NOT NULL DEFAULT 0"), ("rows", "crc", "INTEGER"), ("keep", "crc", "INTEGER"),
)  # fmt: skip
"""Columns that a card of an earlier release does not have."""


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

    def distrust(self, why: str) -> JournalError:
        """Memory that is not as it was written."""
        return JournalError(f"the journal is damaged ({why})", DAMAGED)

    def close(self) -> None:
        """Nothing to let go of."""


@contextlib.contextmanager
def as_written(journal: Journal) -> Iterator[None]:
    """What is made of the card's words in here can only fail because they are not as they were written."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, msgspec.MsgspecError) as wrong:
        raise journal.distrust(f"a kept value cannot be read: {wrong}") from wrong


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

LOOKED_THROUGH = 32 * 1024 * 1024
"""Bytes: a longer journal is not looked through at a start; a screen has to be there within ten seconds."""
LOOKED_AT = 2_000
"""So many of the newest rows are read at a start."""
REPAIR = "Run: onedoor repair --config FILE"

Open = Callable[[Path], sqlite3.Connection]


def private(path: Path, mode: int = PRIVATE) -> None:
    """Make a file that nobody outside of the box's own group can read, or take such rights away. SQLite gives the
    files beside its database the same ones. A card that lets nobody do so is found out by whoever writes.
    """
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, mode))
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        with contextlib.suppress(OSError):
            if name.lstat().st_mode & 0o777 & ~mode:
                name.chmod(mode)


def open_database(path: Path) -> sqlite3.Connection:
    """SQLite as every journal of ours uses it; who is no member of the box's own group has no business in it."""
    private(path)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=2.0)
    try:
        for pragma in PRAGMAS:
            db.execute(pragma)
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()  # what is wrong with its tables is told here
    except UnicodeError as wrong:  # of a schema that is no text any more, SQLite's own message is none either
        db.close()
        raise sqlite3.DatabaseError(f"the file's tables are damaged ({type(wrong).__name__})") from None
    except sqlite3.Error:
        db.close()
        raise
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
    match kind_of_error(wrong):
        case "full":
            return f"{path}: the disk is full. Free some space (old exports first), then start again. {REPAIR}"
        case "read_only":
            dying = "It is probably dying: replace it, keep it for its rows."
            return f"{path}: the card can only be read. {dying} {REPAIR}"
        case "locked":
            return f"{path}: another program has this journal open. Stop the other one; only one may write."
        case "damaged":
            return f"{path}: the file is damaged ({text}). {REPAIR}"
        case "foreign":
            return f"{path}: cannot be opened. Check that the folder exists and belongs to this user. {REPAIR}"
    return f"{path}: {text}"


_OF_SQLITE = {
    sqlite3.SQLITE_FULL: FULL, sqlite3.SQLITE_READONLY: READ_ONLY, sqlite3.SQLITE_IOERR: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: FOREIGN, sqlite3.SQLITE_PERM: FOREIGN, sqlite3.SQLITE_AUTH: FOREIGN,
    sqlite3.SQLITE_BUSY: LOCKED, sqlite3.SQLITE_LOCKED: LOCKED,
}  # fmt: skip
_OF_SYSTEM = {
    errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EROFS: READ_ONLY, errno.EIO: READ_ONLY, errno.EACCES: FOREIGN,
    errno.EPERM: FOREIGN, errno.ENOENT: FOREIGN,
}  # fmt: skip
"""What is not here is damage."""


def kind_of_error(wrong: Exception) -> str:
    """What a card has that answers so."""
    if isinstance(wrong, OSError):
        return _OF_SYSTEM.get(wrong.errno or 0, DAMAGED)
    code = getattr(wrong, "sqlite_errorcode", None)
    return DAMAGED if code is None else _OF_SQLITE.get(code & 0xFF, DAMAGED)


def refused(wrong: Exception, path: Path) -> JournalError:
    """The error of the disk as a person is told it."""
    return JournalError(explain(wrong, path), kind_of_error(wrong))
