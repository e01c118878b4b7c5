"""The decider: what follows from a row, by the hall's rules.

`decide` looks at the state *before* the row and gives the hub's decisions, which are written to
the log right behind it, in the same transaction. So a replay never decides; and a stranger
with the log can call this very function and see whether the hub followed the published rule.
"""

from collections.abc import Callable, Iterator

from onedoor.hall import events as ev
from onedoor.hall.center_time import Now
from onedoor.hall.days import answered, asked_about, closed_now, minded
from onedoor.hall.desk_undo import UNDO_MS
from onedoor.hall.events import RowId
from onedoor.hall.evolve import fits
from onedoor.hall.refusals import Refusal
from onedoor.hall.state import UNDONE, Answer, HallState, Ticket, label_key, served_by
from onedoor.hall.undoing import CALL
from onedoor.hall.visit import Phase
from onedoor.hall.zone import day_of

COMMAND_AGE_MS = 10_000
"""A wish older than this is refused: the panel has stopped waiting for it."""
PASSED_TOLD = 10
"""A row names so many of those who were passed; it counts all of them."""


def decide(
    state: HallState, dev: str, rid: RowId, event: ev.Event, age_ms: int | None, at_ms: int, recv_ms: int | None = None,
    stretch: int | None = None,
) -> list[ev.HubEvent]:  # fmt: skip
    """The hub's decisions that follow from one device fact, or from a word of its own.

    `state` is the hall before the row, `age_ms` how old a fact is when the hub takes it (None:
    nobody knows), `at_ms` when it happened, in center time as well as it is known, `recv_ms` when the hub took it
    (None: at once), `stretch` the one in which it happened (None: the present one).
    Neither the state nor the row is changed.
    """
    now = state.time.now_of(at_ms if recv_ms is None else recv_ms)
    match event:
        case ev.CallRequested() | ev.RequeueRequested() | ev.UndoRequested():
            if age_ms is None or age_ms > COMMAND_AGE_MS:
                return [ev.CallRefused(dev, rid, Refusal.TOO_OLD)]
            return _wished(state, dev, rid, event, at_ms, now)
        case ev.Shown() | ev.CalledLocally():
            return [
                *_given_back(state, dev, lambda c, t: c == event.command and t != event.ticket),
                *_collision(state, dev, event.ticket),
            ]
        case ev.UndoShown():
            back = _given_back(state, dev, lambda c, t: c == event.command and t != event.ticket)
            return [*back, *(_collision(state, dev, event.ticket) if event.here else ())]
        case ev.NoneShown() | ev.GaveUp():
            return list(_given_back(state, dev, lambda c, _: c == event.command))
        case ev.Booted():
            return list(_given_back(state, dev, lambda c, _: c != event.open_command))
        case ev.Issued():
            found = _repeated_label(state, rid, event)
            return [*found, *(() if state.time.stretch else _day_over(state, rid, day_of(at_ms, state.time.zone)))]
        case ev.CenterClosed():
            return closed_now(state, now)
        case ev.LineMinded():
            return minded(state, now)
        case ev.DayAnswered():
            return list(answered(state, event, dev, now, at_ms, state.time.stretch if stretch is None else stretch))
        case _:
            return _after(state, dev, rid, event, at_ms)


def _wished(state: HallState, dev: str, rid: RowId, event: ev.Event, at_ms: int, now: Now) -> list[ev.HubEvent]:
    """The answer to a command that is fresh enough."""
    match event:
        case ev.CallRequested(roll=True):
            return [ev.RollCalled(dev, rid, _roll_label(state))]
        case ev.CallRequested(label=label) if label:
            return _answer_label(state, dev, rid, event)
        case ev.CallRequested():
            return _answer(state, dev, rid, event, at_ms, now)
        case ev.RequeueRequested(label):
            ticket = state.by_label(label)
            if ticket is None:
                return [ev.CallRefused(dev, rid, Refusal.UNKNOWN_LABEL)]
            missed = ticket.phase is Phase.NO_SHOW
            return [ev.Requeued(dev, rid, ticket.id) if missed else ev.CallRefused(dev, rid, Refusal.NOT_MISSED)]
        case _:
            return [_undo(state, dev, rid, at_ms)]


