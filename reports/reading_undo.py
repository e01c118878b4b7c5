"""What was taken back leaves no step, and is counted nowhere (pure).

Policy. An undo takes back the last act of one counter for one visit: its steps go, with all that the act was counted
as (an unfinished service, a promise, a departure from the order and its cost), and what the act had ended stands again
(the pause, the no-show, the expiry out of which somebody was called). Should the counter never have heard of it,
everything stands as if nobody had taken it back. A visit that began with the act is none; it is counted as taken back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reports.steps import TAKES, Step

if TYPE_CHECKING:
    from reports.reading import Reading

CALLS = frozenset({"call", "resume"})
TAKEN_BACK = "taken_back"
"""As what a visit is counted that began with an act that was taken back."""


@dataclass(slots=True)
class Counted:
    """What one row was counted as, on the day of `t`: `what` in the tally, `order` (cause, calls, people passed,
    seconds) among the departures; and the day that was promised before it, by the code of the visit.
    """

    row: int
    t: int
    what: list[str] = field(default_factory=list)
    order: tuple[str, int, int, int] = ("", 0, 0, 0)
    promise: tuple[str, int | None, int | None] = ("", None, None)


@dataclass(slots=True)
class TakenBack:
    """What an undo took away from a visit; `void`: the visit itself, on the day of `t`."""

    ticket: str
    steps: list[Step]
    void: bool = False
    t: int = 0


def last_act(steps: list[Step], counter: str) -> int:
    """The last step of this counter that is not a recall; if its number has changed meanwhile, of any counter."""
    backward = range(len(steps) - 1, -1, -1)
    own = next((i for i in backward if steps[i].counter == counter and steps[i].e != "recall"), None)
    if own is None:
        own = next((i for i in backward if steps[i].counter and steps[i].e != "recall"), None)
    return max(0, len(steps) - 1) if own is None else own


def undo(on: Reading, ticket: str, counter: str, t: int, *, void: bool = False) -> TakenBack:
    """What a counter has taken back did not happen. Somebody with a number of the paper roll is there all the same,
    only at no counter, where the log does not say that he is not (`void`).
    """
    steps = on.visits.find(ticket) or []
    on.away.pop(ticket, None)
    if not void and len(steps) == 1 and steps[0].e == "walk_in":
        steps[0].counter = ""
        return TakenBack(ticket, [])
    found = TakenBack(ticket, take_away(on, ticket, last_act(steps, counter)), t=t)
    found.void = any(step.e == "walk_in" for step in found.steps)
    if found.void:
        on.note(t).count(TAKEN_BACK)
    return found


def take_away(on: Reading, ticket: str, at: int) -> list[Step]:
    """Take away the act to which this step belongs: all steps of its row, the leg that an end began, the recalls of a
    call; what was before it stands again. These steps.
    """
    steps = on.visits.find(ticket) or []
    if not steps:
        on.visits.pop(ticket)
        return []
    act = steps[at]
    handed_on = act.e == "end" and at + 1 < len(steps) and steps[at + 1].e == "transfer"
    gone = [
        step
        for i, step in enumerate(steps)
        if i == at
        or step.seq == act.seq
        or (handed_on and i == at + 1)
        or (i > at and act.e in TAKES and step.e == "recall" and step.counter == act.counter)
    ]
    rest = [step for step in steps if all(step is not one for one in gone)]
    if act.e in CALLS:
        if any(step.e == "requeue" for step in gone):
            on.away[ticket] = "noshow"
        elif act.e == "resume":
            on.away[ticket] = "park"
        row, expiry = on.expiries.pop(ticket, (0, None))
        if expiry is not None and row == act.seq:
            rest.insert(min(at, len(rest)), expiry)
    if any(step.e == "noshow" for step in gone):
        on.no_paper.discard(ticket)
    steps[:] = rest
    _recount(on, gone, -1)
    if not steps:
        on.visits.pop(ticket)
    return gone


def restore(on: Reading, ticket: str, command: str) -> bool:
    """What an undo took away stands again; False if there is nothing of this ticket."""
    found = on.undone.pop(command, None)
    if found is None or found.ticket != ticket or not found.steps:
        return False
    kinds = {step.e for step in found.steps}
    if kinds & CALLS:
        on.away.pop(ticket, None)
        on.not_expired(ticket, next(step.seq for step in found.steps if step.e in CALLS))
    for e, away in (("noshow", "noshow"), ("park", "park")):
        if e in kinds:
            on.away[ticket] = away
    if "noshow" in kinds and ticket in on.unknown:
        on.no_paper.add(ticket)
    if found.void:
        on.note(found.t).count(TAKEN_BACK, -1)
    _recount(on, found.steps, 1)
    on.steps_of(ticket).extend(found.steps)
    on.disordered.add(ticket)
    return True


def count(on: Reading, box: str, kind: str, one: Counted) -> None:
    """A row of this box is counted as these, as long as nobody takes it back; of each kind the last one is known."""
    on.counted[box, kind] = one
    _tell(on, one, 1)


def _recount(on: Reading, steps: list[Step], many: int) -> None:
    """Rows that are taken back, or stand again, with all that they were counted as."""
    rows = {step.seq for step in steps}
    for one in on.counted.values():
        if one.row in rows:
            _tell(on, one, many)


def _tell(on: Reading, one: Counted, many: int) -> None:
    day = on.note(one.t) if one.what or one.order[0] else None
    if day is not None:
        for what in one.what:
            day.count(what, many)
        cause, *by = one.order
        if cause:
            of = [a + many * b for a, b in zip(day.order.pop(cause, (0, 0, 0)), by, strict=True)]
            if any(of):
                day.order[cause] = of
    code, before, after = one.promise
    if code:
        known = after if many > 0 else before
        on.promised.pop(code, None)
        if known is not None:
            on.promised[code] = known
