"""When a day's head is signed (pure)."""

from onedoor.device.clock import local_time
from onedoor.hall.state import HallState
from onedoor.hall.tickets import day_of
from onedoor.wire.messages import Seal

LAST_MINUTE = 23 * 60 + 30
AGAIN_MS = 3_600_000
"""Rows that come after a day's seal get another one, but not sooner than this."""


def day_to_seal(hall: HallState, now_ms: int, closing_min: int, last: Seal | None, sealed_ms: int, head: int) -> str:
    """The day whose head should be signed now, or "".

    A day is over when the closing hour has come and no counter is open, at 23:30 in any case, or when
    the next day has begun. `last` is the newest seal, made at `sealed_ms`; `head` the log's last row.
    """
    if not hall.day:
        return ""
    if last is not None and last.day == hall.day and (last.hub_seq == head or now_ms - sealed_ms < AGAIN_MS):
        return ""
    if day_of(now_ms) > hall.day:
        return "" if last is not None and last.day == hall.day else hall.day
    local = local_time(now_ms)
    minute = local.hour * 60 + local.minute
    if minute >= LAST_MINUTE or (minute >= closing_min and not hall.open_counters()):
        return hall.day
    return ""
