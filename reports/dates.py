"""Days, months and moments of reports: the only module of reports that knows the calendar (pure; no clock is read).

Days are numbers since 1970. Seconds are on one line for every center; which day one is on, and what clocks showed, the
center's own calendar says (`reports.center_days`). Weeks are those of ISO 8601.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from onedoor.hall.zone import moment_of

LINE_S = 7 * 3600
"""Where the line of seconds begins: so long before 1970, UTC. So in Laos a day on it is a whole number; every other
calendar is that of `reports.center_days`.
"""
EPOCH = date(1970, 1, 1).toordinal()
LAST_DAY = date.max.toordinal()


def local_s(at_ms: int) -> int:
    """A moment in milliseconds since 1970, UTC, as whole seconds on the line."""
    return at_ms // 1000 + LINE_S


def the_day(number: int) -> date:
    """A day number as a date; one outside the years 1 to 9999 counts as their first or last day."""
    return date.fromordinal(min(max(EPOCH + number, 1), LAST_DAY))


def day_text(number: int) -> str:
    """A day number as YYYY-MM-DD."""
    return the_day(number).isoformat()


def day_number(text: str) -> int:
    """YYYY-MM-DD as a day number. ValueError if it is no day."""
    return date.fromisoformat(text).toordinal() - EPOCH


Local = datetime
"""A date and time of day in the center."""


def moment(local: int | None) -> Local | None:
    """Whole seconds on the line as a moment in UTC."""
    return None if local is None else moment_of((local - LINE_S) * 1000, "UTC")


def clock_text(local: int) -> str:
    """Whole seconds on the center's clock as YYYY-MM-DD HH:MM:SS."""
    return (THE_FIRST + timedelta(seconds=local)).strftime("%Y-%m-%d %H:%M:%S")


def stamp(at: datetime, *, millis: bool = False) -> str:
    """A moment in UTC as ISO 8601."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+00:00" if millis else "%Y-%m-%dT%H:%M:%SZ")


def stamp_of(at_ms: int) -> str:
    """Milliseconds since 1970 as ISO 8601."""
    return stamp(moment_of(at_ms, "UTC"))


def seconds_of(text: str, form: str, offset_s: int = LINE_S) -> int:
    """A local date and time in a given form (of strptime; "iso" is ISO 8601) as whole seconds on the center's clock.
    A zone that is named in the text is believed; the center's clock is `offset_s` ahead of UTC then. ValueError if the
    text does not fit.
    """
    local, named = clock_reading(text, form)
    return local if named is None else local - named + offset_s


def clock_reading(text: str, form: str) -> tuple[int, int | None]:
    """What a clock showed, in whole seconds since 1970 on it, and by how many seconds it is ahead of UTC, if that is
    written there. ValueError if the text does not fit.
    """
    # Local on purpose: the zone is looked at right below.
    at = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007
    offset = at.utcoffset()
    local = int((at.replace(tzinfo=None) - THE_FIRST) // SECOND)
    return local, None if offset is None else int(offset.total_seconds())


THE_FIRST = datetime(1970, 1, 1)  # noqa: DTZ001 - of any clock
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone by its name in the tz database, or a fixed offset."""

    info: tzinfo

    def offset_at(self, utc_s: int) -> int:
        """By how many seconds its clocks are ahead of UTC at a moment in seconds since 1970, UTC."""
        offset = datetime.fromtimestamp(utc_s, self.info).utcoffset()
        return int(offset.total_seconds()) if offset else 0

    def utc_of(self, local_s: int) -> int:
        """The moment at which its clocks show this. An hour that they show twice is the first of the two."""
        offset = (THE_FIRST + timedelta(seconds=local_s)).replace(tzinfo=self.info).utcoffset()
        return local_s - (int(offset.total_seconds()) if offset else 0)


_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})\Z")


def known_zone(name: str) -> Zone | None:
    """The zone of this name ("Asia/Vientiane", "-05:00"); None if there is none."""
    if found := _OFFSET.match(name):
        seconds = int(found[2]) * 3600 + int(found[3]) * 60
        return Zone(timezone(timedelta(seconds=seconds if found[1] == "+" else -seconds))) if seconds < 86_400 else None
    try:
        return Zone(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def fault_of_form(form: str) -> str:
    """Why nothing can be written and read again in a form of strptime; "" if it can."""
    try:
        datetime.strptime(datetime(2026, 10, 1, 8).strftime(form), form)  # noqa: DTZ001, DTZ007 - only the form is tried
    except ValueError as wrong:
        return str(wrong)
    return ""


@dataclass(frozen=True, slots=True)
class Period:
    """A range of days, and what it is: day, week, month, year or range."""

    kind: str
    first: str
    last: str

    def days(self) -> Iterator[str]:
        """Every day of it."""
        return (day_text(n) for n in range(day_number(self.first), day_number(self.last) + 1))


NO_PERIOD = Period("day", "1970-01-01", "1970-01-01")
"""Of a log in which there is no day: nobody came, or nobody ever knew the date."""

_FORMS = re.compile(r"(\d{4})(?:-W(\d{2})|-(\d{2})(?:-(\d{2}))?)?\Z")


def period_of(text: str) -> Period:
    """2026, 2026-10, 2026-W41, 2026-10-02, or 2026-10-02..2026-10-20. ValueError says what is wrong."""
    first, dots, last = text.partition("..")
    if dots:
        a, b = period_of(first), period_of(last)
        if b.last < a.first:
            raise ValueError(f"{text}: the last day is before the first.")
        return Period("range", a.first, b.last)
    found = _FORMS.match(text)
    if found is None:
        raise ValueError(f"{text}: write 2026, 2026-10, 2026-W41, 2026-10-02, or two of them with .. between.")
    year, week, month, day = (int(part) if part else 0 for part in found.groups())
    if week:
        monday = date.fromisocalendar(year, week, 1)
        return Period("week", monday.isoformat(), (monday + timedelta(days=6)).isoformat())
    if day:
        return Period("day", date(year, month, day).isoformat(), date(year, month, day).isoformat())
    if month:
        following = date(year + month // 12, month % 12 + 1, 1)
        return Period("month", date(year, month, 1).isoformat(), (following - timedelta(days=1)).isoformat())
    return Period("year", date(year, 1, 1).isoformat(), date(year, 12, 31).isoformat())


def weekday(text: str) -> int:
    """The day of the week of YYYY-MM-DD, Monday is 0."""
    return date.fromisoformat(text).weekday()


def days_after(text: str, days: int) -> str:
    """The day so many days later."""
    return (date.fromisoformat(text) + timedelta(days=days)).isoformat()
