"""May the hub say that? Its own words about time and day, held against the log before them (pure).

Policy: what a word says must follow from the rows before it and from its own time. Where a date comes from, no log can
prove: a word names its source, and dates nothing that had not happened yet. Logs of before there were stretches have no
such words.
"""

from collections.abc import Callable

from onedoor.hall import events as ev
from onedoor.hall.center_time import EARLIER, FOREVER_MS
from onedoor.hall.days import closed_now, minded, of_day
from onedoor.hall.hours import closes_ms
from onedoor.hall.state import HallState
from onedoor.hall.visit import Phase
from onedoor.hall.zone import day_of
from onedoor.wire.rows import LogRow

LATE_MS = 10_000
"""So long after midnight a hub may still be busy with what came before it."""
LOOKS_MS = 120_000
"""Where nobody knows the time a hub looks once a minute who has been waiting for too long to be of today."""


def wrong_word(hall: HallState, row: LogRow, event: ev.Event, last: LogRow | None) -> str | None:
    """Why the hub may not say this here; None if it may. `last` is the row before."""
    check = _CHECKS.get(type(event))
    if check is None or (not hall.time.stretch and not isinstance(event, ev.StretchBegan)):
        return None
    return check(hall, row, event, last)


def day_unsaid(hall: HallState, row: LogRow) -> str | None:
    """Whether the hub should have said which day it is before it took this wish."""
    now = hall.time.now(row.t_recv - LATE_MS)
    if hall.time.stretch and now.known and day_of(now.ms, now.zone) > hall.day:
        return f"the day {day_of(now.ms, now.zone)} had begun, and the hub had not said so before it took this row"
    return None


def called_from_before(hall: HallState, row: LogRow, decisions: list[ev.HubEvent]) -> str | None:
    """Whether NEXT calls somebody of an earlier day, who should have expired before. Whom a clerk has sent on since the
    hub looked last, where nobody knows the time, has just stood at a counter.
    """
    late_ms = LATE_MS if hall.time.word.known else LOOKS_MS
    now = hall.time.now(row.t_recv - late_ms)
    called = (hall.tickets[word.ticket] for word in decisions if isinstance(word, ev.Called))
    new_ms = FOREVER_MS if hall.time.word.known else row.t_recv - late_ms
    waited = (t for t in called if (t.entered_ms or 0) <= new_ms)
    before = next((t for t in waited if hall.time.stretch and of_day(hall, t, now) == EARLIER), None)
    return None if before is None else f"calls {before.label}, who is of an earlier day and had to expire before"


def _stretch(hall: HallState, row: LogRow, event: ev.StretchBegan, last: LogRow | None) -> str | None:
    time = hall.time
    if event.stretch <= time.stretch or row.stretch != event.stretch:
        return f"stretch {event.stretch} does not follow stretch {time.stretch}"
    if last is not None and row.t_recv <= last.t_recv:
        return "a stretch begins before the row before it"
    if time.stretch and event.floor_ms < time.floor_ms:
        return "time that was surely past is forgotten"
    return None


def _word(
    hall: HallState, row: LogRow, event: ev.TimeKnown | ev.TimeSaid | ev.TimeWithdrawn, last: LogRow | None
) -> str | None:
    time = hall.time
    if event.stretch != time.stretch:
        return f"a word about stretch {event.stretch} in stretch {time.stretch}"
    if not (last.t_recv if last is not None else 0) <= event.hall_ms <= row.t_recv:
        return f"hall time {event.hall_ms} is not between the row before and this one"
    if isinstance(event, ev.TimeSaid) and time.word.known:
        return "one person's word replaces time that is known"
    if isinstance(event, ev.TimeWithdrawn) and (
        not time.word.known or event.center_ms - event.hall_ms != time.word.offset_ms or event.by != time.word.by
    ):
        return "takes back a word that does not hold"
    return None


def _day(hall: HallState, row: LogRow, event: ev.DayBegan, _: LogRow | None) -> str | None:
    now = hall.time.now(row.t_recv)
    if not now.known:
        return f"day {event.day} begins, and nobody knows which day it is"
    if event.day not in (now.day, day_of(now.ms - LATE_MS, now.zone)):
        return f"day {event.day} begins on {now.day}"
    return f"day {event.day} begins a second time" if event.day == hall.day else None


def _minded(hall: HallState, row: LogRow, _: ev.LineMinded, __: LogRow | None) -> str | None:
    return None if minded(hall, hall.time.now(row.t_recv)) else "looks through the line, and nothing follows from it"


def _closed(hall: HallState, row: LogRow, event: ev.CenterClosed, _: LogRow | None) -> str | None:
    now = hall.time.now(row.t_recv)
    if not now.known or event.day not in (now.day, day_of(now.ms - LATE_MS, now.zone)):
        return f"closes {event.day}, and " + (f"it is {now.day}" if now.known else "nobody knows which day it is")
    closes = closes_ms(hall.rules.hours, event.day) if hall.rules.hours.week else None
    if closes is None or now.ms < closes + hall.rules.close_after_min * 60_000:
        return f"closes {event.day} before closing time"
    if hall.closed_day == event.day and not closed_now(hall, now):
        return f"closes {event.day} a second time, for nobody"
    return None


def _park_over(hall: HallState, row: LogRow, event: ev.ParkOver, _: LogRow | None) -> str | None:
    ticket = hall.tickets.get(event.ticket)
    if ticket is None or ticket.phase is not Phase.PARKED:
        return "ends a pause of somebody who is in none"
    over = ticket.until_ms is not None and ticket.until_ms <= hall.time.now(row.t_recv).ms
    return None if over else "ends a pause before its time"


_CHECKS: dict[type, Callable[..., str | None]] = {
    ev.StretchBegan: _stretch,
    ev.TimeKnown: _word,
    ev.TimeSaid: _word,
    ev.TimeWithdrawn: _word,
    ev.DayBegan: _day,
    ev.LineMinded: _minded,
    ev.CenterClosed: _closed,
    ev.ParkOver: _park_over,
}
