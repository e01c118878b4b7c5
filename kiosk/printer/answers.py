"""What a printer says, sorted by form (pure): answers we asked for, and bytes that nobody asked for.

A printer talks whenever it likes: a greeting when the line opens, four bytes when its paper runs low (ASB), XON and
XOFF, an echo that was asked for ten seconds ago. So there is one ear per stream, and it goes by form alone:

    0xx1xx10                              an answer to DLE EOT
    37 22 d1 d2 d3 d4 00                  the echo of a job (GS ( H)
    0xx1xx00 and three times 0xx0xxxx     ASB: skipped
    a run of letters                      a greeting: skipped
    11, 13                                XON, XOFF: skipped
    anything else                         skipped, and counted as strange
"""

from dataclasses import dataclass, field

ECHO = b"\x37\x22"
ECHO_SIZE = 7
FLOW = b"\x11\x13"


def is_status(byte: int) -> bool:
    """Whether this can be an answer to DLE EOT: four of its bits never change."""
    return byte & 0x93 == 0x12


def _is_asb(four: bytes) -> bool:
    return four[0] & 0x93 == 0x10 and all(byte & 0x90 == 0 for byte in four[1:4])


def _is_letter(byte: int) -> bool:
    return 0x20 <= byte < 0x7F


@dataclass(slots=True)
class Ear:
    """Listens to one stream. Whoever understood an answer takes it out of the lists."""

    statuses: list[int] = field(default_factory=list)
    echoes: list[bytes] = field(default_factory=list)
    strange: int = 0
    """Bytes of no known form since somebody last looked."""
    _rest: bytearray = field(default_factory=bytearray)

    def hear(self, data: bytes) -> None:
        """Take bytes as they come, cut anywhere."""
        self._rest += data.translate(None, FLOW)  # they may stand anywhere, also inside of an echo
        while self._rest:
            used = self._one(bytes(self._rest))
            if used == 0:
                return
            del self._rest[:used]

    def _one(self, b: bytes) -> int:
        """How many bytes the first thing in the stream takes; 0 if its end has not come yet."""
        if ECHO.startswith(b[:2]):
            return self._echo(b)
        if len(b) >= 4 and _is_asb(b):
            return 4
        if is_status(b[0]) or _is_letter(b[0]):
            return self._answers_or_text(b)
        if b[0] & 0x93 != 0x10:
            self.strange += 1
        return 1

    def _echo(self, b: bytes) -> int:
        """An echo names a job in four letters. One that was cut off goes with its letters, which could be taken for
        answers, and swallows nothing behind them.
        """
        again = b.find(ECHO, 2, ECHO_SIZE)
        name = b[2 : again if again > 0 else ECHO_SIZE - 1]
        letters = next((i for i, byte in enumerate(name) if not _is_letter(byte)), len(name))
        if letters == len(name) and again < 0:
            if len(b) < ECHO_SIZE:
                return 0
            if b[ECHO_SIZE - 1] == 0:
                self.echoes.append(name)
                return ECHO_SIZE
        self.strange += 1
        return 2 + letters

    def _answers_or_text(self, b: bytes) -> int:
        """Some answers look like letters; but no greeting consists of those letters alone."""
        size = 1
        if _is_letter(b[0]):
            while size < len(b) and _is_letter(b[size]) and not b.startswith(ECHO, size):
                size += 1
        run = b[:size]
        if all(map(is_status, run)):
            self.statuses += run
        elif size == 1:
            self.strange += 1
        return size
