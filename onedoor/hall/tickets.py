"""Numbers and labels: which number comes next, and when counting begins again.

A kiosk numbers in its own slot, and the numbers of all its services begin again together: a *series*, named by the row
that began it, never by a date. Only known time (see `onedoor.hall.words`) begins one, on a later day than that of the
series; what one person said never does. And not even known time does where numbers were given without it, or where a
word about time was taken back: such numbers may already belong to the new day, and the series is *open*. Then counting
goes on for a day. Where nobody ever knows the time, the staff begins a series by hand.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from zlib import crc32

SKIP_NUMBERS = 10
"""Numbers left out after an unclean stop, or when the hub knows higher ones: a card may have
forgotten issues whose paper is out."""

LABEL = re.compile(r"[A-Z][0-9]{0,3}-[0-9]{3,6}\Z")


def receipt_of(ticket: str) -> str:
    """The code of six digits with which the result of this visit is collected.

    It follows from the name of the ticket's row, so it is in every log without being written anywhere, and it cannot be
    told from the number on the paper, because the row's name holds the run's random part. Source: CRC-32, last digits.
    """
    return f"{crc32(ticket.encode()) % 1_000_000:06d}"


def label(prefix: str, slot: int, n: int, *, alone: bool = False) -> str:
    """The printed code: `A1-023`; with one kiosk in the center `A-023`. It never wraps."""
    return f"{prefix}-{n:03d}" if alone else f"{prefix}{slot}-{n:03d}"


@dataclass(frozen=True, slots=True)
class Today:
    """What time it is, for numbering: the local calendar day ("" while nobody has said), and whether that is known."""

    day: str
    trusted: bool


@dataclass(frozen=True, slots=True)
class Numbering:
    """What a kiosk's card remembers: the day of the series as it was known last, the last number of each service, and
    whether the series is `open`: on which day it was counted is not certain. `doubts`: so many unclean stops
    since anybody knew which day it is; each time the card may have forgotten the first tickets of a day
    that it does not know yet, so all numbers of such a day begin behind `floor`, ten further for each. Or those tickets
    went on with the series before: so what was left out of that (`holes`: behind which number, and up to which, by
    service) is left out of the new one too.

    `series` is the row that began the counting. `others`: series of this kiosk that its card has forgotten and only the
    hub remembers, by name, and with which series of the card their numbers are counted.
    """

    day: str = ""
    last: Mapping[str, int] = field(default_factory=dict)
    open: bool = False
    doubts: int = 0
    floor: int = 0
    series: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    holes: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def on_day(state: Numbering, today: Today, row: str) -> Numbering:
    """The numbering as it stands when somebody touches now: the rules of the day change. `row` is about to be written:
    a series that begins with it has its name.
    """
    named = replace(state, series=state.series or row)
    if not today.trusted:
        return replace(named, open=True)
    if state.open or today.day <= state.day:
        return replace(named, day=today.day, open=False, doubts=0)
    return replace(begun(state, row), day=today.day, open=False)


def begun(state: Numbering, row: str) -> Numbering:
    """A new series, whose day nobody knows yet. Numbers that the card may have forgotten of it are left out."""
    doubted = SKIP_NUMBERS * state.doubts
    holes = {service: (max(0, last - doubted), last) for service, last in state.last.items() if doubted}
    return Numbering(open=True, floor=doubted, series=row, others=state.others, holes=holes)


def next_number(state: Numbering, service: str) -> int:
    """The number the next ticket of this service gets."""
    n = max(state.floor, state.last.get(service, 0)) + 1
    low, high = state.holes.get(service, (0, 0))
    return high + 1 if low < n <= high else n


def used(state: Numbering, service: str, n: int) -> Numbering:
    """The numbering after number `n` was used or skipped; it never goes back."""
    return replace(state, last={**state.last, service: max(n, state.last.get(service, 0))})


OTHERS_KEPT = 8
"""A hub tells a kiosk the numbers of fewer series than that."""


def joined(state: Numbering, forgotten: Iterable[str]) -> Numbering:
    """Series that this card has forgotten are counted together with the present one from now on. Nobody knows of which
    day they are: the series is open.
    """
    others = {**state.others, **dict.fromkeys(forgotten, state.series)}
    newest = dict(list(others.items())[-OTHERS_KEPT:])
    return replace(state, open=True, others=newest)
