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

from reports.center_days import IN_LAOS, CenterDays
from reports.durations import LATE_ACT_S, LATE_WALK_S, LONGEST_S, Stamp, dated, lasted, verdict
from reports.steps import FREES, Day, Span, Step, out_of_order, sent_on_while_held

OUTCOMES = {"end": "served", "transfer": "served", "noshow": "no_show", "leave": "left", "expire": "expired"}


class Leg(Struct, gc=False):
    """One leg. Times in whole seconds; None: did not happen. `service` is what the visit came for, `svc` the queue.
    Durations are made of the steps behind the times (`at`), and None also if nobody knows them.
    """

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
    told_late: bool = False
    """START was pressed only when the service was over: nobody knows how long walk and service were."""
    hold_unknown: bool = False
    """Nobody knows how long a pause was."""
    parked_step: Step | None = None
    entry_at: Step | None = None
    first_at: Step | None = None
    last_at: Step | None = None
    called_at: Step | None = None
    """The last call, or call back of somebody who had been asked to come later, if START was not pressed by then."""
    missed: tuple[tuple[str, int | None], ...] = ()
    """Every time this person did not come: to which counter, and how long after the call it said so."""
    start_at: Step | None = None
    end_at: Step | None = None
    half: int = 0
    """The half hour of the day in which it was entered, 0 to 47."""

    @property
    def wait_s(self) -> int | None:
        """First call - entry; None if never called."""
        if self.entry_at is not None and self.first_at is not None and not self.walk_in:
            return lasted(self.entry_at, self.first_at)
        return None if self.walk_in else between(None, self.entry, None, self.first_call)

    @property
    def last_wait_s(self) -> int | None:
        """Last call - entry; None if never called."""
        return None if self.walk_in else between(self.entry_at, self.entry, self.last_at, self.last_call)

    @property
    def unseen(self) -> bool:
        """Whether this person went without ever having been called."""
        return self.first_call is None and not self.walk_in and self.outcome in ("left", "expired")

    @property
    def gone_s(self) -> int | None:
        """Time waited by somebody who was never called: end - entry."""
        return between(self.entry_at, self.entry, self.end_at, self.end) if self.unseen else None

    @property
    def service_s(self) -> int | None:
        """End - start - parked of a served leg; without a start, from the last call."""
        if self.outcome != "served" or self.hold_unknown or self.told_late:
            return None
        began, begun = (self.start_at, self.start) if self.start is not None else (self.last_at, self.last_call)
        whole = between(began, begun, self.end_at, self.end)
        return None if whole is None else whole - self.parked_s

    @property
    def walk_s(self) -> int | None:
        """Start - last call, or call back."""
        apart = self.walk_in or self.told_late
        return None if apart else between(self.called_at or self.last_at, self.last_call, self.start_at, self.start)


def between(begun: Step | None, a: int | None, ended: Step | None, b: int | None) -> int | None:
    """The duration between two times of a leg; of plain seconds, if no steps stand behind them."""
    if begun is not None and ended is not None:
        return lasted(begun, ended)
    return None if a is None or b is None else b - a


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
    doubts: Tally[str] = field(default_factory=Tally)
    """Counters' times that are in no sum, by what they are and why."""
    doubtful: list[str] = field(default_factory=list)
    """The same, each as it is listed."""
    calendar: CenterDays = field(default_factory=lambda: IN_LAOS)
    untidy: set[str] = field(default_factory=set)
    """Visits whose steps go back in time, or that were sent on while another counter held them: nobody can say when
    they waited, so they are in no level.
    """

    def spend(self, what: str, counter: str, begin: Stamp, end: Stamp) -> Span | None:
        """The time of a counter between two steps; None, and counted, if it may be in no sum."""
        seconds = lasted(begin, end)
        if seconds is not None and 0 <= seconds <= LONGEST_S:
            return begin.t, begin.t + seconds
        why = verdict(seconds)
        self.doubts[f"{what}/{why}"] += 1
        if seconds is not None:
            self.doubtful.append(f"{what} time of counter {counter}: {seconds} s")
        return None

    @property
    def first_legs(self) -> list[Leg]:
        """The first leg of every visit."""
        return [leg for leg in self.legs if leg.number == 1]


def fold(day: Day) -> Records:
    """Fold a day's steps."""
    records = Records(day.window, closed=day.closed, spell=day.spell or day.window, calendar=day.calendar)
    records.states = counter_states(records, day.counters, day.until)
    for steps in day.visits.values():
        _visit(records, steps, day.until)
        if out_of_order(steps) or sent_on_while_held(steps):
            records.untidy.add(steps[0].ticket)
        else:
            _levels(records.levels, steps)
    return records


def _visit(records: Records, steps: list[Step], until: int) -> None:
    """The legs of one visit, and the time it kept counters busy."""
    tally, leg = records.tally, None
    busy: dict[str, Step] = {}
    for step in steps:
        e, t = step.e, step.t
        if e == "issue" or e == "walk_in":  # noqa: PLR1714 - the quicker spelling of a line that every step passes
            leg = _begun(records, step, 1, step.svc, step)
            if leg.walk_in and step.counter:
                leg.first_call = leg.last_call = t
                leg.first_at = leg.last_at = step
                leg.counter = step.counter
                busy[step.counter] = step
            continue
        if leg is None:
            records.orphans.append(step.ticket)
            continue
        if e == "call":
            busy.setdefault(step.counter, step)
            if leg.first_call is None or (not leg.walk_in and is_earlier(step, leg.first_at)):
                leg.first_call, leg.first_at = t, step
            leg.last_call, leg.last_at, leg.called_at, leg.counter = t, step, step, step.counter
        elif e == "start":
            if leg.start is None:
                leg.start, leg.start_at, leg.parked_s = t, step, 0
        elif e in FREES:
            for counter in [step.counter] if step.counter else list(busy):
                since = busy.pop(counter, None)
                if since is not None and (span := records.spend("busy", counter, since, step)):
                    records.busy[counter].append(_in_day(span, records.window, until))
            _ends(leg, step)
            if e == "transfer":
                if step.counter:
                    tally["transferred"] += 1
                leg = _begun(records, step, leg.number + 1, leg.service, leg)
        else:
            tally[e] += 1
            if e == "resume":
                busy.setdefault(step.counter, step)
                _back(leg, step)
            elif e == "requeue":
                leg.end, leg.outcome, leg.start, leg.parked_s, leg.told_late = None, "", None, 0, False
                leg.end_at = leg.start_at = None
    for counter, since in busy.items():
        if dated(since.t):
            records.busy[counter].append((since.t, max(since.t, until)))


