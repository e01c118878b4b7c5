"""The center log's rows, their one spelling, and the chain of hashes through them.

    hash(row) = SHA-256( prev_hash as bytes  ||  canonical bytes of the row without its hash )

Canonical bytes are JSON with sorted keys, no blanks, UTF-8. In an exported log every line is the
canonical spelling of the whole row, so that not one byte can change unseen. The first row's
prev_hash is GENESIS. Whoever keeps an earlier head (hub_seq, hash) can see any later change.
"""

from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from onedoor.hall.events import Event, kind_of
from onedoor.wire.errors import Malformed
from onedoor.wire.messages import body_of, event_from

GENESIS = "0" * 64


class LogRow(Struct, frozen=True):
    """One row of the center log. Times are milliseconds since 1970, UTC; `mono` is the device's
    monotonic clock; `err_ms` bounds the error of `t_event`; see onedoor.hall.dating for `quality`.
    """

    hub_seq: int
    dev: str
    run: str
    seq: int
    before: tuple[str, int] | None
    kind: str
    body: dict[str, Any]
    boot: str
    mono: int
    t_event: int
    t_recv: int
    quality: str
    err_ms: int
    epoch: int
    incarnation: int
    prev_hash: str
    hash: str = ""

    @property
    def event(self) -> Event:
        """The row's fact or decision; Malformed if the body is not one."""
        return event_from(self.kind, self.body)


def canonical(row: LogRow) -> bytes:
    """The one spelling of a row without its hash."""
    fields = {name: getattr(row, name) for name in LogRow.__struct_fields__ if name != "hash"}
    return msgspec.json.encode(fields, order="sorted")


def sealed(row: LogRow) -> LogRow:
    """The row with its hash."""
    digest = sha256(bytes.fromhex(row.prev_hash) + canonical(row)).hexdigest()
    return msgspec.structs.replace(row, hash=digest)


def line_of(row: LogRow) -> bytes:
    """A row as a line of an exported log, without the line's end."""
    return msgspec.json.encode(row, order="sorted")


def row_of(line: bytes) -> LogRow:
    """The row of an exported line; Malformed unless the line is its canonical spelling."""
    try:
        row = msgspec.json.decode(line, type=LogRow)
    except (msgspec.MsgspecError, UnicodeError) as wrong:
        raise Malformed(str(wrong)[:200]) from None
    if line_of(row) != line:
        raise Malformed("not in its canonical spelling")
    return row


def plain(event: Event) -> tuple[str, dict[str, Any]]:
    """Kind and body of an event, for a row."""
    return kind_of(event), body_of(event)
