"""How a row changes the hall: the fold.

`evolve` is the only way the state changes and reads nothing but the row, so the same log gives the same state
everywhere. It consumes the state it is given and changes it in place: a copy for every row would cost a Raspberry Pi
more than the rule is worth, and whoever fails to commit a row must throw the state away anyway (the hub ends its
process and folds the log again). The names of what a row changed gather in `changed`.
"""

from onedoor.hall import events as ev
from onedoor.hall.checkin import OF_TIME, CodeState, code_state
from onedoor.hall.days import FORGET_MS, begin_day, count_issued, forget_old, say_line, tell_time
from onedoor.hall.events import RowId
from onedoor.hall.moves import (
    answer,
    at_counter,
    close_command,
    dated,
    enter,
    hold,
    leaves_counter,
    let_go,
    name_day,
    place_of,
    put,
    recall,
    redate,
    say_here,
    set_order,
    step,
)
from onedoor.hall.order import appointment_counts
from onedoor.hall.places import NAMES_OF_ONE, language_for, place_for
from onedoor.hall.rules import Rules
from onedoor.hall.state import Appointment, Counter, Departure, HallState, Ticket
from onedoor.hall.undoing import CALL, as_is, before_call, give_back, remember, take_back, undo_shown, went_along
from onedoor.hall.visit import IllegalMove, Move, Phase, move
from onedoor.hall.zone import day_of

SERIES_KEPT = 3
"""Of so many series the highest numbers are known of each slot."""


def evolve(state: HallState, dev: str, rid: RowId, event: ev.Event, at_ms: int) -> HallState:
    """Fold one row into the state.

    `dev` and `rid` name the row, `at_ms` is when it happened, in center time. A fact that does not
    fit (the decider lists it as misfit) leaves the state as it is.
    """
    match event:
        case ev.Issued():
            _issue(state, dev, rid, event, at_ms)
            _remember_highest(state, event)
        case ev.Skipped():
            _remember_highest(state, event)
        case ev.CounterOpened() | ev.CounterClosed() | ev.CounterPaused() | ev.CounterResumed():
            _counter(state, dev, event)
        case ev.Called():
            was = as_is(state, event.ticket, CALL)
            hold(state, event.ticket, event.dev, at_ms)
            answer(state, event.dev, event.command, event.ticket, was=was)
        case ev.CallRefused():
            answer(state, event.dev, event.command, None, event.reason)
        case ev.Shown() | ev.CalledLocally():
            was, sure = before_call(state, dev, event.command, event.ticket)
            close_command(state, dev, event.command, event.ticket)
            hold(state, event.ticket, dev, at_ms)
            at_counter(state, dev, event.ticket)
            remember(state, dev, at_ms, was, sure=sure)
        case ev.UndoShown():
            undo_shown(state, dev, event, at_ms)
        case ev.NoneShown() | ev.GaveUp():
            close_command(state, dev, event.command)
        case ev.GivenBack():
            give_back(state, event)
        case ev.Recalled() | ev.Started() | ev.Ended() | ev.NoShow() | ev.Parked() | ev.Transferred() | ev.WalkedIn():
            _at_the_counter(state, dev, rid, event, at_ms)
        case ev.RollSet():
            state.roll = event.number
            state.changed.add("roll")
        case ev.Booked():
            state.appointments[event.code] = Appointment(event.service, event.at_ms, dev=dev)
            state.changed.add(f"appointment/{event.code}")
        case _:
            _decided(state, event, at_ms)
    return state


def _at_the_counter(state: HallState, dev: str, rid: RowId, event: ev.Event, at_ms: int) -> None:
    """What a clerk does with the person at the counter; all of it but a recall can be undone."""
    was = as_is(state, getattr(event, "ticket", rid), type(event).__name__)
    ticket, before = state.tickets.get(was.id), was.ticket
    if isinstance(event, ev.Recalled):
        recall(state, dev, event.ticket, at_ms)
        if before is not None:
            went_along(state, was.id, before.moves, dev)
        return
    match event:
        case ev.Started():
            step(state, event.ticket, Move.START)
        case ev.Ended():
            _finish(state, dev, event.ticket, Move.END)
        case ev.NoShow():
            _finish(state, dev, event.ticket, Move.NO_SHOW)
            if ticket is not None and before is not None and before.phase is not ticket.phase:
                dated(state, ticket, at_ms, "missed_ms")
        case ev.Parked():
            _park(state, dev, event, at_ms)
        case ev.Transferred():
            _transfer(state, dev, event, at_ms)
        case ev.WalkedIn():
            _walk_in(state, dev, rid, event, at_ms)
    remember(state, dev, at_ms, was)


