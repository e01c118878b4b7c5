"""The wait-time log as a person would tell it: visit by visit, step by step (pure).

One line a step: when, what, where, and how long the step before it took. Whatever casts doubt on a time stands in its
line: a poor clock, a date that nobody knows or that one person said, a call without the hub, an end that the system
set. How long something took is measured by `reports.durations`, as in every figure.
"""

import sys
from collections.abc import Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from onedoor.hall import events as ev
from onedoor.hall.events import HUB, RowId, row_id
from onedoor.hall.hours import clock_of
from onedoor.hall.zone import LAOS
from onedoor.wire.rows import LogRow
from reports.center_clock import CenterClock, hear_event
from reports.center_days import CenterDays
from reports.dates import day_text, local_s
from reports.durations import At, Verdict, dated, lasted, verdict
from reports.shelf import MOST, Shelf

QUALITY = {"C": "poor clock", "D": "hub's clock not vouched for"}
SECONDS = 1_000
SAID = "date said by one person"
NO_DATE = "date not known"


class Moment(Struct, frozen=True, array_like=True):
    """One step of a visit. `took_s` is the time since the step before it; `doubts` what makes its time worth less;
    `row` is its number in the log. `at_ms` is center time; None if nobody knows the date. With what it can be compared:
    as in `reports.durations`.
    """

    at_ms: int | None
    what: str
    took_s: int | None = None
    doubts: tuple[str, ...] = ()
    row: int = 0
    stretch: int = 0
    boot: str = ""
    mono_ms: int = 0


class Visit(Struct, array_like=True):
    """One visit, as far as the log tells; `zone`: whose day and clocks these are."""

    ticket: RowId
    label: str = ""
    service: str = ""
    day: str = ""
    moments: list[Moment] = field(default_factory=list)
    zone: str = LAOS


def visits(rows: Iterable[LogRow]) -> dict[RowId, Visit]:
    """Every visit of a short log, in the order in which they first appear."""
    return {visit.ticket: visit for visit in each_visit(rows)}


def each_visit(rows: Iterable[LogRow], at_hand: int = MOST) -> Iterator[Visit]:
    """Every visit of a log, in the order in which they first appear; memory holds `at_hand` of them."""
    found: Shelf[Visit] = Shelf(Visit, at_hand)
    counters: dict[str, str] = {}
    corrections: list[ev.ClockCorrected] = []
    clock = CenterClock()
    for row in rows:
        event = row.event
        if isinstance(event, ev.ClockCorrected):
            corrections.append(event)
        hear_event(clock, row)
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
        boot = "" if row.dev == HUB else sys.intern(f"{row.dev}/{row.boot}")
        visit.moments.append(
            Moment(row.t_event, what, None, tuple(_doubts(row, event)), row.hub_seq, row.stretch, boot, row.mono)
        )
    calendar = clock.calendar()
    found.sort(lambda _, visit: _corrected(visit, corrections, clock, calendar))
    return (visit for _, _, visit in found.in_order())


def _corrected(
    visit: Visit, corrections: list[ev.ClockCorrected], clock: CenterClock, calendar: CenterDays
) -> tuple[int, int]:
    """Bring a visit's moments into order, by what became known about the clocks; its first row. Times that cannot be
    compared stand in the order of the log.
    """
    first = visit.moments[0].row
    found = [_dated(m, corrections, clock) for m in visit.moments]
    if len({stamp.stretch for _, stamp, _ in found}) == 1:
        found.sort(key=lambda one: one[2])
    began = next(m.at_ms for m, _, _ in found if m.row == first)
    if began is not None:
        t = local_s(began)
        visit.day, visit.zone = day_text(calendar.day(t)), calendar.zone(t)
    visit.moments = list(_timed(found))
    return first, 0


Dated = tuple[Moment, At, int]
"""A moment on the center's clock, with what it can be compared, and the millisecond by which it is ordered."""


def _dated(moment: Moment, corrections: list[ev.ClockCorrected], clock: CenterClock) -> Dated:
    """A moment on the center's clock, if anybody said what it showed. Both ends of a duration are floored to whole
    seconds first.
    """
    at_ms = (moment.at_ms or 0) + correction_ms(moment.row, corrections) + clock.shift_ms(moment.stretch)
    how = clock.how(moment.stretch)
    doubts = {"known": (), "said": (SAID,), "unknown": (NO_DATE,)}[how]
    # A row of a boot that was over when it came can be compared with nothing but its own boot.
    apart = -moment.row if QUALITY["C"] in moment.doubts else clock.apart(moment.stretch)
    stamp = At(at_ms // SECONDS, apart, moment.boot, moment.mono_ms // SECONDS)
    told = replace(moment, at_ms=at_ms if dated(stamp.t) else None, doubts=(*moment.doubts, *doubts))
    return told, stamp, at_ms


def correction_ms(hub_seq: int, corrections: Iterable[ev.ClockCorrected]) -> int:
    """What later became known about the clock that dated this row, in milliseconds to add."""
    return sum(c.new_ms - c.old_ms for c in corrections if c.first_seq <= hub_seq <= c.last_seq)


def _timed(found: list[Dated]) -> Iterator[Moment]:
    """With the time each step took, if anybody knows it."""
    before: At | None = None
    for moment, stamp, _ in found:
        took = None if before is None else lasted(before, stamp)
        yield replace(moment, took_s=took if verdict(took) in (Verdict.GOOD, Verdict.LONG) else None)
        before = stamp


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
        case ev.Expired(reason="said"):
            return event.ticket, "over: of an earlier day, as a clerk answered"
        case ev.Expired(reason="closing"):
            return event.ticket, "still waited when the center closed"
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
    ev.Undone: "taken back: the act before it did not happen",
    ev.CallCollided: "was called by two counters that were cut off from each other",
    ev.Expired: "still waited when the day ended",
    ev.Restored: "waits again: a word about the day was wrong",
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
    yield f"{visit.label or visit.ticket}  {visit.service}  {visit.day or NO_DATE}"
    for moment in visit.moments:
        took = f"  after {spoken(moment.took_s)}" if moment.took_s else ""
        doubts = f"  [{'; '.join(moment.doubts)}]" if moment.doubts else ""
        yield f"  {time_of(moment.at_ms, visit.zone)}  {moment.what}{took}{doubts}"


def time_of(at_ms: int | None, zone: str) -> str:
    """The time of day; dashes if nobody knows it."""
    return "--:--:--" if at_ms is None else clock_of(at_ms, zone)
