"""The center log's rows, their one spelling, and the chain of hashes through them.

    hash(row) = SHA-256( prev_hash as bytes  ||  canonical bytes of the row without its hash )

Canonical bytes are JSON with sorted keys, no blanks, UTF-8. In an exported log every line is the
canonical spelling of the whole row, so that not one byte can change unseen. The first row's
prev_hash is GENESIS. Whoever keeps an earlier head (hub_seq, hash) can see any later change.
"""

from hashlib import sha256

import msgspec

from onedoor.wire.errors import Malformed
from onedoor.wire.rows import LogRow

GENESIS = "0" * 64


def canonical(row: LogRow) -> bytes:
    """The one spelling of a row without its hash."""
    return line_of(msgspec.structs.replace(row, hash="") if row.hash else row)


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
