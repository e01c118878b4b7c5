"""Foreign logs: a table of anybody's queue, read into the same visits and steps as our own log (pure).

Policy. A map says which column is what and how times are written; nothing is guessed. A row that cannot be right is
listed with the reason, and the others are kept; nothing is repaired. What a table does not have (recalls, counters'
open times) has no figure. Several rows of one ticket on one day are the legs of one visit,
unless half an hour is between them: then the number was used again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec import field as of_struct

from reports.dates import day_text
from reports.moments import moment_of, why_no_moment, zone_of
from reports.reading import LogDay
from reports.steps import DAY_S, Day, Step

Column = str | list[str]
"""The name of a column; or of several, whose texts are put together with a blank (a date and a time)."""
COLUMNS = ("ticket", "service", "entry", "call", "start", "end", "counter", "class", "language", "outcome")
NEEDED = ("ticket", "entry")
LONGEST_S = DAY_S
NO_CLOCK = -1
"""In place of a stretch of a hub's clock: nobody knows when."""
AGAIN_S = 30 * 60
"""A number that begins again so long after its last end is another visit."""
CELL_MOST = 1_000
"""Letters. No name, number or time of a queue is longer: quotes were left open."""


class Times(Struct, forbid_unknown_fields=True):
    """How times are written: `iso`, or a form as of strptime. A time without a zone is the center's; one with a zone
    (-05:00) is of a center in that zone, and UTC (Z) of one in Laos. `years`: since Christ, or Buddhist, as in Laos
    (2569 for 2026).
    """

    form: Annotated[str, Meta(min_length=1)] = "iso"
    years: Literal["christian", "buddhist"] = "christian"


