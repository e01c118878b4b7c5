"""The log as two tables that strangers can compute with: a line a step, and a line a leg (pure).

Policy. Names are plain words, durations whole seconds, moments UTC. Nothing is left out for looking bad: what the
figures do not count is in the tables, with the column that says so (`left_out`). A visit is named by its row in the
log, never by the number on the paper.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from reports.dates import moment, the_day
from reports.legs import Leg, Records, fold
from reports.measures import inside
from reports.reading import LogDay
from reports.steps import Day, Step

Kind = Literal["text", "whole", "number", "yes", "moment", "day"]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name, its columns and their kinds, and its rows."""

    name: str
    columns: tuple[tuple[str, Kind], ...]
    rows: Iterable[Row]


STEP_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("center", "text"), ("day", "day"), ("visit", "text"), ("leg", "whole"), ("activity", "text"), ("step", "text"),
    ("lifecycle", "text"), ("time", "moment"), ("counter", "text"), ("service", "text"), ("queue", "text"),
    ("class", "text"), ("language", "text"), ("intent", "text"), ("note", "text"), ("ended_by_next", "yes"),
    ("log_row", "whole"), ("left_out", "text"),
)  # fmt: skip

LEG_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("center", "text"), ("day", "day"), ("visit", "text"), ("leg", "whole"), ("service", "text"), ("queue", "text"),
    ("class", "text"), ("language", "text"), ("intent", "text"), ("counter", "text"), ("entry", "moment"),
    ("first_call", "moment"), ("last_call", "moment"), ("start", "moment"), ("end", "moment"), ("outcome", "text"),
    ("wait_s", "whole"), ("wait_last_call_s", "whole"), ("wait_open_hours_s", "whole"), ("walk_s", "whole"),
    ("service_s", "whole"), ("hold_s", "whole"), ("ended_by_next", "yes"), ("walk_in", "yes"), ("note", "text"),
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
                center, the_day(day.number), "", None, "counter", step.e, LIFECYCLE[step.e], moment(step.t),
                step.counter, "", "", "", "", "", step.note, None, step.seq, "",
            )  # fmt: skip


def _visit_rows(center: str, day: Day, ticket: str, steps: list[Step], why: str) -> Iterator[Row]:
    number, queue, first = 1, steps[0].svc, steps[0]
    for step in steps:
        if step.e == "transfer":
            number, queue = number + 1, step.svc
        yield (
            center, the_day(day.number), ticket, number, queue, step.e, LIFECYCLE[step.e], moment(step.t), step.counter,
            first.svc, queue, first.cls, first.lang, first.intent, step.note, step.auto if step.e == "end" else None,
            step.seq, why,
        )  # fmt: skip


def leg_table(days: Iterable[LogDay], center: str) -> Table:
    """Every leg that the figures are made of."""
    return Table("legs", LEG_COLUMNS, _leg_rows(days, center))


def _leg_rows(days: Iterable[LogDay], center: str) -> Iterator[Row]:
    for found in days:
        records: Records = fold(found.day)
        for leg in sorted(records.legs, key=lambda leg: (leg.entry, leg.ticket)):
            yield _leg_row(center, found.day, leg)


def _leg_row(center: str, day: Day, leg: Leg) -> Row:
    wait = leg.wait_s
    opened = inside(day.hours, leg.entry, leg.entry + wait) if wait is not None and wait >= 0 else None
    return (
        center, the_day(day.number), leg.ticket, leg.number, leg.service, leg.svc, leg.cls, leg.lang, leg.intent,
        leg.counter, moment(leg.entry), moment(leg.first_call), moment(leg.last_call), moment(leg.start),
        moment(leg.end), leg.outcome or "open", wait, leg.last_wait_s, opened, leg.walk_s, leg.service_s,
        leg.held_s, leg.auto, leg.walk_in, leg.note,
    )  # fmt: skip


def table_of(name: str, days: Iterable[LogDay], center: str) -> Table:
    """The table of this name: steps or legs."""
    return leg_table(days, center) if name == "legs" else step_table(days, center)
