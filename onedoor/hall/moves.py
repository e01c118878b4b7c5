"""The small changes of which every row's effect is made. Each keeps line, announcements and `changed` true.

They consume the state they are given and change it in place, see `onedoor.hall.evolve`.
"""

from dataclasses import replace

from onedoor.hall.events import RowId
from onedoor.hall.order import effective_ms
from onedoor.hall.state import Announcement, Answer, HallState, Ticket, Was
from onedoor.hall.visit import TABLE, IllegalMove, Move, Phase, move
from onedoor.hall.zone import day_of


def put(state: HallState, ticket: Ticket, *, waited: tuple[str, int, int] | None) -> None:
    """Keep the line true after a ticket changed; `waited` is its `place_of` before."""
    state.changed.add(f"ticket/{ticket.id}")
    ticket.moves += 1
    now = place_of(ticket)
    if waited == now:
        return
    state.line_changes += 1
    if waited is not None:
        state.line.remove(waited[0], waited[1], ticket.id, waited[2])
    if now is not None:
        state.line.add(now[0], now[1], ticket.id, now[2])
        back = ticket.moves > 1 and (ticket.day != state.day or ticket.id in state.unsure)
        told_late = bool(ticket.day) and ticket.day < state.day  # a box that was cut off over midnight tells it now
        state.late = state.late or ((back or told_late) and state.time.stretch > 0)


def dated(state: HallState, ticket: Ticket, at_ms: int | None, *names: str) -> None:
    """Set times of a ticket by the row that is being folded; those of the present stretch move with a word about it."""
    for name in names:
        setattr(ticket, name, at_ms)
    others = tuple(name for name in ticket.loose if name not in names)
    ticket.loose = (*others, *names) if is_loose(state) and at_ms is not None else others


def is_loose(state: HallState) -> bool:
    """Whether the row that is being folded is of the present stretch."""
    return state.row_stretch == state.time.stretch != 0


def redate(state: HallState, shift_ms: int, *, begins: bool = False) -> None:
    """A word about the present stretch has come: everything that happened in it moves by so much. `begins`: another
    stretch begins instead; what was before it does not move any more.
    """
    waiting = [t for t in state.tickets.values() if t.waits] if shift_ms else []
    for ticket in waiting:
        state.line.remove(ticket.queue, ticket.order_ms, ticket.id, ticket.strict_ms)
    for ticket in state.tickets.values():
        _shift(ticket, shift_ms, waits=ticket.waits)
        ticket.loose = () if begins else ticket.loose
        name_day(state, ticket)
        state.changed.add(f"ticket/{ticket.id}")
    for ticket in sorted(waiting, key=lambda t: (t.first, -t.order_ms)):
        set_order(state, ticket)
        state.line.add(ticket.queue, ticket.order_ms, ticket.id, ticket.strict_ms)
    for counter in state.counters.values():
        last = counter.last
        if last is not None:
            last.at_ms += shift_ms if last.loose else 0
            last.loose = last.loose and not begins
            _redate_before(state, last.was, shift_ms, begins=begins)
            state.changed.add(f"counter/{counter.dev}")
    for dev, answers in state.calls.items():
        for found in answers.values():
            if found.was is not None:
                _redate_before(state, found.was, shift_ms, begins=begins)
                state.changed.add(f"calls/{dev}")
    for call in state.shown:
        call.at_ms += shift_ms if call.loose else 0
        call.loose = call.loose and not begins
    state.line_changes += 1
    state.changed |= {"time", "shown"}


def _redate_before(state: HallState, was: Was, shift_ms: int, *, begins: bool) -> None:
    """A ticket as it was before an act may stand so again."""
    if was.ticket is not None:
        _shift(was.ticket, shift_ms, waits=False)
        was.ticket.loose = () if begins else was.ticket.loose
        name_day(state, was.ticket)


