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
    """One step: `e` is open, pause, break, close (of a counter), or issue, walk_in, reprint, void, call,
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
    reading = _Reading()
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
        reading.take(row, event, (row.t_event + correction_ms(row.hub_seq, corrections)) // 1000 + VIENTIANE_S)
    out = set().union(*left_out.values())
    steps = sorted((s for s in reading.steps if s.ticket not in out), key=lambda s: s.t)
    window = (steps[0].t, steps[-1].t + 1) if steps else (0, 0)
    return Day(steps, window, {why: sorted(tickets) for why, tickets in left_out.items()})


def correction_ms(hub_seq: int, corrections: Iterable[ev.Event]) -> int:
    """What later became known about the clock that dated this row, in milliseconds to add."""
    later = (c for c in corrections if isinstance(c, ev.ClockCorrected) and c.first_seq <= hub_seq <= c.last_seq)
    return sum(c.new_ms - c.old_ms for c in later)


@dataclass(slots=True)
class _Reading:
    """The log, read row by row: what a call means depends on where the ticket was."""

    steps: list[Step] = field(default_factory=list)
    counters: dict[str, str] = field(default_factory=dict)
    away: dict[str, str] = field(default_factory=dict)

    def take(self, row: LogRow, event: ev.Event, t: int) -> None:
        """Add the steps of one row; `t` is its corrected second."""
        here = self.counters.get(row.dev, row.dev)
        rid = ev.row_id(row.dev, row.run, row.seq)
        match event:
            case ev.Issued():
                self._add(t, "issue", rid, "", event.service, event.cls)
            case ev.Called():
                self._call(t, event.ticket, self.counters.get(event.dev, event.dev))
            case ev.CalledLocally():
                self._call(t, event.ticket, here)
            case ev.GivenBack():
                self._add(t, "give_back", event.ticket, self.counters.get(event.dev, event.dev))
            case ev.WalkedIn():
                self._add(t, "walk_in", rid, here, event.service, event.cls)
                self._add(t, "start", rid, here)
            case ev.RollCalled():
                self._add(t, "walk_in", event.command, self.counters.get(event.dev, event.dev))
            case ev.CounterOpened():
                self.counters[row.dev] = event.counter
                self._add(t, "open", counter=event.counter)
            case ev.CounterClosed():
                self._add(t, "close", counter=here)
            case ev.CounterPaused():
                self._add(t, "break" if event.reason == "break" else "pause", counter=here)
            case ev.CounterResumed():
                self._add(t, "open", counter=here)
            case ev.HandedOn():
                self._add(t, "transfer", event.ticket, "", event.queue)
            case ev.Transferred():
                self._add(t, "transfer", event.ticket, here, event.queue)
            case ev.Ended():
                self._add(t, "leave" if event.outcome == "withdrawn" else "end", event.ticket, here)
            case ev.Undone():
                self._undo(event.ticket)
            case _:
                self._plain(t, event, here)

    def _plain(self, t: int, event: ev.Event, here: str) -> None:
        name = _PLAIN.get(type(event))
        if name is None:
            return
        ticket = getattr(event, "ticket")  # noqa: B009 - all of them have one
        if name in ("park", "noshow"):
            self.away[ticket] = name
        if name == "requeue":
            self.away.pop(ticket, None)
        self._add(t, name, ticket, "" if name in ("requeue", "void", "expire") else here)

    def _call(self, t: int, ticket: str, counter: str) -> None:
        """Who was parked is called to go on; who was missed is back."""
        was = self.away.pop(ticket, "")
        if was == "noshow":
            self._add(t, "requeue", ticket)
        self._add(t, "resume" if was == "park" else "call", ticket, counter)

    def _undo(self, ticket: str) -> None:
        """What was undone did not happen: its step goes, and the next leg that had begun with it."""
        mine = [step for step in self.steps if step.ticket == ticket]
        gone = mine[-2:] if len(mine) > 1 and mine[-1].e == "transfer" and mine[-2].e == "end" else mine[-1:]
        self.away.pop(ticket, None)
        for step in gone:
            last = len(self.steps) - 1 - self.steps[::-1].index(step)
            del self.steps[last]

    def _add(self, t: int, e: str, ticket: str = "", counter: str = "", svc: str = "", cls: str = "N") -> None:
        self.steps.append(Step(t, e, ticket, counter, svc, cls))


_PLAIN: dict[type, str] = {
    ev.Recalled: "recall",
    ev.Started: "start",
    ev.NoShow: "noshow",
    ev.Parked: "park",
    ev.Requeued: "requeue",
    ev.PaperFound: "void",
    ev.Expired: "expire",
}