def _answer(state: HallState, dev: str, rid: RowId, event: ev.CallRequested, at_ms: int, now: Now) -> list[ev.HubEvent]:
    """The next person for this counter, or why there is none: first of all it must be clear who is of today."""
    queues = served_by(event.counter, event.clerk, event.queues)
    if asked_about(state, queues, now):
        return [ev.CallRefused(dev, rid, Refusal.WHICH_DAY)]
    ticket = state.line.first(queues, state.overdue_ms(at_ms))
    if ticket is None:
        return [ev.CallRefused(dev, rid, Refusal.EMPTY)]
    return [ev.Called(dev, rid, ticket), *_changed_order(state, dev, queues, state.tickets[ticket], "", "")]


def _answer_label(state: HallState, dev: str, rid: RowId, event: ev.CallRequested) -> list[ev.HubEvent]:
    """That very person, if it can be."""
    ticket = state.by_label(event.label)
    if ticket is None:
        return [ev.CallRefused(dev, rid, Refusal.UNKNOWN_LABEL)]
    why = _not_callable(ticket, event.reason)
    if why is not None:
        return [ev.CallRefused(dev, rid, why)]
    cause = {Phase.PARKED: "parked", Phase.NO_SHOW: "returned"}.get(ticket.phase, "out_of_order")
    queues = {*served_by(event.counter, event.clerk, event.queues), ticket.queue}
    return [
        ev.Called(dev, rid, ticket.id),
        *_changed_order(state, dev, tuple(sorted(queues)), ticket, cause, event.reason),
    ]


def _not_callable(ticket: Ticket, reason: str) -> Refusal | None:
    """Why a ticket cannot be called by its label. One that waits in line needs a reason, for it passes others."""
    if ticket.holders or ticket.phase in (Phase.WALKING, Phase.SERVING):
        return Refusal.HELD
    if ticket.phase is Phase.DONE:
        return Refusal.OVER
    if ticket.phase is Phase.WAITING and ticket.issued_ms is None:
        return Refusal.NOT_YET_HERE
    if ticket.phase in (Phase.WAITING, Phase.EXPIRED) and not reason:
        return Refusal.REASON_MISSING
    return None


def _roll_label(state: HallState) -> str:
    """The number that follows on the paper roll; after the last comes the first."""
    first, last = state.rules.roll
    number = state.roll if first <= state.roll <= last else first
    return f"{number:0{len(str(last))}d}"


def _undo(state: HallState, dev: str, rid: RowId, at_ms: int) -> ev.Undone | ev.CallRefused:
    counter = state.counters.get(dev)
    last = counter.last if counter else None
    ticket = state.tickets.get(last.was.id) if last else None
    if counter is None or last is None or ticket is None or counter.ticket not in (None, ticket.id):
        return ev.CallRefused(dev, rid, Refusal.NOTHING_TO_UNDO)
    apart = state.time.stretch and not last.loose  # the hub was off between the two: nobody knows for how long
    if apart or at_ms - last.at_ms > UNDO_MS:
        return ev.CallRefused(dev, rid, Refusal.UNDO_TOO_LATE)
    void = last.was.ticket is None
    if ticket.moves != last.moves or (void and last.was.what == CALL and not _last_on_roll(state, ticket)):
        return ev.CallRefused(dev, rid, Refusal.CHANGED_SINCE)
    return ev.Undone(dev, rid, ticket.id, void)


def _last_on_roll(state: HallState, ticket: Ticket) -> bool:
    """Whether nobody has called a number of the paper roll, or put in a new one, after this number."""
    return ticket.label.isdigit() and state.roll == int(ticket.label) + 1


def _changed_order(
    state: HallState, dev: str, queues: tuple[str, ...], ticket: Ticket, cause: str, reason: str
) -> Iterator[ev.OrderChanged]:
    """Who came before this ticket and still waits, if anybody does: a departure from strict order, with its cause."""
    if ticket.queued_ms is None:
        return
    count, passed = state.line.passed_by(queues, ticket.queued_ms, ticket.id, PASSED_TOLD)
    if count:
        yield ev.OrderChanged(ticket.id, dev, cause or _cause(state, ticket), reason, tuple(passed), count)


