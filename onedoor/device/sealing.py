"""Signs the head of the log, and checks such signatures: Ed25519.

Policy. A seal says: on this day this center's log ended with this row. Whoever holds one, on paper or
in a file, can see any later change of anything before it; whoever changes the log cannot make another
seal without the key. The key is made on the box at its first start, is readable by its user alone, and
leaves the box never. What a spare signs after its promotion carries the spare's own key. Since the log has a tree
beside its chain, a seal carries a checkpoint too, a note that strangers' programs read (`onedoor.wire.notes`). The same
key signs both: the texts can never be equal.
"""

import base64
import stat
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec.structs import replace

from onedoor.device.aside import put_aside
from onedoor.device.card import owner_trusted
from onedoor.device.journal import refused
from onedoor.device.small_file import NoPlainFile, read_plain, read_words, replace_file
from onedoor.wire import notes
from onedoor.wire.errors import Malformed
from onedoor.wire.messages import VERSION, Seal

KEY_FILE = "seal.key"
PUBLIC_FILE = "seal.pub"
"""Its public half, in hexadecimal: for people, and to find out whether the key is still the one that was made."""
QR_PREFIX, NOTE_PREFIX = "ODQ1", "ODQ2"
FILE_WORD = b"onedoor-file-1|"
HOST = "onedoor.example"
"""What the names of logs begin with where nobody has said otherwise. It is a name, not an address."""


class Signer:
    """The key of one hub box."""

    def __init__(self, folder: Path, host: str = HOST) -> None:
        """Read the key, or make one; `host` begins the names of its logs. A key that is none, or that another user has
        put there, is put aside: what is sealed from now on carries a new one. JournalError if the disk does not let us.
        """
        path = folder / KEY_FILE
        self.made = False
        """Whether this start has made the key."""
        try:
            key = _read_key(path)
            if key is not None and not _fits(key, folder / PUBLIC_FILE):
                key = None  # any bytes are a key; these are not the ones that were written
            if key is None:
                put_aside(folder, [path, folder / PUBLIC_FILE], "seal_key")
                folder.mkdir(parents=True, exist_ok=True)
                replace_file(path, Ed25519PrivateKey.generate().private_bytes_raw(), 0o600)
                key, self.made = Ed25519PrivateKey.from_private_bytes(read_plain(path)), True
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)
            if not (folder / PUBLIC_FILE).is_file() or not (folder / PUBLIC_FILE).stat().st_size:
                replace_file(folder / PUBLIC_FILE, _public(key).encode())
        except (OSError, ValueError) as wrong:
            raise refused(wrong, path) from wrong
        self._key = key
        self.host, self.public = host, _public(key)

    def seal(self, center: str, day: str, epoch: int, hub_seq: int, hash_: str, root: bytes = b"") -> Seal:
        """The signed head of a day; with the `root` of the tree over the log up to there, its checkpoint too."""
        bare = Seal(VERSION, center, day, epoch, hub_seq, hash_, self.public)
        note = str(self.checkpoint(notes.origin_of(self.host, center, epoch), hub_seq, root)) if root else ""
        return replace(bare, signature=self._key.sign(signed_words(bare)).hex(), note=note)

    def checkpoint(self, origin: str, size: int, root: bytes) -> notes.Note:
        """The signed head of the tree."""
        text, key = notes.Checkpoint(origin, size, root).text, log_key(origin, self.public)
        return notes.Note(text, (notes.signed(text, key, self._key.sign),))


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def _fits(key: Ed25519PrivateKey, noted: Path) -> bool:
    """Whether it is the key whose public half was noted beside it; a note that is none says nothing."""
    try:
        half = read_words(noted, "ascii").strip()
    except (OSError, UnicodeError):
        return True
    return len(half) != len(_public(key)) or half == _public(key)