def _shift(ticket: Ticket, shift_ms: int, *, waits: bool) -> None:
    for name in ticket.loose:
        if name == "departure":
            if ticket.departure is not None:
                ticket.departure = replace(ticket.departure, since_ms=ticket.departure.since_ms + shift_ms)
        else:
            setattr(ticket, name, getattr(ticket, name) + shift_ms)
    # Who does not wait now (called, parked, expired) may stand in the old place again: it moves with the queue time.
    if not waits and "queued_ms" in ticket.loose and "order_ms" not in ticket.loose:
        ticket.order_ms += shift_ms
        if ticket.appointed_ms is not None:
            ticket.order_ms = min(ticket.appointed_ms, ticket.strict_ms)


def name_day(state: HallState, ticket: Ticket) -> None:
    """The day of a ticket's issue, if anybody has said anything about it; and whether it is certain."""
    if ticket.issued_ms is None or not state.time.stretch:
        return
    word = state.time.of(ticket.stretch)
    ticket.day = day_of(ticket.issued_ms, state.time.zone) if word.word and ticket.low_ms is None else ""
    if state.tickets.get(ticket.id) is ticket:
        state.mind(ticket)


def place_of(ticket: Ticket) -> tuple[str, int, int] | None:
    """Where a ticket stands in line (queue, effective and queue time), or None."""
    return (ticket.queue, ticket.order_ms, ticket.strict_ms) if ticket.waits else None


def set_order(state: HallState, ticket: Ticket) -> None:
    """Its effective time by the rules, from its queue time. Who is put first comes before those who wait now."""
    if ticket.queued_ms is None:
        return
    ticket.order_ms = effective_ms(ticket.queued_ms, ticket.cls, state.rules, ticket.appointed_ms)
    if ticket.first:
        head = state.line.head_ms(ticket.queue)
        ticket.order_ms = min(ticket.order_ms, head - 1 if head is not None else ticket.order_ms)


def enter(state: HallState, ticket: Ticket, queue: str, at_ms: int, *, keep: bool, first: bool = False) -> None:
    """Begin the next leg in a queue. The caller has taken the ticket's holder away and calls `put`."""
    ticket.been += (ticket.queue,)
    ticket.returns += queue in ticket.been
    ticket.queue, ticket.leg, ticket.first = queue, ticket.leg + 1, first
    dated(state, ticket, at_ms, "entered_ms")
    dated(state, ticket, None, "called_ms")
    ticket.appointed_ms = None
    if not keep and ticket.queued_ms is not None:
        dated(state, ticket, at_ms, "queued_ms")
    set_order(state, ticket)


def step(state: HallState, rid: RowId, what: Move) -> bool:
    """Move a ticket by the table; False, and nothing changed, if it cannot."""
    ticket = state.tickets.get(rid)
    if ticket is None:
        return False
    waited = place_of(ticket)
    try:
        ticket.phase = move(ticket.phase, what)
    except IllegalMove:
        return False
    put(state, ticket, waited=waited)
    return True


def hold(state: HallState, rid: RowId, dev: str, at_ms: int) -> None:
    """A counter has this ticket, by the hub's word or by its own."""
    ticket = state.tickets.setdefault(rid, Ticket(rid, by=dev))
    known = dev in ticket.holders
    waited = place_of(ticket)
    ticket.phase = move(ticket.phase, Move.CALL)
    ticket.holders.add(dev)
    if not ticket.called_ms:
        dated(state, ticket, at_ms, "called_ms")
        if ticket.issued_ms is None:
            # Until its own row comes, its time is that of its first call, which may be one that nobody can date: then
            # no wait is made of it, however well a later call is dated.
            ticket.stretch, ticket.low_ms = state.row_stretch, state.row_low_ms
    say_here(state, ticket, at_ms)
    dated_both = ticket.low_ms is None and state.row_low_ms is None
    measured = ticket.issued_ms is not None and state.time.comparable(ticket.stretch, state.row_stretch) and dated_both
    if ticket.leg == 1 and ticket.first_wait_ms is None and measured and not ticket.walk_in:
        ticket.first_wait_ms = at_ms - (ticket.issued_ms or 0)
    dated(state, ticket, None, "until_ms")
    ticket.back = ""
    put(state, ticket, waited=waited)
    if not known:
        announce(state, ticket, dev, at_ms)


