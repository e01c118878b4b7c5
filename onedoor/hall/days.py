"""What words about time and answers about days do to the hall, and what is due by time alone.

Policy: as in `onedoor.hall.center_time`. A day begins when it is known, not when somebody touches a kiosk; who is of an
earlier day expires then. A word may turn out to be wrong: so counts of the days before are kept for a while, tickets
of the day before stay in the state, and who expired by a word waits again when it is withdrawn.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from onedoor.hall import events as ev
from onedoor.hall.center_time import DOUBT, EARLIER, GROUP_GAP_MS, KNOWN, SAID, TODAY, Now, Stretch, whose
from onedoor.hall.hours import closes_ms
from onedoor.hall.moves import dated, place_of, put, redate
from onedoor.hall.places import SERVICES_COUNTED, forget_places
from onedoor.hall.state import HallState, Ticket
from onedoor.hall.visit import Phase

DAY_MS = 24 * 3_600_000
FORGET_MS = 2 * DAY_MS
"""In a center without a clock a visit that is over is forgotten after so long."""
APPOINTMENT_KEPT_MS = 40 * DAY_MS
"""A wrong word may lie a month ahead: appointments outlive it."""
DAYS_PUT_BY = 3
TICKETS_TOLD = 50
"""A row names so many tickets at most."""
FINAL = (Phase.DONE, Phase.NO_SHOW, Phase.EXPIRED)


def tell_time(
    state: HallState, event: ev.StretchBegan | ev.TimeKnown | ev.TimeSaid | ev.TimeWithdrawn | ev.DayBegan, at_ms: int
) -> None:
    """A word about time: the times of the present stretch move with it."""
    time = state.time
    match event:
        case ev.StretchBegan():
            redate(state, 0, begins=True)
            _seen(state, at_ms, event.stretch)
            time.stretch, time.boot, time.base_ms = event.stretch, event.boot, event.base_ms
            time.floor_ms = time.began_floor_ms = event.floor_ms
            time.began_ms = at_ms
            time.words[str(event.stretch)] = Stretch(least_ms=event.floor_ms - at_ms)
            _forget_words(state)
            redate(state, 0)
        case ev.TimeKnown() | ev.TimeSaid():
            known = isinstance(event, ev.TimeKnown)
            old, offset_ms = time.word, event.center_ms - event.hall_ms
            new = Stretch(offset_ms, KNOWN if known else SAID, event.by, old.least_ms)
            time.words[str(time.stretch)] = new
            if known:
                time.floor_ms = event.center_ms
            redate(state, offset_ms - old.offset_ms)
            _count_issued(state)
        case ev.TimeWithdrawn():
            old = time.word
            time.words[str(time.stretch)] = Stretch(least_ms=old.least_ms)
            time.floor_ms, time.withdrawn = time.began_floor_ms, time.withdrawn + 1
            state.closed_day = ""
            state.changed.add("closed")
            redate(state, -old.offset_ms)
            _count_issued(state)
        case ev.DayBegan():
            begin_day(state, event.day)
            _seen(state, at_ms - time.word.offset_ms, time.stretch)
    state.changed.add("time")


def _seen(state: HallState, hall_ms: int, stretch: int) -> None:
    """Whoever is in the state came before this moment. In a stretch that nobody dates that is all that is ever known; a
    moment that has a date, or gets one, is kept.
    """
    time = state.time
    for ticket in state.tickets.values():
        if ticket.seen_stretch != stretch and not (ticket.seen_stretch and time.of(ticket.seen_stretch).known):
            ticket.seen_ms, ticket.seen_stretch = hall_ms, stretch
            state.changed.add(f"ticket/{ticket.id}")


def _forget_words(state: HallState) -> None:
    """Only stretches of which there are still tickets are needed."""
    needed = {state.time.stretch, *(t.stretch for t in state.tickets.values())}
    needed |= {n for t in state.tickets.values() for n in (t.said_stretch, t.seen_stretch)}
    state.time.words = {n: word for n, word in state.time.words.items() if int(n) in needed}


def begin_day(state: HallState, day: str) -> None:
    """The center's day is another one. Who came on the day before is kept: late facts may speak of him. So is who came
    earlier and is here still (called back by a paper in the hand): a person with an old paper expires or is ended like
    everybody.
    """
    if day > state.day:
        for ticket in [t for t in state.tickets.values() if t.day and t.day < state.day and not _is_here(t)]:
            _forget(state, ticket)
    before_ms = max((t.issued_ms or 0 for t in state.tickets.values()), default=0) - APPOINTMENT_KEPT_MS
    for code in [c for c, a in state.appointments.items() if a.at_ms < before_ms]:
        del state.appointments[code]
        state.changed.add(f"appointment/{code}")
    state.put_by[state.day] = state.departures
    state.day = day
    state.departures = state.put_by.pop(day, {})
    while len(state.put_by) > DAYS_PUT_BY:
        del state.put_by[min(state.put_by)]
    _count_issued(state)
    forget_places(state)
    if state.notice[1] < day:
        state.notice = ("", "")
    state.changed |= {"day", "issued", "departures", "put_by", "notice"}


def _is_here(ticket: Ticket) -> bool:
    """Whether a visit is not over."""
    return bool(ticket.holders) or ticket.phase not in FINAL


def _count_issued(state: HallState) -> None:
    """How many numbers of each service there are today, from the tickets themselves."""
    state.issued = {}
    for ticket in state.tickets.values():
        if ticket.issued_ms is not None and not ticket.walk_in and ticket.day in (state.day, ""):
            count_issued(state, ticket.service)
    state.changed.add("issued")


def count_issued(state: HallState, service: str) -> None:
    """One more number of this service."""
    if service in state.issued or len(state.issued) < SERVICES_COUNTED:
        state.issued[service] = state.issued.get(service, 0) + 1


def forget_old(state: HallState, at_ms: int) -> None:
    """Where no day ever begins, visits that have long been over are forgotten by hall time. Those of a day that is
    known go when another one begins: over a weekend a cut-off counter's last words about Friday may still come.
    """
    state.forgot_ms = at_ms
    state.changed.add("forgot")
    forget_places(state)
    for ticket in [
        t
        for t in state.tickets.values()
        if t.phase in FINAL and not t.day and (t.issued_ms or at_ms) < at_ms - FORGET_MS
    ]:
        _forget(state, ticket)


def _forget(state: HallState, ticket: Ticket) -> None:
    place = place_of(ticket)
    if place is not None:
        state.line_changes += 1
        state.line.remove(place[0], place[1], ticket.id, place[2])
    state.forget(ticket)


def say_line(state: HallState, event: ev.LineSaid, at_ms: int) -> None:
    """A clerk's answer whose day these people are of."""
    for rid in event.tickets:
        ticket = state.tickets.get(rid)
        if ticket is None:
            continue
        waited = place_of(ticket)
        ticket.said, ticket.said_stretch = ("yes" if event.today else "no"), state.row_stretch
        ticket.seen_ms = ticket.seen_stretch = 0
        dated(state, ticket, at_ms, "said_ms")
        state.mind(ticket)
        put(state, ticket, waited=waited)
    state.line_changes += 1  # who stands where is as it was, but nobody has to be asked any more


