"""The state of a hall: what all rows of the center's log, folded in order, add up to.

`evolve` is the only way the state changes and reads nothing but the row, so the same log gives
the same state on the hub, in the verifier and in a simulation. It consumes the state it is given
and changes it in place: a copy for every row would cost a Raspberry Pi more than the rule is
worth, and whoever fails to commit a row must throw the state away anyway (the hub ends its
process and folds the log again). The names of what a row changed gather in `changed`.

The state remembers two days of tickets: today's, and the day before for late facts of devices
that were cut off. The log remembers everything.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from onedoor.hall import events as ev
from onedoor.hall.events import RowId
from onedoor.hall.order import WaitingLine, effective_ms
from onedoor.hall.tickets import day_of
from onedoor.hall.visit import IllegalMove, Move, Phase, move

CALLS_KEPT = 12
"""How many of the newest calls a board can show."""


@dataclass(slots=True)
class Ticket:
    """One visit's only leg. `issued_ms` is None while a counter's word is all there is: a call can
    reach the hub before the issue does. `day` is the center's day of the issue; `label_day` what the kiosk,
    whose clock may have been wrong, counted its numbers for. All times are milliseconds since 1970, center time.
    """

    id: RowId
    label: str = ""
    service: str = ""
    queue: str = ""
    cls: str = "N"
    day: str = ""
    label_day: str = ""
    phase: Phase = Phase.WAITING
    issued_ms: int | None = None
    holders: set[str] = field(default_factory=set)
    called_ms: int | None = None

    @property
    def waits(self) -> bool:
        """Issued, held by nobody, not over."""
        return self.phase is Phase.WAITING and self.issued_ms is not None and not self.holders

    @property
    def effective_ms(self) -> int:
        """Its place in the order; only an issued ticket has one."""
        assert self.issued_ms is not None
        return effective_ms(self.issued_ms, self.cls)


@dataclass(slots=True)
class Counter:
    """A counter as its panel reports it."""

    dev: str
    counter: str
    queues: tuple[str, ...] = ()
    open: bool = False
    ticket: RowId | None = None


@dataclass(slots=True)
class Announcement:
    """One call as the hall sees it; `order` counts calls and recalls, so a board can tell new ones."""

    ticket: RowId
    label: str
    service: str
    counter: str
    at_ms: int
    order: int
    recalls: int = 0


@dataclass(slots=True)
class HallState:
    """Everything the hub must know to decide. Built by `evolve` alone."""

    day: str = ""
    tickets: dict[RowId, Ticket] = field(default_factory=dict)
    labels: dict[str, RowId] = field(default_factory=dict)
    line: WaitingLine = field(default_factory=WaitingLine)
    calls: dict[str, dict[RowId, RowId | None]] = field(default_factory=dict)
    counters: dict[str, Counter] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)
    shown: deque[Announcement] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    order: int = 0
    changed: set[str] = field(default_factory=set)
    line_changes: int = 0
    """Rises whenever somebody joins or leaves the line, or a counter opens or closes: only then is there news for
    those who show it. Counted since this process began, no part of what is kept.
    """

    def waiting(self, queues: tuple[str, ...] | None = None) -> Iterator[Ticket]:
        """Waiting tickets of these queues (None: all), first one first."""
        return (self.tickets[t] for t in self.line.in_order(queues))

    def open_counters(self) -> list[str]:
        """Devices of the open counters, in a fixed order: the same on every box."""
        return sorted(c.dev for c in self.counters.values() if c.open)

    def highest_of(self, slot: int) -> dict[str, dict[str, int]]:
        """Highest number of each service in this slot, by the day of the labels, as far as the log knows."""
        found: dict[str, dict[str, int]] = {}
        for key, n in self.highest.items():
            of, day, service = key.split("/", 2)
            if of == str(slot):
                found.setdefault(day, {})[service] = n
        return found


def label_key(day: str, label: str) -> str:
    """A label means one ticket only together with its day."""
    return f"{day}/{label}"


def evolve(state: HallState, dev: str, rid: RowId, event: ev.Event, at_ms: int) -> HallState:
    """Fold one row into the state.

    `dev` and `rid` name the row, `at_ms` is when it happened, in center time. A fact that does not
    fit (the decider lists it as misfit) leaves the state as it is.
    """
    match event:
        case ev.Issued():
            _issue(state, rid, event, at_ms)
        case ev.Skipped():
            pass
        case ev.CounterOpened() | ev.CounterClosed():
            _open_or_close(state, dev, event)
        case ev.Called():
            state.calls.setdefault(event.dev, {})[event.command] = event.ticket
            state.changed.add(f"calls/{event.dev}")
            _hold(state, event.ticket, event.dev, at_ms)
        case ev.CallRefused():
            state.calls.setdefault(event.dev, {})[event.command] = None
            state.changed.add(f"calls/{event.dev}")
        case ev.Shown() | ev.CalledLocally():
            _close_command(state, dev, event.command)
            _hold(state, event.ticket, dev, at_ms)
            _at_counter(state, dev, event.ticket)
        case ev.NoneShown() | ev.GaveUp():
            _close_command(state, dev, event.command)
        case ev.GivenBack():
            _close_command(state, event.dev, event.command)
            _let_go(state, event.ticket, event.dev, Move.GIVE_BACK)
        case ev.Recalled():
            _recall(state, dev, event.ticket, at_ms)
        case ev.Started():
            _step(state, event.ticket, Move.START)
        case ev.Ended():
            _finish(state, dev, event.ticket, Move.END)
        case ev.NoShow():
            _finish(state, dev, event.ticket, Move.NO_SHOW)
        case ev.Expired():
            _step(state, event.ticket, Move.EXPIRE)
        case _:
            return state
    if isinstance(event, ev.Issued | ev.Skipped):
        _remember_highest(state, event)
    return state


def fits(state: HallState, event: ev.Event) -> str | None:
    """Why this fact does not fit the state of its ticket, or None if it does."""
    what = _MOVES.get(type(event))
    if what is None:
        return None
    ticket = state.tickets.get(getattr(event, "ticket", RowId("")))
    if ticket is None:
        return "unknown ticket"
    try:
        move(ticket.phase, what)
    except IllegalMove as wrong:
        return str(wrong)
    return None


_MOVES: dict[type, Move] = {
    ev.Recalled: Move.RECALL,
    ev.Started: Move.START,
    ev.Ended: Move.END,
    ev.NoShow: Move.NO_SHOW,
}


def _put(state: HallState, ticket: Ticket, *, waited: bool) -> None:
    """Keep the line true after a ticket changed; `waited` is whether it stood in it before."""
    state.changed.add(f"ticket/{ticket.id}")
    if waited == ticket.waits:
        return
    state.line_changes += 1
    put = state.line.add if ticket.waits else state.line.remove
    put(ticket.queue, ticket.effective_ms, ticket.id)


def _issue(state: HallState, rid: RowId, event: ev.Issued, at_ms: int) -> None:
    today = day_of(at_ms)
    if today > state.day:
        _forget_before(state, state.day)
        state.day = today
        state.changed.add("day")
    ticket = state.tickets.setdefault(rid, Ticket(rid))
    if ticket.issued_ms is not None:
        return
    ticket.label, ticket.service, ticket.queue = event.label, event.service, event.queue
    ticket.cls, ticket.day, ticket.label_day, ticket.issued_ms = event.cls, today, event.day, at_ms
    state.labels.setdefault(label_key(event.day, event.label), rid)
    _put(state, ticket, waited=False)
    for call in state.shown:
        if call.ticket == rid:
            call.label, call.service = ticket.label, ticket.service
            state.changed.add("shown")


def _forget_before(state: HallState, day: str) -> None:
    """Let go of everything from before the day that is now yesterday."""
    for ticket in [t for t in state.tickets.values() if t.day and t.day < day]:
        if ticket.waits:
            state.line_changes += 1
            state.line.remove(ticket.queue, ticket.effective_ms, ticket.id)
        del state.tickets[ticket.id]
        state.labels.pop(label_key(ticket.label_day, ticket.label), None)
        state.changed.add(f"ticket/{ticket.id}")
    for key in [k for k in state.highest if k.split("/")[1] < day]:
        del state.highest[key]
        state.changed.add(f"highest/{key}")


def _remember_highest(state: HallState, event: ev.Issued | ev.Skipped) -> None:
    slot, n = (event.slot, event.n) if isinstance(event, ev.Issued) else (event.slot, event.to)
    key = f"{slot}/{event.day}/{event.service}"
    state.highest[key] = max(n, state.highest.get(key, 0))
    state.changed.add(f"highest/{key}")


def _open_or_close(state: HallState, dev: str, event: ev.CounterOpened | ev.CounterClosed) -> None:
    counter = state.counters.setdefault(dev, Counter(dev, event.counter))
    counter.counter = event.counter
    counter.open = isinstance(event, ev.CounterOpened)
    state.line_changes += 1
    if isinstance(event, ev.CounterOpened):
        counter.queues = event.queues
    state.changed.add(f"counter/{dev}")


def _at_counter(state: HallState, dev: str, ticket: RowId | None) -> None:
    if dev in state.counters:
        state.counters[dev].ticket = ticket
        state.changed.add(f"counter/{dev}")


def _close_command(state: HallState, dev: str, command: RowId) -> None:
    """A command has its closing row; older refused ones have nothing left to say either."""
    open_calls = state.calls.get(dev, {})
    if open_calls.pop(command, None) is None:
        state.calls[dev] = {c: t for c, t in open_calls.items() if t}
    state.changed.add(f"calls/{dev}")


def _step(state: HallState, rid: RowId, what: Move) -> bool:
    """Move a ticket by the table; False, and nothing changed, if it cannot."""
    ticket = state.tickets.get(rid)
    if ticket is None:
        return False
    waited = ticket.waits
    try:
        ticket.phase = move(ticket.phase, what)
    except IllegalMove:
        return False
    _put(state, ticket, waited=waited)
    return True


def _hold(state: HallState, rid: RowId, dev: str, at_ms: int) -> None:
    """A counter has this ticket, by the hub's word or by its own."""
    ticket = state.tickets.setdefault(rid, Ticket(rid))
    known = dev in ticket.holders
    waited = ticket.waits
    ticket.phase = move(ticket.phase, Move.CALL)
    ticket.holders.add(dev)
    ticket.called_ms = ticket.called_ms or at_ms
    _put(state, ticket, waited=waited)
    if not known:
        _announce(state, ticket, dev, at_ms)


