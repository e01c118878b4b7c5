"""Steps folded into legs and counter times (pure): the records every indicator is computed from.

A leg is one stay in one queue. A recall is not a call; a return after a no-show is the same leg, whose wait stays at
the first call; a transfer ends a leg as served and opens the next at that instant. The number of people waiting is
followed step by step and apart from the legs, so that the two can be compared.
"""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec import Struct

from reports.steps import Day, Span, Step

FORGOTTEN_S = 4 * 3600
"""A service that lasted longer was forgotten: flagged, counted, outside the means."""

OUTCOMES = {"end": "served", "transfer": "served", "noshow": "no_show", "leave": "left", "expire": "expired"}
FREES = frozenset({*OUTCOMES, "park", "freed"})
"""Steps after which a counter is free."""


class Leg(Struct, gc=False):
    """One leg. Times in whole seconds; None: did not happen. `service` is what the visit came for, `svc` the queue."""

    ticket: str
    number: int
    svc: str
    cls: str
    entry: int
    first_call: int | None = None
    last_call: int | None = None
    start: int | None = None
    end: int | None = None
    outcome: str = ""
    parked_s: int = 0
    counter: str = ""
    walk_in: bool = False
    """Served without a ticket of ours: nobody knows how long this person waited."""
    parked_at: int | None = None
    held_s: int = 0
    """All the time for which this person was asked to come back later; `parked_s` is the part of it after `start`."""
    service: str = ""
    lang: str = ""
    intent: str = ""
    auto: bool = False
    """The next call ended the service; nobody pressed END."""
    note: str = ""

    @property
    def wait_s(self) -> int | None:
        """First call - entry; None if never called."""
        return None if self.first_call is None or self.walk_in else self.first_call - self.entry

    @property
    def last_wait_s(self) -> int | None:
        """Last call - entry; None if never called."""
        return None if self.last_call is None or self.walk_in else self.last_call - self.entry

    @property
    def gone_s(self) -> int | None:
        """Time waited by somebody who was never called: end - entry."""
        unseen = self.first_call is None and not self.walk_in and self.outcome in ("left", "expired")
        return self.end - self.entry if unseen and self.end is not None else None

    @property
    def service_s(self) -> int | None:
        """End - start - parked of a served leg; without a start, from the last call."""
        begun = self.start if self.start is not None else self.last_call
        if self.outcome != "served" or self.end is None or begun is None:
            return None
        return self.end - begun - self.parked_s

    @property
    def walk_s(self) -> int | None:
        """Start - last call."""
        if self.walk_in or self.start is None or self.last_call is None:
            return None
        return self.start - self.last_call


@dataclass(slots=True)
class Records:
    """Everything of one day, folded. `levels`: by how much the number waiting changed in each second, from the
    steps.
    """

    window: Span
    legs: list[Leg] = field(default_factory=list)
    states: dict[str, dict[str, list[Span]]] = field(default_factory=dict)
    busy: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    tally: Tally[str] = field(default_factory=Tally)
    orphans: list[str] = field(default_factory=list)
    levels: dict[int, int] = field(default_factory=dict)
    closed: bool = True
    spell: Span = (0, 0)
    """Over which the number waiting is followed."""

    @property
    def first_legs(self) -> list[Leg]:
        """The first leg of every visit."""
        return [leg for leg in self.legs if leg.number == 1]


def fold(day: Day) -> Records:
    """Fold a day's steps."""
    records = Records(day.window, closed=day.closed, spell=day.spell or day.window)
    records.states = counter_states(day.counters, day.until)
    for steps in day.visits.values():
        _visit(records, steps, day.until)
        _levels(records.levels, steps)
    return records


