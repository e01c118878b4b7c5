"""Steps folded into legs and counter times (pure): the records every indicator is computed from.

A leg is one stay in one queue. A recall is not a call; a return after a no-show is the same leg,
whose wait stays at the first call; a transfer ends a leg as served and opens the next at that
instant; a void ticket leaves every count, wherever it happens.
"""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from reports.steps import Day, Step

Span = tuple[int, int]


@dataclass(slots=True)
class Leg:
    """One leg. Times in whole seconds; None: did not happen."""

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

    @property
    def wait_s(self) -> int | None:
        """First call - entry; None if never called."""
        return None if self.first_call is None or self.walk_in else self.first_call - self.entry

    @property
    def gone_s(self) -> int | None:
        """Time waited by somebody who was never called: end - entry."""
        unseen = self.first_call is None and not self.walk_in
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
    """Everything of one day, folded."""

    window: Span
    legs: list[Leg] = field(default_factory=list)
    states: dict[str, dict[str, list[Span]]] = field(default_factory=dict)
    busy: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    tally: Tally[str] = field(default_factory=Tally)
    orphans: list[str] = field(default_factory=list)

    @property
    def first_legs(self) -> list[Leg]:
        """The first leg of every visit."""
        return [leg for leg in self.legs if leg.number == 1]


def fold(day: Day) -> Records:
    """Fold a day's steps."""
    void = {s.ticket for s in day.steps if s.e == "void"}
    steps = [s for s in day.steps if not s.ticket or s.ticket not in void]
    records = Records(day.window)
    records.states = counter_states(steps, day.window[1])
    now: dict[str, Leg] = {}
    open_busy: dict[tuple[str, str], int] = {}
    for step in steps:
        if step.ticket:
            _ticket_step(records, now, open_busy, step)
    for (_, counter), since in open_busy.items():
        records.busy[counter].append((since, max(since, day.window[1])))
    return records


def _ticket_step(records: Records, now: dict[str, Leg], open_busy: dict[tuple[str, str], int], step: Step) -> None:
    if step.e in ("issue", "walk_in"):
        leg = Leg(step.ticket, 1, step.svc, step.cls, step.t, walk_in=step.e == "walk_in")
        now[step.ticket] = leg
        records.legs.append(leg)
        if leg.walk_in:
            leg.first_call = leg.last_call = step.t
            open_busy[step.ticket, step.counter] = step.t
            records.tally["walk_in"] += 1
        return
    found = now.get(step.ticket)
    if found is None:
        records.orphans.append(step.ticket)
        return
    records.tally[step.e] += 1
    _busy_step(records, open_busy, step)
    _leg_step(found, step)
    if step.e == "transfer":
        leg = Leg(step.ticket, found.number + 1, step.svc, found.cls, step.t)
        now[step.ticket] = leg
        records.legs.append(leg)


def _busy_step(records: Records, open_busy: dict[tuple[str, str], int], step: Step) -> None:
    key = (step.ticket, step.counter)
    if step.e in ("call", "resume"):
        open_busy.setdefault(key, step.t)
    elif step.e in ("end", "noshow", "park", "transfer", "give_back", "leave", "expire"):
        keys = [key] if step.counter else [k for k in open_busy if k[0] == step.ticket]
        for k in keys:
            since = open_busy.pop(k, None)
            if since is not None and step.e != "give_back":
                records.busy[k[1]].append((since, step.t))


def _leg_step(leg: Leg, step: Step) -> None:
    t = step.t
    match step.e:
        case "call":
            leg.first_call = t if leg.first_call is None else leg.first_call
            leg.last_call, leg.counter = t, step.counter
        case "give_back":
            if leg.first_call == leg.last_call:
                leg.first_call = leg.last_call = None
        case "start":
            leg.start = t if leg.start is None else leg.start
        case "park":
            leg.parked_at = t
        case "resume":
            leg.parked_s += t - leg.parked_at if leg.parked_at is not None else 0
            leg.parked_at = None
        case "end" | "transfer":
            if leg.outcome != "served":
                leg.end, leg.outcome = t, "served"
                leg.counter = step.counter or leg.counter
        case "noshow" | "leave" | "expire":
            if leg.outcome != "served":
                leg.end, leg.outcome = t, {"noshow": "no_show", "leave": "left", "expire": "expired"}[step.e]
        case "requeue":
            leg.end, leg.outcome, leg.start = None, "", None


def counter_states(steps: Iterable[Step], until: int) -> dict[str, dict[str, list[Span]]]:
    """Spans of each counter's states: open, pause, break. A state ends when the next one begins."""
    spans: dict[str, dict[str, list[Span]]] = {}
    now: dict[str, tuple[str, int]] = {}
    for step in steps:
        if step.e not in ("open", "pause", "break", "close"):
            continue
        mine = spans.setdefault(step.counter, {"open": [], "pause": [], "break": []})
        if step.counter in now:
            state, since = now.pop(step.counter)
            mine[state].append((since, step.t))
        if step.e != "close":
            now[step.counter] = (step.e, step.t)
    for counter, (state, since) in now.items():
        spans[counter][state].append((since, max(since, until)))
    return spans


def clipped(spans: Iterable[Span], window: Span) -> int:
    """Seconds of these spans inside the window."""
    return sum(max(0, min(b, window[1]) - max(a, window[0])) for a, b in spans)
