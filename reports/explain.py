"""Why did this ticket wait? The answer for the person who waited, out of the log alone (pure).

Told are the rule's own numbers, everybody who was called before from the same queues after this ticket had come, and by
which rule; and what the clerks did out of order, with their reasons. Times are the center's, as the whole log knows
them; where nobody does, there are dashes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from onedoor.hall import events as ev
from onedoor.hall.events import HUB, RowId, row_id
from onedoor.hall.hours import spelled_day
from onedoor.hall.ledger import Ledger, as_known, replayed
from onedoor.hall.state import Ticket
from onedoor.hall.visit import Phase
from onedoor.wire.rows import LogRow
from reports.center_clock import CenterClock, hear_event
from reports.center_days import CenterDays
from reports.dates import local_s
from reports.durations import At, Verdict, dated, lasted, verdict
from reports.story import NO_DATE, time_of

WORDS = {
    "rule": "by the order of the queue",
    "priority": "priority class",
    "appointment": "appointment",
    "transferred_first": "sent on, before the others",
    "out_of_order": "called out of order",
    "parked": "had been served before and was asked to come back",
    "returned": "had been called before and came back",
    "guard": "had waited longer than the guard allows",
}


class NotFound(Exception):
    """The log has no such ticket."""


@dataclass(slots=True)
class Passing:
    """Somebody who was called before."""

    label: str
    at_ms: int | None
    cause: str
    reason: str = ""
    earlier: bool = False


@dataclass(slots=True)
class Stay:
    """One leg of the ticket: its place by the rule, and who went before it."""

    queue: str
    leg: int
    entered_ms: int
    order_ms: int
    queued_ms: int
    ahead: int
    moved_ms: int | None = 0
    """What became known later of the clock by which these times were taken; None: nobody knows the date."""
    begun: At = field(default_factory=partial(At, 0))
    passed_by: list[Passing] = field(default_factory=list)
    called: At | None = None
    called_ms: int | None = None


def explain(read: Callable[[], Iterable[LogRow]], label: str, day: str = "") -> list[str]:
    """What there is to say about a ticket, line by line; of the newest day on which the label was given, if no day.

    `read` begins the log anew: it is read twice, and no row is kept. Raises NotFound.
    """
    rid, issued, clock = _find(read(), label, day)
    ledger, stays, last, senseless = Ledger(), list[Stay](), None, 0
    for row in read():
        before, event = ledger.hall.tickets.get(rid), row.event
        leg, phase = (before.leg, before.phase) if before else (0, None)
        changed = event if isinstance(event, ev.OrderChanged) else None
        if isinstance(event, ev.Called) and stays and phase is Phase.WAITING and event.ticket != rid:
            _note_call(ledger, stays[-1], event, _center_ms(row, clock))
        if changed is not None and stays and stays[-1].passed_by and changed.ticket != rid:
            _note_cause(stays[-1], ledger.hall.tickets.get(changed.ticket), changed)
        if not replayed(ledger, row.dev, row.run, row.seq, event, row.dated):
            senseless = senseless or row.hub_seq
        ledger.hall.changed.clear()
        ticket = ledger.hall.tickets.get(rid)
        if ticket is None:
            if before is not None:
                break
            continue
        last = ticket
        if ticket.issued_ms is not None and (not stays or ticket.leg != leg):
            stays.append(_stay(ledger, ticket, row, clock))
        if stays and ticket.phase is Phase.WALKING and phase is not Phase.WALKING:
            stays[-1].called, stays[-1].called_ms = _stamp(row, clock), _center_ms(row, clock)
    doubts = [f"row {senseless} cannot follow those before it: ask `onedoor verify`"] if senseless else []
    return [*_told(label, _center_ms(issued, clock), issued, last, stays, ledger, clock.calendar()), *doubts]


def _find(log: Iterable[LogRow], label: str, day: str) -> tuple[RowId, LogRow, CenterClock]:
    """The ticket's row, and what the whole log says of the time."""
    clock, issues = CenterClock(), list[LogRow]()
    for other in log:
        if other.kind == "issued" and other.body["label"] == label:
            issues.append(other)
        elif other.dev == HUB:
            hear_event(clock, other)
    calendar = clock.calendar()
    days = [(row, "" if (at := _center_ms(row, clock)) is None else calendar.texts(local_s(at))[0]) for row in issues]
    row = next((row for row, of in reversed(days) if day in ("", of)), None)
    if row is None:
        raise NotFound(f"There is no ticket {label}" + (f" on {spelled_day(day)}" if day else "") + " in this log.")
    return row_id(row.dev, row.run, row.seq), row, clock


