"""What the hub tells about the hall, computed from its state alone (pure)."""

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate, islice

from msgspec import Struct

from onedoor.hall.center_time import TODAY
from onedoor.hall.checkin import HINTS
from onedoor.hall.days import groups_in_doubt, of_day
from onedoor.hall.events import RowId
from onedoor.hall.order import MINUTE_MS
from onedoor.hall.state import HallState, Ticket
from onedoor.hall.visit import Phase
from onedoor.wire import limits
from onedoor.wire.messages import (
    WAITING_LISTED,
    Asked,
    CalledNews,
    CallLine,
    CounterLine,
    CountersNews,
    DayNews,
    Start,
    TicketRef,
    Waiting,
)

ASKED_LISTED = 32
UNSERVED_TOLD = 8
"""So many queues without a counter have a place among the hub's alarms, whatever else it has to tell."""
STANDARD_MIN = 25
"""What a service promises whose catalogue says nothing."""

Stamp = tuple[int, Start, int, int]
"""Version, start, hub_seq, time: what every piece of news begins with."""


def ticket_ref(hall: HallState, rid: RowId) -> TicketRef:
    """A ticket as screens and panels need it."""
    return _ref(hall, hall.tickets.get(rid) or Ticket(rid))


def _ref(hall: HallState, ticket: Ticket, *, doubt: bool = False) -> TicketRef:
    note = "first" if ticket.first else "appointment" if ticket.appointed_ms is not None else ticket.back
    note = note or HINTS.get(ticket.code_state, "")
    serving = ticket.phase is Phase.SERVING
    here = "entered_ms" in ticket.loose or hall.time.comparable(ticket.stretch, hall.time.stretch)
    entered_ms = (ticket.entered_ms or 0) if here and ticket.low_ms is None else 0
    return TicketRef(
        ticket.id, ticket.label, ticket.service, ticket.queue, entered_ms,
        ticket.cls, ticket.leg, serving, note, doubt,
    )  # fmt: skip


def asked(group: list[Ticket]) -> Asked | None:
    """The question whose day these people are of."""
    if not group:
        return None
    first, last = group[0], group[-1]
    return Asked(first.id, first.label, last.label, len(group), max(0, first.issued_ms or 0))


def asked_of(groups: list[list[Ticket]]) -> list[str]:
    """The first of each group that has to be asked about."""
    return [group[0].id for group in groups[:ASKED_LISTED]]


def waiting_news(hall: HallState, stamp: Stamp, there: Callable[[str], bool] = lambda _: True) -> Waiting:
    """How many wait in each queue, the first of them in order, which counters are open, which queues one calls from
    whose box is there (`broker.attendance`).
    """
    now = hall.time.now_of(stamp[3])
    groups = [] if now.known and not hall.unsure else groups_in_doubt(hall, now)
    shown = islice(hall.waiting(now_ms=stamp[3]), WAITING_LISTED)
    # Who is surely of an earlier day, and has not expired yet, is nobody to call either.
    line = [_ref(hall, t, doubt=of_day(hall, t, now) != TODAY) for t in shown]
    queues = {q: n for q in hall.line.names() if (n := hall.line.count(q))}
    told, issued = _short(queues), _short(hall.issued)
    served = hall.served_queues(there)
    alone = sorted((q for q in queues if q not in served), key=lambda q: (-queues[q], q))
    named = _fitting(alone)
    return Waiting(
        *stamp, told, line, hall.open_counters(), hall.day, issued, more=len(queues) - len(told),
        asked=asked_of(groups), served=_names(served),
        places=_names({f"counter/{counter.counter}" for counter in hall.counters.values()}),
        at=_at(hall, there), alone=named, alone_more=len(alone) - len(named),
    )  # fmt: skip


def _names(queues: set[str]) -> list[str] | None:
    """All of these, or, if a message has no room for them, nothing: a part of them would say that nobody serves the
    others.
    """
    fits = len(queues) <= limits.LIST * 4 and sum(len(q.encode()) + 3 for q in queues) <= limits.QUEUES_BYTES // 4
    return sorted(queues) if fits else None


