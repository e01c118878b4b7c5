"""What a foreign table means: its map, and what is wrong with one (pure).

Policy. A map says which column is what and how times are written; nothing is guessed, and what cannot mean anything is
refused before the table is read, with what to write instead.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from reports.dates import known_zone
from reports.moments import why_no_moment
from reports.steps import COUNTER_STEPS

Name = Annotated[str, Meta(min_length=1)]


class Source(Struct, forbid_unknown_fields=True):
    """From where one of our columns is filled. `column`: one of the table's, or several that are put together with a
    blank. `otherwise`: where to look when that is empty, one after the other. `empty`: texts that stand for nothing.
    `date`: the column with the day of this time, or `day`: the day itself, written as the table would, if the column
    is a time alone: either is put before it with a blank, and both are read together.
    """

    column: Name | list[Name]
    otherwise: list[Name] = []
    empty: list[str] = []
    date: str = ""
    day: str = ""

    @property
    def parts(self) -> list[str]:
        """The columns that are put together."""
        return [self.column] if isinstance(self.column, str) else self.column

    @property
    def columns(self) -> list[str]:
        """All columns of the table that are read for it."""
        return [*self.parts, *self.otherwise, *([self.date] if self.date else [])]


Column = Name | list[Name] | Source

MOMENTS = ("entry", "call", "start", "end")
DURATIONS = ("wait", "service_time")
COLUMNS = ("ticket", "service", *MOMENTS, *DURATIONS, "counter", "class", "language", "outcome", "event", "time",
           "ended_by_next")  # fmt: skip
OF_EVENTS = ("event", "time")
OUTCOMES = frozenset({"served", "no_show", "left", "expired"})
STEPS = frozenset({"issue", "transfer", "walk_in", "call", "recall", "start", "park", "resume", "end", "noshow",
                   "requeue", "leave", "expire", "freed", "reprint"}) | COUNTER_STEPS  # fmt: skip


class Times(Struct, forbid_unknown_fields=True):
    """How times are written: `iso`, `excel`, or a form as of strptime. `zone`: the center's, as "Asia/Vientiane" or
    "-05:00"; if none is given, a time without a zone is the center's, one with a zone (-05:00) is of a center in that
    zone, and UTC (Z) of one in Laos. `years`: since Christ, or Buddhist, as in Laos (2569 for 2026). `durations`: the
    unit of waits and service times, "clock" being 1:05:30 for an hour, five minutes and thirty seconds, or 05:30.
    """

    form: Annotated[str, Meta(min_length=1)] = "iso"
    years: Literal["christian", "buddhist"] = "christian"
    zone: str = ""
    durations: Literal["seconds", "minutes", "hours", "clock"] = "minutes"


class Map(Struct, forbid_unknown_fields=True):
    """What a foreign table means. `outcomes`, `classes`, `events`: our word, and the texts that stand for it there; an
    event "" is one that tells nothing, an outcome "" says that nothing has ended. `only`: of a column, the texts of the
    rows that are meant; others are set aside.
    """

    columns: dict[str, Column]
    times: Times = field(default_factory=Times)
    outcomes: dict[str, list[str]] = {}
    classes: dict[str, list[str]] = {}
    events: dict[str, list[str]] = {}
    only: dict[str, list[str]] = {}
    delimiter: str = ","
    encoding: str = "utf-8-sig"

    def source(self, name: str) -> Source | None:
        """From where one of our columns is filled; None if the table does not have it."""
        column = self.columns.get(name)
        return column if column is None or isinstance(column, Source) else Source(column)

    @property
    def of_events(self) -> bool:
        """Whether a row of the table is a step, and not a stay."""
        return "event" in self.columns


class BadMap(Exception):
    """The map does not fit; the message says what to change."""


def check_form(given: Map) -> None:
    """BadMap if nothing can be read as the map says it is written."""
    if len(given.delimiter) != 1:
        raise BadMap(f"delimiter = '{given.delimiter}': write one letter; a tab is \"\\t\".")
    buddhist = given.times.years == "buddhist"
    if why := why_no_moment(given.times.form, buddhist=buddhist):
        raise BadMap(f"[times] form: {why}.")
    if given.times.zone and not known_zone(given.times.zone):
        raise BadMap(f'[times] zone: \'{given.times.zone}\' is no zone. Write "Asia/Vientiane" or "+07:00".')


def check_map(given: Map, head: Iterable[str]) -> None:
    """BadMap if the map names what the table does not have, or lacks what is needed."""
    head = list(head)
    unknown = sorted(set(given.columns) - set(COLUMNS))
    if unknown:
        raise BadMap(f"[columns] {unknown[0]}: there is no such column with us. Ours: {', '.join(COLUMNS)}.")
    for fault in _lacking(given):
        raise BadMap(fault)
    for place, part in named(given):
        if part not in head:
            raise BadMap(f"{place}: the table has no column '{part}'. It has: {', '.join(sorted(head))[:300]}.")
        if head.count(part) > 1:
            places = " and ".join(str(i) for i, one in enumerate(head, 1) if one == part)
            raise BadMap(f"{place}: columns {places} are both called '{part}'. Rename one of them.")
    for section, words, known in (
        ("outcomes", given.outcomes, OUTCOMES | {""}),
        ("events", given.events, STEPS | {""}),
    ):
        if wrong := sorted(set(words) - known):
            raise BadMap(f"[{section}] {wrong[0]}: write one of {', '.join(sorted(known - {''}))}.")


def _lacking(given: Map) -> Iterator[str]:
    have = set(given.columns)
    if given.of_events:
        if "time" not in have:
            yield "[columns] time is needed: which column says when the event was?"
        if "ticket" not in have:
            yield "[columns] ticket is needed: which column says to whom the event happened?"
        if not given.events:
            yield "[events] is needed: which text of the table is which step?"
        if wrong := sorted(have & {*MOMENTS, *DURATIONS}):
            yield f"[columns] {wrong[0]}: in a table of events it is an event, and not a column."
    elif "entry" not in have and not {"call", "wait"} <= have:
        yield "[columns] entry is needed, or call and wait: when did people come?"
    elif "time" in have:
        yield "[columns] time is of tables of events: which column is the event?"


def named(given: Map) -> Iterator[tuple[str, str]]:
    """Every column of the table that the map names, and where."""
    for name in given.columns:
        yield from ((f"[columns] {name}", part) for part in (given.source(name) or Source("-")).columns)
    yield from (("[only]", column) for column in given.only)
