"""The time on a display, as well as it is known: plain, with a question mark, or not at all."""

from display.time_page import Told
from onedoor.device.clock import local_time

UNKNOWN = "--:--"


def shown_time(told: Told, mono_ms: int) -> tuple[str, str]:
    """Time of day and date as they are shown now; a time that one person said has a question mark, one that nobody
    said has no date.
    """
    at_ms = told.at(mono_ms)
    if at_ms is None:
        return UNKNOWN, ""
    at = local_time(at_ms, told.zone)
    doubt = "" if told.known else "?"
    return at.strftime("%H:%M") + doubt, at.strftime("%d/%m/%Y") + doubt
