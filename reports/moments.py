"""Times as foreign tables write them, read as whole seconds on the center's clock (pure).

Policy. A form that cannot mean a moment is refused before anything is read, and so is a text that names only a day:
midnight would be made up. Years are counted in one of two ways, and the map says which; a year that can only be of the
other one is no time, whatever a program would make of it.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from reports.dates import LINE_S, Zone, clock_reading, fault_of_form, seconds_of
from reports.steps import DAY_S

BUDDHIST = 543
"""The year 2026 is 2569 in Laos and Thailand."""
YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
FIRST_BUDDHIST = 2400
"""No queue was logged before 1857, and none is before 2400."""
TOO_LATE_S = seconds_of(f"{FIRST_BUDDHIST}-01-01 00:00", "iso")
HOURS = {"%H", "%I", "%X", "%c"}
DAYS = {
    "day": {"%d", "%j", "%x", "%c"},
    "month": {"%m", "%b", "%B", "%j", "%x", "%c"},
    "year": {"%y", "%Y", "%x", "%c"},
}
EXCEL = "excel"
LAST_SERIAL = 109_575
"""In the year 2199."""
SERIAL_1970 = 25_569
"""Spreadsheets count days since the end of 1899; this one is 1 January 1970."""


def why_no_moment(form: str, *, buddhist: bool) -> str:
    """Why nothing that is written in this form (of strptime, "iso" or "excel") says when something happened; "" if it
    may.
    """
    if form in ("iso", EXCEL):
        return f"years of '{form}' are not Buddhist ones" if form == EXCEL and buddhist else ""
    parts = set(re.findall(r"%-?.", form.replace("%%", "")))
    if missing := [what for what, any_of in DAYS.items() if not parts & any_of]:
        return f"'{form}' says nothing of the {missing[0]}: no moment can be read by it"
    if not parts & HOURS:
        return f"'{form}' has no hour: no moment can be read by it"
    if "%p" in parts and "%H" in parts:
        return f"'{form}': %H is an hour of 24, and takes no notice of %p; write %I"
    if "%I" in parts and "%p" not in parts:
        return f"'{form}': %I is an hour of 12, and needs %p to say which half of the day"
    if buddhist and "%Y" not in parts:
        return f"'{form}' has no year of four digits (%Y), which a Buddhist one is"
    fault = fault_of_form(form)
    return f"'{form}': {fault}" if fault else ""


Shown = tuple[int, int | None]
"""What a clock showed, in seconds since 1970 on it, and by how much it is ahead of UTC, if that is known."""


class Reader:
    """Reads the times of one table. What a text says of the day and of the hour is remembered apart, where it can be: a
    million rows have few days, and a day has few seconds.
    """

    def __init__(self, form: str = "iso", *, buddhist: bool = False, zone: Zone | None = None) -> None:
        """`zone`: the center's; if there is none, its clock is the one by which the table is written."""
        self.form, self.buddhist, self.zone = form, buddhist, zone
        self._halves = day_first(form)
        self._days: dict[str, int] = {}
        self._clocks: dict[str, Shown] = {}

    def read(self, text: str) -> Shown:
        """What the clock showed. ValueError, with what is wrong, if the text is no moment."""
        day, clock = self._split(text)
        known, hour = self._days.get(day), self._clocks.get(clock)
        if known is not None and hour is not None:
            return known + hour[0], hour[1]
        local, named = self._read(text)
        if clock:
            _keep(self._days, day, local - local % DAY_S)
            _keep(self._clocks, clock, (local % DAY_S, named))
        return local, named

    def _split(self, text: str) -> tuple[str, str]:
        """The text of the day and that of the hour, each of which says the same whatever the other is; else nothing."""
        if self._halves:
            day, _, clock = text.partition(" ")
            return day, clock
        if self.form == "iso" and len(text) > len("2026-10-01T08") and text[4] == text[7] == "-" and text[10] in "T ":
            return text[:10], text[11:]
        return "", ""

    def _read(self, text: str) -> Shown:
        short, form = text[:40], self.form
        if form == "iso" and len(text) <= len("2026-10-01"):
            raise ValueError(f"'{short}' is a day, and says no time of it")
        try:
            shown = (_of_excel(text), None) if form == EXCEL else clock_reading(self._christian(text), form)
        except _NoYear:
            raise ValueError(f"'{short}' has no Buddhist year") from None
        except ValueError:
            raise ValueError(f"'{short}' is not a time of the form {form}") from None
        if shown[0] < 0:
            raise ValueError(f"'{short}' is before 1970")
        if shown[0] >= TOO_LATE_S:
            raise ValueError(f"'{short}' is centuries ahead. If years are Buddhist: years = \"buddhist\" in [times]")
        return shown

    def offset(self, shown: Shown) -> int:
        """By how many seconds the clock is ahead of UTC on whose calendar this is: the center's, if its zone is known;
        else what the text says; where it says nothing, or only UTC, which is nobody's clock, that of Laos.
        """
        local, named = shown
        if self.zone is not None:
            return self.zone.offset_at(local - named if named is not None else self.zone.utc_of(local))
        return named or LINE_S

    def on_clock(self, shown: Shown, offset_s: int) -> int:
        """The same moment on a clock that is so far ahead of UTC all the time."""
        local, named = shown
        if named is not None:
            return local - named + offset_s
        return local if self.zone is None else self.zone.utc_of(local) + offset_s

    def _christian(self, text: str) -> str:
        """The text with a year since Christ."""
        if not self.buddhist:
            return text
        years = [int(year) for year in YEAR.findall(text) if int(year) >= FIRST_BUDDHIST]
        if not years:
            raise _NoYear
        # The 29th of February is in other years there, so the year is changed before the date is read.
        return text.replace(str(years[0]), str(years[0] - BUDDHIST), 1)


