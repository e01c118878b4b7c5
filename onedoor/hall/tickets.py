"""Numbers and labels: which number comes next, and when counting begins again.

A kiosk numbers in its own slot, one series a service, and all its series begin again together on
a new day. The wall clock of a box without a battery lies after a power cut, so "a new day" is
believed only when the time is trusted (network time, a good hardware clock, or the hub's trusted
time, in this boot), and not even then on the first trusted day after numbers were given without
trust: those may already belong to the new day. The day never moves backwards.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from zlib import crc32

SKIP_NUMBERS = 10
"""Numbers left out after an unclean stop, or when the hub knows higher ones: a card may have
forgotten issues whose paper is out."""

LABEL = re.compile(r"[A-Z][0-9]{0,3}-[0-9]{3,6}\Z")


CENTER_ZONE = timezone(timedelta(hours=7), "Asia/Vientiane")
"""UTC+7 all year: Laos has no daylight saving time."""


FIRST_S = int(datetime(1, 1, 2, tzinfo=UTC).timestamp())
LAST_S = int(datetime(9999, 12, 30, tzinfo=UTC).timestamp())
"""The first and the last second that every calendar knows, in every zone."""


def moment_of(at_ms: int) -> datetime:
    """The date and time in the center of a moment in milliseconds since 1970. It cannot fail: whatever lies outside the
    years 1 to 9999 counts as their first or last day.
    """
    return datetime.fromtimestamp(min(max(at_ms // 1000, FIRST_S), LAST_S), CENTER_ZONE)


def day_of(at_ms: int) -> str:
    """The calendar day in the center, `YYYY-MM-DD`, of a moment in milliseconds since 1970; for every number."""
    return moment_of(at_ms).date().isoformat()


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
    """What time it is, for numbering: the local calendar day, and whether that is known."""

    day: str
    trusted: bool


@dataclass(frozen=True, slots=True)
class Numbering:
    """What a kiosk's card remembers: the day it counts for, the last number of each service, and
    whether any of them was given while the day was not known for sure. `doubts`: so many unclean stops
    since anybody said which day it is; each time the card may have forgotten the first tickets of a day
    that it does not know yet, so all numbers of such a day begin behind `floor`, ten further for each.
    """

    day: str = ""
    last: Mapping[str, int] = field(default_factory=dict)
    untrusted: bool = False
    doubts: int = 0
    floor: int = 0


def on_day(state: Numbering, today: Today) -> Numbering:
    """The numbering as it stands when somebody touches now: the four rules of the day change."""
    if not today.trusted:
        return replace(state, day=state.day or today.day, untrusted=True)
    if today.day > state.day:
        if state.untrusted:
            return replace(state, day=today.day, untrusted=False, doubts=0)
        return Numbering(day=today.day, floor=SKIP_NUMBERS * state.doubts)
    return replace(state, untrusted=False, doubts=0)


def next_number(state: Numbering, service: str) -> int:
    """The number the next ticket of this service gets."""
    return max(state.floor, state.last.get(service, 0)) + 1


def used(state: Numbering, service: str, n: int) -> Numbering:
    """The numbering after number `n` was used or skipped; it never goes back."""
    return replace(state, last={**state.last, service: max(n, state.last.get(service, 0))})
