"""The center log on a real disk: SQLite, one flush a transaction.

Policy. Whoever writes is one process; a second one is told so. An error at a commit ends the
process: the next start reads the disk again. Rows leave the log in one case only: a branch that does
not fit the hub's log any more moves to tables of its own, in one transaction, where it stays as
evidence. Files are never replaced: somebody may be reading them.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import msgspec

from broker.memory_store import max_standing
from broker.snapshot import intact, pictured, restored
from broker.store import Snapshot, Standing, chained, compare, fold, followed, spelled
from onedoor.device.journal import JournalError, Open, add_column, empty_wal, explain, open_database
from onedoor.hall.events import HUB
from onedoor.hall.ledger import Ledger, changes, image
from onedoor.wire.chain import GENESIS, line_of, row_of
from onedoor.wire.messages import Seal
from onedoor.wire.rows import LogRow

SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    hub_seq INTEGER PRIMARY KEY, dev TEXT NOT NULL, run TEXT NOT NULL, seq INTEGER NOT NULL,
    before TEXT, kind TEXT NOT NULL, body TEXT NOT NULL, boot TEXT NOT NULL, mono INTEGER NOT NULL,
    t_event INTEGER NOT NULL, t_recv INTEGER NOT NULL, quality TEXT NOT NULL, err_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL, incarnation INTEGER NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL,
    stretch INTEGER NOT NULL DEFAULT 0, low_ms INTEGER,
    UNIQUE (dev, run, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS snapshots (
    hub_seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, image TEXT NOT NULL, digest TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS seals (hub_seq INTEGER NOT NULL, day TEXT NOT NULL, seal TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS branches (
    branch INTEGER PRIMARY KEY, kept INTEGER NOT NULL, head TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS branch_rows (
    branch INTEGER NOT NULL, hub_seq INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (branch, hub_seq)
) STRICT;
CREATE TABLE IF NOT EXISTS branch_seals (branch INTEGER NOT NULL, seal TEXT NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS log_stays BEFORE UPDATE ON log
    BEGIN SELECT RAISE(ABORT, 'log rows never change'); END;
CREATE VIEW IF NOT EXISTS log_rows AS SELECT * FROM log ORDER BY hub_seq;
"""

LASTS = """CREATE TRIGGER IF NOT EXISTS log_lasts BEFORE DELETE ON log
    BEGIN SELECT RAISE(ABORT, 'log rows are never deleted'); END"""

INSERT = f"INSERT INTO log VALUES ({','.join('?' * len(LogRow.__struct_fields__))})"  # noqa: S608 - only question marks
FILE = "center.db"
STANDING_FILE = "standing.json"
SNAPSHOT_ROWS = 5_000
"""A start that had to fold more rows than this writes a snapshot for the next one."""


