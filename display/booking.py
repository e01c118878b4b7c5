"""Appointments made at one counter: their codes, and what becomes of one that the hub does not take.

Policy. No hub is asked for a code, so it is unique by its making: its last three digits are this counter's own (its
place, which the center's file gives once), and the seven before them are drawn by chance among those that this counter
has not given to anybody who may still come. Nothing of it follows from a name or a number, so nobody can work it out.
The hub looks all the same (a card that was replaced has forgotten its codes); what it does not take is told to the
clerk until the appointment is made again.
"""

import re
import secrets
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from zlib import crc32

import msgspec
from msgspec import Struct, field

from onedoor.hall.events import RowId
from onedoor.wire import limits

PLACES = 1_000
DRAWN = 10_000_000
CODE_DIGITS = 10
KEPT_MS = 80 * 86_400_000
"""So long behind its time no code is given again: longer than any hub keeps the appointment."""
TRIES = 1_000
SENT_MOST = 200
KEPT = "bookings"


class Booking(Struct, frozen=True):
    """An appointment: its code, for what, and when (center time)."""

    code: str
    service: str
    at_ms: int


class Bookings(Struct):
    """What a counter remembers of its appointments: the codes it gave and when they are for, those of which the hub has
    not spoken yet (by row), and those that the hub did not take.
    """

    given: dict[str, int] = field(default_factory=dict)
    sent: dict[RowId, Booking] = field(default_factory=dict)
    lost: list[Booking] = field(default_factory=list)

    @property
    def newest_lost(self) -> Booking | None:
        """An appointment that is to be made again."""
        return self.lost[-1] if self.lost else None

    def book(self, made: Booking, row: RowId, now_ms: int) -> None:
        """An appointment is made; center time. One of the same service that the hub did not take is made good by it."""
        self.given = {code: at for code, at in self.given.items() if at >= now_ms - KEPT_MS}
        self.given[made.code] = made.at_ms
        for old in list(self.given)[: -limits.APPOINTMENTS]:
            del self.given[old]
        self.sent[row] = made
        for first in list(self.sent)[:-SENT_MOST]:
            del self.sent[first]
        again = next((one for one in self.lost if one.service == made.service), None)
        if again is not None:
            self.lost.remove(again)

    def hear(self, have: Mapping[str, int], not_taken: Container[str]) -> bool:
        """What the hub has, by run, and what it refused; whether something changed."""
        heard = [row for row in self.sent if row in not_taken or have.get(_run(row), 0) >= _seq(row)]
        for row in heard:
            made = self.sent.pop(row)
            if row in not_taken:
                self.lost.append(made)
        return bool(heard)


@dataclass(frozen=True, slots=True)
class Codes:
    """How a counter makes codes. `place`: their last digits, None: those of its box's name; `draw(n)`: a number below
    n, by a chance that nobody can foresee.
    """

    place: int | None = None
    draw: Callable[[int], int] = secrets.randbelow

    def new(self, name: str, given: Container[str]) -> str:
        """A code that the counter of this box (or number) has not given."""
        place = place_of(name) if self.place is None else self.place
        for _ in range(TRIES):
            code = f"{self.draw(DRAWN):07d}{place:03d}"
            if code not in given:
                return code
        raise AssertionError("the chance that was handed in always draws the same")


def place_of(name: str) -> int:
    """The place of a counter whose configuration names none: the number in its box's name (c7), which no two boxes of
    one role share, whatever is written over the counter. A name without one has a place by chance: of twenty such boxes
    two share one in 17 % of centers, and then one code in ten million is given twice, which the hub does not take.
    """
    known = re.fullmatch(r"[a-z]?([0-9]{1,3})", name, re.ASCII)
    return int(known[1]) if known else crc32(name.encode()) % PLACES


def read(kept: str | None) -> Bookings:
    """What the card keeps."""
    return msgspec.json.decode(kept, type=Bookings) if kept else Bookings()


def kept(bookings: Bookings) -> dict[str, str]:
    """As the card keeps it, under its name there."""
    return {KEPT: msgspec.json.encode(bookings).decode()}


def spaced(code: str) -> str:
    """A code in groups of three and four digits, as it is read aloud and written down."""
    return f"{code[:3]} {code[3:6]} {code[6:]}" if len(code) == CODE_DIGITS else code


def _run(row: RowId) -> str:
    return row.split(".")[1]


def _seq(row: RowId) -> int:
    return int(row.rsplit(".", 1)[1])