def _center_ms(row: LogRow, clock: CenterClock) -> int | None:
    """When it happened, on the center's clock; None if nobody knows."""
    return None if clock.how(row.stretch) == "unknown" else row.t_event + clock.shift_ms(row.stretch)


def _stamp(row: LogRow, clock: CenterClock) -> At:
    """The same, with what it can be compared."""
    boot = "" if row.dev == HUB else f"{row.dev}/{row.boot}"
    at_ms = row.t_event + (clock.shift_ms(row.stretch) if dated(clock.shift_ms(row.stretch) // 1000) else 0)
    return At(at_ms // 1000, clock.apart(row.stretch), boot, row.mono // 1000)


def _stay(ledger: Ledger, ticket: Ticket, row: LogRow, clock: CenterClock) -> Stay:
    line = ledger.hall.line
    ahead = line.ahead(ticket.queue, ticket.order_ms, ticket.id)
    now_ms, then_ms = _center_ms(row, clock), as_known(ledger.hall, row.dated)[0]
    stay = Stay(ticket.queue, ticket.leg, ticket.entered_ms or 0, ticket.order_ms, ticket.queued_ms or 0, ahead)
    stay.moved_ms, stay.begun = None if now_ms is None else now_ms - then_ms, _stamp(row, clock)
    return stay


def _note_call(ledger: Ledger, stay: Stay, called: ev.Called, at_ms: int | None) -> None:
    """A call while ours waits counts if it came from the same queue."""
    other = ledger.hall.tickets.get(called.ticket)
    if other is not None and other.queue == stay.queue:
        earlier = other.queued_ms is not None and other.queued_ms <= stay.queued_ms
        stay.passed_by.append(Passing(other.label, at_ms, "rule", earlier=earlier))


def _note_cause(stay: Stay, other: Ticket | None, changed: ev.OrderChanged) -> None:
    for passing in stay.passed_by:
        if other is not None and passing.label == other.label:
            passing.cause, passing.reason = changed.cause, changed.reason


def _told(
    label: str, at_ms: int | None, issued: LogRow, ticket: Ticket | None, stays: list[Stay], ledger: Ledger,
    calendar: CenterDays,
) -> Iterator[str]:  # fmt: skip
    rules = ledger.hall.rules
    body = issued.body
    day = NO_DATE if at_ms is None else spelled_day(calendar.texts(local_s(at_ms))[0])
    zone = calendar.zone(local_s(at_ms or 0))
    yield f"{label}, {day}, service {body['service']}, class {body['cls']}"
    credit = rules.credit_min.get(str(body["cls"]), 0)
    yield f"rule {rules.version or '(none set)'}: the smallest time wins; a credit of {credit} min is taken off"
    for stay in stays:
        yield from _stay_told(stay, zone)
    if ticket is not None:
        yield f"now: {ticket.phase.value.replace('_', '-')}" + (
            f", {ticket.returns} return(s)" if ticket.returns else ""
        )


def _stay_told(stay: Stay, zone: str) -> Iterator[str]:
    moved = stay.moved_ms
    counts = time_of(None if moved is None else stay.order_ms + moved, zone)
    counted = "" if stay.order_ms == stay.entered_ms else f", counted as if it had come at {counts}"
    since = time_of(None if moved is None else stay.entered_ms + moved, zone)
    yield f"step {stay.leg}, queue {stay.queue}: in line since {since}{counted}, {stay.ahead} before it"
    for passing in stay.passed_by:
        came = "came earlier" if passing.earlier else "came later"
        why = "in its turn" if passing.earlier and passing.cause == "rule" else WORDS.get(passing.cause, passing.cause)
        reason = f" ({passing.reason})" if passing.reason else ""
        who = passing.label or "a person without a ticket"
        yield f"  {time_of(passing.at_ms, zone)}  {who} was called first: {came}, {why}{reason}"
    if stay.called is not None:
        waited = lasted(stay.begun, stay.called)
        known = verdict(waited) is Verdict.GOOD
        after = f", after {(waited or 0) // 60} min" if known else ", nobody knows after how long"
        yield f"  {time_of(stay.called_ms, zone)}  called{after}"
