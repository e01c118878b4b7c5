"""Signed notes and checkpoints, as strangers' programs read them (pure).

Policy. The forms are those of C2SP (signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof), Ed25519 alone. A
checkpoint has three lines and no more: which log, how many leaves, their root. What else a center claims are rows of
its log. A signature stands over the text as it was received, never over one that was printed again. A known key whose
signature is wrong makes the whole note worthless; a line of an unknown key says nothing.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from onedoor.wire.errors import Malformed

LOG, WITNESS = 0x01, 0x04
"""Kinds of keys: a log's own, and one under cosignature/v1."""
HASH, SIGNATURE = 32, 64
LINES_MOST = 32
"""Signature lines that are looked at; a note with more is refused."""
LONGEST = 16_384
PROOF_MOST = 63
DASH = "\u2014 "
FIRST_OF_PROOF = "c2sp.org/tlog-proof@v1"

Check = Callable[[bytes, bytes, bytes], bool]
"""Whether (public key, message, signature) fit together."""

_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\Z")
_NAME = re.compile(r"[^\s+]{1,255}\Z")


@dataclass(frozen=True, slots=True)
class Key:
    """A public key and its name. The number of four bytes names it and secures nothing."""

    name: str
    kind: int
    public: bytes

    @property
    def number(self) -> bytes:
        """The key's number in a signature's line."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """The key as walls and registers carry it."""
        return f"{self.name}+{self.number.hex()}+{_b64(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, slots=True)
class Line:
    """One signature of a note."""

    name: str
    number: bytes
    signature: bytes

    def __str__(self) -> str:
        """The line, without its end."""
        return f"{DASH}{self.name} {_b64(self.number + self.signature)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends with a newline, and the signatures under it."""

    text: str
    lines: tuple[Line, ...] = ()

    def __str__(self) -> str:
        """The note as it travels."""
        return f"{self.text}\n" + "".join(f"{line}\n" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many leaves a log had, and the root of its tree."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines."""
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class Signed:
    """A known key that signed; a witness says when (seconds since 1970)."""

    key: Key
    at_s: int | None = None


@dataclass(frozen=True, slots=True)
class Proved:
    """A proof that travels: leaf `index` is in the tree of the note's checkpoint."""

    index: int
    hashes: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        """The proof as a file."""
        lines = [FIRST_OF_PROOF, f"index {self.index}", *map(_b64, self.hashes)]
        return "\n".join(lines) + f"\n\n{self.note}"


def origin_of(host: str, center: str, epoch: int) -> str:
    """What the log of one epoch of a center is called; need not be reachable."""
    return f"{host}/center/{center}/{epoch}"


def key_of(text: str) -> Key:
    """A key as registers carry it; Malformed if it is none, or its number is not its own."""
    name, number, rest = [*text.strip().split("+", 2), "", ""][:3]
    data = unb64(rest)
    if not _NAME.match(name) or len(data) != 1 + HASH or data[0] not in (LOG, WITNESS):
        raise Malformed("not a key of a log or a witness")
    key = Key(name, data[0], data[1:])
    if key.number.hex() != number:
        raise Malformed(f"the key of {name} has another number than it says")
    return key


def note_of(text: str) -> Note:
    """A note as it was received; Malformed if it is none."""
    if len(text) > LONGEST or any(ord(c) < 32 and c != "\n" for c in text):
        raise Malformed("not a signed note: too long, or with control characters")
    body, blank, below = text.rpartition("\n\n")
    if not blank or not below.endswith("\n"):
        raise Malformed("not a signed note: no signature under it")
    lines = below[:-1].split("\n")
    if len(lines) > LINES_MOST:
        raise Malformed("a note with too many signatures")
    return Note(f"{body}\n", tuple(map(line_of, lines)))


def notes_in(text: str) -> list[Note]:
    """Notes, one behind the other; Malformed if one is none."""
    found, lines = list[Note](), list[str]()
    for line in text.splitlines():
        if lines and lines[-1].startswith(DASH) and not line.startswith(DASH):
            found.append(note_of("".join(f"{one}\n" for one in lines)))
            lines = []
        if line or lines:
            lines.append(line)
    if any(lines):
        found.append(note_of("".join(f"{one}\n" for one in lines)))
    return found


def newest_witness(notes: Iterable[Note]) -> tuple[str, int, int] | None:
    """Which witness has signed the greatest head: its name, when, and the head's row. Nobody has checked its line."""
    found = [
        (checkpoint_of(note.text).size, int.from_bytes(line.signature[:8], "big"), line.name)
        for note in notes
        for line in note.lines
        if len(line.signature) == SIGNATURE + 8
    ]
    size, at_s, name = max(found, default=(0, 0, ""))
    return (name, at_s, size) if name else None


def line_of(text: str) -> Line:
    """One line of a signature; Malformed if it is none."""
    name, _, rest = text.removeprefix(DASH).partition(" ")
    data = unb64(rest)
    if not text.startswith(DASH) or not _NAME.match(name) or len(data) < 5:
        raise Malformed("not the line of a signature")
    return Line(name, data[:4], data[4:])


def checkpoint_of(text: str) -> Checkpoint:
    """The checkpoint that a note's text is; Malformed if it is none, or has more than three lines."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not _NAME.match(lines[0]) or not _SIZE.match(lines[1]):
        raise Malformed("not a checkpoint of three lines")
    root = unb64(lines[2])
    if len(root) != HASH:
        raise Malformed("not a checkpoint: its root is no hash")
    return Checkpoint(lines[0], int(lines[1]), root)


def signed_words(key: Key, text: str, at_s: int = 0) -> bytes:
    """What a signature of this key stands under; a witness's says when."""
    return (f"cosignature/v1\ntime {at_s}\n{text}" if key.kind == WITNESS else text).encode()


def signers(note: Note, keys: Iterable[Key], check: Check) -> list[Signed]:
    """Which of these keys signed the note. Malformed if one of them did and its signature is wrong: then nothing of the
    note is believed. None at all: nobody that we know.
    """
    known = {(key.name, key.number): key for key in keys}
    found = []
    for line in note.lines:
        key = known.get((line.name, line.number))
        if key is None:
            continue
        at_s, signature = (None, line.signature)
        if key.kind == WITNESS:
            at_s, signature = int.from_bytes(line.signature[:8], "big"), line.signature[8:]
        fits = len(signature) == SIGNATURE and check(key.public, signed_words(key, note.text, at_s or 0), signature)
        if not fits:
            raise Malformed(f"the signature of {key.name} does not fit")
        found.append(Signed(key, at_s))
    return found


def signed(text: str, key: Key, sign: Callable[[bytes], bytes], at_s: int = 0) -> Line:
    """The line of a signature under a text."""
    stamp = at_s.to_bytes(8, "big") if key.kind == WITNESS else b""
    return Line(key.name, key.number, stamp + sign(signed_words(key, text, at_s)))


def proof_of(text: str) -> Proved:
    """A proof that travels; Malformed if it is none. What is said to be extra is not looked at."""
    above, blank, note = text.partition("\n\n")
    lines = above.split("\n")
    if not blank or lines[0] != FIRST_OF_PROOF:
        raise Malformed("not a proof")
    lines = lines[1:]
    if lines and lines[0].startswith("extra "):
        lines = lines[1:]
    if not lines or not lines[0].startswith("index ") or not _SIZE.match(lines[0][6:]):
        raise Malformed("not a proof: it has no index")
    return Proved(int(lines[0][6:]), hashes_of(lines[1:]), note_of(note))


def added(old: int, proof: Iterable[bytes], note: Note) -> str:
    """A checkpoint on its way to a witness: it continues the log from `old` leaves on, and here is the proof."""
    return "".join(f"{line}\n" for line in (f"old {old}", *map(_b64, proof))) + f"\n{note}"


def added_of(text: str) -> tuple[int, tuple[bytes, ...], Note]:
    """The same, as it arrives; Malformed if it is none."""
    above, blank, note = text.partition("\n\n")
    first, *lines = above.split("\n")
    if not blank or not first.startswith("old ") or not _SIZE.match(first[4:]):
        raise Malformed("not a checkpoint for a witness")
    return int(first[4:]), hashes_of(lines), note_of(note)


def hashes_of(lines: Sequence[str]) -> tuple[bytes, ...]:
    """The hashes of a proof, a line each; Malformed if one is none, or there are too many."""
    found = tuple(map(unb64, lines))
    if len(found) > PROOF_MOST or any(len(one) != HASH for one in found):
        raise Malformed("not the hashes of a proof")
    return found


def unb64(text: str) -> bytes:
    """Bytes out of their one spelling in base 64; Malformed if it is another."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeError):
        raise Malformed("not base 64") from None
    if _b64(data) != text:
        raise Malformed("not the one spelling in base 64")
    return data


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
