"""What the hub tells about the hall, computed from its state alone (pure)."""

from itertools import islice

from onedoor.hall.events import RowId
from onedoor.hall.state import HallState, Ticket
from onedoor.hall.visit import Phase
from onedoor.wire.messages import (
    WAITING_LISTED,
    CalledNews,
    CallLine,
    CounterLine,
    CountersNews,
    Start,
    TicketRef,
    Waiting,
)

Stamp = tuple[int, Start, int, int]
"""Version, start, hub_seq, time: what every piece of news begins with."""


def ticket_ref(hall: HallState, rid: RowId) -> TicketRef:
    """A ticket as screens and panels need it."""
    return _ref(hall.tickets.get(rid) or Ticket(rid))


def _ref(ticket: Ticket) -> TicketRef:
    note = "first" if ticket.first else "appointment" if ticket.appointed_ms is not None else ticket.back
    serving = ticket.phase is Phase.SERVING
    return TicketRef(
        ticket.id, ticket.label, ticket.service, ticket.queue, ticket.entered_ms or 0,
        ticket.cls, ticket.leg, serving, note,
    )  # fmt: skip


def waiting_news(hall: HallState, stamp: Stamp) -> Waiting:
    """How many wait in each queue, the first of them in order, which counters are open."""
    line = [_ref(t) for t in islice(hall.waiting(now_ms=stamp[3]), WAITING_LISTED)]
    queues = {q: n for q in hall.line.names() if (n := hall.line.count(q))}
    return Waiting(*stamp, queues, line, hall.open_counters(), hall.day, hall.issued)


def called_news(hall: HallState, stamp: Stamp) -> CalledNews:
    """The newest calls, newest first. One whose issue has not arrived yet has no label to show."""
    calls = [CallLine(a.label, a.service, a.counter, a.at_ms, a.order, a.recalls) for a in hall.shown if a.label]
    return CalledNews(*stamp, calls)


def counters_news(hall: HallState, stamp: Stamp) -> CountersNews:
    """Every counter, and whom it serves."""
    lines = []
    for counter in hall.counters.values():
        ticket = hall.tickets.get(counter.ticket) if counter.ticket else None
        lines.append(CounterLine(counter.counter, counter.open, ticket.label if ticket else "", counter.paused))
    return CountersNews(*stamp, lines)
