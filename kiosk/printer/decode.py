"""Reads a printer's byte stream back into paper (pure): the inside of the virtual printer.

Feed bytes as they come; take papers, answers and complaints. Status questions are answered at once
wherever they stand, even inside a picture, as real printers do; everything else in order. Whoever
owns it may `hold` it (paper out, cover open): bytes then wait, and status is all that is answered.
"""

from dataclasses import dataclass, field

from PIL import Image

from kiosk.printer.escpos_bytes import INVERT

RESET, STATUS = b"\x1b@", b"\x10\x04"


@dataclass(frozen=True, slots=True)
class Paper:
    """One cut piece of paper, and the bytes that made it."""

    image: Image.Image
    raw: bytes


@dataclass(slots=True)
class Decoder:
    """One printer's reading head. `width` is its printing width in dots."""

    width: int = 576
    papers: list[Paper] = field(default_factory=list)
    answers: bytearray = field(default_factory=bytearray)
    errors: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    _wait: bytearray = field(default_factory=bytearray)
    _raw: bytearray = field(default_factory=bytearray)
    _bands: list[Image.Image] = field(default_factory=list)

    @property
    def pending(self) -> int:
        """Bytes not yet understood or printed."""
        return len(self._wait)

    def feed(self, data: bytes) -> None:
        """Take bytes into the buffer."""
        self._wait += data

    def power_cut(self) -> None:
        """Everything in the buffer and on the head is gone."""
        self._wait.clear()
        self._raw.clear()
        self._bands.clear()

    def run(self) -> None:
        """Do everything that is complete."""
        while self._wait:
            used = self._one()
            if used == 0:
                return
            self._raw += self._wait[:used]
            del self._wait[:used]

    def _one(self) -> int:
        """Length of the first complete command, after acting on it; 0 if more bytes are needed."""
        b = self._wait
        if b[0] == 0:  # outside of a picture a zero means nothing
            return len(b) - len(b.lstrip(b"\x00"))
        for start, need, act in (
            (RESET, 2, self._reset), (b"\x1dv0", 8, self._band), (b"\x1bd", 3, self._feed_lines),
            (b"\x1dVB", 4, self._cut), (b"\x1d(H", 11, self._process_id), (b"\x1dr", 3, self._paper_status),
            (b"\x1bp", 5, self._drawer), (STATUS, 3, lambda: 3),
        ):  # fmt: skip
            if b.startswith(start):
                return act() if len(b) >= need else 0
            if len(b) < len(start) and start.startswith(bytes(b)):
                return 0
        if b[0] in (0x0A, 0x0D) or 0x20 <= b[0] < 0x7F:
            self.events.append("text")
        else:
            self.errors.append(f"unknown byte {b[0]:#04x}")
        return 1

    def _reset(self) -> int:
        self._raw.clear()
        self._bands.clear()
        self.events.append("init")
        return 2

    def _band(self) -> int:
        b = self._wait
        row_bytes, rows = int.from_bytes(b[4:6], "little"), int.from_bytes(b[6:8], "little")
        size = row_bytes * rows
        if len(b) < 8 + size:
            return 0
        if row_bytes * 8 > self.width:
            self.errors.append(f"picture of {row_bytes * 8} dots on a head of {self.width}")
        dots = bytes(b[8 : 8 + size]).translate(INVERT)
        self._bands.append(Image.frombytes("1", (row_bytes * 8, rows), dots))
        self.events.append(f"raster {row_bytes * 8}x{rows}")
        return 8 + size

    def _feed_lines(self) -> int:
        self._bands.append(Image.new("1", (self.width, self._wait[2] * 30), 1))
        self.events.append("feed")
        return 3

    def _cut(self) -> int:
        if self._bands:
            page = Image.new("1", (self.width, sum(band.height for band in self._bands)), 1)
            y = 0
            for band in self._bands:
                page.paste(band, (0, y))
                y += band.height
            self.papers.append(Paper(page, bytes(self._raw) + bytes(self._wait[:4])))
        self._bands.clear()
        self.events.append("cut")
        return 4

    def _process_id(self) -> int:
        self.answers += b"\x37\x22" + bytes(self._wait[7:11]) + b"\x00"
        return 11

    def _paper_status(self) -> int:
        self.answers += b"\x00"
        return 3

    def _drawer(self) -> int:
        self.events.append("drawer")
        return 5
