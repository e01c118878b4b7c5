"""Does a log still hold every head that somebody has seen of it?

The chain alone cannot show that its end was cut off, or that it was computed again from a changed row
on. A head that is held elsewhere can: on a closing slip, in a file of seals, on a box's own card. Each
names a row and its hash. A seal is believed only if it is signed with the center's key.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onedoor.device.sealing import fingerprint, from_qr, genuine
from onedoor.wire.errors import WireError
from onedoor.wire.messages import Seal, decode
from reports.verify import Misfit

SEALS = "seals.jsonl"


@dataclass(frozen=True, slots=True)
class Head:
    """A row that somebody saw as the log's last, and where it is held."""

    hub_seq: int
    hash: str
    held: str


def missing(heads: Iterable[Head], hashes: Mapping[int, str], rows: int) -> Misfit | None:
    """The first head that the log does not hold any more. `hashes`: of the rows that the heads name."""
    for head in sorted(heads, key=lambda h: h.hub_seq):
        if head.hub_seq > rows:
            return Misfit(rows + 1, f"is missing: {head.held} knows the log up to row {head.hub_seq}")
        if hashes[head.hub_seq] != head.hash:
            return Misfit(head.hub_seq, f"is not the one of {head.held}: the log was computed again up to here")
    return None


def sealed_heads(seals: Sequence[Seal], keys: Sequence[str]) -> tuple[list[Head], list[str]]:
    """Heads of genuine seals, and what is wrong with the others. No `keys`: any key is taken, and named."""
    heads, wrong = [], []
    for seal in seals:
        if not genuine(seal):
            wrong.append(f"the seal of {seal.day} is forged: its signature does not fit")
        elif keys and seal.key not in keys:
            wrong.append(f"the seal of {seal.day} is signed with a strange key, {fingerprint(seal.key)}")
        else:
            heads.append(Head(seal.hub_seq, seal.hash, f"the seal of {seal.day}"))
    return heads, wrong


def seals_beside(path: Path) -> list[Seal]:
    """Seals that lie with a log: in its database, or in seals.jsonl beside the exported file."""
    if path.suffix == ".db":
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'seals'").fetchone():
                return []
            return [decode(text.encode(), Seal) for (text,) in db.execute("SELECT seal FROM seals ORDER BY hub_seq")]
    beside = path.parent / SEALS
    return seals_in(beside) if beside.exists() else []


def seals_in(path: Path) -> list[Seal]:
    """Seals of a file: a line each, as JSON or as the text of a slip's QR code. WireError names a bad line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(decode(line.encode(), Seal) if line.startswith("{") else from_qr(line))
        except WireError as wrong:
            raise WireError(f"{path}: line {number}: {wrong}") from None
    return found


def head_on_card(path: Path) -> list[Head]:
    """The heads that a box saw, out of its journal.db; out of a spare's center.db: its copy of the log, by every
    hundredth row and the last.
    """
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "log" in tables:
            query = "SELECT hub_seq, hash FROM log WHERE hub_seq % 100 = 0 OR hub_seq = (SELECT max(hub_seq) FROM log)"
            return [Head(hub_seq, hash_, f"the copy {path}") for hub_seq, hash_ in db.execute(query)]
        found = db.execute("SELECT value FROM keep WHERE name = 'head'").fetchone()
        last = [found[0].split(" ")] if found else []
        every = [*db.execute("SELECT hub_seq, hash FROM heads")] if "heads" in tables else []
    return [Head(int(hub_seq), hash_, f"the card {path}") for hub_seq, hash_ in (*every, *last)]


def write_seals(seals: Iterable[Seal], path: Path) -> None:
    """Seals as a file beside an exported log."""
    lines = [json.dumps(plain_seal(seal)) for seal in seals]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def plain_seal(seal: Seal) -> dict[str, Any]:
    """A seal as a JSON object."""
    return {name: getattr(seal, name) for name in Seal.__struct_fields__}
