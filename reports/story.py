"""The wait-time log as a person would tell it: visit by visit, step by step (pure).

One line a step: when, what, where, and how long the step before it took. Whatever casts doubt on a time stands in its
line: a poor clock, a call without the hub, an end that the system set.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from onedoor.hall import events as ev
from onedoor.hall.events import RowId, row_id
from onedoor.hall.hours import clock_of
from onedoor.hall.tickets import day_of
from onedoor.wire.rows import LogRow
from reports.shelf import MOST, Shelf

QUALITY = {"C": "poor clock", "D": "hub's clock not vouched for"}
SECONDS = 1_000


class Moment(Struct, frozen=True, array_like=True):
    """One step of a visit. `took_s` is the time since the step before it; `doubts` what makes its time worth less;
    `row` is its number in the log.
    """

    at_ms: int
    what: str
    took_s: int | None = None
    doubts: tuple[str, ...] = ()
    row: int = 0


class Visit(Struct, array_like=True):
    """One visit, as far as the log tells."""

    ticket: RowId
    label: str = ""
    service: str = ""
    day: str = ""
    moments: list[Moment] = field(default_factory=list)


def visits(rows: Iterable[LogRow]) -> dict[RowId, Visit]:
    """Every visit of a short log, in the order in which they first appear."""
    return {visit.ticket: visit for visit in each_visit(rows)}


def each_visit(rows: Iterable[LogRow], at_hand: int = MOST) -> Iterator[Visit]:
    """Every visit of a log, in the order in which they first appear; memory holds `at_hand` of them."""
    found: Shelf[Visit] = Shelf(Visit, at_hand)
    counters: dict[str, str] = {}
    corrections: list[ev.ClockCorrected] = []
    for row in rows:
        event = row.event
        if isinstance(event, ev.ClockCorrected):
            corrections.append(event)
        if isinstance(event, ev.CounterOpened):
            counters[row.dev] = event.counter
        told = _told(row, event, counters)
        if told is None:
            continue
        ticket, what = told
        visit = found.find(ticket)
        if visit is None:
            found.tidy()
            visit = found.hot[ticket] = Visit(ticket)
        if isinstance(event, ev.Issued):
            visit.label, visit.service = event.label, event.service
        elif isinstance(event, ev.WalkedIn):
            visit.label, visit.service = event.paper or "without a ticket", event.service
        visit.moments.append(Moment(row.t_event, what, None, tuple(_doubts(row, event)), row.hub_seq))
    found.sort(lambda _, visit: _corrected(visit, corrections))
    return (visit for _, _, visit in found.in_order())


def _corrected(visit: Visit, corrections: list[ev.ClockCorrected]) -> tuple[int, int]:
    """Bring a visit's moments into order, by what became known about the clocks; its first row."""
    first = visit.moments[0].row
    moments = [replace(m, at_ms=m.at_ms + correction_ms(m.row, corrections)) for m in visit.moments]
    visit.day = day_of(moments[0].at_ms)
    visit.moments = list(_timed(sorted(moments, key=lambda m: m.at_ms)))
    return first, 0


def correction_ms(hub_seq: int, corrections: Iterable[ev.ClockCorrected]) -> int:
    """What later became known about the clock that dated this row, in milliseconds to add."""
    return sum(c.new_ms - c.old_ms for c in corrections if c.first_seq <= hub_seq <= c.last_seq)


def _timed(moments: list[Moment]) -> Iterator[Moment]:
    """With the time each step took, both ends floored to whole seconds first."""
    before: int | None = None
    for moment in moments:
        second = moment.at_ms // SECONDS
        yield replace(moment, took_s=None if before is None else second - before)
        before = second


def _doubts(row: LogRow, event: ev.Event) -> Iterator[str]:
    if row.quality in QUALITY:
        yield QUALITY[row.quality]
    match event:
        case ev.CalledLocally():
            yield "called without the hub"
        case ev.Issued(offline=True):
            yield "issued without the hub"
        case ev.Ended(auto=True):
            yield "ended by the next call"


def _told(row: LogRow, event: ev.Event, counters: dict[str, str]) -> tuple[RowId, str] | None:
    """Which visit a row belongs to, and its words; None: the row says nothing of a visit."""
    here = f"counter {counters.get(row.dev, row.dev)}"
    match event:
        case ev.Issued():
            cls = "" if event.cls == "N" else f", class {event.cls}"
            return row_id(row.dev, row.run, row.seq), f"took {event.label} at {row.dev} for {event.service}{cls}"
        case ev.WalkedIn():
            return row_id(row.dev, row.run, row.seq), f"was served at {here} without waiting in line"
        case ev.Called():
            return event.ticket, f"called to counter {counters.get(event.dev, event.dev)}"
        case ev.HandedOn():
            return event.ticket, f"waits for the next step: {event.queue}"
        case ev.OrderChanged():
            why = f" ({event.reason})" if event.reason else ""
            return event.ticket, f"goes before {event.count} who came earlier: {event.cause}{why}"
        case ev.Ended():
            why = f": {event.reason}" if event.reason else ""
            return event.ticket, f"{event.outcome} at {here}{why}"
        case ev.Transferred():
            return event.ticket, f"sent on from {here} to {event.queue}"
        case ev.Rated():
            return event.ticket, f"rated {event.score} of {event.of}"
        case _:
            words = _WORDS.get(type(event))
            ticket = getattr(event, "ticket", None)
            return (ticket, words.format(here=here)) if words and ticket else None


_WORDS: dict[type, str] = {
    ev.CalledLocally: "called to {here}",
    ev.Recalled: "called once more to {here}",
    ev.Started: "service begins at {here}",
    ev.NoShow: "did not come to {here}",
    ev.Parked: "asked to come back later, by {here}",
    ev.Requeued: "is back and waits again",
    ev.ParkOver: "waits again",
    ev.GivenBack: "call taken back, waits on",
    ev.CallCollided: "was called by two counters that were cut off from each other",
    ev.Expired: "still waited when the day ended",
    ev.Printed: "ticket printed",
    ev.PrintFailed: "ticket could not be printed; the number was shown",
    ev.PrintUnknown: "nobody knows whether the ticket was printed",
}


def spoken(seconds: int) -> str:
    """A duration as people say it."""
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes or hours) + [f"{rest} s"]
    return sign + " ".join(parts[:2])


def lines(visit: Visit) -> Iterator[str]:
    """A visit as text."""
    yield f"{visit.label or visit.ticket}  {visit.service}  {visit.day}"
    for moment in visit.moments:
        took = f"  after {spoken(moment.took_s)}" if moment.took_s else ""
        doubts = f"  [{'; '.join(moment.doubts)}]" if moment.doubts else ""
        yield f"  {clock_of(moment.at_ms)}  {moment.what}{took}{doubts}"
