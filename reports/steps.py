"""The steps of a day: what indicators are computed from (pure).

Times are whole seconds. A stamp is floored once, here, on reading; everything after is exact
integer arithmetic. Steps come in the order of their corrected time, then of their place in the
log: device time never orders events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any

from onedoor.hall import events as ev
from onedoor.hall.events import RowId
from onedoor.wire.rows import LogRow

OFFSET_APPLIES_S = 0.5
"""A device clock this far off is corrected; less is noise."""

VIENTIANE_S = 7 * 3600


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `e` is open, pause, break, close (of a counter), or issue, reprint, void, call,
    give_back, recall, start, park, resume, transfer, end, noshow, requeue, leave, expire.
    """

    t: int
    e: str
    ticket: str = ""
    counter: str = ""
    svc: str = ""
    cls: str = "N"


@dataclass(slots=True)
class Day:
    """Steps, the window [start, end) in the same seconds, and what was left out and why."""

    steps: list[Step]
    window: tuple[int, int]
    left_out: dict[str, list[str]] = field(default_factory=dict)


def from_vector(events: Iterable[Mapping[str, Any]], config: Mapping[str, Any]) -> Day:
    """Steps of a test vector: clock text, with the known offset of each device taken away."""
    offsets = config.get("clock_offset_s", {})
    steps = []
    for event in events:
        offset = offsets.get(event.get("dev", ""), 0)
        t = seconds(event["t"]) - (Fraction(offset) if abs(offset) > OFFSET_APPLIES_S else 0)
        steps.append(
            Step(
                floor(t), event["e"], str(event.get("tk", "")), str(event.get("c", "")),
                event.get("svc", ""), event.get("cls", "N"),
            )
        )  # fmt: skip
    steps.sort(key=lambda step: step.t)
    start, end = config["window"]
    return Day(steps, (floor(seconds(start)), floor(seconds(end))))


def seconds(clock: str) -> Fraction:
    """HH:MM:SS, with or without a fraction, as seconds since midnight."""
    h, m, s = clock.split(":")
    return int(h) * 3600 + int(m) * 60 + Fraction(s)


def from_log(rows: Iterable[LogRow]) -> Day:
    """Steps of a center's log, local time. A ticket whose clock nobody can vouch for, and a no-show
    whose paper nobody can vouch for, are left out of the figures and named.
    """
    counters: dict[str, str] = {}
    steps: list[Step] = []
    left_out: dict[str, set[str]] = {"poor_clock": set(), "print_unknown_no_show": set()}
    unknown: set[str] = set()
    log = list(rows)
    corrections = [row.event for row in log if row.kind == "clock_corrected"]
    for row in log:
        event = row.event
        ticket = getattr(event, "ticket", RowId(""))
        if row.quality == "C" and (ticket or isinstance(event, ev.Issued)):
            left_out["poor_clock"].add(ticket or ev.row_id(row.dev, row.run, row.seq))
        if isinstance(event, ev.PrintUnknown):
            unknown.add(event.ticket)
        if isinstance(event, ev.NoShow) and event.ticket in unknown:
            left_out["print_unknown_no_show"].add(event.ticket)
        if isinstance(event, ev.CounterOpened):
            counters[row.dev] = event.counter
        step = _step(row, event, counters, row.t_event + correction_ms(row.hub_seq, corrections))
        if step is not None:
            steps.append(step)
    out = set().union(*left_out.values())
    steps = sorted((s for s in steps if s.ticket not in out), key=lambda s: s.t)
    window = (steps[0].t, steps[-1].t + 1) if steps else (0, 0)
    return Day(steps, window, {why: sorted(tickets) for why, tickets in left_out.items()})


def correction_ms(hub_seq: int, corrections: Iterable[ev.Event]) -> int:
    """What later became known about the clock that dated this row, in milliseconds to add."""
    later = (c for c in corrections if isinstance(c, ev.ClockCorrected) and c.first_seq <= hub_seq <= c.last_seq)
    return sum(c.new_ms - c.old_ms for c in later)


def _step(row: LogRow, event: ev.Event, counters: Mapping[str, str], at_ms: int) -> Step | None:
    t = at_ms // 1000 + VIENTIANE_S
    here = counters.get(row.dev, row.dev)
    match event:
        case ev.Issued():
            return Step(t, "issue", ev.row_id(row.dev, row.run, row.seq), "", event.service, event.cls)
        case ev.Called():
            return Step(t, "call", event.ticket, counters.get(event.dev, event.dev))
        case ev.GivenBack():
            return Step(t, "give_back", event.ticket, counters.get(event.dev, event.dev))
        case ev.CalledLocally():
            return Step(t, "call", event.ticket, here)
        case ev.CounterOpened():
            return Step(t, "open", counter=here)
        case ev.CounterClosed():
            return Step(t, "close", counter=here)
    name = _PLAIN.get(type(event))
    return Step(t, name, getattr(event, "ticket"), here) if name else None  # noqa: B009 - all of them have one


_PLAIN: dict[type, str] = {
    ev.Recalled: "recall",
    ev.Started: "start",
    ev.Ended: "end",
    ev.NoShow: "noshow",
    ev.Expired: "expire",
}
