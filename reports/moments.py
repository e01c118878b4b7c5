"""Times as foreign tables write them, read as whole seconds on the center's clock (pure).

Policy. A form that cannot mean a moment is refused before anything is read, and so is a text that names only a day:
midnight would be made up. Years are counted in one of two ways, and the map says which; a year that can only be of the
other one is no time, whatever a program would make of it.
"""

import re
from decimal import Decimal, InvalidOperation

from reports.dates import VIENTIANE_S, fault_of_form, offset_of, seconds_of
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


def zone_of(text: str, form: str, *, buddhist: bool) -> int:
    """By how many seconds the clock of a table is ahead of UTC; a text that is no moment says nothing of it."""
    try:
        return VIENTIANE_S if buddhist or form == EXCEL else offset_of(text, form)
    except ValueError:
        return VIENTIANE_S


def moment_of(text: str, form: str, *, buddhist: bool, offset_s: int = VIENTIANE_S) -> int:
    """Seconds on the center's clock, which is `offset_s` ahead of UTC. ValueError, with what is wrong, if the text is
    no moment in this form.
    """
    short = text[:40]
    if form == "iso" and len(text) <= len("2026-10-01"):
        raise ValueError(f"'{short}' is a day, and says no time of it")
    if buddhist:
        years = [int(year) for year in YEAR.findall(text) if int(year) >= FIRST_BUDDHIST]
        if not years:
            raise ValueError(f"'{short}' has no Buddhist year")
        # The 29th of February is in other years there, so the year is changed before the date is read.
        text = text.replace(str(years[0]), str(years[0] - BUDDHIST), 1)
    try:
        found = _of_excel(text) if form == EXCEL else seconds_of(text, form, offset_s)
    except ValueError:
        raise ValueError(f"'{short}' is not a time of the form {form}") from None
    if found < 0:
        raise ValueError(f"'{short}' is before 1970")
    if found >= TOO_LATE_S:
        raise ValueError(f"'{short}' is centuries ahead. If years are Buddhist: years = \"buddhist\" in [times]")
    return found


def _of_excel(text: str) -> int:
    """Days since the end of 1899; what is behind the point is the time. A whole number is a day and no moment."""
    try:
        days = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not days.is_finite() or not SERIAL_1970 < days < LAST_SERIAL or days == int(days):
        raise ValueError(text)
    return round((days - SERIAL_1970) * DAY_S)
