"""What a counter did last, and how it is taken back. Part of the fold: these consume the state and change it in place.

Policy. An act that is taken back did not happen: the person stands where he stood, with his times, his class, his place
and his departure from the order; a visit that began with the act is no visit; a number of the paper roll is on the roll
again. What goes on counting all the same: `moves` of the ticket and the order of the calls, by which others see that
something is new. Nothing of this holds for a ticket to which something else has happened since.

A closing row says what stands at the counter after an undo, and that counts. Usually the hub knows. If the counter has
not heard the hub's word, what was taken back stands again; if the hub has forgotten its word, the act is taken back by
the counter's.
"""

from dataclasses import replace

from onedoor.hall import events as ev
from onedoor.hall.events import RowId
from onedoor.hall.moves import (
    announce,
    answer,
    at_counter,
    close_command,
    is_loose,
    leaves_counter,
    let_go,
    place_of,
    put,
)
from onedoor.hall.state import UNDONE, Answer, HallState, Last, Ticket, Was
from onedoor.hall.visit import Move, Phase

CALL, WALK_IN = "call", ev.WalkedIn.__name__
NOT_CALLED = "not called"
"""What `Was` stands before: a call, and a call that was taken back; everything else by the name of its event."""


def as_is(state: HallState, rid: RowId, what: str) -> Was:
    """How things stand now, before this is done to that ticket."""
    ticket = state.tickets.get(rid)
    return Was(what, rid, copy_of(ticket) if ticket is not None else None, state.roll, state.order)


def copy_of(ticket: Ticket) -> Ticket:
    """The ticket as it is now."""
    return replace(ticket, holders=set(ticket.holders))


def before_call(state: HallState, dev: str, command: RowId, rid: RowId) -> tuple[Was, bool]:
    """How things were before the call that the counter now shows, which the hub may have written down with its answer;
    and whether nothing has happened to the person since.
    """
    found = state.calls.get(dev, {}).get(command)
    if found is not None and found.ticket == rid and found.was is not None:
        return found.was, _untouched(state, found)
    state.tickets.setdefault(rid, Ticket(rid, by=dev))
    return as_is(state, rid, CALL), True


def remember(state: HallState, dev: str, at_ms: int, was: Was, *, sure: bool = True) -> None:
    """This is what the counter did last. What had no effect is not remembered; if it is not `sure` that nobody else had
    gone on with the person meanwhile, it cannot be taken back.
    """
    counter, ticket = state.counters.get(dev), state.tickets.get(was.id)
    if counter is None or ticket is None:
        return
    if was.what != CALL and was.ticket is not None and ticket.moves == was.ticket.moves:
        return
    counter.last = Last(at_ms, was, ticket.moves if sure else -1, is_loose(state))
    state.changed.add(f"counter/{dev}")


def went_along(state: HallState, rid: RowId, before: int, dev: str = "") -> None:
    """Something that belongs to the act (its recall, the next leg) happened to the ticket, whose `moves` were `before`:
    the act of this counter (of any, if none is named) can be taken back all the same.
    """
    for counter in state.counters.values():
        last = counter.last
        if last is not None and last.was.id == rid and last.moves == before and dev in ("", counter.dev):
            last.moves = state.tickets[rid].moves
            state.changed.add(f"counter/{counter.dev}")


def take_back(state: HallState, event: ev.Undone) -> None:
    """Undo what the counter did last; the command's answer is the ticket, if the counter has it again."""
    dev = event.dev
    counter = state.counters[dev]
    last, counter.last = counter.last, None
    assert last is not None
    rid = last.was.id
    again = as_is(state, rid, NOT_CALLED if last.was.what == CALL else last.was.what)
    _put_back(state, dev, last.was, void=event.void)
    ticket = state.tickets.get(rid)
    answer(state, dev, event.command, rid if ticket is not None and dev in ticket.holders else None, UNDONE, again)


def give_back(state: HallState, event: ev.GivenBack) -> None:
    """Nobody at the counter has heard of it: as it was before the call; or, if that was an undo, what had been taken
    back stands again. Only if something else has happened meanwhile, the person is let go as the table says.
    """
    dev, rid = event.dev, event.ticket
    found = state.calls.get(dev, {}).get(event.command)
    undone = event.undone or (found is not None and found.code == UNDONE)
    close_command(state, dev, event.command, rid)
    known = found.was if found is not None and _untouched(state, found) else None
    if known is not None and (known.ticket is not None or event.void):
        _put_back(state, dev, known, void=event.void)
    let_go(state, rid, dev, Move.TRANSFER if undone else Move.GIVE_BACK)
    if undone:
        leaves_counter(state, dev, rid)


