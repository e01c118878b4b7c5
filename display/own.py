"""A counter's own figures of a day (pure): how many were served, and how long that took.

Policy. A day begins when it is known. Figures of another boot are of today only if both days are known; until then they
are put by, neither shown nor lost. Figures of this boot go on while nobody knows the date, and are named when somebody
does. A service whose beginning is not known is counted, and stays out of the mean. What was undone was never served: it
is counted once, when it ends at last, from its own beginning.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from onedoor.hall import events as ev
from onedoor.hall.desk import At, Desk
from onedoor.hall.zone import day_of


@dataclass(frozen=True, slots=True)
class Left:
    """Whose service ended here last, while nobody else has come: whether he was counted as served, and how long that
    took, if it is known.
    """

    ticket: str
    counted: bool = False
    took_ms: int | None = None


@dataclass(slots=True)
class Own:
    """The figures of `day` ("": nobody knows which); `timed` of the `served` took `service_ms` in all. They are of the
    boot `boot`, since its moment `began_ms`; `before`: day and figures that were put by. `left`: whom an undo would
    bring back.
    """

    day: str = ""
    served: int = 0
    service_ms: int = 0
    timed: int = 0
    boot: str = ""
    began_ms: int = 0
    before: tuple[str, int, int, int] | None = None
    left: Left | None = None

    @property
    def mean_min(self) -> int:
        """Minutes a service took, rounded; 0 if there was none."""
        return round(self.service_ms / self.timed / 60_000) if self.timed else 0


def own_now(own: Own, boot: str, mono_ms: int, known_ms: int | None, zone: str) -> Own:
    """The figures that count at this moment of this boot; `known_ms`: center time, if it is known."""
    if own.boot != boot:
        before = (own.day, own.served, own.service_ms, own.timed) if own.day else own.before
        own = Own(boot=boot, began_ms=mono_ms, before=before, left=own.left)
    if known_ms is None:
        return own
    day = day_of(known_ms, zone)
    if own.day != day:
        same = day_of(known_ms - (mono_ms - own.began_ms), zone) == day
        new = Own(day, boot=boot, began_ms=mono_ms, before=own.before, left=own.left)
        own = replace(own, day=day) if same else new
    before, own = own.before, replace(own, before=None)
    if before is not None and before[0] == day:
        _day, served, service_ms, timed = before
        own.served, own.service_ms, own.timed = own.served + served, own.service_ms + service_ms, own.timed + timed
    return own


def after_rows(own: Own, before: Desk, events: Iterable[ev.Event], now_ms: int) -> Own:
    """The figures after rows of this counter, which stood as in `before` until then."""
    for event in events:
        match event:
            case ev.Ended():
                counted = event.outcome != "withdrawn"
                begun = before.since_ms if before.at == At.SERVING else now_ms
                took = None if begun is None else now_ms - begun
                own = replace(count(own, took) if counted else own, left=Left(event.ticket, counted, took))
            case ev.WalkedIn():
                own = replace(own, left=None)
    return own


def brought_back(own: Own, ticket: str) -> Own:
    """An undo has brought this person back: the figures without his end."""
    left = own.left
    if left is None or left.ticket != ticket:
        return own
    timed, took = left.took_ms is not None, max(0, left.took_ms or 0)
    if left.counted and own.served:
        own = replace(own, served=own.served - 1, timed=own.timed - timed, service_ms=own.service_ms - took)
    elif left.counted and own.before is not None:  # counted before power failed, in figures that are put by
        day, served, service_ms, count_of = own.before
        own = replace(own, before=(day, max(0, served - 1), service_ms - took, count_of - timed))
    return replace(own, left=None)


def count(own: Own, took_ms: int | None) -> Own:
    """One more was served, in so long if that is known."""
    if took_ms is None:
        return replace(own, served=own.served + 1)
    return replace(own, served=own.served + 1, timed=own.timed + 1, service_ms=own.service_ms + max(0, took_ms))
