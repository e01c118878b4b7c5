"""The center log on a real disk: SQLite, one flush a transaction.

Policy. Whoever writes is one process; a second one is told so. An error at a commit ends the
process: the next start reads the disk again. Rows leave the log in one case only: a branch that does
not fit the hub's log any more moves to tables of its own, in one transaction, where it stays as
evidence. Files are never replaced: somebody may be reading them.
"""

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from broker.branch_time import ABOUT_TIME, by_center_time, known_offsets
from broker.log_tree import SCHEMA as TREE
from broker.log_tree import LogTree
from broker.memory_store import max_standing
from broker.snapshot import intact, pictured, restored
from broker.sqlite_schema import INSERT, LASTS, SCHEMA
from broker.store import (
    NOWHERE,
    BranchPart,
    Place,
    Snapshot,
    Standing,
    chained,
    compare,
    fold,
    followed,
    spelled,
    stands_for,
)
from onedoor.device.journal import DAMAGED, REPAIR, JournalError, Open, add_column, empty_wal, open_database, refused
from onedoor.device.small_file import read_plain, replace_file
from onedoor.device.systemd import Alive
from onedoor.hall.fold_version import FOLD_VERSION
from onedoor.hall.ledger import Ledger, changes, image
from onedoor.wire.chain import GENESIS, line_of, row_of
from onedoor.wire.errors import WireError
from onedoor.wire.messages import Seal
from onedoor.wire.rows import LogRow

log = logging.getLogger("onedoor.store")

FILE = "center.db"
STANDING_FILE = "standing.json"
FOLD, OLD_FOLD = "fold", "rules"
"""In the kept state: the fold that made it. Earlier releases wrote the hash of its source under the other name."""
SNAPSHOT_ROWS = 5_000
"""No start has to fold many more rows than these."""
WINDOW = 2_000
"""So many rows are folded at a time: then the state's list of changes is emptied, and a word said to systemd."""
SAVE_EVERY_MS = 2_000
"""While a long log is folded its picture is kept so often: more is never lost when the start is killed."""
LOOKED_THROUGH = 64 * 1024 * 1024
"""Bytes: a longer file is not looked through at a start, only every night."""
OPENED = ("state", "fold_snapshots", "seals", "branches")
"""What a start reads whole: of a long file only these are looked through then, and the log from the snapshot on."""
BRANCH_LOOK = 20_000
"""Rows of a branch that are looked at in one go."""
OPCODES = 100_000
"""Steps of SQLite's machine between two words to systemd in one long statement."""