def _cause(state: HallState, ticket: Ticket) -> str:
    """Which rule put this ticket before those who came earlier."""
    if ticket.first:
        return "transferred_first"
    if ticket.appointed_ms is not None:
        return "appointment"
    if state.rules.credit_min.get(ticket.cls, 0):
        return "priority"
    return ticket.back or "rule"


def _after(state: HallState, dev: str, rid: RowId, event: ev.Event, at_ms: int) -> list[ev.HubEvent]:
    """What follows from what a clerk did."""
    reason = fits(state, dev, event)
    if reason:
        return [ev.FactMisfit(rid, reason)]
    ticket = state.tickets.get(getattr(event, "ticket", RowId("")))
    found: list[ev.HubEvent] = []
    if ticket is not None and isinstance(event, ev.Ended | ev.NoShow | ev.Parked | ev.Transferred):
        found += _cost(ticket, dev, at_ms)
    if ticket is not None and isinstance(event, ev.Ended):
        found += _handed_on(state, ticket, event)
    return found


def _cost(ticket: Ticket, dev: str, at_ms: int) -> Iterator[ev.OrderCost]:
    """The counter is free again: so long those who were passed waited for that."""
    gone = ticket.departure
    if gone is not None and gone.dev == dev:
        yield ev.OrderCost(ticket.id, dev, gone.cause, max(0, at_ms - gone.since_ms), gone.count)


def _handed_on(state: HallState, ticket: Ticket, event: ev.Ended) -> Iterator[ev.HandedOn]:
    """The next leg of the route, when this one was completed here and nowhere before."""
    if event.outcome != "done" or ticket.phase not in (Phase.WALKING, Phase.SERVING, Phase.NO_SHOW):
        return
    route = state.rules.route(ticket.service)
    passed = [q for q in (*ticket.been, ticket.queue) if q in route]
    at = route.index(passed[-1]) if passed else -1
    if at + 1 < len(route):
        yield ev.HandedOn(ticket.id, route[at + 1])


def _given_back(state: HallState, dev: str, which: Callable[[RowId, RowId], bool]) -> Iterator[ev.GivenBack]:
    for command, answer in state.calls.get(dev, {}).items():
        ticket = answer.ticket
        if ticket and which(command, ticket):
            undone = bool(state.time.stretch) and answer.code == UNDONE
            yield ev.GivenBack(dev, command, ticket, undone, _on_the_roll_again(state, answer))


def _on_the_roll_again(state: HallState, answer: Answer) -> bool:
    """Whether this is a number of the roll that nobody has seen, and the roll has not gone on."""
    ticket = state.tickets.get(answer.ticket) if answer.ticket else None
    if ticket is None or answer.was is None or answer.was.ticket is not None or answer.code == UNDONE:
        return False
    return ticket.moves == answer.moves and _last_on_roll(state, ticket)


def _collision(state: HallState, dev: str, rid: RowId) -> Iterator[ev.CallCollided]:
    ticket = state.tickets.get(rid)
    others = (ticket.holders - {dev}) if ticket else set()
    if ticket and (others or (ticket.phase.value == "done" and dev not in ticket.holders)):
        yield ev.CallCollided(rid, dev, tuple(sorted(others)))


def _repeated_label(
    state: HallState, rid: RowId, event: ev.Issued
) -> Iterator[ev.LabelRepeated | ev.PaperFound | ev.Expired]:
    first = state.labels.get(label_key(event.series or event.day, event.label))
    if first is None and event.series:
        paper = state.labels.get(label_key(state.day, event.label))
        first = paper if paper and state.tickets[paper].walk_in else None
    if first is None or first == rid:
        return
    served = state.tickets.get(first)
    if served is not None and served.walk_in:
        yield ev.PaperFound(rid, first)
    else:
        yield ev.LabelRepeated(event.label, rid, first)


def _day_over(state: HallState, rid: RowId, day: str) -> Iterator[ev.Expired]:
    """The first ticket of a new day ends the waiting of the days before; one that arrives from a day
    before has waited in vain. The day is the center's, never what a kiosk believes.
    """
    if state.day and day > state.day:
        for ticket in (*state.waiting(), *state.parked()):
            if ticket.day < day:
                yield ev.Expired(ticket.id)
    elif day < state.day:
        yield ev.Expired(rid)
