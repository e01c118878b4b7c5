"""The QR code of a ticket: which it is, what it witnesses of the log, and a tag that only the center makes (pure).

    CENTER.WHEN.LABEL.N.HEAD.OWN.TAG          in capitals, so that a code packs two letters in eleven bits

`WHEN` is the day of the issue, `YYYYMMDD`; where nobody knew the day, it is the ticket's own name, `DEV/RUN/SEQ`. `N`
and `HEAD` are the newest row of the center's log that the kiosk was given, and the first 80 bits of its hash: the log
up to there is what it was when this paper was printed (0 and 0: the kiosk had heard of none). `OWN` is 60 bits over the
kiosk's own row of this ticket, as it lies in its journal and later in the log. `TAG` is HMAC-SHA-256 over all before
it, cut to 40 bits; it comes last, so that no part can be put into another paper. Who holds the paper can be given a row
and its way up the tree, and sees whether this day was written anew.

Earlier papers say center.when.label.tag in small letters; they stay good. A ticket only points; the hub decides. The
key is on the hub and the kiosks alone.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onedoor.hall.ids import RowId
from onedoor.hall.kinds import kind_of
from onedoor.hall.ledger import Fact
from onedoor.wire.rows import LogRow, body_of

LETTERS = 8
LONGEST = 160
HEAD_LETTERS, OWN_LETTERS = 16, 12
TYPED_LETTERS = 8
"""So many letters of a head stand on the paper for whoever types: a hint, no proof."""
OWN_WORD = b"onedoor-fact-1\n"
_DAY = re.compile(r"[0-9]{8}\Z")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}_[0-9a-f]{16}_[1-9][0-9]{0,15}\Z")
_COUNT = re.compile(r"(0|[1-9][0-9]{0,15})\Z")
_B32 = re.compile(r"[A-Z2-7]*\Z")

Head = tuple[int, str]
"""A row of the center's log: its number and its hash (hex)."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a ticket's code says: its `day` (YYYY-MM-DD), or, where nobody knew that, the `ticket` itself. `row`,
    `head`, `own`: what it witnesses of the log, if it does.
    """

    center: str
    label: str
    day: str = ""
    ticket: RowId | None = None
    mark: str = ""
    row: int = 0
    head: str = ""
    own: str = ""


def when(day: str, ticket: str) -> str:
    """The middle of a code: the day (YYYY-MM-DD), or the ticket's name where the day is not known ("")."""
    return day.replace("-", "") if day else ticket.replace(".", "_")


def own_of(row: Fact | LogRow) -> str:
    """The bits of a kiosk's own row that stand on its paper: the same in its journal and in the log."""
    if isinstance(row, LogRow):
        kind, body, boot, mono = row.kind, row.body, row.boot, row.mono
    else:
        kind, body, boot, mono = kind_of(row.event), body_of(row.event), row.boot_id, row.mono_ms
    return own_letters(
        {"before": row.before, "body": body, "boot": boot, "dev": row.dev, "kind": kind, "mono": mono, "run": row.run,
         "seq": row.seq}
    )  # fmt: skip


def own_letters(fact: Mapping[str, Any]) -> str:
    """The same of its plain fields."""
    spelled = json.dumps(fact, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return _b32(hashlib.sha256(OWN_WORD + spelled).digest())[:OWN_LETTERS]


def head_letters(hash_: str) -> str:
    """The first 80 bits of a row's hash."""
    return _b32(bytes.fromhex(hash_))[:HEAD_LETTERS]


def read(text: str) -> Scanned | None:
    """A scanned code, taken apart; None if it is no ticket of ours. It is not proved by that: see `genuine`."""
    parts = text.split(".")
    if len(text) > LONGEST or len(parts) not in (3, 4, 6, 7) or not all(parts):
        return None
    if len(parts) < 6:
        center, middle, label, *mark = parts
        row, head, own = "0", "", ""
    else:
        center, middle, label, row, head, own, *mark = parts
        center, middle = center.lower(), middle.lower().replace("/", "_")
        head = "" if row == "0" else head
        sizes = len(head) in (0, HEAD_LETTERS), len(own) == OWN_LETTERS, bool(_COUNT.match(row))
        if not all(sizes) or not _B32.match(head + own) or bool(head) == (row == "0"):
            return None
    mark_ = "".join(mark)
    if _DAY.match(middle):
        day = f"{middle[:4]}-{middle[4:6]}-{middle[6:]}"
        return Scanned(center, label, day, None, mark_, int(row), head, own)
    if _NAME.match(middle):
        return Scanned(center, label, "", RowId(middle.replace("_", ".")), mark_, int(row), head, own)
    return None


def tag(key: bytes, said: str) -> str:
    """The tag over what stands before it, or nothing without a key."""
    return _b32(hmac.digest(key, said.encode(), hashlib.sha256))[:LETTERS] if key else ""


def signed(key: bytes, center: str, middle: str, label: str, head: Head | None = None, own: str = "") -> str:
    """What the QR code of a ticket says. Without the bits of its own row: as earlier papers did."""
    said = f"{center}.{middle}.{label}"
    if own:
        row, letters = (head[0], head_letters(head[1])) if head is not None and head[0] else (0, "0")
        said = f"{center}.{middle.replace('_', '/')}.{label}.{row}.{letters}.{own}".upper()
    mark = tag(key, said)
    return f"{said}.{mark}" if mark else said


def genuine(key: bytes, text: str) -> bool:
    """Whether a scanned code was made with this key."""
    said, _, mark = text.rpartition(".")
    if said.count(".") not in (2, 5) or not key or len(text) > LONGEST:
        return False
    return hmac.compare_digest(tag(key, said).encode(), mark.encode())


def _b32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")