class SqliteStore:
    """The log and the fold of one center, on a real disk."""

    tidies = True

    def tidy(self) -> None:
        """Empty the write-ahead log."""
        empty_wal(self._db)

    def __init__(self, folder: Path, connect: Open = open_database) -> None:
        """`connect`: how to open SQLite; tests put a slow or dying disk under it."""
        self._folder, self._path, self._connect = folder, folder / FILE, connect
        self._begin()

    def _begin(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._db = self._connect(self._path)
            self._db.executescript(SCHEMA)
            self._db.execute(LASTS)
            self._newer_columns()
            last = self._db.execute("SELECT hub_seq, hash, t_recv FROM log ORDER BY hub_seq DESC LIMIT 1")
            head: tuple[int, str, int] = last.fetchone() or (0, GENESIS, 0)
            self.hub_seq, self.hash, self.last_recv_ms = head
        except (sqlite3.Error, OSError) as wrong:
            raise JournalError(explain(wrong, self._path)) from wrong

    def _newer_columns(self) -> None:
        """A log of an earlier release has no stretches; a view keeps the columns that it was made with."""
        add_column(self._db, "log", "stretch", "INTEGER NOT NULL DEFAULT 0")
        add_column(self._db, "log", "low_ms", "INTEGER")
        if not any(column[1] == "low_ms" for column in self._db.execute("PRAGMA table_info(log_rows)")):
            self._db.executescript("DROP VIEW log_rows; CREATE VIEW log_rows AS SELECT * FROM log ORDER BY hub_seq")

    def open_ledger(self) -> Ledger:
        """Check the file, the chain and the fold; the ledger to go on with.

        Rows before the last snapshot are not read again here; `onedoor verify` reads them all.
        Raises JournalError when anything is not as it was written: such a hub must not lead.
        """
        try:
            found = self._db.execute("PRAGMA quick_check").fetchone()[0]
            if found != "ok":
                raise JournalError(f"{self._path}: the file is damaged ({found}). Restore it from the spare.")
            kept = dict(self._db.execute("SELECT name, value FROM state"))
            same_rules = kept.pop("rules", None) == rules_version()
            ledger, after = self._fold(snapshots=same_rules)
            if same_rules:
                compare(ledger, kept, self._path)
            else:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.execute("DELETE FROM snapshots")
                self._keep_state(ledger)
                self._db.execute("COMMIT")
        except sqlite3.Error as wrong:
            raise JournalError(explain(wrong, self._path)) from wrong
        changes(ledger)
        if self.hub_seq - after > SNAPSHOT_ROWS:
            self.keep_snapshot(ledger)
        return ledger

    def _fold(self, *, snapshots: bool) -> tuple[Ledger, int]:
        """The ledger of the log, and the row whose snapshot it was folded on (0: none)."""
        snapshot = self._snapshot() if snapshots else None
        after, prev = (snapshot.hub_seq, snapshot.hash) if snapshot else (0, GENESIS)
        return fold(self.rows(after), self._path, restored(snapshot) if snapshot else None, after, prev), after

    def _keep_state(self, ledger: Ledger) -> None:
        """The whole kept state, anew; inside the caller's transaction."""
        self._db.execute("DELETE FROM state")
        kept = [(name, spelled(value)) for name, value in image(ledger)]
        self._db.executemany("INSERT INTO state VALUES (?,?)", [*kept, ("rules", rules_version())])

    def _snapshot(self) -> Snapshot | None:
        """The newest snapshot that is intact and stands behind a row of this log."""
        for columns in self._db.execute("SELECT * FROM snapshots ORDER BY hub_seq DESC LIMIT 3"):
            snapshot = Snapshot(*columns)
            if intact(snapshot) and self.hash_at(snapshot.hub_seq) == snapshot.hash:
                return snapshot
        return None

    def keep_snapshot(self, ledger: Ledger) -> None:
        """Remember the fold as it stands at the head, all of whose rows are committed."""
        snapshot = pictured(ledger, self.hub_seq, self.hash)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("INSERT OR REPLACE INTO snapshots VALUES (?,?,?,?)", msgspec.structs.astuple(snapshot))
            newest = "SELECT hub_seq FROM snapshots ORDER BY hub_seq DESC LIMIT 3"
            self._db.execute(f"DELETE FROM snapshots WHERE hub_seq NOT IN ({newest})")  # noqa: S608 - our own words
            self._db.execute("COMMIT")
        except sqlite3.Error as wrong:
            raise JournalError(explain(wrong, self._path)) from wrong

    def keep_seal(self, seal: Seal, ledger: Ledger) -> None:
        """Remember a signed head, and the fold as it stands there."""
        try:
            text = msgspec.json.encode(seal).decode()
            self._db.execute("INSERT INTO seals VALUES (?,?,?)", (seal.hub_seq, seal.day, text))
        except sqlite3.Error as wrong:
            raise JournalError(explain(wrong, self._path)) from wrong
        self.keep_snapshot(ledger)

    def seals(self) -> list[Seal]:
        """Every seal of this log, oldest first."""
        found = self._db.execute("SELECT seal FROM seals ORDER BY hub_seq")
        return [msgspec.json.decode(text, type=Seal) for (text,) in found]

    def rows(self, after: int = 0, limit: int = -1) -> Iterator[LogRow]:
        """The log from a row on, in order."""
        query = "SELECT * FROM log WHERE hub_seq > ? ORDER BY hub_seq LIMIT ?"
        for row in self._db.execute(query, (after, limit)):
            yield row_from_columns(row)

    def hash_at(self, hub_seq: int) -> str | None:
        """The hash of one row."""
        if hub_seq == 0:
            return GENESIS
        found = self._db.execute("SELECT hash FROM log WHERE hub_seq = ?", (hub_seq,)).fetchone()
        return found[0] if found else None

    def next_row(self, row: LogRow) -> LogRow:
        """Chain a row to the head; it is in the log after `commit`."""
        return chained(self, row)

    def adopt(self, row: LogRow) -> None:
        """Make another box's next row the head; it is in the log after `commit`."""
        followed(self, row)

    def commit(self, rows: list[LogRow], changed: Mapping[str, object]) -> None:
        """Write rows and what they changed, in one transaction. JournalError: end the process."""
        values = [(name, spelled(value)) for name, value in changed.items() if value is not None]
        gone = [(name,) for name, value in changed.items() if value is None]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(INSERT, [_columns(row) for row in rows])
            if values:
                self._db.executemany("INSERT OR REPLACE INTO state VALUES (?,?)", values)
            if gone:
                self._db.executemany("DELETE FROM state WHERE name = ?", gone)
            self._db.execute("COMMIT")
        except sqlite3.Error as wrong:
            raise JournalError(explain(wrong, self._path)) from wrong

    def standing(self) -> Standing:
        """The highest of file and log. A file that cannot be read counts as none."""
        kept = read_standing(self._folder / STANDING_FILE)
        last = next(self.rows(self.hub_seq - 1, 1), None) if self.hub_seq else None
        return max_standing(kept, last) if last else kept

    def write_standing(self, standing: Standing) -> None:
        """Remember it outside the log: write, flush, rename, flush the folder."""
        write_durably(self._folder / STANDING_FILE, msgspec.json.encode(standing))

    def cut_branch(self, keep: int) -> None:
        """Move the log's rows behind the first `keep` to a branch, with the seals over them: one transaction."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            new = "INSERT INTO branches (kept, head) VALUES (?,?) RETURNING branch"
            [(branch,)] = self._db.execute(new, (keep, self.hash)).fetchall()
            rows = ((branch, row.hub_seq, line_of(row).decode()) for row in list(self.rows(keep)))
            self._db.executemany("INSERT INTO branch_rows VALUES (?,?,?)", rows)
            self._db.execute("INSERT INTO branch_seals SELECT ?, seal FROM seals WHERE hub_seq > ?", (branch, keep))
            self._db.execute("DROP TRIGGER log_lasts")
            for table in ("log", "seals", "snapshots"):
                self._db.execute(f"DELETE FROM {table} WHERE hub_seq > ?", (keep,))  # noqa: S608 - our own names
            self._db.execute(LASTS)
            last = next(self.rows(keep - 1), None) if keep else None
            self.hub_seq, self.hash = keep, last.hash if last else GENESIS
            self.last_recv_ms = last.t_recv if last else 0
            self._keep_state(self._fold(snapshots=True)[0])
            self._db.execute("COMMIT")
        except sqlite3.Error as wrong:
            raise JournalError(explain(wrong, self._path)) from wrong

    def branch_rows(self) -> list[LogRow]:
        """Devices' rows of branches put aside that nobody has confirmed yet, in order."""
        query = "SELECT row FROM branch_rows JOIN branches USING (branch) WHERE NOT done ORDER BY branch, hub_seq"
        rows = [row_of(text.encode()) for (text,) in self._db.execute(query)]
        return [row for row in rows if row.dev != HUB]

    def branches_done(self) -> None:
        """All rows of the branches are in the log; they stay as evidence."""
        try:
            self._db.execute("UPDATE branches SET done = 1 WHERE NOT done")
        except sqlite3.Error as wrong:
            raise JournalError(explain(wrong, self._path)) from wrong

    def close(self) -> None:
        """Close the files."""
        self._db.close()


@cache
def rules_version() -> str:
    """Names the code that folds a log: kept state and snapshots of another one are not compared with it."""
    code = sha256()
    for file in sorted(files("onedoor.hall").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".py"):
            code.update(file.read_bytes())
    return code.hexdigest()[:16]


def read_standing(path: Path) -> Standing:
    """Where a box stands by its file; one that is missing or cannot be read says nothing."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Standing)
    except (OSError, msgspec.MsgspecError):
        return Standing()


def write_durably(path: Path, data: bytes) -> None:
    """Replace a small file so that a power cut leaves the old or the new one. JournalError if it cannot."""
    try:
        with open(path.with_suffix(".tmp"), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(path.with_suffix(".tmp"), path)
        _flush(path.parent)
    except OSError as wrong:
        raise JournalError(explain(wrong, path)) from wrong


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def row_from_columns(row: tuple[object, ...]) -> LogRow:
    """A row of the view `log_rows`."""
    values = list(row)
    values[4] = tuple(json.loads(str(values[4]))) if values[4] else None
    values[6] = msgspec.json.decode(str(values[6]))
    return LogRow(*values)  # type: ignore[arg-type]


def _columns(row: LogRow) -> tuple[object, ...]:
    values = list(msgspec.structs.astuple(row))
    values[4] = json.dumps(row.before) if row.before else None
    values[6] = msgspec.json.encode(row.body).decode()
    return tuple(values)