def _fitting(queues: list[str]) -> list[str]:
    """As many of these, from the first on, as a message has room for; nearly always all of them."""
    room = list(accumulate(len(q.encode()) + 3 for q in queues))
    return queues[: min(limits.LIST, bisect_right(room, limits.QUEUES_BYTES // 8))]


def _at(hall: HallState, there: Callable[[str], bool]) -> dict[str, str] | None:
    """The number of each open counter, as far as there is room. One whose box is dark and that had nobody has none."""
    at = {c.dev: c.counter for c in hall.counters.values() if c.open and (c.ticket or there(c.dev))}
    size = sum(len(f"{dev}{number}".encode()) + 6 for dev, number in at.items())
    return at if size <= limits.QUEUES_BYTES // 8 else None


def _short(counts: dict[str, int]) -> dict[str, int]:
    """As many of these as a message has room for, the largest first; nearly always all of them."""
    if sum(map(len, counts)) + 12 * len(counts) <= limits.QUEUES_BYTES // 4:
        return counts
    found, room = dict[str, int](), limits.QUEUES_BYTES
    for name, count in sorted(counts.items(), key=lambda of: (-of[1], of[0])):
        room -= len(name.encode()) + 12
        if room >= 0:
            found[name] = count
    return found


def called_news(hall: HallState, stamp: Stamp) -> CalledNews:
    """The newest calls, newest first. One whose issue has not arrived yet has no label to show."""
    calls = [
        CallLine(a.label, a.service, a.counter, a.at_ms, a.order, a.recalls, hall.tickets[a.ticket].lang)
        for a in hall.shown
        if a.label and a.ticket in hall.tickets
    ]
    return CalledNews(*stamp, calls)


def day_news(hall: HallState, stamp: Stamp) -> DayNews:
    """The public figures of the day, from its own tickets alone."""
    called = within = 0
    standard = hall.rules.standard_min
    for ticket in hall.tickets.values():
        if ticket.day == hall.day and ticket.first_wait_ms is not None:
            called += 1
            within += ticket.first_wait_ms <= standard.get(ticket.service, STANDARD_MIN) * MINUTE_MS
    most = max(standard.values(), default=STANDARD_MIN)
    return DayNews(*stamp, called, within, most, hall.departures, hall.notice[0], _collided(hall))


def _collided(hall: HallState) -> list[tuple[str, list[str]]]:
    """People whom more than one counter holds, with the counters' numbers."""
    found: dict[str, list[str]] = {}
    for counter in hall.counters.values():
        ticket = hall.tickets.get(counter.ticket) if counter.ticket else None
        if ticket is not None and len(ticket.holders) > 1 and ticket.label:
            numbers = (hall.counters[dev].counter for dev in ticket.holders if dev in hall.counters)
            found[ticket.label] = sorted(numbers)[: limits.COUNTERS_MET]
    return sorted(found.items())[: limits.MET_TOLD]


def counters_news(hall: HallState, stamp: Stamp) -> CountersNews:
    """Every counter, and whom it serves."""
    lines = []
    for counter in hall.counters.values():
        ticket = hall.tickets.get(counter.ticket) if counter.ticket else None
        lines.append(CounterLine(counter.counter, counter.open, ticket.label if ticket else "", counter.paused))
    return CountersNews(*stamp, lines)


def unserved_alarms(waiting: Struct | None, room: int) -> list[str]:
    """An alarm for each queue in which people wait for nobody; if there is no room for all, how many more there are."""
    if not isinstance(waiting, Waiting):
        return []
    queues = waiting.unserved()
    codes = [code for q in queues if len(code := f"unserved:{q}") <= limits.WORD]
    total, room = len(queues) + waiting.alone_more, max(room, UNSERVED_TOLD)
    if total <= room and len(codes) == total:
        return codes
    told = codes[: room - 1]
    return [*told, f"unserved_more:+{total - len(told)}"]


NEWS: dict[str, Callable[..., Struct]] = {
    "waiting": waiting_news, "called": called_news, "counters": counters_news, "day": day_news,
}  # fmt: skip
"""Every part of what screens show, and how it is computed."""


def parts_of(changed: dict[str, object]) -> set[str]:
    """Which parts of what the screens show a change touches."""
    parts = {name.partition("/")[0] for name in changed}
    dirty = set()
    if parts & {"ticket", "day"}:
        dirty.add("waiting")
    if "shown" in parts:
        dirty.add("called")
    if "counter" in parts:
        dirty |= {"counters", "waiting"}
    if parts & {"notice", "day"}:
        dirty.add("day")
    return dirty
