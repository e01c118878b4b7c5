"""The QR code of a ticket and its tag: whoever does not have the center's key cannot make one up (pure).

QR = center.when.label.tag; the tag is HMAC-SHA-256 over what stands before it, cut to 40 bits, in eight letters and
digits of base 32. `when` is the day of the issue, `YYYYMMDD`; where nobody knew the day, it is the ticket's own name,
`dev_run_seq`. A ticket only points; the hub decides. The key is on the hub and the kiosks alone.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from onedoor.hall.ids import RowId

LETTERS = 8
LONGEST = 160
_DAY = re.compile(r"[0-9]{8}\Z")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}_[0-9a-f]{16}_[1-9][0-9]{0,15}\Z")


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a ticket's code says: its `day` (YYYY-MM-DD), or, where nobody knew that, the `ticket` itself."""

    center: str
    label: str
    day: str = ""
    ticket: RowId | None = None
    mark: str = ""


def when(day: str, ticket: str) -> str:
    """The middle of a code: the day (YYYY-MM-DD), or the ticket's name where the day is not known ("")."""
    return day.replace("-", "") if day else ticket.replace(".", "_")


def read(text: str) -> Scanned | None:
    """A scanned code, taken apart; None if it is no ticket of ours. It is not proved by that: see `genuine`."""
    parts = text.split(".")
    if len(text) > LONGEST or len(parts) not in (3, 4) or not all(parts):
        return None
    center, middle, label, *mark = parts
    if _DAY.match(middle):
        return Scanned(center, label, day=f"{middle[:4]}-{middle[4:6]}-{middle[6:]}", mark="".join(mark))
    if _NAME.match(middle):
        return Scanned(center, label, ticket=RowId(middle.replace("_", ".")), mark="".join(mark))
    return None


def tag(key: bytes, center: str, middle: str, label: str) -> str:
    """The tag of a ticket, or nothing without a key. `middle`: as `when` says it."""
    if not key:
        return ""
    said = f"{center}.{middle}.{label}".encode()
    return base64.b32encode(hmac.digest(key, said, hashlib.sha256)[:5]).decode()


def signed(key: bytes, center: str, middle: str, label: str) -> str:
    """What the QR code of a ticket says."""
    mark = tag(key, center, middle, label)
    return f"{center}.{middle}.{label}.{mark}" if mark else f"{center}.{middle}.{label}"


def genuine(key: bytes, text: str) -> bool:
    """Whether a scanned code was made with this key."""
    parts = text.split(".")
    if len(parts) != 4 or not key or len(text) > LONGEST:
        return False
    return hmac.compare_digest(tag(key, *parts[:3]).encode(), parts[3].encode())
