"""What really happened, read beside the log: when each row was written, and what the log says about that."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from laos import day_of

from onedoor.hall import events as ev
from onedoor.hall.events import HUB, RowId
from onedoor.wire.rows import LogRow
from simulation.day import Day, Node

FAITHFUL_MS = 12_000
"""Twice the longest way of a message, and a bit."""
MINUTE_MS = 61_000
DRIFT = 1e-3
"""Two boxes' clocks part by so much at most."""


@dataclass
class Truth:
    """Real times of a run, in milliseconds since 1970, and the offsets that the log ended up with."""

    day: Day
    hub: Node
    offsets: dict[int, int] = field(default_factory=dict)
    """Center time less hall time, of the stretches whose date is known."""
    known: list[tuple[int, int, int | None]] = field(default_factory=list)
    """From row so on, in this stretch, the offset that was known (None: none was)."""

    def __post_init__(self) -> None:
        stretch, offset = 0, None
        for row in self.hub.disk.log:  # type: ignore[union-attr]
            event = row.event
            match event:
                case ev.StretchBegan():
                    stretch, offset = event.stretch, None
                case ev.TimeKnown():
                    stretch, offset = event.stretch, event.center_ms - event.hall_ms
                    self.offsets[stretch] = offset
                case ev.TimeWithdrawn():
                    offset = None
                    self.offsets.pop(event.stretch, None)
                case _:
                    continue
            self.known.append((row.hub_seq, stretch, offset))

    def real_ms(self, row: LogRow) -> int | None:
        """When a row was really written; None if nobody in here saw it."""
        if row.dev == HUB:
            at = self.day.decided.get((row.run, row.seq))
        else:
            found = self.day.written.get(f"{row.dev}.{row.run}.{row.seq}")
            at = found[3] if found else None
        return None if at is None else self.day.world.began_ms + at

    def issued_ms(self, ticket: RowId) -> int | None:
        """When the ticket's row was really written."""
        found = self.day.written.get(ticket)
        return self.day.world.began_ms + found[3] if found else None

    def center_ms(self, row: LogRow) -> int | None:
        """When a row happened, says the log; None: its date is not known."""
        if row.quality not in "AB":
            return None
        if row.stretch == 0:
            return row.t_event
        offset = self.offsets.get(row.stretch)
        return None if offset is None else row.t_event + offset

    def faithful_ms(self) -> float:
        """By how much a time may be wrong: what people say is good to a minute."""
        minute = MINUTE_MS if self.day.tally["times said"] else 0
        return FAITHFUL_MS + minute + DRIFT * self.day.world.now_ms

    def excused(self, error_ms: float) -> bool:
        """Whether somebody whose word counts told a time that is so wrong."""
        return abs(error_ms) <= self.faithful_ms() or self.day.world.was_told(int(error_ms))

    def excused_between(self, error_ms: float) -> bool:
        """The same of the time between two moments: each of them may have been dated by a lie of its own."""
        return any(self.excused(error_ms + lie) or self.excused(lie - error_ms) for lie in (0, *self.day.world.lies))


def near_midnight(at_ms: int, within_ms: int) -> bool:
    """Whether nobody can say for sure which day it is."""
    return day_of(at_ms - within_ms) != day_of(at_ms + within_ms)


def calls(log: list[LogRow]) -> Iterator[tuple[LogRow, RowId]]:
    """Whom counters called, in the order of the log: by the hub's word, or by their own."""
    for row in log:
        if isinstance(row.event, ev.Shown | ev.CalledLocally):
            yield row, row.event.ticket
