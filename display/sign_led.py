"""Signs of light-emitting diodes: MAX7219 chips over SPI, four blocks of 8x8 points or eight digits.

Not responsible for what is shown (`display.sign`). A dip of the power puts the chips to sleep, and they cannot tell:
what stands is written again every REFRESH_MS, with everything that sets a chip up. Without an SPI bus the same driver
writes to a recorded one: a simulator that keeps every byte and can say which points shine. Wiring: DIN on GPIO 10, CLK
on 11, CS on 8 (or 7).
"""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from luma.core.error import Error as LumaError
from luma.core.render import canvas
from luma.core.virtual import sevensegment
from luma.led_matrix.device import max7219

from display.sign import Sign, short
from onedoor.device.config import SignConfig
from onedoor.device.gpio import simulated

log = logging.getLogger("onedoor.sign")

BLOCKS = 4
REFRESH_MS = 4_000
SCAN_LIMIT, DECODE, DISPLAY_TEST, SHUTDOWN = 0x0B, 0x09, 0x0F, 0x0C
CONTRAST = 40
GLYPHS: dict[str, tuple[int, ...]] = {
    "0": (31, 17, 31), "1": (18, 31, 16), "2": (29, 21, 23), "3": (21, 21, 31), "4": (7, 4, 31), "5": (23, 21, 29),
    "6": (31, 21, 29), "7": (1, 29, 3), "8": (31, 21, 31), "9": (23, 21, 31), "A": (30, 5, 30), "B": (31, 21, 10),
    "C": (14, 17, 17), "D": (31, 17, 14), "E": (31, 21, 17), "F": (31, 5, 1), "G": (14, 17, 29), "H": (31, 4, 31),
    "I": (17, 31, 17), "J": (8, 16, 15), "K": (31, 4, 27), "L": (31, 16, 16), "M": (31, 6, 31), "N": (31, 1, 30),
    "O": (14, 17, 14), "P": (31, 5, 2), "Q": (14, 25, 30), "R": (31, 5, 26), "S": (18, 21, 9), "T": (1, 31, 1),
    "U": (15, 16, 31), "V": (15, 16, 15), "W": (31, 12, 31), "X": (27, 4, 27), "Y": (3, 28, 3), "Z": (25, 21, 19),
    "-": (4, 4, 4), "?": (1, 21, 2), "·": (4,),
}  # fmt: skip
"""Three columns a letter, five points high, the lowest bit on top: eight places in 32 columns, arrow included."""
NARROW = "·"
"""A hyphen in one column."""
ARROW_AT = 8 * BLOCKS - 5
POINTS: dict[str, tuple[int, ...]] = {
    "<": (4, 14, 21, 4, 4), ">": (4, 4, 21, 14, 4), "^": (4, 2, 31, 2, 4), "v": (4, 8, 31, 8, 4),
}  # fmt: skip
TOP = 1


class Bus(Protocol):
    """What luma talks to."""

    def command(self, *cmd: int) -> None:
        """Bytes that set something."""

    def data(self, data: list[int]) -> None:
        """Bytes that are shown."""

    def cleanup(self) -> None:
        """The end."""


@dataclass(slots=True)
class RecordedBus:
    """The simulator: an SPI bus that keeps what went over it, and the chips' eight rows as they stand."""

    sent: list[tuple[int, ...]] = field(default_factory=list)
    rows: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def command(self, *cmd: int) -> None:
        """Registers, the same for every chip."""
        self.data(list(cmd))

    def data(self, data: list[int]) -> None:
        """Pairs of register and value, the farthest chip first: registers 1 to 8 are rows of points."""
        self.sent.append(tuple(data))
        registers, values = data[::2], data[1::2]
        if registers and 1 <= registers[0] <= 8 and set(registers) == {registers[0]}:
            self.rows[registers[0]] = tuple(values)

    def cleanup(self) -> None:
        """Everything goes dark."""
        self.rows.clear()


def spi_device(config: SignConfig) -> Path:
    """The bus's device file."""
    return Path(f"/dev/spidev{config.port}.{config.device}")


