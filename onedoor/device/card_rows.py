"""How a row, and a kept value, stand on a card: their columns and checksum (pure)."""

import json
from collections.abc import Sequence
from typing import Any
from zlib import crc32

from onedoor.hall.kinds import kind_of
from onedoor.hall.ledger import Fact
from onedoor.wire.rows import body_of, event_of

COLUMNS = "run, seq, before_run, before_seq, kind, body, boot_id, mono_ms, hub_est_ms, stretch, crc"
"""What a row is. Its number on this card stands before it, its checksum (none: of an earlier release) at its end."""
INSERT = "INSERT INTO rows VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
KEEP = "INSERT OR REPLACE INTO keep VALUES (?,?,?)"
Value = str | int | None


def checksum(values: Sequence[Value]) -> int:
    """CRC-32 of what stands in a row, or of a kept value with its name."""
    return crc32(json.dumps(list(values)).encode())


def as_it_was(values: Sequence[Value], crc: int | None) -> None:
    """ValueError if these are not the values that were written with this checksum."""
    if crc is not None and crc != checksum(values):
        raise ValueError(f"its checksum does not fit: {str(values[:2])[:80]}")


def stored(fact: Fact) -> tuple[Value, ...]:
    """The values of `COLUMNS`."""
    values = (
        fact.run, fact.seq, *(fact.before or (None, None)), kind_of(fact.event),
        json.dumps(body_of(fact.event), ensure_ascii=False), fact.boot_id, fact.mono_ms, fact.hub_est_ms, fact.stretch,
    )  # fmt: skip
    return (*values, checksum(values))


def fact_of(dev: str, row: Sequence[Any]) -> Fact:
    """The fact in the values of `COLUMNS`; ValueError, TypeError, OverflowError or WireError if they are not as they
    were written.
    """
    as_it_was(row[:-1], row[-1])
    run, seq, before_run, before_seq, kind, body, boot_id, mono_ms, hub_est_ms, stretch = row[:-1]
    before = (before_run, before_seq) if before_run else None
    event = event_of(kind, json.loads(body))
    return Fact(dev, run, seq, before, event, boot_id, mono_ms, hub_est_ms, stretch)
