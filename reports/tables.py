"""The log as two tables that strangers can compute with: a line a step, and a line a leg (pure).

Policy. Names are plain words, durations whole seconds, moments UTC. Nothing is left out for looking bad: what the
figures do not count is in the tables, with the column that says so (`left_out`). A visit is named by its row in the
log, never by the number on the paper. A moment whose date nobody knows is empty, and so is its day; what its time can
be compared with stands beside it: seconds of a clock (0 is the center's, known), and of a box's own clock.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from reports.dates import LINE_S, Local, moment, the_day
from reports.durations import FAR_S, dated
from reports.legs import Leg, Records, fold
from reports.measures import HELD, SERVICE, TO_NEXT, WALK, measured
from reports.reading import LogDay
from reports.steps import DAY_S, Day, Step

Kind = Literal["text", "whole", "number", "yes", "moment", "day"]
Row = tuple[Any, ...]
Columns = tuple[tuple[str, Kind], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name, its columns and their kinds, and its rows."""

    name: str
    columns: Columns
    rows: Iterable[Row]


STEP_COLUMNS: Columns = (
    ("center", "text"), ("day", "day"), ("visit", "text"), ("leg", "whole"), ("activity", "text"), ("step", "text"),
    ("lifecycle", "text"), ("time", "moment"), ("counter", "text"), ("service", "text"), ("queue", "text"),
    ("class", "text"), ("language", "text"), ("intent", "text"), ("note", "text"), ("ended_by_next", "yes"),
    ("log_row", "whole"), ("left_out", "text"), ("quality", "text"), ("dated", "text"), ("clock", "whole"),
    ("clock_s", "whole"), ("box", "text"), ("box_s", "whole"), ("zone_s", "whole"), ("day_from", "moment"),
    ("day_to", "moment"),
)  # fmt: skip

LEG_COLUMNS: Columns = (
    ("center", "text"), ("day", "day"), ("visit", "text"), ("leg", "whole"), ("service", "text"), ("queue", "text"),
    ("class", "text"), ("language", "text"), ("intent", "text"), ("counter", "text"), ("entry", "moment"),
    ("first_call", "moment"), ("last_call", "moment"), ("start", "moment"), ("end", "moment"), ("outcome", "text"),
    ("wait_s", "whole"), ("wait_last_call_s", "whole"), ("wait_open_hours_s", "whole"), ("walk_s", "whole"),
    ("service_s", "whole"), ("hold_s", "whole"), ("ended_by_next", "yes"), ("walk_in", "yes"), ("note", "text"),
    ("uncounted", "text"),
)  # fmt: skip

LIFECYCLE = {
    "issue": "schedule", "transfer": "schedule", "requeue": "schedule", "walk_in": "assign", "call": "assign",
    "start": "start", "end": "complete", "noshow": "ate_abort", "leave": "withdraw", "expire": "pi_abort",
    "park": "suspend", "resume": "resume", "recall": "unknown", "reprint": "unknown", "freed": "unknown",
    "open": "start", "pause": "suspend", "break": "suspend", "close": "complete",
}  # fmt: skip
"""The standard transactions of IEEE 1849 (XES), lifecycle extension."""


def step_table(days: Iterable[LogDay], center: str) -> Table:
    """Every step of every visit and counter."""
    return Table("steps", STEP_COLUMNS, _step_rows(days, center))


def _step_rows(days: Iterable[LogDay], center: str) -> Iterator[Row]:
    for found in days:
        day = found.day
        everybody = [*day.visits.items(), *day.unused.items()]
        why = {ticket: reason for reason, tickets in day.left_out.items() for ticket in tickets}
        for ticket, steps in sorted(everybody, key=lambda one: (one[1][0].t, one[1][0].seq)):
            yield from _visit_rows(center, day, ticket, steps, why.get(ticket, ""))
        for step in day.counters:
            yield (
                center, the_day(day.number), "", None, "counter", step.e, LIFECYCLE[step.e], when(step.t),
                step.counter, "", "", "", "", "", step.note, None, step.seq, "", *_clocks(step),
                *_calendar(day, step, dated=True),
            )  # fmt: skip


def _visit_rows(center: str, day: Day, ticket: str, steps: list[Step], why: str) -> Iterator[Row]:
    number, queue, first = 1, steps[0].svc, steps[0]
    of = the_day(day.number) if dated(first.t) else None
    for step in steps:
        if step.e == "transfer":
            number, queue = number + 1, step.svc
        yield (
            center, of, ticket, number, queue, step.e, LIFECYCLE[step.e], when(step.t), step.counter,
            first.svc, queue, first.cls, first.lang, first.intent, step.note, step.auto if step.e == "end" else None,
            step.seq, why, *_clocks(step), *_calendar(day, step, dated=of is not None),
        )  # fmt: skip


def when(t: int | None) -> Local | None:
    """A moment in UTC; None of what did not happen, or nobody dated."""
    return moment(t) if t is not None and dated(t) else None


def when_text(t: int | None) -> str | None:
    """The same as text: quicker, where it is only written down."""
    if t is None or not dated(t):
        return None
    days, seconds = divmod(t - LINE_S, DAY_S)
    return f"{the_day(days)}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}Z"


Say = Callable[[int | None], Any]
"""Writes a moment, in whole seconds on the center's clock; None if there is none."""


def _clocks(step: Step) -> tuple[str, str, int, int, str, int | None]:
    """How good the time of a step is, and with what it can be compared."""
    how = "unknown" if not dated(step.t) else "said" if step.stretch else "known"
    return (
        step.quality or "B", how, step.stretch, step.t % FAR_S - LINE_S, step.boot,
        step.mono if step.boot else None,
    )  # fmt: skip


def _calendar(day: Day, step: Step, *, dated: bool) -> tuple[int | None, Local | None, Local | None]:
    """What the center's clocks add to UTC then, and from when to when its day lasts."""
    if not dated:
        return None, None, None
    begin, end = day.calendar.window(day.number)
    return day.calendar.ahead(step.t), moment(begin), moment(end)


def leg_table(days: Iterable[LogDay], center: str) -> Table:
    """Every leg that the figures are made of."""
    return Table("legs", LEG_COLUMNS, _leg_rows(days, center))


def _leg_rows(days: Iterable[LogDay], center: str) -> Iterator[Row]:
    for found in days:
        yield from legs_of(found.day, fold(found.day), center)


def legs_of(day: Day, records: Records, center: str, say: Say = when) -> Iterator[Row]:
    """The rows of one day's legs; `say` writes their moments."""
    for leg in sorted(records.legs, key=lambda leg: (leg.entry, leg.ticket)):
        yield _leg_row(center, day, leg, say)


def _leg_row(center: str, day: Day, leg: Leg, say: Say) -> Row:
    wait, last, opened, *_ = found = measured(leg, day.hours)
    service = found[SERVICE] if found[SERVICE] is not None else found[TO_NEXT]
    return (
        center, the_day(day.number), leg.ticket, leg.number, leg.service, leg.svc, leg.cls, leg.lang, leg.intent,
        leg.counter, say(leg.entry), say(leg.first_call), say(leg.last_call), say(leg.start),
        say(leg.end), leg.outcome or "open", wait, last, opened, found[WALK], service,
        found[HELD] or 0, leg.auto, leg.walk_in, leg.note, "; ".join(found[-1]),
    )  # fmt: skip


def table_of(name: str, days: Iterable[LogDay], center: str) -> Table:
    """The table of this name: steps or legs."""
    return leg_table(days, center) if name == "legs" else step_table(days, center)
