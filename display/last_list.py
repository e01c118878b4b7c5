"""The last list of waiting people that a counter heard, for the time without a hub (pure).

Policy. Cut-off counters take turns in it, each its own share, so that they seldom call the same person. Nobody is
called from a list that may be yesterday's, and nobody whose day is in doubt: that only the hub can have asked.
"""

from collections.abc import Container
from dataclasses import dataclass
from zlib import crc32

from onedoor.hall.zone import day_of
from onedoor.wire.messages import TicketRef, Waiting

OLD_MS = 8 * 3_600_000


@dataclass(slots=True)
class LastList:
    """The list, and at which moment of the monotonic clock it was heard."""

    waiting: Waiting | None = None
    heard_ms: int = 0

    def hear(self, waiting: Waiting | None, now_ms: int) -> bool:
        """Perhaps a new list; whether it is."""
        if waiting is self.waiting:
            return False
        self.waiting, self.heard_ms = waiting, now_ms
        return True

    def first(
        self, dev: str, queues: Container[str], taken: Container[str], now_ms: int, known_ms: int | None, zone: str
    ) -> TicketRef | None:
        """The first of this counter's share; `known_ms`: center time, if it is known."""
        waiting = self.waiting
        if waiting is None or now_ms - self.heard_ms > OLD_MS:
            return None
        if known_ms is not None and waiting.day and waiting.day < day_of(known_ms, zone):
            return None
        counters = waiting.open_counters
        place, share = counters.index(dev) if dev in counters else 0, max(1, len(counters))
        told_ms = waiting.at_ms + now_ms - self.heard_ms
        for ticket in waiting.line:
            # As the hub would find by now: who has waited so long while nobody knows the time may be of yesterday.
            doubt = ticket.doubt or (known_ms is None and 0 < ticket.entered_ms < told_ms - OLD_MS)
            ours = ticket.queue in queues and ticket.ticket not in taken and not doubt
            if ours and crc32(ticket.label.encode()) % share == place % share:
                return ticket
        return None
