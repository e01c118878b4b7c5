"""What becomes of the code of an appointment (pure): one answer for the line, the citizen and the clerk.

Policy. A code counts once, for its own service, and in its window; whoever types anything else gets a number all the
same, and waits like everybody who came then. Whoever comes too early, or on another day, has not used it: it counts
when its time comes. Why it does not count is said in words, to him at once and to the clerk
beside his number.
"""

from collections.abc import Mapping
from enum import StrEnum

from onedoor.hall.order import MINUTE_MS
from onedoor.hall.rules import Rules
from onedoor.hall.state import Appointment
from onedoor.hall.zone import day_of


class CodeState(StrEnum):
    """What a code is worth just now."""

    GOOD = "good"
    EARLY = "early"
    LATE = "late"
    OTHER_DAY = "other_day"
    OTHER_SERVICE = "other_service"
    USED = "used"
    UNKNOWN = "unknown"
    UNSURE = "unsure"
    """Nobody could be asked, or nobody knows the time: it is looked at when there is an answer."""


OF_TIME = frozenset({CodeState.GOOD, CodeState.EARLY, CodeState.LATE, CodeState.OTHER_DAY})
"""What only somebody can say who knows the time."""
HINTS: dict[str, str] = {
    CodeState.EARLY: "appointment: too early",
    CodeState.LATE: "appointment: too late",
    CodeState.OTHER_DAY: "appointment: another day",
    CodeState.OTHER_SERVICE: "appointment: other service",
    CodeState.USED: "code used before",
    CodeState.UNKNOWN: "code not known",
}
"""What the clerk reads beside the number of somebody whose code did not count."""


def code_state(
    appointments: Mapping[str, Appointment], code: str, service: str, came_ms: int, rules: Rules
) -> tuple[CodeState, int]:
    """What this code is worth to somebody who came then (center time) for this service, and its appointed time (0:
    there is none, or it is none of his business).
    """
    booked = appointments.get(code)
    if booked is None:
        return CodeState.UNKNOWN, 0
    if booked.service != service:
        return CodeState.OTHER_SERVICE, 0
    if booked.ticket is not None:
        return CodeState.USED, booked.at_ms
    if day_of(came_ms, rules.hours.zone) != day_of(booked.at_ms, rules.hours.zone):
        return CodeState.OTHER_DAY, booked.at_ms
    if came_ms < booked.at_ms - rules.early_min * MINUTE_MS:
        return CodeState.EARLY, booked.at_ms
    if came_ms > booked.at_ms + rules.late_min * MINUTE_MS:
        return CodeState.LATE, booked.at_ms
    return CodeState.GOOD, booked.at_ms
