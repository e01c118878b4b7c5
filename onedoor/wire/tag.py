"""The tag of a ticket: whoever does not have the center's key cannot make one up (pure).

QR = center.day.label.tag; the tag is HMAC-SHA-256 over what stands before it, cut to 40 bits, in eight letters and
digits of base 32. A ticket only points; the hub decides. The key is on the hub and the kiosks alone.
"""

import base64
import hashlib
import hmac

LETTERS = 8


def tag(key: bytes, center: str, day: str, label: str) -> str:
    """The tag of a ticket, or nothing without a key. `day` is `YYYYMMDD`."""
    if not key:
        return ""
    said = f"{center}.{day}.{label}".encode()
    return base64.b32encode(hmac.digest(key, said, hashlib.sha256)[:5]).decode()


def signed(key: bytes, center: str, day: str, label: str) -> str:
    """What the QR code of a ticket says."""
    mark = tag(key, center, day, label)
    return f"{center}.{day}.{label}.{mark}" if mark else f"{center}.{day}.{label}"


def genuine(key: bytes, text: str) -> bool:
    """Whether a scanned code was made with this key."""
    parts = text.split(".")
    if len(parts) != 4 or not key or len(text) > 120:
        return False
    return hmac.compare_digest(tag(key, *parts[:3]).encode(), parts[3].encode())