def _read_key(path: Path) -> Ed25519PrivateKey | None:
    """The key that lies there; None if there is none, or nothing that may be believed. OSError: it cannot be read."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or not owner_trusted(found):
            return None
        return Ed25519PrivateKey.from_private_bytes(read_plain(path))
    except (FileNotFoundError, NoPlainFile, ValueError):
        return None


def signed_words(seal: Seal) -> bytes:
    """What the signature stands under."""
    return f"onedoor-seal-1|{seal.center}|{seal.day}|{seal.epoch}|{seal.hub_seq}|{seal.hash}".encode()


def genuine(seal: Seal) -> bool:
    """Whether the seal was signed with the key that it names."""
    try:
        return fits(bytes.fromhex(seal.key), signed_words(seal), bytes.fromhex(seal.signature))
    except ValueError:
        return False


def log_key(origin: str, public: str) -> notes.Key:
    """The key of a log, by its public half (hex)."""
    return notes.Key(origin, notes.LOG, bytes.fromhex(public))


def fits(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this signature of this message was made with the key's other half."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(key: str) -> str:
    """The first 16 digits of a public key, for people to compare."""
    return " ".join(key[i : i + 4] for i in range(0, 16, 4))


def qr_of(seal: Seal) -> str:
    """A seal as the text of a QR code: upper case and digits, which a code packs best. One that carries a checkpoint is
    that checkpoint: the key is not in it, because whoever checks has it from somewhere else.
    """
    if seal.note:
        return note_qr(seal.day, notes.note_of(seal.note))
    fields = (QR_PREFIX, seal.center.upper(), seal.day.replace("-", ""), str(seal.epoch), str(seal.hub_seq))
    return "/".join((*fields, *(_b32(part) for part in (seal.hash, seal.key, seal.signature))))


def note_qr(day: str, note: notes.Note) -> str:
    """A signed checkpoint as the text of a QR code, with the day for people; witnesses' lines behind the log's own."""
    head = notes.checkpoint_of(note.text)
    own, *others = note.lines
    lines = [_b32((own.number + own.signature).hex())]
    lines += [f"{line.name.upper()}*{_b32((line.number + line.signature).hex())}" for line in others]
    return "$".join(
        (NOTE_PREFIX, day.replace("-", ""), head.origin.upper(), str(head.size), _b32(head.root.hex()), *lines)
    )


def note_in_qr(text: str) -> tuple[str, notes.Note]:
    """The day and the checkpoint of a QR code; Malformed if it is none."""
    try:
        prefix, day, origin, size, root, *lines = text.strip().split("$")
        if prefix != NOTE_PREFIX or len(day) not in (0, 8) or not lines:
            raise ValueError(prefix)
        head = notes.Checkpoint(origin.lower(), int(size), bytes.fromhex(_hex(root)))
        found = []
        for line in lines:
            name, _, made = line.rpartition("*")
            data = bytes.fromhex(_hex(made))
            found.append(notes.Line(name.lower() or head.origin, data[:4], data[4:]))
    except ValueError as wrong:
        raise Malformed(f"not the text of a closing slip ({wrong})") from None
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else "", notes.Note(head.text, tuple(found))


def from_qr(text: str) -> Seal:
    """The seal of a QR code; Malformed if it is none."""
    try:
        prefix, center, day, epoch, hub_seq, *parts = text.strip().split("/")
        hash_, key, signature = (_hex(part) for part in parts)
        if prefix != QR_PREFIX or len(day) not in (0, 8):
            raise ValueError(prefix)
        dashed = f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else ""
        return Seal(VERSION, center.lower(), dashed, int(epoch), int(hub_seq), hash_, key, signature)
    except ValueError as wrong:
        raise Malformed(f"not the text of a closing slip ({wrong})") from None


def _b32(hex_text: str) -> str:
    return base64.b32encode(bytes.fromhex(hex_text)).decode().rstrip("=")


def _hex(text: str) -> str:
    return base64.b32decode(text + "=" * (-len(text) % 8)).hex()


def new_key() -> tuple[bytes, str]:
    """A private key for signing files, and its public half (hex)."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes_raw(), key.public_key().public_bytes_raw().hex()


def sign_file(private: bytes, text: bytes) -> str:
    """The signature (hex) of a file; ValueError if the key is none."""
    return Ed25519PrivateKey.from_private_bytes(private).sign(FILE_WORD + text).hex()


def signed_by(public: str, text: bytes, signature: str) -> bool:
    """Whether the file was signed with the key of this public half (hex)."""
    try:
        return fits(bytes.fromhex(public), FILE_WORD + text, bytes.fromhex(signature))
    except ValueError:
        return False
