"""When the center is open: windows of a day, lunch closures, holidays, and open time between two moments (pure).

Moments are milliseconds since 1970; days are `YYYY-MM-DD` in the center's zone, as `Hours.zone` names it: with
summer and winter a day may have 23 or 25 hours, and a window is what the clock on the wall shows.
Windows include their first moment and exclude their last.
"""

import re
from collections.abc import Iterator
from datetime import MAXYEAR, date, timedelta

from onedoor.hall.rules import Hours
from onedoor.hall.zone import at_clock, day_of, moment_of

DAY = timedelta(days=1)
MINUTE = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z")
LOOK_AHEAD_DAYS = 60
"""No center is closed for longer than that."""


def midnight_ms(day: str, zone: str) -> int:
    """The first moment of a day in the center."""
    return at_clock(day, 0, zone)


def weekday(day: str) -> int:
    """Which day of the week it is; Monday is 0."""
    return date.fromisoformat(day).weekday()


def windows(hours: Hours, day: str) -> list[tuple[int, int]]:
    """The open windows of a day, in order; a center without hours is open all day."""
    if day in hours.days:
        spans = hours.days[day]
    elif hours.week:
        spans = hours.week[date.fromisoformat(day).weekday()]
    else:
        spans = ((0, 24 * 60),)
    return [(at_clock(day, a, hours.zone), at_clock(day, b, hours.zone)) for a, b in spans]


def is_open(hours: Hours, at_ms: int) -> bool:
    """Whether the center is open at this moment."""
    return any(a <= at_ms < b for a, b in windows(hours, day_of(at_ms, hours.zone)))


def closes_ms(hours: Hours, day: str) -> int | None:
    """The moment at which the last window of a day ends; None on a day without one."""
    spans = windows(hours, day)
    return spans[-1][1] if spans else None


def next_opening(hours: Hours, at_ms: int) -> int | None:
    """The first moment from `at_ms` on at which the center is open; None if it is closed for two months."""
    for day in _days_from(day_of(at_ms, hours.zone), LOOK_AHEAD_DAYS):
        for a, b in windows(hours, day):
            if at_ms < b:
                return max(a, at_ms)
    return None


def open_ms(hours: Hours, from_ms: int, to_ms: int) -> int:
    """How much of the time between two moments the center was open: a wait without the lunch break."""
    if to_ms <= from_ms:
        return 0
    first, last = date.fromisoformat(day_of(from_ms, hours.zone)), date.fromisoformat(day_of(to_ms, hours.zone))
    days = _days_from(first.isoformat(), (last - first).days + 1)
    return sum(max(0, min(b, to_ms) - max(a, from_ms)) for day in days for a, b in windows(hours, day))


def promised_day(hours: Hours, day: str, working_days: int) -> str:
    """The day so many open days after `day`; in a center without hours Monday to Friday count as open."""
    for later in _days_from(day, 2 * working_days + LOOK_AHEAD_DAYS):
        if later <= day:
            continue
        known = hours.week or later in hours.days
        if windows(hours, later) if known else date.fromisoformat(later).weekday() < 5:
            working_days -= 1
        if working_days <= 0:
            return later
    return day


def is_day(text: str) -> bool:
    """Whether this is a day, `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def spelled_day(day: str) -> str:
    """A date as people in Laos write it: dd/mm/yyyy; what is no day stays as it is."""
    return "/".join(reversed(day.split("-"))) if is_day(day) else day


def clock_of(at_ms: int, zone: str) -> str:
    """The time of day in the center, HH:MM:SS."""
    return moment_of(at_ms, zone).strftime("%H:%M:%S")


def spelled_minute(at_ms: int, zone: str) -> str:
    """A moment as people type it: `2026-11-25 08:03`, in the center's zone."""
    return moment_of(at_ms, zone).strftime("%Y-%m-%d %H:%M")


def minute_ms(text: str, zone: str) -> int | None:
    """The moment that was typed so, in milliseconds since 1970; None if there is no such moment (or before 1970)."""
    day, _, clock = text.partition(" ")
    if not is_day(day) or not MINUTE.match(clock) or day < "1970-01-02":
        return None
    return at_clock(day, int(clock[:2]) * 60 + int(clock[3:]), zone)


def _days_from(day: str, count: int) -> Iterator[str]:
    first = date.fromisoformat(day)
    left = (date(MAXYEAR, 12, 31) - first).days + 1
    return ((first + i * DAY).isoformat() for i in range(min(count, left)))