# -- what is due ------------------------------------------------------------------------------------------------------


def of_day(state: HallState, ticket: Ticket, now: Now) -> str:
    """Whether a ticket is of today, of an earlier day, or in doubt."""
    return EARLIER if ticket.said == "no" else whose(state.time, ticket.moment, now)


def minded(state: HallState, now: Now) -> list[ev.HubEvent]:
    """Who is not of today any more expires, unless a counter has this person; who expired by a word or an answer that
    was wrong waits again.
    """
    closed = bool(now.day) and state.closed_day == now.day
    found: list[ev.HubEvent] = []
    for ticket in state.tickets.values():
        if ticket.issued_ms is None:
            continue
        if ticket.waits or (ticket.phase is Phase.PARKED and not ticket.holders):
            if of_day(state, ticket, now) == EARLIER:
                found.append(ev.Expired(ticket.id, "said" if ticket.said == "no" else "new_day"))
        elif ticket.phase is Phase.EXPIRED and not closed and _waits_again(state, ticket, now):
            found.append(ev.Restored(ticket.id))
    return found


def _waits_again(state: HallState, ticket: Ticket, now: Now) -> bool:
    """Whether who expired is of today all the same; or may be, now that the word is withdrawn by which a day began or
    the center closed.
    """
    day = of_day(state, ticket, now)
    return day == TODAY or (day == DOUBT and 0 < ticket.expired_by <= state.time.withdrawn)


def groups_in_doubt(state: HallState, now: Now) -> list[list[Ticket]]:
    """The waiting people whose day nobody knows, in the order in which they came; a group has one source of its time,
    and no night inside.
    """
    return _together(t for t in state.waiting() if of_day(state, t, now) == DOUBT)