def _visit(records: Records, steps: list[Step], until: int) -> None:
    """The legs of one visit, and the time it kept counters busy."""
    tally, leg = records.tally, None
    busy: dict[str, int] = {}
    for step in steps:
        e, t = step.e, step.t
        if e == "issue" or e == "walk_in":  # noqa: PLR1714 - the quicker spelling of a line that every step passes
            leg = _begun(records, step, 1, step.svc, step)
            if leg.walk_in and step.counter:
                leg.first_call = leg.last_call = t
                leg.counter = step.counter
                busy[step.counter] = t
            continue
        if leg is None:
            records.orphans.append(step.ticket)
            continue
        if e == "call":
            busy.setdefault(step.counter, t)
            leg.first_call = t if leg.first_call is None else leg.first_call
            leg.last_call, leg.counter = t, step.counter
        elif e == "start":
            leg.start = t if leg.start is None else leg.start
        elif e in FREES:
            for counter in [step.counter] if step.counter else list(busy):
                since = busy.pop(counter, None)
                if since is not None:
                    records.busy[counter].append((since, t))
            _ends(leg, step)
            if e == "transfer":
                leg = _begun(records, step, leg.number + 1, leg.service, leg)
        else:
            tally[e] += 1
            if e == "resume":
                busy.setdefault(step.counter, t)
                away = t - leg.parked_at if leg.parked_at is not None else 0
                leg.parked_s, leg.held_s, leg.parked_at = leg.parked_s + away, leg.held_s + away, None
            elif e == "requeue":
                leg.end, leg.outcome, leg.start, leg.parked_s = None, "", None, 0
    for counter, since in busy.items():
        records.busy[counter].append((since, max(since, until)))


def _begun(records: Records, step: Step, number: int, service: str, of: Step | Leg) -> Leg:
    """A new leg of a visit, which keeps its class, language and intent."""
    leg = Leg(
        step.ticket, number, step.svc, of.cls, step.t, walk_in=step.e == "walk_in",
        service=service, lang=of.lang, intent=of.intent,
    )  # fmt: skip
    if leg.walk_in:
        records.tally["walk_in"] += 1
    if number == 1 and step.note == "alone":
        records.tally["alone"] += 1
    records.legs.append(leg)
    return leg


def _ends(leg: Leg, step: Step) -> None:
    """A step after which the counter is free: the leg is over, or interrupted. Who was served stays served."""
    if step.e == "park":
        leg.parked_at = step.t
    elif leg.outcome != "served" and step.e != "freed":
        leg.end, leg.outcome = step.t, OUTCOMES[step.e]
        if leg.outcome == "served":
            leg.auto, leg.note, leg.counter = step.auto, step.note, step.counter or leg.counter


def _levels(levels: dict[int, int], steps: list[Step]) -> None:
    """+1 when somebody enters a queue, -1 at the first step that takes him out of it; nothing is made up for a step
    that is not there, so a lost one leaves the number waiting wrong for the rest of the day.
    """
    waits, entered = steps[0].e not in ("issue", "walk_in"), -1
    for step in steps:
        e, t = step.e, step.t
        if e in ("issue", "transfer"):
            if waits:
                levels[t] = levels.get(t, 0) - 1
            waits, entered = True, t
            levels[t] = levels.get(t, 0) + 1
        elif waits and e in ("call", "leave", "expire"):
            waits = False
            if t < entered:  # a clock fault: listed, and in neither side
                levels[entered] -= 1
            else:
                levels[t] = levels.get(t, 0) - 1


def counter_states(steps: Iterable[Step], until: int) -> dict[str, dict[str, list[Span]]]:
    """Spans of each counter's states: open, pause, break. A state ends when the next one begins."""
    spans: dict[str, dict[str, list[Span]]] = {}
    now: dict[str, tuple[str, int]] = {}
    for step in steps:
        mine = spans.setdefault(step.counter, {"open": [], "pause": [], "break": []})
        if step.counter in now:
            state, since = now.pop(step.counter)
            mine[state].append((since, step.t))
        if step.e != "close":
            now[step.counter] = (step.e, step.t)
    for counter, (state, since) in now.items():
        spans[counter][state].append((since, max(since, until)))
    return spans


def overlaps(spans: Iterable[Span]) -> int:
    """How many of these spans begin while an earlier one lasts: a counter cannot be busy twice."""
    found, until = 0, None
    for a, b in sorted(spans):
        found += until is not None and a < until
        until = b if until is None else max(until, b)
    return found


def clipped(spans: Iterable[Span], window: Span) -> int:
    """Seconds of these spans inside the window."""
    return sum(max(0, min(b, window[1]) - max(a, window[0])) for a, b in spans)
