"""What the tree costs: sizes and times of proofs at a million rows, and what a seal costs a hub that has them.

    python benchmarks/proofs.py [ROWS]

Nothing is computed while rows are taken, so a row costs what it cost; a seal computes what has filled up since.
"""

import hashlib
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from broker.log_tree import SCHEMA, LogTree
from onedoor.wire.tree import Edge, consistent, included
from reports import evaluator_verify as stranger

DAY = 3_000
"""Rows of a busy day."""


def made(folder: Path, rows: int) -> sqlite3.Connection:
    """A log of which only the hashes are there."""
    db = sqlite3.connect(folder / "center.db", isolation_level=None)
    db.executescript(f"CREATE TABLE log (hub_seq INTEGER PRIMARY KEY, hash TEXT NOT NULL) STRICT; {SCHEMA}")
    db.execute("BEGIN")
    db.executemany(
        "INSERT INTO log VALUES (?,?)", ((n, hashlib.sha256(b"%d" % n).hexdigest()) for n in range(1, rows + 1))
    )
    db.execute("COMMIT")
    return db


def timed(what: str, do: Callable[[], Any], times: int = 1) -> Any:
    """Run it so often; print how long once took."""
    begun = time.perf_counter()
    for _ in range(times):
        found = do()
    print(f"| {what} | {(time.perf_counter() - begun) / times * 1000:,.3f} ms |")
    return found


def main() -> int:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as there:
        db = made(Path(there), rows + DAY)
        tree = LogTree(db)
        print(f"| {rows:,} rows | |\n|---|---|")
        timed("the whole tree, once, of a log of an earlier release", lambda: tree.root(rows))
        root = timed("a seal after a day of 3,000 rows", lambda: tree.root(rows + DAY))
        timed("a root again, as at a start", lambda: tree.root(rows + DAY), 20)
        size = rows + DAY
        read = "SELECT hash FROM log WHERE hub_seq = ?"

        def data(i: int) -> bytes:
            return bytes.fromhex(db.execute(read, (i + 1,)).fetchone()[0])

        picked = [i * 7919 % size for i in range(200)]
        proofs = [tree.tree().inclusion(i, size) for i in picked]
        timed("make a proof of inclusion", lambda: tree.tree().inclusion(picked[3], size), 50)
        assert all(included(i, size, data(i), p) == root for i, p in zip(picked, proofs, strict=True))
        timed("check one", lambda: included(picked[3], size, data(picked[3]), proofs[3]), 200)
        timed("check one in verify.py", lambda: stranger.climbed(picked[3], size, data(picked[3]), proofs[3]), 200)
        later = [(old, tree.tree().consistency(old, size)) for old in picked if old]
        timed("make a proof of consistency", lambda: tree.tree().consistency(later[3][0], size), 50)
        assert all(consistent(old, size, tree.tree().root(old), root, p) for old, p in later[:20])
        print(f"| inclusion, at most | {max(map(len, proofs)) * 32} bytes |")
        print(f"| consistency, at most | {max(len(p) for _, p in later) * 32} bytes |")
        [kept] = db.execute("SELECT sum(length(hash)) FROM tree").fetchone()
        print(f"| kept beside the log | {kept:,} bytes |")
        edge = Edge()
        leaves = [hashlib.sha256(b"%d" % n).digest() for n in range(100_000)]
        begun = time.perf_counter()
        for one in leaves:
            edge.push(one)
        print(f"| a leaf on the right edge (a verifier's) | {(time.perf_counter() - begun) / 0.1:.2f} µs |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
