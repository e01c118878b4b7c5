"""The center log on disk, and beside it the fold of its rows.

Policy. One transaction takes everything that belongs to one arrival: the devices' rows, the hub's
decisions, and what they changed in the fold; nobody hears of it before it is committed. Rows are
only ever added, each chained to the one before by its hash. The fold in `state` could be computed
from the log at any time, and is, at every start: if the two differ, the hub does not lead.
What has to be published follows from the state alone and is published afresh at each start, so
there is no outbox that could get lost.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from onedoor.device.journal import JournalError, explain, open_database
from onedoor.hall.ledger import Ledger, changes, image, replay
from onedoor.wire.chain import GENESIS, LogRow, sealed
from onedoor.wire.errors import WireError

SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    hub_seq INTEGER PRIMARY KEY, dev TEXT NOT NULL, run TEXT NOT NULL, seq INTEGER NOT NULL,
    before TEXT, kind TEXT NOT NULL, body TEXT NOT NULL, boot TEXT NOT NULL, mono INTEGER NOT NULL,
    t_event INTEGER NOT NULL, t_recv INTEGER NOT NULL, quality TEXT NOT NULL, err_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL, incarnation INTEGER NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL,
    UNIQUE (dev, run, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS log_stays BEFORE UPDATE ON log
    BEGIN SELECT RAISE(ABORT, 'log rows never change'); END;
CREATE TRIGGER IF NOT EXISTS log_lasts BEFORE DELETE ON log
    BEGIN SELECT RAISE(ABORT, 'log rows are never deleted'); END;
CREATE VIEW IF NOT EXISTS log_rows AS SELECT * FROM log ORDER BY hub_seq;
"""

FILE = "center.db"
INCARNATION_FILE = "incarnation"


class Store(Protocol):
    """What a hub needs of its disk: the log, the fold beside it, the incarnation outside both."""

    hub_seq: int
    hash: str
    last_recv_ms: int

    def open_ledger(self) -> Ledger:
        """Check everything; the ledger to go on with. JournalError: this hub must not lead."""
        ...

    def rows(self, after: int = 0) -> Iterator[LogRow]:
        """The log from a row on, in order."""
        ...

    def hash_at(self, hub_seq: int) -> str | None:
        """The hash of one row."""
        ...

    def next_row(self, row: LogRow) -> LogRow:
        """Chain a row to the head; it is in the log after `commit`."""
        ...

    def commit(self, rows: list[LogRow], changed: Mapping[str, object]) -> None:
        """Write rows and what they changed, in one transaction. JournalError: end the process."""
        ...

    def last_incarnation(self) -> int:
        """The highest incarnation that the disk remembers."""
        ...

    def write_incarnation(self, incarnation: int) -> None:
        """Remember a start outside the log too."""
        ...

    def close(self) -> None:
        """Let go of the disk."""
        ...


class SqliteStore:
    """The log and the fold of one center, on a real disk."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = open_database(self._path)
            self._db.executescript(SCHEMA)
            last = self._db.execute("SELECT hub_seq, hash, t_recv FROM log ORDER BY hub_seq DESC LIMIT 1")
            head: tuple[int, str, int] = last.fetchone() or (0, GENESIS, 0)
            self.hub_seq, self.hash, self.last_recv_ms = head
        except (sqlite3.Error, OSError) as wrong:
            raise JournalError(explain(wrong, self._path)) from wrong

    def open_ledger(self) -> Ledger:
        """Check the file, the chain and the fold; the ledger to go on with.

        Raises JournalError when anything is not as it was written: such a hub must not lead.
        """
        try:
            found = self._db.execute("PRAGMA quick_check").fetchone()[0]
            if found != "ok":
                raise JournalError(f"{self._path}: the file is damaged ({found}). Restore it from the spare.")
            ledger = fold(self.rows(), self._path)
            compare(ledger, dict(self._db.execute("SELECT name, value FROM state")), self._path)
        except sqlite3.Error as wrong:
            raise JournalError(explain(wrong, self._path)) from wrong
        changes(ledger)
        return ledger

    def rows(self, after: int = 0) -> Iterator[LogRow]:
        """The log from a row on, in order."""
        for row in self._db.execute("SELECT * FROM log WHERE hub_seq > ? ORDER BY hub_seq", (after,)):
            yield row_from_columns(row)

    def hash_at(self, hub_seq: int) -> str | None:
        """The hash of one row."""
        found = self._db.execute("SELECT hash FROM log WHERE hub_seq = ?", (hub_seq,)).fetchone()
        return found[0] if found else None

    def next_row(self, row: LogRow) -> LogRow:
        """Chain a row to the head; it is in the log after `commit`."""
        return chained(self, row)

    def commit(self, rows: list[LogRow], changed: Mapping[str, object]) -> None:
        """Write rows and what they changed, in one transaction. JournalError: end the process."""
        values = [(name, spelled(value)) for name, value in changed.items() if value is not None]
        gone = [(name,) for name, value in changed.items() if value is None]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT INTO log VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", [_columns(row) for row in rows]
            )
            self._db.executemany("INSERT OR REPLACE INTO state VALUES (?,?)", values)
            self._db.executemany("DELETE FROM state WHERE name = ?", gone)
            self._db.execute("COMMIT")
        except sqlite3.Error as wrong:
            raise JournalError(explain(wrong, self._path)) from wrong

    def last_incarnation(self) -> int:
        """The highest incarnation that the file or the log remembers."""
        path = self._folder / INCARNATION_FILE
        try:
            in_file = int(path.read_text()) if path.exists() else 0
        except ValueError:
            in_file = 0
        in_log = self._db.execute("SELECT max(incarnation) FROM log").fetchone()[0] or 0
        return max(in_file, in_log)

    def write_incarnation(self, incarnation: int) -> None:
        """Remember a start outside the log too: write, flush, rename, flush the folder."""
        path = self._folder / INCARNATION_FILE
        try:
            with open(path.with_suffix(".tmp"), "w") as file:
                file.write(f"{incarnation}\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(path.with_suffix(".tmp"), path)
            folder = os.open(self._folder, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
        except OSError as wrong:
            raise JournalError(explain(wrong, path)) from wrong

    def close(self) -> None:
        """Close the files."""
        self._db.close()


def chained(store: Store, row: LogRow) -> LogRow:
    """The row, numbered and chained behind the store's head, which it becomes."""
    store.hub_seq += 1
    done = sealed(msgspec.structs.replace(row, hub_seq=store.hub_seq, prev_hash=store.hash))
    store.hash, store.last_recv_ms = done.hash, done.t_recv
    return done