def say_here(state: HallState, ticket: Ticket, at_ms: int) -> None:
    """Whoever is called, or comes back with an old paper in the hand, is here now, whatever day the paper is of. A call
    of which nobody knows when it was (a box tells it after a night) says nothing of today.
    """
    if not state.time.stretch or ticket.issued_ms is None or state.row_low_ms is not None:
        return
    if ticket.day == state.day and state.time.of(ticket.stretch).known and not ticket.said:
        return
    ticket.said, ticket.said_stretch = "yes", state.row_stretch
    ticket.seen_ms = ticket.seen_stretch = 0
    dated(state, ticket, at_ms, "said_ms")
    state.mind(ticket)


def announce(state: HallState, ticket: Ticket, dev: str, at_ms: int) -> None:
    """The newest call."""
    counter = state.counters[dev].counter if dev in state.counters else dev
    state.order += 1
    call = Announcement(ticket.id, ticket.label, ticket.service, counter, at_ms, state.order, loose=is_loose(state))
    state.shown.appendleft(call)
    state.changed.add("shown")


def let_go(state: HallState, rid: RowId, dev: str, what: Move) -> Ticket | None:
    """A counter has this ticket no more; what that means depends on who else holds it. The ticket, if it was held."""
    ticket = state.tickets.get(rid)
    if ticket is None or dev not in ticket.holders:
        return None
    waited = place_of(ticket)
    ticket.holders.discard(dev)
    if not ticket.holders and ticket.phase is not Phase.WAITING and ticket.phase is not Phase.PARKED:
        ticket.phase = TABLE[ticket.phase].get(what, ticket.phase)  # whoever has expired meanwhile stays expired
    put(state, ticket, waited=waited)
    if what is Move.GIVE_BACK:
        ticket.departure = None
        ticket.first_wait_ms = ticket.first_wait_ms if ticket.holders or ticket.leg > 1 else None
        gone = [a for a in state.shown if a.ticket == rid]
        for call in gone:
            state.shown.remove(call)
        state.changed.add("shown")
    return ticket


def recall(state: HallState, dev: str, rid: RowId, at_ms: int) -> None:
    """The number is called once more."""
    if not step(state, rid, Move.RECALL):
        return
    ticket = state.tickets[rid]
    ticket.recalls += 1
    old = next((a for a in state.shown if a.ticket == rid), None)
    if old is not None:
        state.shown.remove(old)
    announce(state, ticket, dev, at_ms)
    state.shown[0].recalls = 1 + (old.recalls if old is not None else 0)


def at_counter(state: HallState, dev: str, ticket: RowId | None) -> None:
    """Whom a counter has."""
    if dev in state.counters:
        state.counters[dev].ticket = ticket
        state.changed.add(f"counter/{dev}")


def leaves_counter(state: HallState, dev: str, rid: RowId) -> None:
    """The counter has this person no more."""
    if dev in state.counters and state.counters[dev].ticket == rid:
        at_counter(state, dev, None)


def answer(
    state: HallState, dev: str, command: RowId, ticket: RowId | None, code: str = "", was: Was | None = None
) -> None:
    """A command has its answer; it stays until the panel has closed the command."""
    of = state.tickets.get(was.id) if was is not None else None
    state.calls.setdefault(dev, {})[command] = Answer(ticket, code, was, of.moves if of is not None else 0)
    state.changed.add(f"calls/{dev}")


def close_command(state: HallState, dev: str, command: RowId, shown: RowId | None = None) -> Answer | None:
    """A command has its closing row; older refused ones have nothing left to say either. Its answer. If that gave
    somebody else than was `shown`, it is kept for the word that gives him back, which is the next row.
    """
    open_calls = state.calls.get(dev, {})
    found = open_calls.get(command)
    if found is not None and found.ticket and found.ticket != shown:
        return found
    if open_calls.pop(command, None) is None:
        state.calls[dev] = {c: a for c, a in open_calls.items() if a.ticket}
    state.changed.add(f"calls/{dev}")
    return found