def _decided(state: HallState, event: ev.Event, at_ms: int) -> None:
    """Decisions and own words of the hub, other than calls."""
    match event:
        case ev.Expired():
            if step(state, event.ticket, Move.EXPIRE):
                by_time = event.reason in ("new_day", "closing")
                state.tickets[event.ticket].expired_by = 1 + state.time.withdrawn if by_time else 0
        case ev.HandedOn():
            _hand_on(state, event, at_ms)
        case ev.Requeued():
            answer(state, event.dev, event.command, None, "requeued")
            _requeue(state, event.ticket, at_ms)
        case ev.Undone():
            take_back(state, event)
        case ev.RollCalled():
            _call_roll(state, event, at_ms)
        case ev.OrderChanged():
            ticket_ = state.tickets[event.ticket]
            dated(state, ticket_, at_ms, "departure")
            ticket_.departure = Departure(event.cause, event.dev, at_ms, event.count)
            state.departures[event.cause] = state.departures.get(event.cause, 0) + 1
            state.changed |= {f"ticket/{event.ticket}", "departures"}
        case ev.OrderCost():
            dated(state, state.tickets[event.ticket], None, "departure")
            state.changed.add(f"ticket/{event.ticket}")
        case ev.PaperFound():
            step(state, event.ticket, Move.MERGE)
            if (served := state.tickets.get(event.served_as)) is not None:
                put(state, served, waited=place_of(served))  # it cannot be taken back any more: it is this visit now
        case ev.RulesSet():
            _set_rules(state, event.rules)
        case ev.CenterClosed():
            state.closed_day = event.day
            state.changed.add("closed")
        case ev.StretchBegan() | ev.TimeKnown() | ev.TimeSaid() | ev.TimeWithdrawn() | ev.DayBegan():
            tell_time(state, event, at_ms)
        case ev.LineSaid():
            say_line(state, event, at_ms)
        case ev.Restored():
            step(state, event.ticket, Move.RETURN)
        case ev.HeadSaid():
            state.notice = (event.text, state.day if state.time.stretch else day_of(at_ms, state.time.zone))
            state.changed.add("notice")
        case ev.CallCollided():
            state.changed.add("notice")  # what every counter is told is told again, with the two that met
        case ev.ParkOver():
            _requeue(state, event.ticket, at_ms, here=False)


def _set_rules(state: HallState, rules: Rules) -> None:
    """The rules in force. Where another time zone is named, what has a date gets the name of its day anew."""
    state.rules = rules
    state.changed.add("center_rules")
    if state.time.zone != rules.hours.zone:
        state.time.zone = rules.hours.zone
        redate(state, 0)


def fits(state: HallState, dev: str, event: ev.Event) -> str | None:
    """Why this fact does not fit the state of its ticket, or None if it does."""
    what = _MOVES.get(type(event))
    if what is None:
        return None
    ticket = state.tickets.get(getattr(event, "ticket", RowId("")))
    if ticket is None:
        return "unknown ticket"
    if dev in ticket.holders and ticket.phase in (Phase.WAITING, Phase.PARKED):
        return None  # the other counter of a collision has sent the person on
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
    ev.Parked: Move.PARK,
    ev.Transferred: Move.TRANSFER,
}


def _issue(state: HallState, dev: str, rid: RowId, event: ev.Issued, at_ms: int) -> None:
    if not state.time.stretch and day_of(at_ms, state.time.zone) > state.day:
        begin_day(state, day_of(at_ms, state.time.zone))
    ticket = state.tickets.setdefault(rid, Ticket(rid))
    if ticket.issued_ms is not None:
        return
    called_in = state.time.stretch if "called_ms" in ticket.loose else ticket.stretch
    ticket.label, ticket.service = event.label, event.service
    ticket.cls, ticket.label_day, ticket.series = event.cls, event.day, event.series
    ticket.lang, ticket.by = language_for(state.rules, event.lang), ""
    called_low_ms = ticket.low_ms
    ticket.stretch, ticket.low_ms = state.row_stretch, state.row_low_ms
    dated(state, ticket, at_ms, "issued_ms", "queued_ms")
    ticket.queued_ms = _behind_those_before(state, ticket, at_ms)
    ticket.day = "" if state.time.stretch else day_of(at_ms, state.time.zone)
    if (
        ticket.leg == 1
        and ticket.called_ms is not None
        and ticket.low_ms is called_low_ms is None
        and state.time.comparable(state.row_stretch, called_in)
    ):
        ticket.first_wait_ms = ticket.called_ms - at_ms
    if ticket.leg == 1:
        ticket.queue = place_for(state, dev, event.queue, event.service)
        dated(state, ticket, at_ms, "entered_ms")
        _check_in(state, ticket, event.appointment, at_ms)
    name_day(state, ticket)
    if ticket.day == state.day or not ticket.day:
        count_issued(state, event.service)
        state.changed.add("issued")
    set_order(state, ticket)
    state.index(ticket)
    put(state, ticket, waited=None)
    if at_ms - state.forgot_ms > FORGET_MS // 2:
        forget_old(state, at_ms)
    for call in state.shown:
        if call.ticket == rid:
            call.label, call.service = ticket.label, ticket.service
            state.changed.add("shown")


