"""When a day's head is signed (pure)."""

from broker.store import Store
from onedoor.device.clock import local_time
from onedoor.hall.center_time import Now
from onedoor.hall.state import HallState
from onedoor.wire.messages import Seal

LAST_MINUTE = 23 * 60 + 30
DAILY_MS = 24 * 3_600_000
AGAIN_MS = 3_600_000
"""Rows that come after a day's seal get another one, but not sooner than this."""


def day_to_seal(
    hall: HallState, now: Now, closing_min: int, last: Seal | None, since_ms: int | None, head: int
) -> tuple[str, bool] | None:
    """The day whose head should be signed now ("": nobody knows which day it is), and whether that is its end; or None.

    A day is over when the closing hour has come and no counter is open, and at 23:30 in any case. Whatever the day is,
    the head is signed when a hub starts and once in 24 hours of its running. `last` is the newest seal, made so long
    ago (`since_ms`; None: not by this start); `head` is the log's last row.
    """
    if last is not None and last.hub_seq == head:
        return None
    day = hall.day if now.known else ""
    over = False
    if day:
        local = local_time(now.ms, now.zone)
        minute = local.hour * 60 + local.minute
        over = minute >= LAST_MINUTE or (minute >= closing_min and not hall.open_counters())
    if since_ms is None or since_ms >= DAILY_MS or (last is not None and day and last.day not in ("", day)):
        return day, over or not day
    sealed = last is not None and last.day == day and last.closing and since_ms < AGAIN_MS
    return (day, True) if over and not sealed else None


def unsealed(store: Store) -> bool:
    """Whether the log has rows behind its newest seal."""
    last = store.last_seal()
    return last is None or last.hub_seq < store.hub_seq