def _together(tickets: Iterable[Ticket]) -> list[list[Ticket]]:
    """People in groups about whom one answer is enough."""
    groups: list[list[Ticket]] = []
    for ticket in sorted(tickets, key=lambda t: (t.issued_ms or 0, t.queued_ms or 0, t.id)):
        last = groups[-1][-1] if groups else None
        together = last is not None and _source(ticket) == _source(last)
        if last is not None and together and (ticket.issued_ms or 0) - (last.issued_ms or 0) < GROUP_GAP_MS:
            groups[-1].append(ticket)
        else:
            groups.append([ticket])
    return groups


def asked_about(state: HallState, queues: tuple[str, ...], now: Now) -> list[Ticket]:
    """The group about which a counter that serves these queues has to be asked before anybody is called (none: [])."""
    if now.known and not state.unsure:
        return []
    return next((g for g in groups_in_doubt(state, now) if any(t.queue in queues for t in g)), [])


def _source(ticket: Ticket) -> tuple[int, str]:
    """Whose clock holds a group together: a stretch of the hub, or one run of one box. All that a box gave in boots
    that are over arrives in one moment, and there may have been nights between them.
    """
    return ticket.stretch, ticket.id.rsplit(".", 1)[0] if ticket.low_ms is not None else ""


def answered(
    state: HallState, event: ev.DayAnswered, dev: str, now: Now, at_ms: int, stretch: int
) -> Iterator[ev.HubEvent]:
    """A clerk's answer about the group of this ticket; an answer that is taken back is about those it was given for.
    One that was given (`at_ms` in `stretch`) before the answer that stands, at a counter cut off meanwhile, changes
    nothing.
    """
    first = state.tickets.get(event.first)
    if first is None or (first.said and _before_it(first, at_ms, stretch)):
        return
    if first.said:
        groups = _together(t for t in state.tickets.values() if (t.said, t.said_ms) == (first.said, first.said_ms))
    else:
        groups = groups_in_doubt(state, now)
    group = next((g for g in groups if first in g), [])
    ids = [t.id for t in group]
    for i in range(0, len(ids), TICKETS_TOLD):
        yield ev.LineSaid(dev, tuple(ids[i : i + TICKETS_TOLD]), event.today)
    for ticket in group:
        if not event.today and (ticket.waits or (ticket.phase is Phase.PARKED and not ticket.holders)):
            yield ev.Expired(ticket.id, "said")
        elif event.today and ticket.phase is Phase.EXPIRED:
            yield ev.Restored(ticket.id)


def _before_it(first: Ticket, at_ms: int, stretch: int) -> bool:
    """Whether an answer is older than the one that stands. Over a power cut dates prove nothing: the word in one of the
    two stretches may have been wrong by a day, also one that is known. The stretches themselves are in order.
    """
    return (stretch, at_ms) < (first.said_stretch, first.said_ms)


def words_due(state: HallState, now: Now) -> Iterator[ev.HubEvent]:
    """What the hub has to say by time alone, one kind at a time: ask again after each.

    First the day, then who is not of it, then closing time, then those who were parked long enough.
    """
    if now.known and now.day != state.day:
        yield ev.DayBegan(now.day)
    elif minded(state, now):
        yield ev.LineMinded()
    elif _closes(state, now):
        yield ev.CenterClosed(now.day)
    else:
        for ticket in state.parked():
            if ticket.until_ms is not None and ticket.until_ms <= now.ms:
                yield ev.ParkOver(ticket.id)


def _closes(state: HallState, now: Now) -> bool:
    """Whether closing time, and the time for which those who waited were still served, is past. It must be known."""
    if not now.known or not state.rules.hours.week:
        return False
    closes = closes_ms(state.rules.hours, now.day)
    if closes is None or now.ms < closes + state.rules.close_after_min * 60_000:
        return False
    return state.closed_day != now.day or bool(closed_now(state, now))


def next_park_over(state: HallState) -> int | None:
    """When the next time is over for which somebody was parked (center time, as far as it is known)."""
    return min((t.until_ms for t in state.parked() if t.until_ms is not None), default=None)


def closed_now(state: HallState, now: Now) -> list[ev.HubEvent]:
    """Who waits or is parked when the center closes; who came after closing time is given as long."""
    latest_ms = now.ms - state.rules.close_after_min * 60_000
    here = chain(state.waiting(), state.parked())
    return [ev.Expired(t.id, "closing") for t in here if not t.holders and (t.issued_ms or 0) <= latest_ms]