def fold(rows: Iterable[LogRow], where: object) -> Ledger:
    """The ledger of a log, after checking its chain. JournalError: a hub with it must not lead."""
    ledger, prev = Ledger(), GENESIS
    for number, row in enumerate(rows, 1):
        if row.hub_seq != number or row.prev_hash != prev or sealed(row).hash != row.hash:
            raise JournalError(
                f"{where}: row {row.hub_seq} is not as it was written. This hub must not lead:"
                " keep the file as evidence and restore the log from the spare."
            )
        try:
            replay(ledger, row.dev, row.run, row.seq, row.event, row.t_event)
        except WireError as wrong:
            raise JournalError(f"{where}: row {row.hub_seq}: {wrong}") from None
        prev = row.hash
    return ledger


def compare(ledger: Ledger, kept: Mapping[str, str], where: object) -> None:
    """JournalError unless the kept state is what the log adds up to."""
    added_up = {name: spelled(value) for name, value in image(ledger)}
    empty = {"day": spelled(""), "shown": spelled([])}
    for name in added_up.keys() | kept.keys():
        if added_up.get(name) != kept.get(name, empty.get(name)):
            raise JournalError(
                f"{where}: the kept state '{name}' is not what the log adds up to."
                " This hub must not lead: keep the file, restore it from the spare."
            )


def spelled(value: object) -> str:
    """The one spelling of a piece of state."""
    return msgspec.json.encode(value, order="sorted").decode()


def row_from_columns(row: tuple[object, ...]) -> LogRow:
    """A row of the view `log_rows`."""
    names = LogRow.__struct_fields__
    values = dict(zip(names, row, strict=True))
    values["before"] = tuple(json.loads(str(values["before"]))) if values["before"] else None
    values["body"] = json.loads(str(values["body"]))
    return LogRow(**values)  # type: ignore[arg-type]


def _columns(row: LogRow) -> tuple[object, ...]:
    values = [getattr(row, name) for name in LogRow.__struct_fields__]
    values[4] = json.dumps(row.before) if row.before else None
    values[6] = json.dumps(row.body, ensure_ascii=False)
    return tuple(values)


class MemoryStore:
    """The same without a disk, for simulations: `commits` remembers where each transaction ended."""

    def __init__(self, rows: Iterable[LogRow] = (), incarnation: int = 0) -> None:
        """`rows`: an earlier log that this start finds; its kept state is what those rows add up to."""
        self.log = list(rows)
        self.incarnation = incarnation
        self.commits = [len(self.log)]
        self.hub_seq = len(self.log)
        self.hash = self.log[-1].hash if self.log else GENESIS
        self.last_recv_ms = self.log[-1].t_recv if self.log else 0
        self.kept = {name: spelled(value) for name, value in image(fold(self.log, "memory"))}

    def open_ledger(self) -> Ledger:
        """Check the chain and the fold."""
        ledger = fold(self.log, "memory")
        compare(ledger, self.kept, "memory")
        changes(ledger)
        return ledger

    def rows(self, after: int = 0) -> Iterator[LogRow]:
        """The log from a row on."""
        return iter(self.log[after:])

    def hash_at(self, hub_seq: int) -> str | None:
        """The hash of one row."""
        return self.log[hub_seq - 1].hash if 0 < hub_seq <= len(self.log) else None

    def next_row(self, row: LogRow) -> LogRow:
        """Chain a row to the head."""
        return chained(self, row)

    def commit(self, rows: list[LogRow], changed: Mapping[str, object]) -> None:
        """Keep rows and what they changed."""
        self.log += rows
        self.commits.append(len(self.log))
        for name, value in changed.items():
            if value is None:
                self.kept.pop(name, None)
            else:
                self.kept[name] = spelled(value)

    def last_incarnation(self) -> int:
        """The highest of log and memory."""
        return max([self.incarnation, *(row.incarnation for row in self.log[-1:])])

    def write_incarnation(self, incarnation: int) -> None:
        """Remember a start."""
        self.incarnation = incarnation

    def close(self) -> None:
        """Nothing to let go of."""
