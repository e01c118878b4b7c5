"""The staff's PIN: kept as a slow hash, compared in constant time.

Policy: a PIN is never in a log, a message or a configuration; what is kept is salted scrypt, spelled
`scrypt$SALT$HASH` in hexadecimal. Six digits fall to anybody who has the card and an hour; they keep out who only has
the screen, which is what they are for (three tries in five minutes).
"""

import hashlib
import hmac
import re

SPELLED = re.compile(r"scrypt\$([0-9a-f]{32})\$([0-9a-f]{64})\Z")


def hashed(pin: str, salt: bytes) -> str:
    """The spelling of a PIN of six digits under a random salt of sixteen bytes."""
    if not re.fullmatch(r"[0-9]{6}", pin):
        raise ValueError("A PIN has six digits.")
    return f"scrypt${salt.hex()}${_digest(pin, salt).hex()}"


def fits(kept: str, pin: str) -> bool:
    """Whether this PIN is the one that is kept."""
    spelled = SPELLED.match(kept)
    if spelled is None:
        return False
    return hmac.compare_digest(_digest(pin, bytes.fromhex(spelled[1])), bytes.fromhex(spelled[2]))


def _digest(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
