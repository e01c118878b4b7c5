"""The decider: what follows from a fact, by the hall's rules.

`decide` looks at the state *before* the fact and gives the hub's decisions, which are written to
the log right behind the fact, in the same transaction. So a replay never decides; and a stranger
with the log can call this very function and see whether the hub followed the published rule.
"""

from collections.abc import Callable, Iterator

from onedoor.hall import events as ev
from onedoor.hall.events import RowId
from onedoor.hall.state import HallState, fits, label_key
from onedoor.hall.tickets import day_of

COMMAND_AGE_MS = 10_000
"""A wish older than this is refused: the panel has stopped waiting for it."""


def decide(
    state: HallState, dev: str, rid: RowId, event: ev.Event, age_ms: int | None, at_ms: int
) -> list[ev.HubEvent]:
    """The hub's decisions that follow from one device fact.

    `state` is the hall before the fact, `age_ms` how old the fact is when the hub takes it (None:
    nobody knows), `at_ms` when it happened, in center time. Neither the state nor the fact is changed.
    """
    match event:
        case ev.CallRequested():
            return [_answer(state, dev, rid, event, age_ms)]
        case ev.Shown() | ev.CalledLocally():
            return [
                *_given_back(state, dev, lambda c, t: c == event.command and t != event.ticket),
                *_collision(state, dev, event.ticket),
            ]
        case ev.NoneShown() | ev.GaveUp():
            return list(_given_back(state, dev, lambda c, _: c == event.command))
        case ev.Booted():
            return list(_given_back(state, dev, lambda c, _: c != event.open_command))
        case ev.Issued():
            return [*_repeated_label(state, rid, event), *_day_over(state, rid, day_of(at_ms))]
        case _:
            reason = fits(state, event)
            return [ev.FactMisfit(rid, reason)] if reason else []


def _answer(
    state: HallState, dev: str, rid: RowId, event: ev.CallRequested, age_ms: int | None
) -> ev.Called | ev.CallRefused:
    """The next person for this counter, or why there is none."""
    if age_ms is None or age_ms > COMMAND_AGE_MS:
        return ev.CallRefused(dev, rid, "too_old")
    ticket = state.line.first(event.queues)
    return ev.Called(dev, rid, ticket) if ticket else ev.CallRefused(dev, rid, "empty")


def _given_back(state: HallState, dev: str, which: Callable[[RowId, RowId], bool]) -> Iterator[ev.GivenBack]:
    for command, ticket in state.calls.get(dev, {}).items():
        if ticket and which(command, ticket):
            yield ev.GivenBack(dev, command, ticket)


def _collision(state: HallState, dev: str, rid: RowId) -> Iterator[ev.CallCollided]:
    ticket = state.tickets.get(rid)
    others = (ticket.holders - {dev}) if ticket else set()
    if ticket and (others or (ticket.phase.value == "done" and dev not in ticket.holders)):
        yield ev.CallCollided(rid, dev, tuple(sorted(others)))


def _repeated_label(state: HallState, rid: RowId, event: ev.Issued) -> Iterator[ev.LabelRepeated]:
    first = state.labels.get(label_key(event.day, event.label))
    if first is not None and first != rid:
        yield ev.LabelRepeated(event.label, rid, first)


def _day_over(state: HallState, rid: RowId, day: str) -> Iterator[ev.Expired]:
    """The first ticket of a new day ends the waiting of the days before; one that arrives from a day
    before has waited in vain. The day is the center's, never what a kiosk believes.
    """
    if state.day and day > state.day:
        for ticket in state.waiting():
            if ticket.day < day:
                yield ev.Expired(ticket.id)
    elif day < state.day:
        yield ev.Expired(rid)