class Map(Struct, forbid_unknown_fields=True):
    """What a foreign table means. `outcomes` and `classes`: our word, and the texts that stand for it there."""

    columns: dict[str, Column]
    times: Times = of_struct(default_factory=Times)
    outcomes: dict[str, list[str]] = {}
    classes: dict[str, list[str]] = {}
    delimiter: str = ","
    encoding: str = "utf-8-sig"


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that was not taken: its number in the file (from 1, without the head), and why."""

    row: int
    why: str


@dataclass(slots=True)
class Taken:
    """What came of a table."""

    days: list[LogDay] = field(default_factory=list)
    rows: int = 0
    bad: list[Bad] = field(default_factory=list)


class BadMap(Exception):
    """The map does not fit; the message says what to change."""


def check_form(given: Map) -> None:
    """BadMap if nothing can be read as the map says it is written."""
    if len(given.delimiter) != 1:
        raise BadMap(f"delimiter = '{given.delimiter}': write one letter; a tab is \"\\t\".")
    if why := why_no_moment(given.times.form, buddhist=given.times.years == "buddhist"):
        raise BadMap(f"[times] form: {why}.")


def check_map(given: Map, head: Iterable[str]) -> None:
    """BadMap if the map names what the table does not have, or lacks what is needed."""
    head = list(head)
    known = set(head)
    unknown = sorted(set(given.columns) - set(COLUMNS))
    if unknown:
        raise BadMap(f"[columns] {unknown[0]}: there is no such column with us. Ours: {', '.join(COLUMNS)}.")
    missing = [name for name in NEEDED if name not in given.columns]
    if missing:
        raise BadMap(f"[columns] {missing[0]} is needed: which column of the table is it?")
    for name, column in given.columns.items():
        for part in [column] if isinstance(column, str) else column:
            if part not in known:
                raise BadMap(
                    f"[columns] {name}: the table has no column '{part}'. It has: {', '.join(sorted(known))[:300]}."
                )
            if head.count(part) > 1:
                places = " and ".join(str(i) for i, one in enumerate(head, 1) if one == part)
                raise BadMap(f"[columns] {name}: columns {places} are both called '{part}'. Rename one of them.")
    wrong = sorted(set(given.outcomes) - {"served", "no_show", "left", "expired"})
    if wrong:
        raise BadMap(f"[outcomes] {wrong[0]}: write served, no_show, left or expired.")


@dataclass(frozen=True, slots=True)
class _Stay:
    """One row of the table, read."""

    number: int
    ticket: str
    service: str
    cls: str
    lang: str
    counter: str
    entry: int
    call: int | None
    start: int | None
    end: int | None
    outcome: str


def days_from(rows: Iterable[Mapping[str, str]], given: Map) -> Taken:
    """The days of a table. `rows` by the names of its columns."""
    taken, visits = Taken(), dict[tuple[int, str], list[_Stay]]()
    outcomes = {text.casefold(): ours for ours, texts in given.outcomes.items() for text in texts}
    classes = {text.casefold(): ours for ours, texts in given.classes.items() for text in texts}
    for number, row in enumerate(rows, 1):
        taken.rows = number
        try:
            stay = _stay(number, row, given, outcomes, classes)
        except ValueError as wrong:
            taken.bad.append(Bad(number, str(wrong)))
            continue
        visits.setdefault((stay.entry // DAY_S, stay.ticket), []).append(stay)
    days: dict[int, LogDay] = {}
    for (number, ticket), stays in sorted(visits.items()):
        day = days.setdefault(number, LogDay(Day(number, (number * DAY_S, (number + 1) * DAY_S))))
        for i, mine in enumerate(_visits(sorted(stays, key=lambda s: (s.entry, s.number)))):
            name = f"{day_text(number)}/{ticket}" + (f"/{i + 1}" if i else "")
            day.day.visits[name] = list(_steps(name, mine, taken))
    for found in days.values():
        found.day.until = max(step.t for steps in found.day.visits.values() for step in steps) + 1
    taken.days = [days[number] for number in sorted(days)]
    return taken


def _parts(given: Map, name: str) -> list[str]:
    """The columns of the table that are put together for one of ours."""
    column = given.columns.get(name)
    return [column] if isinstance(column, str) else column or []


def _stay(
    number: int, row: Mapping[str, str], given: Map, outcomes: Mapping[str, str], classes: Mapping[str, str]
) -> _Stay:
    def cell(name: str) -> str:
        return " ".join((row.get(part) or "").strip() for part in _parts(given, name)).strip()

    def at(name: str) -> int | None:
        text = cell(name)
        # A date that is put together with several times says nothing of a time that is not there.
        own = [part for part in _parts(given, name) if name == "entry" or part not in _parts(given, "entry")]
        if not text or not any((row.get(part) or "").strip() for part in own):
            return None
        try:
            return moment_of(text, given.times.form, buddhist=buddhist, offset_s=offset_s)
        except ValueError as wrong:
            raise ValueError(f"{name}: {wrong}") from None

    # A visit is on the calendar of the clock on which its beginning was written, wherever that is, summer or winter.
    buddhist = given.times.years == "buddhist"
    offset_s = zone_of(cell("entry"), given.times.form, buddhist=buddhist)
    for column, text in row.items():
        if text is not None and len(text) > CELL_MOST:
            raise ValueError(f"'{column}' has a cell of {len(text):,} letters")
    ticket, entry, call, start, end = cell("ticket"), at("entry"), at("call"), at("start"), at("end")
    if not ticket:
        raise ValueError("there is no ticket")
    if entry is None:
        raise ValueError("there is no time of entry")
    _in_order(entry, call, start, end)
    said = outcomes.get(cell("outcome").casefold(), "")
    if cell("outcome") and not said and given.outcomes:
        raise ValueError(f"outcome: '{cell('outcome')[:40]}' is not in [outcomes]")
    outcome = said or (
        "served" if end is not None and (call or start) is not None else "left" if end is not None else ""
    )
    return _Stay(
        number, ticket, cell("service") or "unknown", classes.get(cell("class").casefold(), "N"), cell("language"),
        cell("counter"), entry, call if call is not None else start, start, end, outcome,
    )  # fmt: skip


def _in_order(entry: int, call: int | None, start: int | None, end: int | None) -> None:
    """ValueError if the times cannot be right together. A call before the entry is kept: it is a clock fault, and
    listed.
    """
    known = [(name, t) for name, t in (("call", call), ("start", start), ("end", end)) if t is not None]
    for (first, a), (second, b) in pairwise(known):
        if b < a:
            raise ValueError(f"{second} is before {first}")
    if end is not None and call is None and start is None and end < entry:
        raise ValueError("end is before entry")
    if known and known[-1][1] - entry > LONGEST_S:
        raise ValueError(f"{known[-1][0]} is more than a day after entry")


def _visits(stays: list[_Stay]) -> Iterable[list[_Stay]]:
    """The stays of one number, by visit: whoever is sent on waits from then on, so a number that begins to wait long
    after everything was over has been given to somebody else.
    """
    begin, over = 0, 0
    for i, stay in enumerate(stays):
        if i and stay.entry - over > AGAIN_S:
            yield stays[begin:i]
            begin = i
        over = max(over, stay.end or stay.entry + LONGEST_S)
    yield stays[begin:]


def _steps(name: str, stays: list[_Stay], taken: Taken) -> Iterable[Step]:
    last_end: int | None = None
    for i, stay in enumerate(stays):
        if i and last_end is not None and stay.entry < last_end - 1:
            taken.bad.append(Bad(stay.number, "the ticket is in two places at once"))
            continue
        first = Step(
            stay.entry, "issue" if i == 0 else "transfer", name, "", stay.service, stay.cls, stay.lang, seq=stay.number
        )
        yield first
        for e, t in (("call", stay.call), ("start", stay.start)):
            if t is not None:
                yield Step(t, e, name, stay.counter, seq=stay.number)
        last = {"served": "end", "no_show": "noshow", "left": "leave", "expired": "expire"}.get(stay.outcome)
        known = [t for t in (stay.end, stay.start, stay.call, stay.entry) if t is not None]
        if last:
            # Without a time it ended some time later: by no clock, so nothing lasted until then that anybody knows.
            yield Step(
                known[0], last, name, stay.counter, seq=stay.number, stretch=0 if stay.end is not None else NO_CLOCK
            )
            last_end = known[0]


def rejected_rows(taken: Taken, rows: Mapping[int, list[str]]) -> list[list[str]]:
    """The bad rows as they were, with the reason in front: to be mended and imported again."""
    return [[str(bad.row), bad.why, *rows.get(bad.row, [])] for bad in sorted(taken.bad, key=lambda bad: bad.row)]