def _in_day(span: Span, window: Span, until: int) -> Span:
    """A counter is busy with somebody until the day is over at the latest."""
    begin, end = span
    return (begin, max(begin, until)) if begin < window[1] < end and until <= window[1] else span


def _back(leg: Leg, step: Step) -> None:
    """Somebody who was asked to come back is called again."""
    away = 0
    if leg.parked_step is not None:
        found = lasted(leg.parked_step, step)
        # Counters that did not know of each other: how long he was away, and so the service, nobody knows.
        found = None if found is not None and found < 0 else found
        leg.hold_unknown, away = leg.hold_unknown or found is None, found or 0
    leg.parked_s, leg.held_s, leg.parked_at, leg.parked_step = leg.parked_s + away, leg.held_s + away, None, None
    leg.called_at = leg.called_at if leg.start is not None else step


def _begun(records: Records, step: Step, number: int, service: str, of: Step | Leg) -> Leg:
    """A new leg of a visit, which keeps its class, language and intent."""
    leg = Leg(
        step.ticket, number, step.svc, of.cls, step.t, walk_in=step.e == "walk_in",
        service=service, lang=of.lang, intent=of.intent, entry_at=step, half=records.calendar.half_hour(step.t),
    )  # fmt: skip
    if leg.walk_in:
        records.tally["walk_in"] += 1
    if number == 1 and step.note == "alone":
        records.tally["alone"] += 1
    records.legs.append(leg)
    return leg


def _ends(leg: Leg, step: Step) -> None:
    """A step after which the counter is free: the leg is over, or interrupted. Who was served stays served."""
    if leg.start_at is not None and leg.called_at is not None and not leg.walk_in and step.e != "freed":
        leg.told_late = leg.told_late or is_told_late(lasted(leg.called_at, leg.start_at), lasted(leg.start_at, step))
    if step.e == "noshow":
        since = None if leg.called_at is None else lasted(leg.called_at, step)
        leg.missed = (*leg.missed, (step.counter or leg.counter, since))
    if step.e == "park":
        leg.parked_at, leg.parked_step = step.t, step
    elif leg.outcome != "served" and step.e != "freed":
        leg.end, leg.end_at, leg.outcome = step.t, step, OUTCOMES[step.e]
        if leg.outcome == "served":
            leg.auto, leg.note, leg.counter = step.auto, step.note, step.counter or leg.counter


def is_told_late(walk_s: int | None, rest_s: int | None) -> bool:
    """Whether START was pressed so late that it says nothing of when the service began."""
    return walk_s is not None and walk_s > LATE_WALK_S and rest_s is not None and 0 <= rest_s <= LATE_ACT_S


def is_earlier(step: Step, than: Step | None) -> bool:
    """Whether a step that stands behind another one in the log was before it: a counter that was cut off told late."""
    seconds = None if than is None else lasted(than, step)
    return seconds is not None and seconds < 0


def _levels(levels: dict[int, int], steps: list[Step]) -> None:
    """+1 when somebody enters a queue, -1 at the first step that takes him out of it; nothing is made up for a step
    that is not there, so a lost one leaves the number waiting wrong for the rest of the day. A wait that is in no sum
    is not here either.
    """
    first = steps[0]
    waits, entered, left = first.e not in ("issue", "walk_in"), first, first
    for step in steps:
        e = step.e
        if e == "call" and not waits and left.e == "call" and is_earlier(step, left):
            levels[_left_at(entered, left)] += 1
            waits = True
        if e in ("issue", "transfer"):
            if waits:
                levels[step.t] = levels.get(step.t, 0) - 1
            waits, entered = True, step
            levels[step.t] = levels.get(step.t, 0) + 1
        elif waits and e in ("call", "leave", "expire"):
            waits, left = False, step
            at = _left_at(entered, step)
            levels[at] = levels.get(at, 0) - 1


def _left_at(entered: Step, left: Step) -> int:
    """When somebody left a queue; at once, if nobody knows, or it cannot be: then the wait is in no sum either."""
    seconds = lasted(entered, left)
    return entered.t + seconds if seconds is not None and 0 <= seconds <= LONGEST_S else entered.t


def counter_states(records: Records, steps: Iterable[Step], until: int) -> dict[str, dict[str, list[Span]]]:
    """Spans of each counter's states: open, pause, break. A state ends when the next one begins, or with the day."""
    spans: dict[str, dict[str, list[Span]]] = {}
    now: dict[str, Step] = {}
    for step in steps:
        mine = spans.setdefault(step.counter, {"open": [], "pause": [], "break": []})
        if step.counter in now:
            since = now.pop(step.counter)
            span = records.spend(since.e, step.counter, since, step)
            if span is not None:
                mine[since.e].append(span)
        if step.e != "close":
            now[step.counter] = step
    for counter, since in now.items():
        if dated(since.t):
            spans[counter][since.e].append((since.t, max(since.t, until)))
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