class SqliteStore:
    """The log and the fold of one center, on a real disk."""

    tidies = True

    def tidy(self) -> None:
        """Empty the write-ahead log."""
        empty_wal(self._db)

    def __init__(self, folder: Path, connect: Open = open_database, alive: Alive | None = None) -> None:
        """`connect`: how to open SQLite; tests put a slow or dying disk under it. `alive`: whom to tell when something
        takes long; without it nobody is told and no picture is kept on the way.
        """
        self._folder, self._path, self._connect = folder, folder / FILE, connect
        self._alive = alive or Alive(lambda: 0)
        self._pictured = 0
        """The row behind which the newest snapshot stands."""
        self._told_aside: dict[int, dict[int, int]] = {}
        """What was said about the time of each branch."""
        self._disbelieved: list[int] = []
        """Snapshots that are no good; the next one that is kept takes their place."""
        self._begin()

    def _begin(self) -> None:
        self._db: sqlite3.Connection = None  # type: ignore[assignment] # until it is open
        try:
            os.makedirs(os.path.realpath(self._folder), exist_ok=True)
            self._db = self._connect(self._path)
            self._db.executescript(SCHEMA + TREE)
            self._tree = LogTree(self._db)
            self._db.execute(LASTS)
            self._newer_columns()
            self._rewind()
        except (sqlite3.Error, OSError) as wrong:
            if self._db is not None:
                # At once: a connection that is closed late takes the write-ahead log of whatever has its name then.
                self._db.close()
            raise refused(wrong, self._path) from wrong

    def probe(self) -> None:
        """A real commit, as every row needs one: JournalError if the disk does not take it."""
        try:
            (number,) = self._db.execute("PRAGMA user_version").fetchone()
            self._db.execute(f"PRAGMA user_version = {1 - min(1, number)}")
        except sqlite3.Error as wrong:
            raise refused(wrong, self._path) from wrong

    def _newer_columns(self) -> None:
        """A log of an earlier release has no stretches and no salt; a view keeps the columns that it was made with."""
        add_column(self._db, "log", "stretch", "INTEGER NOT NULL DEFAULT 0")
        add_column(self._db, "log", "low_ms", "INTEGER")
        add_column(self._db, "log", "salt", "TEXT NOT NULL DEFAULT ''")
        if not any(column[1] == "salt" for column in self._db.execute("PRAGMA table_info(log_rows)")):
            self._db.executescript("DROP VIEW log_rows; CREATE VIEW log_rows AS SELECT * FROM log ORDER BY hub_seq")

    def open_ledger(self) -> Ledger:
        """Check the file, the chain and the fold; the ledger to go on with.

        Rows before the last snapshot are not read again here; `onedoor verify` reads them all. A log without a
        snapshot of this fold is folded from its first row on, however long that takes: see `_fold`.
        Raises JournalError when anything is not as it was written: such a hub must not lead.
        """
        try:
            self._look_through()
            kept = dict(self._db.execute("SELECT name, value FROM state"))
            kept.pop(OLD_FOLD, None)
            same_fold = kept.pop(FOLD, None) == str(FOLD_VERSION)
            ledger = self._fold()
            if same_fold:
                compare(ledger, kept, self._path)
            else:
                self._take_over(ledger)
        except sqlite3.Error as wrong:
            raise refused(wrong, self._path) from wrong
        except (ValueError, TypeError, KeyError, OverflowError, msgspec.MsgspecError, WireError) as wrong:
            raise JournalError(f"{self._path}: the file is damaged ({wrong}). {REPAIR}", DAMAGED) from wrong
        changes(ledger)
        self.mind_snapshot(ledger)
        self._alive.begin()
        self._tree.root(self.hub_seq, lambda row: self._alive.tell(f"the tree over the log: row {row:,}"))
        self._alive.done()
        return ledger

    def _look_through(self) -> None:
        """Whether SQLite finds its own pages in order."""
        [pages], [page] = (self._db.execute(f"PRAGMA {what}").fetchone() for what in ("page_count", "page_size"))
        size = pages * page
        for table in ("",) if size <= LOOKED_THROUGH else OPENED:
            asked = f"PRAGMA quick_check('{table}')" if table else "PRAGMA quick_check"
            found = self._db.execute(asked).fetchone()[0]
            if found != "ok":
                raise JournalError(f"{self._path}: the file is damaged ({found}). {REPAIR}", DAMAGED)

    def _fold(self) -> Ledger:
        """The ledger of the log, from the newest snapshot of this fold on. A long one is folded in windows: systemd
        hears how far it is, and its picture is kept on the way, so that whoever is killed goes on from there.
        """
        alive, (ledger, at) = self._alive, self._newest()
        alive.begin()
        first, begun = at, (saved := alive.now_ms())
        while at < self.hub_seq:
            fold(self.rows(at, WINDOW), self._path, ledger, at, self.hash_at(at) or "")
            at = min(at + WINDOW, self.hub_seq)
            ledger.hall.changed.clear()
            alive.tell(f"folding the log: row {at:,} of {self.hub_seq:,}")
            if alive.now_ms() - saved >= SAVE_EVERY_MS and at < self.hub_seq:
                self._save(ledger, at, self.hash_at(at) or "")
                saved = alive.now_ms()
        alive.done()
        took_ms = alive.now_ms() - begun
        if took_ms and at - first > SNAPSHOT_ROWS:
            log.warning("folded rows %d to %d in %.1f s", first + 1, at, took_ms / 1000)
        return ledger

    def _rewind(self) -> None:
        """The head is the last committed row."""
        last = self._db.execute("SELECT hub_seq, hash, t_recv FROM log ORDER BY hub_seq DESC LIMIT 1")
        head: tuple[int, str, int] = last.fetchone() or (0, GENESIS, 0)
        self.hub_seq, self.hash, self.last_recv_ms = head

    def refold(self) -> Ledger:
        """The ledger as it was after the last commit, and the head with it."""
        try:
            self._rewind()
            ledger = self._fold()
        except sqlite3.Error as wrong:
            raise refused(wrong, self._path) from wrong
        changes(ledger)
        return ledger

    def _take_over(self, ledger: Ledger) -> None:
        """Keep the state of another fold than the one before; pictures of that one stay for whoever goes back to it."""
        others = "SELECT max(hub_seq) FROM fold_snapshots WHERE fold <> :fold GROUP BY fold ORDER BY 1 DESC LIMIT 2"
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("DROP TABLE IF EXISTS snapshots")
        self._db.execute(
            f"DELETE FROM fold_snapshots WHERE fold <> :fold AND hub_seq NOT IN ({others})",  # noqa: S608 - our own words
            {"fold": FOLD_VERSION},
        )
        self._db.execute("DELETE FROM state")
        kept = [(name, spelled(value)) for name, value in image(ledger)]
        self._db.executemany("INSERT INTO state VALUES (?,?)", [*kept, (FOLD, str(FOLD_VERSION))])
        self._db.execute("COMMIT")

    def _newest(self) -> tuple[Ledger, int]:
        """The fold of the newest snapshot that is intact and stands behind a row of this log, and that row; or an empty
        one. Texts are read as bytes: what a disk has made of them need not be a text.
        """
        query = (
            "SELECT hub_seq, CAST(hash AS BLOB), CAST(image AS BLOB), CAST(digest AS BLOB) FROM fold_snapshots"
            " WHERE fold = ? ORDER BY hub_seq DESC"
        )
        self._pictured, self._disbelieved = 0, []
        for hub_seq, *texts in self._db.execute(query, (FOLD_VERSION,)):
            snapshot = Snapshot(hub_seq, *(text.decode("utf-8", "replace") for text in texts))
            if self.hash_at(hub_seq) == snapshot.hash and intact(snapshot):
                try:
                    ledger = restored(snapshot)
                except (ValueError, KeyError, AssertionError) as wrong:
                    log.warning("the snapshot behind row %d cannot be read: %s", hub_seq, wrong)
                else:
                    self._pictured = hub_seq
                    return ledger, hub_seq
            log.warning("the snapshot behind row %d is not believed", hub_seq)
            self._disbelieved.append(hub_seq)
        return Ledger(), 0

    def keep_snapshot(self, ledger: Ledger) -> None:
        """Remember the fold as it stands at the head, all of whose rows are committed."""
        self._save(ledger, self.hub_seq, self.hash)

    def mind_snapshot(self, ledger: Ledger) -> None:
        """The same, if the next start would have to fold many rows without it."""
        if self.hub_seq - self._pictured > SNAPSHOT_ROWS:
            self.keep_snapshot(ledger)

    def _save(self, ledger: Ledger, hub_seq: int, hash_: str) -> None:
        """Keep a picture of the fold; the newest three stay. A missing one is only slow, so a full disk is no reason to
        stop; any other error is one, as at a commit.
        """
        snapshot, self._pictured = pictured(ledger, hub_seq, hash_), hub_seq
        newest = "SELECT hub_seq FROM fold_snapshots WHERE fold = :fold ORDER BY hub_seq DESC LIMIT 3"
        older = f"DELETE FROM fold_snapshots WHERE fold = :fold AND hub_seq NOT IN ({newest})"  # noqa: S608 - our own
        try:
            self._db.execute("BEGIN IMMEDIATE")
            gone = [(FOLD_VERSION, hub_seq) for hub_seq in self._disbelieved]
            self._db.executemany("DELETE FROM fold_snapshots WHERE fold = ? AND hub_seq = ?", gone)
            values = (FOLD_VERSION, *msgspec.structs.astuple(snapshot))
            self._db.execute("INSERT OR REPLACE INTO fold_snapshots VALUES (?,?,?,?,?)", values)
            self._db.execute(older, {"fold": FOLD_VERSION})
            self._db.execute("COMMIT")
            self._disbelieved = []
        except sqlite3.Error as wrong:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if getattr(wrong, "sqlite_errorcode", None) != sqlite3.SQLITE_FULL:
                raise refused(wrong, self._path) from wrong
            log.warning("no room for a snapshot: the next start will take longer (%s)", wrong)

    def keep_seal(self, seal: Seal, ledger: Ledger) -> None:
        """Remember a signed head, and the fold as it stands there."""
        try:
            text = msgspec.json.encode(seal).decode()
            self._db.execute("INSERT INTO seals VALUES (?,?,?)", (seal.hub_seq, seal.day, text))
        except sqlite3.Error as wrong:
            raise refused(wrong, self._path) from wrong
        self.keep_snapshot(ledger)

    def last_seal(self) -> Seal | None:
        """The newest seal of this log."""
        found = self._db.execute("SELECT seal FROM seals ORDER BY hub_seq DESC, rowid DESC LIMIT 1").fetchone()
        return msgspec.json.decode(found[0], type=Seal) if found else None

    def seals(self) -> list[Seal]:
        """Every seal of this log, oldest first."""
        found = self._db.execute("SELECT seal FROM seals ORDER BY hub_seq")
        return [msgspec.json.decode(text, type=Seal) for (text,) in found]

    def root(self, size: int) -> bytes:
        """The root of the tree over the first rows."""
        try:
            return self._tree.root(size)
        except sqlite3.Error as wrong:
            raise refused(wrong, self._path) from wrong

    def kinds(self, first: int, last: int) -> dict[str, int]:
        """How many rows of each kind there are between two."""
        query = "SELECT kind, count(*) FROM log WHERE hub_seq BETWEEN ? AND ? GROUP BY kind ORDER BY kind"
        return dict(self._db.execute(query, (first, last)))

    def rows(self, after: int = 0, limit: int = -1) -> Iterator[LogRow]:
        """The log from a row on, in order."""
        query = "SELECT * FROM log WHERE hub_seq > ? ORDER BY hub_seq LIMIT ?"
        for row in self._db.execute(query, (after, limit)):
            yield row_from_columns(row)

    def rows_by_box(self, after_ms: int) -> dict[str, int]:
        """How many rows of each device were taken after this moment; it is looked for from the end."""
        last = "SELECT hub_seq FROM log WHERE t_recv <= ? ORDER BY hub_seq DESC LIMIT 1"
        many = f"SELECT dev, count(*) FROM log WHERE hub_seq > coalesce(({last}), 0) GROUP BY dev"  # noqa: S608 - our own
        return dict(self._db.execute(many, (after_ms,)))

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
            raise refused(wrong, self._path) from wrong

    def standing(self) -> Standing:
        """The highest of file and log. A file that cannot be read counts as none."""
        kept = read_standing(self._folder / STANDING_FILE)
        last = next(self.rows(self.hub_seq - 1, 1), None) if self.hub_seq else None
        return max_standing(kept, last) if last else kept

    def write_standing(self, standing: Standing) -> None:
        """Remember it outside the log: write, flush, rename, flush the folder."""
        write_durably(self._folder / STANDING_FILE, msgspec.json.encode(standing))

    def cut_branch(self, keep: int) -> None:
        """Move the log's rows behind the first `keep` to a branch, with the seals over them: one transaction, and row
        by row, because it may be the whole log. The kept state goes too: opening the ledger makes it anew.
        """
        try:
            with self._long("putting rows aside"):
                self._db.execute("BEGIN IMMEDIATE")
                new = "INSERT INTO branches (kept, head) VALUES (?,?) RETURNING branch"
                (branch,) = next(iter(self._db.execute(new, (keep, self.hash)).fetchall()))
                rows = ((branch, row.hub_seq, line_of(row).decode()) for row in self.rows(keep))
                self._db.executemany("INSERT INTO branch_rows VALUES (?,?,?)", rows)
                self._db.execute("INSERT INTO branch_seals SELECT ?, seal FROM seals WHERE hub_seq > ?", (branch, keep))
                self._db.execute("DROP TRIGGER log_lasts")
                for table in ("log", "seals", "fold_snapshots"):
                    self._db.execute(f"DELETE FROM {table} WHERE hub_seq > ?", (keep,))  # noqa: S608 - our own names
                self._db.execute(LASTS)
                self._tree.cut(keep)
                self._db.execute("DELETE FROM state")
                self._db.execute("COMMIT")
            last = next(self.rows(keep - 1, 1), None) if keep else None
            self.hub_seq, self.hash = keep, last.hash if last else GENESIS
            self.last_recv_ms, self._pictured = last.t_recv if last else 0, 0
        except sqlite3.Error as wrong:
            raise refused(wrong, self._path) from wrong

    @contextmanager
    def _long(self, what: str) -> Iterator[None]:
        """Statements that may take minutes: systemd hears that they go on."""

        def on() -> int:
            self._alive.tell(what)
            return 0

        self._alive.begin()
        self._db.set_progress_handler(on, OPCODES)
        try:
            yield
        finally:
            self._db.set_progress_handler(None, 0)
            self._alive.done()

    def branch_part(self, covers: Callable[[str, str, int], bool], most: int, after: Place = NOWHERE) -> BranchPart:
        """The next devices' rows of branches put aside that nobody has confirmed yet and `covers` does not know."""
        query = (
            "SELECT branch, hub_seq, row FROM branch_rows JOIN branches USING (branch)"
            " WHERE NOT done AND (branch, hub_seq) > (?, ?) ORDER BY branch, hub_seq LIMIT ?"
        )
        part, looked = BranchPart([], after, after, more=False), 0
        for branch, hub_seq, text in self._db.execute(query, (*after, BRANCH_LOOK)):
            looked += 1
            row = row_of(text.encode())
            said = stands_for(row)
            if said is not None and not covers(*said):
                part.rows.append(by_center_time(row, self._branch_offsets(branch)))
            part.place = (branch, hub_seq)
            if not part.rows:
                part.clear = part.place
            if len(part.rows) == most:
                break
        part.more = looked == BRANCH_LOOK or len(part.rows) == most
        return part

    def _branch_offsets(self, branch: int) -> dict[int, int]:
        """What the words in a branch say about its own stretches; read once."""
        if branch not in self._told_aside:
            wanted = ", ".join("?" * len(ABOUT_TIME))
            query = f"SELECT row FROM branch_rows WHERE branch = ? AND row ->> '$.kind' IN ({wanted}) ORDER BY hub_seq"  # noqa: S608
            rows = self._db.execute(query, (branch, *sorted(ABOUT_TIME)))
            self._told_aside[branch] = known_offsets(row_of(text.encode()).event for (text,) in rows)
        return self._told_aside[branch]

    def branches_done(self) -> None:
        """All rows of the branches are in the log; they stay as evidence."""
        try:
            self._db.execute("UPDATE branches SET done = 1 WHERE NOT done")
        except sqlite3.Error as wrong:
            raise refused(wrong, self._path) from wrong

    def close(self) -> None:
        """Close the files."""
        self._db.close()


def read_standing(path: Path) -> Standing:
    """Where a box stands by its file; one that is missing or cannot be read says nothing."""
    try:
        return standing_in(read_plain(path))
    except (OSError, msgspec.MsgspecError, ValueError):
        return Standing()


def standing_in(data: bytes) -> Standing:
    """What such a file says. ValueError or MsgspecError if it says nothing that anybody can follow."""
    try:
        return msgspec.json.decode(data, type=Standing)
    except RecursionError:
        raise ValueError("brackets without end") from None


def write_durably(path: Path, data: bytes) -> None:
    """Replace a small file so that a power cut leaves the old or the new one. JournalError if it cannot."""
    try:
        replace_file(path, data)
        _flush(path.parent)
    except OSError as wrong:
        raise refused(wrong, path) from wrong


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
