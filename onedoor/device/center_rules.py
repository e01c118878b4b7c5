"""The rules of a center out of its catalogue and its own file (pure): what the hub writes into the log."""

from typing import get_args

from onedoor.device.catalogue import CenterBook, Week
from onedoor.device.config import Language, minute_of
from onedoor.hall.rules import CLASS_ORDINARY, Hours, Rules
from onedoor.hall.zone import LAOS


def rules_of(book: CenterBook, zone: str = LAOS) -> Rules:
    """The rules in force: classes, routes and hours as both files together give them, in the center's time zone."""
    catalogue, choice = book.catalogue, book.local.rules
    return Rules(
        version=catalogue.version,
        credit_min={CLASS_ORDINARY: 0} | {c.id: c.credit_min for c in catalogue.classes},
        guard_min=choice.guard_min,
        routes={s.id: tuple(s.route) for s in catalogue.services if s.route},
        next_leg=choice.next_leg,
        returned=choice.returned,
        returned_within_min=choice.returned_within_min,
        early_min=choice.early_min,
        late_min=choice.late_min,
        close_after_min=choice.close_after_min,
        roll=choice.roll,
        hours=_hours(book, zone),
        standard_min={s.id: s.standard_wait_min for s in catalogue.services},
        services=tuple(s.id for s in catalogue.services),
        languages=get_args(Language),
    )


def _hours(book: CenterBook, zone: str) -> Hours:
    """Empty if the center has not said when it is open."""
    week, days = book.local.hours, book.local.days
    if week is None:
        return Hours(zone=zone)
    dates = {"-".join(reversed(day.date.split("/"))): day for day in days}
    return Hours(
        week=tuple(spans(getattr(week, name)) for name in Week.__struct_fields__),
        days={date: spans(day.windows) for date, day in sorted(dates.items())},
        names={date: day.name for date, day in sorted(dates.items())},
        zone=zone,
    )


def spans(windows: list[str]) -> tuple[tuple[int, int], ...]:
    """Windows as (from, to) in minutes since midnight."""
    return tuple((minute_of(w[:5]), minute_of(w[6:])) for w in windows)
