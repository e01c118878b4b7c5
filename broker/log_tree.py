"""The tree over a log in SQLite, and what is kept of it.

Policy. Nothing is computed while rows are taken: a row costs what it cost before. A seal needs the root; then the
perfect subtrees of 256 rows that have filled up since are computed from the column `hash` and kept, because they never
change, and everything else follows from them and from the last few hundred rows. So a crash can leave nothing wrong,
and a log of an earlier release gets its tree once, at a start. Where rows are put aside, what reaches beyond goes.
"""

import logging
from collections.abc import Callable
from typing import Any, Protocol

from onedoor.wire.tree import STEP, Tree

log = logging.getLogger("onedoor.store")

SCHEMA = """
CREATE TABLE IF NOT EXISTS tree (
    level INTEGER NOT NULL, n INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, n)
) STRICT;
"""
BLOCKS = 64
"""So many subtrees are computed in one transaction."""


class Database(Protocol):
    """An open SQLite database."""

    @property
    def in_transaction(self) -> bool:
        """Whether something is not committed."""
        ...

    def execute(self, sql: str, values: tuple[Any, ...] = ..., /) -> Any:
        """Run one statement."""
        ...


class LogTree:
    """The tree of one log."""

    def __init__(self, db: Database) -> None:
        """`db` has the tables `log` and `tree`."""
        self._db = db

    def root(self, size: int, tell: Callable[[int], None] = lambda _: None) -> bytes:
        """The root over the first so many rows; nothing if their hashes cannot be read: no seal is worth a hub."""
        try:
            self.grow(size, tell)
            return self.tree().root(size)
        except (ValueError, TypeError):
            log.exception("the tree over the log cannot be computed")
            return b""

    def tree(self) -> Tree:
        """The tree as it can be read now."""
        return Tree(self._leaves, self._kept)

    def grow(self, size: int, tell: Callable[[int], None] = lambda _: None) -> None:
        """Keep the subtrees that are full in a log of this size. `tell`: hears how far it is. Without room on the disk
        nothing is kept, which is only slow; any other error is one, as at a commit.
        """
        try:
            self._grow(size, tell)
        except Exception as wrong:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if getattr(wrong, "sqlite_errorname", "") != "SQLITE_FULL":
                raise
            log.warning("no room for the tree over the log (%s)", wrong)

    def _grow(self, size: int, tell: Callable[[int], None]) -> None:
        level = STEP
        while size >> level:
            full = size >> level
            first = self._db.execute("SELECT coalesce(max(n) + 1, 0) FROM tree WHERE level = ?", (level,)).fetchone()[0]
            for n in range(first, full, BLOCKS):
                tree = self.tree()
                found = [(level, one, tree.node(level, one)) for one in range(n, min(n + BLOCKS, full))]
                self._db.execute("BEGIN IMMEDIATE")
                for values in found:
                    self._db.execute("INSERT OR REPLACE INTO tree VALUES (?,?,?)", values)
                self._db.execute("COMMIT")
                tell((n + len(found)) << level)
            level += STEP

    def cut(self, keep: int) -> None:
        """Forget what reaches beyond row `keep`; inside the transaction in which the rows go."""
        self._db.execute("DELETE FROM tree WHERE ((n + 1) << level) > ?", (keep,))

    def _leaves(self, first: int, count: int) -> list[bytes]:
        query = "SELECT hash FROM log WHERE hub_seq > ? AND hub_seq <= ? ORDER BY hub_seq"
        return [bytes.fromhex(hash_) for (hash_,) in self._db.execute(query, (first, first + count))]

    def _kept(self, level: int, n: int) -> bytes | None:
        found = self._db.execute("SELECT hash FROM tree WHERE level = ? AND n = ?", (level, n)).fetchone()
        return bytes(found[0]) if found else None
