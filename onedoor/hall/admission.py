"""Whether a number of a service is given now (pure).

Policy: a citizen who touches a service gets a number unless a published rule says otherwise: the center is closed that
day, the service has its own times, its day is full. A box that does not know the time for sure never refuses by time,
and one that does not know how many there are today never refuses by number.
"""

from onedoor.hall.hours import windows
from onedoor.hall.refusals import Refusal
from onedoor.hall.rules import Hours
from onedoor.hall.zone import day_of, minute_of_day

DOORS_MIN = 60
"""So long before the center opens numbers are given to those who stand at the door."""


def refusal(
    hours: Hours, spans: tuple[tuple[int, int], ...], cut_off_min: int, daily_limit: int,
    now_ms: int | None, issued: int | None,
) -> Refusal | None:  # fmt: skip
    """Why there is no number now, or None.

    `spans` are the service's own times in minutes since midnight (none: the center's). `now_ms` is None while the time
    is not known for sure, `issued` how many numbers of the service there are today, None if nobody has told.
    """
    if daily_limit and issued is not None and issued >= daily_limit:
        return Refusal.SERVICE_FULL
    if now_ms is None:
        return None
    open_today = windows(hours, day_of(now_ms, hours.zone))
    if not open_today or not open_today[0][0] - DOORS_MIN * 60_000 <= now_ms < open_today[-1][1]:
        return Refusal.CENTER_CLOSED
    minute = minute_of_day(now_ms, hours.zone)
    if spans and not any(a <= minute < b - cut_off_min for a, b in spans):
        return Refusal.SERVICE_CLOSED
    if not spans and cut_off_min and now_ms >= open_today[-1][1] - cut_off_min * 60_000:
        return Refusal.SERVICE_CLOSED
    return None