class _NoYear(Exception):
    """There is no Buddhist year in a text."""


KEPT_MOST = 100_000
V = TypeVar("V")


def _keep(known: dict[str, V], text: str, value: V) -> None:
    if len(known) >= KEPT_MOST:
        known.clear()
    known[text] = value


def day_first(form: str) -> bool:
    """Whether a form says the day in one word, and then only the hour."""
    day, blank, clock = form.partition(" ")
    says_day, says_hour = (set(re.findall(r"%-?.", part)) for part in (day, clock))
    return bool(blank and says_day and says_hour) and says_day <= OF_DAYS and says_hour <= OF_HOURS


OF_DAYS = frozenset({"%d", "%j", "%x", "%m", "%b", "%B", "%y", "%Y", "%a", "%A"})
OF_HOURS = frozenset({"%H", "%I", "%M", "%S", "%p", "%X", "%f"})


def moment_of(text: str, form: str, *, buddhist: bool) -> int:
    """Seconds on the center's clock, that of Laos. ValueError, with what is wrong, if the text is no moment in this
    form.
    """
    reader = Reader(form, buddhist=buddhist)
    return reader.on_clock(reader.read(text), LINE_S)


def _of_excel(text: str) -> int:
    """Days since the end of 1899; what is behind the point is the time. A whole number is a day and no moment; two
    numbers are a day and a time.
    """
    try:
        days = sum((Decimal(part) for part in text.split()), Decimal(0))
    except InvalidOperation:
        raise ValueError(text) from None
    if not days.is_finite() or not SERIAL_1970 < days < LAST_SERIAL or (days == int(days) and " " not in text):
        raise ValueError(text)
    return round((days - SERIAL_1970) * DAY_S)


SPANS = {"seconds": 1, "minutes": 60, "hours": 3600}
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})\Z")


def span_of(text: str, unit: str) -> int:
    """A duration in whole seconds. `unit`: seconds, minutes, hours, or clock (1:05:30, 05:30). ValueError, with what is
    wrong, if it is none.
    """
    short = text[:40]
    if unit == "clock":
        if (found := _CLOCK.match(text)) is None:
            raise ValueError(f"'{short}' is no duration like 1:05:30 or 05:30")
        return int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])
    try:
        seconds = Decimal(text.replace(",", ".")) * SPANS[unit]
    except InvalidOperation:
        raise ValueError(f"'{short}' is no number of {unit}") from None
    if not seconds.is_finite() or not 0 <= seconds <= DAY_S:
        raise ValueError(f"'{short}' {unit} is no time that somebody waits or is served")
    return int(seconds)
