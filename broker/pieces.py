"""A part of the log that is longer than a packet, cut into pieces and put together again.

Policy. Boxes may send packets of 64 kB, and a copied transaction may be longer: the end of a day ends hundreds of
waits. It must not be cut into parts that could be promoted alone, so it is cut below what it says, and put together
before anybody reads it. A piece that is lost loses the whole; it is sent again as every message of a copy is.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from onedoor.wire import limits
from onedoor.wire import messages as msg

PIECE_BYTES = 40 * 1024
BEGINS = b'{"v":1,"of":"'


def pieces(payload: bytes) -> list[bytes]:
    """The payload itself, if a packet holds it; else its pieces, in order."""
    if len(payload) <= limits.LARGE:
        return [payload]
    of, parts = sha256(payload).hexdigest()[:16], -(-len(payload) // PIECE_BYTES)
    return [
        msg.encode(msg.Piece(msg.VERSION, of, part, parts, payload[part * PIECE_BYTES : (part + 1) * PIECE_BYTES]))
        for part in range(parts)
    ]


@dataclass(slots=True)
class Together:
    """Puts pieces together: those of one message at a time, in order."""

    _of: tuple[str, int] = ("", 0)
    _data: list[bytes] = field(default_factory=list)

    def take(self, payload: bytes) -> bytes | None:
        """The whole message, if this was its last piece, or no piece at all. WireError if it is a piece of nothing."""
        if not payload.startswith(BEGINS):
            return payload
        piece = msg.decode(payload, msg.Piece)
        if piece.part == 0:
            self._of, self._data = (piece.of, piece.parts), []
        if (piece.of, piece.parts) != self._of or piece.part != len(self._data):
            return None
        self._data.append(piece.data)
        if len(self._data) < piece.parts:
            return None
        whole, self._data, self._of = b"".join(self._data), [], ("", 0)
        return whole if sha256(whole).hexdigest()[:16] == piece.of else None
