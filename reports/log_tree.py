"""The tree over a log as a reader finds it: in a hub's database, or in an exported file. Read only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from onedoor.wire.rows import LogRow
from onedoor.wire.tree import Tree
from reports.files import NotALog, log_file
from reports.source import row_at, rows_of
from reports.spine import Spine


@dataclass(frozen=True, slots=True)
class Grown:
    """A tree, how many leaves it has, and the rows that were asked for."""

    tree: Tree
    size: int
    rows: dict[int, LogRow]


@contextmanager
def tree_of(path: Path, wanted: set[int]) -> Iterator[Grown]:
    """The tree of a log, which can prove these rows, and trees that end with them. NotALog if it is none."""
    file = log_file(path)
    if file.suffix != ".db":
        yield _of_file(path, wanted)
        return
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        try:
            yield _of_database(db, path, wanted)
        except sqlite3.Error as wrong:
            raise NotALog(f"{file}: {wrong}") from None


def _of_file(path: Path, wanted: set[int]) -> Grown:
    spine, rows = Spine(), dict[int, LogRow]()
    spine.hold(*(number - 1 for number in wanted))
    for row in rows_of(path):
        spine.push(bytes.fromhex(row.hash))
        if row.hub_seq in wanted:
            rows[row.hub_seq] = row
    return Grown(spine.tree(), spine.size, rows)


def _of_database(db: sqlite3.Connection, path: Path, wanted: set[int]) -> Grown:
    has_tree = bool(db.execute("SELECT 1 FROM sqlite_master WHERE name = 'tree'").fetchone())

    def leaves(first: int, count: int) -> list[bytes]:
        query = "SELECT hash FROM log WHERE hub_seq > ? AND hub_seq <= ? ORDER BY hub_seq"
        return [bytes.fromhex(hash_) for (hash_,) in db.execute(query, (first, first + count))]

    def kept(level: int, n: int) -> bytes | None:
        query = "SELECT hash FROM tree WHERE level = ? AND n = ?"
        found = db.execute(query, (level, n)).fetchone() if has_tree else None
        return bytes(found[0]) if found else None

    [size] = db.execute("SELECT coalesce(max(hub_seq), 0) FROM log").fetchone()
    found = {number: row_at(path, number) for number in sorted(wanted)}
    return Grown(Tree(leaves, kept), size, {number: row for number, row in found.items() if row is not None})