def undo_shown(state: HallState, dev: str, event: ev.UndoShown, at_ms: int) -> None:
    """What stands at the counter counts, see above."""
    found = close_command(state, dev, event.command, event.ticket)
    last = state.counters[dev].last if dev in state.counters else None
    if not _says(state.tickets.get(event.ticket), dev, event):
        unheard = found.was if found is not None and found.code == UNDONE and _untouched(state, found) else None
        if unheard is not None and _fits(unheard, dev, event):
            _put_back(state, dev, unheard, void=False)
            _heard_again(state, dev, unheard, at_ms)
        elif last is not None and _still(state, last) and _fits(last.was, dev, event):
            state.counters[dev].last = None
            _put_back(state, dev, last.was, void=last.was.what == WALK_IN)
    if not event.here:
        let_go(state, event.ticket, dev, Move.GIVE_BACK)
        leaves_counter(state, dev, event.ticket)
        return
    ticket = state.tickets.setdefault(event.ticket, Ticket(event.ticket, by=dev))
    waited = place_of(ticket)
    if not _says(ticket, dev, event):
        ticket.phase = Phase.SERVING if event.serving else Phase.WALKING
    ticket.holders.add(dev)
    put(state, ticket, waited=waited)
    at_counter(state, dev, event.ticket)


def _says(ticket: Ticket | None, dev: str, event: ev.UndoShown) -> bool:
    """Whether the counter says what stands here. If another counter has the person too, who of them serves him is not
    this one's to say.
    """
    if ticket is None or dev not in ticket.holders:
        return not event.here
    here, serving = ticket.phase in (Phase.WALKING, Phase.SERVING), ticket.phase is Phase.SERVING
    return event.here and here and (ticket.holders != {dev} or serving == event.serving)


def _fits(was: Was, dev: str, event: ev.UndoShown) -> bool:
    """Whether the counter says that things are as they were then."""
    return was.id == event.ticket and _says(was.ticket, dev, event)


def _still(state: HallState, last: Last) -> bool:
    ticket = state.tickets.get(last.was.id)
    return ticket is not None and ticket.moves == last.moves


def _untouched(state: HallState, found: Answer) -> bool:
    """Whether nothing has happened to the person since this answer."""
    ticket = state.tickets.get(found.was.id) if found.was is not None else None
    return found.moves == (ticket.moves if ticket is not None else 0)


def _put_back(state: HallState, dev: str, was: Was, *, void: bool) -> None:
    """As things were. A visit that was not there before is gone if it is `void`; else (in logs of before there was that
    word) whoever has a number of the roll waits in line.
    """
    live = state.tickets.get(was.id)
    _count_departure(state, live, was)
    if was.what == CALL:
        newer = [call for call in state.shown if call.ticket == was.id and call.order > was.order]
        for call in newer:
            state.shown.remove(call)
        state.changed.add("shown")
    if was.ticket is None:
        _void(state, was) if void else let_go(state, was.id, dev, Move.GIVE_BACK)
        leaves_counter(state, dev, was.id)
        return
    ticket = live if live is not None else Ticket(was.id)
    waited, moves = place_of(ticket) if live is not None else None, max(ticket.moves, was.ticket.moves)
    recalls = max(ticket.recalls, was.ticket.recalls) if was.what != CALL else was.ticket.recalls
    for name in Ticket.__slots__:
        setattr(ticket, name, getattr(was.ticket, name))
    ticket.holders, ticket.recalls, ticket.moves = set(ticket.holders), recalls, moves
    if live is None:
        state.tickets[ticket.id] = ticket
        state.roll = max(state.roll, was.roll) if was.what == NOT_CALLED else state.roll
        state.changed.add("roll")
        state.index(ticket)
    elif ticket.issued_ms is not None:
        state.mind(ticket)
    put(state, ticket, waited=waited)
    if dev in ticket.holders:
        at_counter(state, dev, ticket.id)
    else:
        leaves_counter(state, dev, ticket.id)


def _void(state: HallState, was: Was) -> None:
    """There was no such visit. A number of the roll is on the roll again."""
    ticket = state.tickets.get(was.id)
    if ticket is not None:
        state.forget(ticket)
    if was.what == CALL:
        state.roll = was.roll
        state.changed.add("roll")


def _count_departure(state: HallState, live: Ticket | None, was: Was) -> None:
    """A call out of the order that did not happen is none; if it did after all, it is one."""
    gone = live.departure if live is not None else None
    cause, by = "", 0
    if was.what == CALL and gone is not None and (was.ticket is None or was.ticket.departure != gone):
        cause, by = gone.cause, -1
    elif was.what == NOT_CALLED and was.ticket is not None and was.ticket.departure is not None:
        cause, by = was.ticket.departure.cause, 1
    if by and state.departures.get(cause, 0) + by >= 0:
        state.departures[cause] = state.departures.get(cause, 0) + by
        state.departures = {cause: n for cause, n in state.departures.items() if n}
        state.changed.add("departures")


def _heard_again(state: HallState, dev: str, was: Was, at_ms: int) -> None:
    """A call that stands after all is the newest call again."""
    ticket = state.tickets.get(was.id)
    if was.what == NOT_CALLED and ticket is not None and dev in ticket.holders:
        announce(state, ticket, dev, at_ms)