def _behind_those_before(state: HallState, ticket: Ticket, at_ms: int) -> int:
    """The queue time of who just came. What a box gave in a boot that is over arrives in one moment, and nobody knows
    more than in which order: each is a millisecond behind the one before.
    """
    if ticket.low_ms is None:
        return at_ms
    box = ticket.id.partition(".")[0] + "."
    others = (t for t in state.tickets.values() if t.low_ms is not None and t is not ticket and t.id.startswith(box))
    return max(at_ms, 1 + max((t.queued_ms or 0 for t in others), default=0))


def _check_in(state: HallState, ticket: Ticket, code: str, at_ms: int) -> None:
    """An appointment counts once, for its own service, in its window."""
    if not code:
        return
    found, booked_ms = code_state(state.appointments, code, ticket.service, at_ms, state.rules)
    dated_here = state.time.of(ticket.stretch).known and ticket.low_ms is None
    ticket.code_state = found if dated_here or found not in OF_TIME else ""
    if found is CodeState.GOOD or (found is CodeState.OTHER_DAY and appointment_counts(booked_ms, at_ms, state.rules)):
        ticket.appointed_ms = booked_ms
    if found is CodeState.LATE or ticket.appointed_ms is not None:
        state.appointments[code].ticket = ticket.id
        state.changed.add(f"appointment/{code}")


def _remember_highest(state: HallState, event: ev.Issued | ev.Skipped) -> None:
    slot, n = (event.slot, event.n) if isinstance(event, ev.Issued) else (event.slot, event.to)
    key = f"{slot}/{event.series or event.day}/{event.service}"
    new = key not in state.highest
    if new and sum(known.startswith(f"{slot}/") for known in state.highest) >= NAMES_OF_ONE:
        return
    state.highest[key] = max(n, state.highest.get(key, 0))
    state.changed.add(f"highest/{key}")
    if new:
        _forget_highest(state, slot)


def _forget_highest(state: HallState, slot: int) -> None:
    """A slot's newest series are enough; which is the newest, no clock says, but the order of the rows."""
    own = [key for key in state.highest if key.startswith(f"{slot}/")]
    series = list(dict.fromkeys(reversed([key.split("/")[1] for key in own])))
    for key in own:
        if key.split("/")[1] not in series[:SERIES_KEPT]:
            del state.highest[key]
            state.changed.add(f"highest/{key}")


def _counter(
    state: HallState, dev: str, event: ev.CounterOpened | ev.CounterClosed | ev.CounterPaused | ev.CounterResumed
) -> None:
    counter = state.counters.setdefault(dev, Counter(dev, event.counter))
    counter.counter = event.counter
    state.line_changes += 1
    match event:
        case ev.CounterOpened():
            counter.open, counter.paused = True, ""
            counter.queues, counter.clerk = event.queues, event.clerk
        case ev.CounterClosed():
            counter.open, counter.paused = False, ""
        case ev.CounterPaused():
            counter.paused = event.reason or "pause"
        case ev.CounterResumed():
            counter.paused = ""
    state.changed.add(f"counter/{dev}")


def _finish(state: HallState, dev: str, rid: RowId, what: Move) -> None:
    """END is the end for everybody; a no-show only when no other counter holds the person."""
    ticket = state.tickets.get(rid)
    sent_on = ticket is not None and ticket.phase in (Phase.WAITING, Phase.PARKED)
    if what is Move.END and not sent_on:
        if step(state, rid, Move.END):
            state.tickets[rid].holders.discard(dev)
    else:
        let_go(state, rid, dev, Move.NO_SHOW)
    leaves_counter(state, dev, rid)


