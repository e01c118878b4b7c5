"""The steps of a day: what indicators are computed from (pure).

Times are whole seconds. A stamp is floored once, here, on reading; everything after is exact integer arithmetic. The
steps of a visit come in the order of the log; in a test vector, of their corrected time. A day is the day on which
the ticket was issued; whatever happens to it later belongs to that day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any

from msgspec import Struct

from reports.center_days import IN_LAOS, CenterDays

DAY_S = 86_400
OFFSET_APPLIES_S = 0.5
"""A device clock this far off is corrected; less is noise."""

LATE_S = 60
"""By so much no two boxes' times differ that are known."""

COUNTER_STEPS = frozenset({"open", "pause", "break", "close"})
FIRST = frozenset({"issue", "walk_in"})
"""Steps that begin a visit."""
HOLD = frozenset({"call", "resume", "start", "walk_in"})
"""Steps after which a counter has the person."""
ENTRIES = frozenset({"issue", "transfer"})
"""Steps that put somebody into a queue."""

TAKES = frozenset({"call", "resume", "walk_in"})
"""Steps with which a counter takes a person."""
FREES = frozenset({"park", "transfer", "end", "noshow", "leave", "expire", "freed"})
"""Steps after which a counter is free."""

Span = tuple[int, int]


class Step(Struct, gc=False, array_like=True):
    """One step: `e` is open, pause, break, close (of a counter), or issue, walk_in, reprint, void, call, recall,
    start, park, resume, transfer, end, noshow, requeue, leave, expire, freed (of the counter alone). `note` says why
    or how; `seq` is its row in the log, `ms` what flooring took from its stamp. `stretch`, `boot` and `mono` say with
    what its time can be compared (`reports.durations`); `quality`: how good it is, "" is the best.
    """

    t: int
    e: str
    ticket: str = ""
    counter: str = ""
    svc: str = ""
    cls: str = "N"
    lang: str = ""
    intent: str = ""
    note: str = ""
    auto: bool = False
    seq: int = 0
    ms: int = 0
    stretch: int = 0
    boot: str = ""
    mono: int = 0
    quality: str = ""


@dataclass(slots=True)
class Day:
    """One day: the steps of its visits and counters, the window [start, end) in the same seconds, the opening hours
    (none: not known), and the tickets that were left out, by reason, with their steps in `unused`. `until`: what
    nobody ended lasts to here; `closed`: nobody is waited for any more. Among `unused`, by the reason "undated", are
    visits whose date nobody knows, if they came behind this day in the log.
    """

    number: int
    window: Span
    visits: dict[str, list[Step]] = field(default_factory=dict)
    counters: list[Step] = field(default_factory=list)
    hours: list[Span] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    unused: dict[str, list[Step]] = field(default_factory=dict)
    until: int = 0
    closed: bool = True
    calendar: CenterDays = field(default_factory=lambda: IN_LAOS)
    spell: Span | None = None
    """Over which the number waiting is followed; the window, if none."""

    def steps(self) -> list[Step]:
        """All steps, by time."""
        found = [step for visit in self.visits.values() for step in visit]
        return sorted([*found, *self.counters], key=lambda step: (step.t, step.seq))


def in_order(steps: list[Step]) -> list[Step]:
    """The steps of one visit in the order of the log, what begins it first: the journal orders events, never a clock.
    Where a clock says otherwise, a wait comes out negative, and is listed.
    """
    steps.sort(key=lambda step: (step.e not in FIRST, step.seq))
    return steps


def out_of_order(steps: list[Step]) -> bool:
    """Whether the steps of a visit behind its beginning go back in time in the log: a box that was cut off told late
    what it had done, and meanwhile the others had gone on with the person without knowing of it.
    """
    latest: dict[int, int] = {}
    for step in steps:
        if step.e in FIRST:
            continue
        before = latest.get(step.stretch, step.t)
        if step.t < before - LATE_S:
            return True
        latest[step.stretch] = max(before, step.t)
    return False


def sent_on_while_held(steps: list[Step]) -> bool:
    """Whether somebody was put into a queue while another counter held him too: cut-off counters may both have called
    him. From when on he waited, if he did, nobody can say.
    """
    holders: set[str] = set()
    for step in steps:
        if step.e in TAKES and step.counter:
            holders.add(step.counter)
        elif step.e in FREES:
            holders.discard(step.counter)
            if step.e == "transfer" and holders:
                return True
    return False


def from_vector(events: Iterable[Mapping[str, Any]], config: Mapping[str, Any]) -> Day:
    """A day of a test vector: clock text, with the known offset of each device taken away."""
    offsets = config.get("clock_offset_s", {})
    start, end = config["window"]
    day = Day(0, (floor(seconds(start)), floor(seconds(end))))
    day.until = day.window[1]
    for number, event in enumerate(events, 1):
        offset = offsets.get(event.get("dev", ""), 0)
        t = seconds(event["t"]) - (Fraction(offset) if abs(offset) > OFFSET_APPLIES_S else 0)
        step = Step(
            floor(t), event["e"], str(event.get("tk", "")), str(event.get("c", "")),
            event.get("svc", ""), event.get("cls", "N"), seq=number,
        )  # fmt: skip
        if step.e in COUNTER_STEPS:
            day.counters.append(step)
        else:
            day.visits.setdefault(step.ticket, []).append(step)
    day.counters.sort(key=lambda step: (step.t, step.seq))
    for steps in day.visits.values():
        steps.sort(key=lambda step: (step.t, step.seq))
    day.visits = {ticket: steps for ticket, steps in day.visits.items() if all(step.e != "void" for step in steps)}
    return day


def seconds(clock: str) -> Fraction:
    """HH:MM:SS, with or without a fraction, as seconds since midnight."""
    h, m, s = clock.split(":")
    return int(h) * 3600 + int(m) * 60 + Fraction(s)