def _announce(state: HallState, ticket: Ticket, dev: str, at_ms: int) -> None:
    counter = state.counters[dev].counter if dev in state.counters else dev
    state.order += 1
    state.shown.appendleft(Announcement(ticket.id, ticket.label, ticket.service, counter, at_ms, state.order))
    state.changed.add("shown")


def _let_go(state: HallState, rid: RowId, dev: str, what: Move) -> None:
    """A counter has this ticket no more; what that means depends on who else holds it."""
    ticket = state.tickets.get(rid)
    if ticket is None or dev not in ticket.holders:
        return
    waited = ticket.waits
    ticket.holders.discard(dev)
    if not ticket.holders:
        ticket.phase = move(ticket.phase, what)
    _put(state, ticket, waited=waited)
    if what is Move.GIVE_BACK:
        gone = [a for a in state.shown if a.ticket == rid]
        for call in gone:
            state.shown.remove(call)
        state.changed.add("shown")


def _recall(state: HallState, dev: str, rid: RowId, at_ms: int) -> None:
    if not _step(state, rid, Move.RECALL):
        return
    old = next((a for a in state.shown if a.ticket == rid), None)
    if old is not None:
        state.shown.remove(old)
    _announce(state, state.tickets[rid], dev, at_ms)
    state.shown[0].recalls = 1 + (old.recalls if old is not None else 0)


def _finish(state: HallState, dev: str, rid: RowId, what: Move) -> None:
    """END is the end for everybody; a no-show only when no other counter holds the person."""
    if what is Move.END:
        done = _step(state, rid, Move.END)
        if done:
            state.tickets[rid].holders.discard(dev)
    else:
        _let_go(state, rid, dev, Move.NO_SHOW)
    if dev in state.counters and state.counters[dev].ticket == rid:
        _at_counter(state, dev, None)
