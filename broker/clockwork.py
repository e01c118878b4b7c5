"""What the hub says by the clock alone, computed from its state (pure)."""

from collections.abc import Iterator

from onedoor.hall import events as ev
from onedoor.hall.hours import closes_ms
from onedoor.hall.state import HallState
from onedoor.hall.tickets import day_of


def words_due(hall: HallState, now_ms: int) -> Iterator[ev.HubEvent]:
    """The end of the day for those who still wait, and the end of a time for which somebody was parked."""
    day = day_of(now_ms)
    closes = closes_ms(hall.rules.hours, day) if hall.rules.hours.week else None
    late_ms = hall.rules.close_after_min * 60_000
    if closes is not None and hall.day == day and hall.closed_day != day and now_ms >= closes + late_ms:
        yield ev.CenterClosed(day)
        return
    for ticket in hall.parked():
        if ticket.until_ms is not None and ticket.until_ms <= now_ms:
            yield ev.ParkOver(ticket.id)


def next_park_over(hall: HallState) -> int | None:
    """When the next time is over for which somebody was parked (milliseconds since 1970)."""
    return min((t.until_ms for t in hall.parked() if t.until_ms is not None), default=None)
