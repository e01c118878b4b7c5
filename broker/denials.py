"""What the broker refuses, and who comes twice: its own log, read as it is written, and a word to the hub about it.

Policy. A denied publish is a bug or a thief, two boxes with one name (a copied card) throw each other out for ever, and
only the broker's log tells of either, among a line for every packet. So
those lines never reach the journal: they are searched, a lump at a time, for both, and errors and warnings are
passed on, a bounded number a second. Nothing that stands in a log is a decision: what comes out is a count and a box's
name, and only at the very beginning of a line, where no stranger can write. The word goes to the hub of the same box
over a socket file in its own folder, at most once a second; without a hub it is lost, and said again by the next
denial.
"""

import os
import re
import socket
from collections import Counter as Tally
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

SOCKET = "denied.sock"
LUMP = 1 << 16
LINE_MOST = 400
PASSED_A_SECOND = 20
TELL_MS = 1_000
DENIED = re.compile(rb"^(?:\d{1,12}: )?Denied PUBLISH from ([a-z][a-z0-9-]{0,31}) \(", re.MULTILINE)
TWICE = re.compile(rb"^(?:\d{1,12}: )?Client ([a-z][a-z0-9-]{0,31}) already connected, closing old", re.MULTILINE)
CHATTER = re.compile(
    rb"(?:\d{1,12}: )?(?:Received |Sending |Denied |No will |Will message |\t|Subscription|Client |New |Socket error )"
)
"""How lines begin that are written for every packet or connection."""
FOUND = {"denied": DENIED, "twice": TWICE}
"""What is looked for in the log, by the word that the hub gets."""
WORD = re.compile(rb"([a-z][a-z0-9-]{0,31}) ([0-9]{1,9}) (denied|twice)\Z")


@dataclass(slots=True)
class Reader:
    """Cuts the log into lines; counts what was found, by box (pure, but for what `passed` does)."""

    passed: Callable[[str], None]
    found: Tally[tuple[str, str]] = field(default_factory=Tally)
    _rest: bytes = b""
    _second: int = 0
    _left: int = PASSED_A_SECOND

    def feed(self, lump: bytes, now_ms: int) -> None:
        """The next bytes of the log."""
        whole, newline, rest = (self._rest + lump).rpartition(b"\n")
        self._rest = rest[:LINE_MOST]
        if not newline:
            return
        for what, signs in FOUND.items():
            for found in signs.finditer(whole):
                self.found[found[1].decode(), what] += 1
        if now_ms // 1_000 != self._second:
            self._second, self._left = now_ms // 1_000, PASSED_A_SECOND
        for line in whole.split(b"\n"):
            if self._left and line and not CHATTER.match(line):
                self._left -= 1
                self.passed(line[:LINE_MOST].decode("utf-8", "backslashreplace"))


def follow(pipe: int, folder: Path, now_ms: Callable[[], int], passed: Callable[[str], None]) -> None:
    """Read the log until it ends; tell the hub what is in it. For a thread of its own."""
    reader, told_ms = Reader(passed), -TELL_MS
    while lump := os.read(pipe, LUMP):
        reader.feed(lump, now_ms())
        if reader.found and now_ms() - told_ms >= TELL_MS:
            told_ms = now_ms()
            tell(folder, reader.found)
            reader.found = Tally()
    os.close(pipe)


def tell(folder: Path, found: Tally[tuple[str, str]]) -> None:
    """One word a box; a hub that is away hears nothing."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        for (dev, what), count in found.most_common(50):
            with suppress(OSError):
                sock.sendto(f"{dev} {count} {what}".encode(), str(folder / SOCKET))


def listen(folder: Path, heard: Callable[[str, int, str], None]) -> None:
    """The hub's end: every word is passed on. For a thread of its own; it ends with the process."""
    path = folder / SOCKET
    with suppress(OSError):
        path.unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(path))
        os.chmod(path, 0o660)
        while True:
            found = WORD.match(sock.recv(64))
            if found:
                heard(found[1].decode(), int(found[2]), found[3].decode())