def lacks(config: SignConfig) -> bool:
    """Whether the sign has no bus, although nobody asked for a simulated box."""
    return not simulated() and not spi_device(config).exists()


def open_bus(config: SignConfig) -> Bus:
    """The real bus, or a recorded one where there is none, which is said aloud if nobody asked for it."""
    if lacks(config):
        log.error("there is no %s: the sign is dark. Is SPI on?", spi_device(config))
    if not spi_device(config).exists():
        return RecordedBus()
    from luma.core.interface.serial import noop, spi

    real: Bus = spi(port=config.port, device=config.device, gpio=noop())
    return real


class LedSign:
    """One sign; `show` is cheap when nothing changed, and never raises: a pulled plug must not stop a counter."""

    def __init__(self, kind: str, bus: Bus) -> None:
        self.bus, self.kind, self.shown, self.wanted = bus, kind, Sign("?"), Sign()
        self.dark = False
        """Whether the bus would not take what was to be shown last."""
        turn = -90 if kind == "matrix" else 0
        self._device: Any = max7219(
            bus, cascaded=BLOCKS if kind == "matrix" else 1, block_orientation=turn, contrast=CONTRAST
        )
        self._digits = sevensegment(self._device) if kind == "segments" else None

    def show(self, sign: Sign) -> None:
        """Light this."""
        if sign == self.shown:
            return
        self.wanted = sign
        self._write()

    def refresh(self) -> None:
        """Write what stands once more, after a set-up: the power may have dipped, the plug may be in again."""
        self._write()

    def _write(self) -> None:
        sign, self.shown = self.wanted, Sign("?")
        try:
            self._set_up()
            if self._digits is not None:
                self._digits.text = digits(sign)
            else:
                with canvas(self._device) as draw:
                    draw.point(lit(sign), fill="white")
        except (OSError, LumaError) as wrong:
            if not self.dark:
                log.warning("the sign does not listen: %s", wrong)
            self.dark = True
            return
        self.shown, self.dark = sign, False

    def _set_up(self) -> None:
        """All rows, no digits of the chip's own, no test, awake; as bright as it was."""
        chips = BLOCKS if self.kind == "matrix" else 1
        for register, value in ((SCAN_LIMIT, 7), (DECODE, 0), (DISPLAY_TEST, 0), (SHUTDOWN, 1)):
            self.bus.data([register, value] * chips)
        self._device.contrast(CONTRAST)


def open_sign(config: SignConfig) -> LedSign:
    """The sign as it is wired. OSError says why there is none."""
    try:
        return LedSign(config.kind, open_bus(config))
    except LumaError as wrong:
        raise OSError(str(wrong)) from None


def digits(sign: Sign) -> str:
    """The sign on eight digits, to the right."""
    if sign.rest:
        return {"free": "       -", "paused": "       _"}[sign.rest]
    return short(sign.text, 8).rjust(8)


def lit(sign: Sign) -> list[tuple[int, int]]:
    """The points of the sign on 32x8, as (column, row)."""
    if sign.rest:
        return [(x, 3 if sign.rest == "free" else 7) for x in range(14, 18)]
    columns = drawn(sign.text)
    if len(columns) <= ARROW_AT - 1:
        columns += [0] * (ARROW_AT - len(columns)) + list(POINTS.get(sign.arrow, ()))
    return [(x, TOP + y) for x, column in enumerate(columns) for y in range(5) if column >> y & 1]


def drawn(text: str) -> list[int]:
    """The columns of a text. A number too long for its place gets a narrow hyphen, then the place of the arrow, and
    only then loses its hyphen: A1-1003 and A11-003 are two people.
    """
    for spelled in (text, text.replace("-", NARROW), short(text, 8)):
        columns = [column for letter in spelled for column in (*GLYPHS.get(letter, ()), 0)][:-1]
        if len(columns) < ARROW_AT or (spelled != text and len(columns) <= 8 * BLOCKS):
            return columns
    return columns[-8 * BLOCKS :]