def _park(state: HallState, dev: str, event: ev.Parked, at_ms: int) -> None:
    ticket = state.tickets.get(event.ticket)
    if ticket is not None and fits(state, dev, event) is None:
        if ticket.phase in (Phase.WALKING, Phase.SERVING):
            step(state, event.ticket, Move.PARK)
            dated(state, ticket, at_ms + event.minutes * 60_000 if event.minutes else None, "until_ms")
            ticket.back = "parked"
        let_go(state, event.ticket, dev, Move.PARK)
    leaves_counter(state, dev, event.ticket)


def _transfer(state: HallState, dev: str, event: ev.Transferred, at_ms: int) -> None:
    ticket = state.tickets.get(event.ticket)
    if ticket is not None and fits(state, dev, event) is None:
        waited = place_of(ticket)
        ticket.holders.discard(dev)
        if ticket.phase in (Phase.WALKING, Phase.SERVING):
            ticket.phase = move(ticket.phase, Move.TRANSFER)
            queue = place_for(state, dev, event.queue)
            enter(state, ticket, queue, at_ms, keep=event.place != "new", first=event.place == "first")
        put(state, ticket, waited=waited)
    leaves_counter(state, dev, event.ticket)


def _walk_in(state: HallState, dev: str, rid: RowId, event: ev.WalkedIn, at_ms: int) -> None:
    today = state.day if state.time.stretch else day_of(at_ms, state.time.zone)
    queue = place_for(state, dev, event.queue, event.service)
    ticket = Ticket(rid, event.paper, event.service, queue, event.cls, today, today)
    ticket.stretch, ticket.low_ms = state.row_stretch, state.row_low_ms
    dated(state, ticket, at_ms, "issued_ms", "entered_ms", "queued_ms", "order_ms", "called_ms")
    # Another counter's word about this visit may have come first: what it holds, it still holds.
    known = state.tickets.get(rid)
    ticket.walk_in, ticket.phase, ticket.holders = True, Phase.SERVING, {dev} | (known.holders if known else set())
    ticket.moves = known.moves + 1 if known else 0
    state.tickets[rid] = ticket
    name_day(state, ticket)
    if event.paper:
        state.index(ticket)
    put(state, ticket, waited=None)
    at_counter(state, dev, rid)


def _hand_on(state: HallState, event: ev.HandedOn, at_ms: int) -> None:
    ticket = state.tickets[event.ticket]
    waited, before = place_of(ticket), ticket.moves
    ticket.phase = move(ticket.phase, Move.HAND_ON)
    enter(state, ticket, event.queue, at_ms, keep=state.rules.next_leg == "keep")
    put(state, ticket, waited=waited)
    went_along(state, ticket.id, before)


def _requeue(state: HallState, rid: RowId, at_ms: int, *, here: bool = True) -> None:
    """Parked long enough, or here at last (`here`: somebody saw him): in line again."""
    ticket = state.tickets[rid]
    rules, waited = state.rules, place_of(ticket)
    if here:
        say_here(state, ticket, at_ms)
    if ticket.phase is Phase.NO_SHOW:
        missed = ticket.missed_ms if ticket.missed_ms is not None else at_ms
        if rules.returned != "keep" or at_ms - missed > rules.returned_within_min * 60_000:
            dated(state, ticket, at_ms, "queued_ms")
            ticket.appointed_ms, ticket.first = None, False  # that appointment, or that place, was missed
        ticket.back = "returned"
    dated(state, ticket, None, "until_ms")
    ticket.phase = move(ticket.phase, Move.RETURN)
    set_order(state, ticket)
    put(state, ticket, waited=waited)


def _call_roll(state: HallState, event: ev.RollCalled, at_ms: int) -> None:
    today = state.day if state.time.stretch else day_of(at_ms, state.time.zone)
    ticket = Ticket(event.command, event.label, day=today, label_day=today, walk_in=True, stretch=state.row_stretch)
    dated(state, ticket, at_ms, "issued_ms", "entered_ms", "queued_ms", "order_ms")
    was, counter = as_is(state, ticket.id, CALL), state.counters.get(event.dev)
    ticket.service = counter.queues[0] if counter and counter.queues else ""
    ticket.queue = place_for(state, event.dev, ticket.service) if ticket.service else ""
    ticket.phase = Phase.NO_SHOW  # nobody has seen this person yet; `hold` calls from here
    state.tickets[ticket.id] = ticket
    name_day(state, ticket)
    state.index(ticket)
    state.roll = int(event.label) + 1
    state.changed.add("roll")
    hold(state, ticket.id, event.dev, at_ms)
    answer(state, event.dev, event.command, ticket.id, was=was)
