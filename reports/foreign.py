"""Foreign logs: the rows of anybody's table, read into the same visits and steps as our own log (pure).

Policy. A map says which column is what (`reports.foreign_map`); nothing is guessed. A row that cannot be right is
listed with the reason and counted on its day, and the others are kept; nothing is repaired. What a table does not have
(recalls, counters' open times) has no figure. Several rows of one ticket on one day are the legs of one visit, unless
half an hour is between them: then the number was used again. In a table without tickets each row is a visit.
"""

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from msgspec import Struct

from reports.dates import day_text, known_zone
from reports.foreign_map import MOMENTS, Map, Source
from reports.moments import Reader, Shown, span_of
from reports.steps import COUNTER_STEPS, DAY_S, FIRST, Step

LONGEST_S = DAY_S
NO_CLOCK = -1
"""In place of a stretch of a hub's clock: nobody knows when."""
AGAIN_S = 30 * 60
"""A number that begins again so long after its last end is another visit."""
CELL_MOST = 1_000
"""Letters. No name, number or time of a queue is longer: quotes were left open."""
NORMAL = "N"
SAYS_NORMAL = frozenset({"n", "no", "none", "normal", "regular", "standard", "false", "0"})
"""Texts of a class that nobody has to explain."""


class Stay(Struct, array_like=True, gc=False):
    """One row of a table of stays, read: times in whole seconds on the center's clock."""

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

    @property
    def day(self) -> int:
        """On which day it is counted."""
        return self.entry // DAY_S


class Event(Struct, array_like=True, gc=False):
    """One row of a table of events, read. `offset`: by how much the clock is ahead of UTC that shows `t`."""

    number: int
    ticket: str
    service: str
    cls: str
    lang: str
    counter: str
    t: int
    offset: int
    e: str
    auto: bool = False


Row = Stay | Event


class Dropped(ValueError):
    """A row that cannot be taken: in a word, why (a key of `REASONS`), and in a sentence."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(why)
        self.reason, self.why = reason, why


REASONS = {
    "quotes": "quotes that are left open",
    "cell": "a cell of more than a thousand letters",
    "ticket": "no ticket",
    "entry": "nobody knows when they came",
    "time": "times that cannot be read",
    "order": "times that cannot be right together",
    "word": "outcomes and events that the map does not know",
    "twice": "a ticket in two places at once",
}
"""Why rows of foreign tables are not taken; the words are those of a report."""


class RowReader:
    """Reads the rows of one table, as the lists of their cells. `unknown`: texts of classes that the map does not know,
    and how often; who has one counts as normal. `aside`: rows that are not meant.
    """

    def __init__(self, given: Map, head: list[str]) -> None:
        self.unknown: Tally[str] = Tally()
        self.aside = 0
        self._map, self._width = given, len(head)
        self._places = {name: i for i, name in enumerate(head)}
        zone = known_zone(given.times.zone) if given.times.zone else None
        self._clock = Reader(given.times.form, buddhist=given.times.years == "buddhist", zone=zone)
        self._cells = {name: self._cell_of(name) for name in given.columns}
        self._moments = [(name, self._cells.get(name)) for name in MOMENTS]
        self._only = [(self._places[column], frozenset(texts)) for column, texts in given.only.items()]
        self._outcomes, self._classes, self._events = map(_by_text, (given.outcomes, given.classes, given.events))
        self._take: Callable[[int, list[str]], Row | None] = self._event if given.of_events else self._stay

    def read(self, number: int, row: list[str]) -> Row | None:
        """What the row says; None if it is not meant. Raises Dropped."""
        if len(row) < self._width:
            row = row + [""] * (self._width - len(row))
        if any(row[place].strip() not in texts for place, texts in self._only):
            self.aside += 1
            return None
        if row and max(map(len, row)) > CELL_MOST:
            column, cell = next((c, text) for c, text in zip(self._places, row, strict=False) if len(text) > CELL_MOST)
            raise Dropped("cell", f"'{column}' has a cell of {len(cell):,} letters")
        return self._take(number, row)

    def _cell_of(self, name: str) -> Callable[[list[str]], str]:
        """Reads one of our columns from a row; "" if there is nothing."""
        source = self._map.source(name)
        assert source is not None
        empty = frozenset(source.empty)
        parts = [self._places[part] for part in source.parts]
        # A date that is put together with several times says nothing of a time that is not there.
        shared = self._shared(name, source)
        own = [self._places[part] for part in source.parts if part not in shared]
        fallbacks = [self._places[column] for column in source.otherwise]
        date = self._places.get(source.date)

        def cell(row: list[str]) -> str:
            if any(row[i].strip() not in empty and row[i].strip() for i in own):
                text = " ".join(row[i].strip() for i in parts).strip()
            else:
                text = next((t for i in fallbacks if (t := row[i].strip()) and t not in empty), "")
            if not text:
                return ""
            day = row[date].strip() if date is not None else source.day
            return f"{day} {text}".strip()

        only = parts[0]
        if len(parts) == 1 and own and not (empty or fallbacks or source.day or source.date):
            return lambda row: row[only].strip()
        return cell

    def _shared(self, name: str, source: Source) -> set[str]:
        """The columns that this moment shares with another: days, and no times."""
        if name not in MOMENTS or name == "entry":
            return set()
        entry = self._map.source("entry")
        return set(source.parts) & set(entry.parts) if entry is not None else set()

    def _text(self, name: str, row: list[str]) -> str:
        cell = self._cells.get(name)
        return cell(row) if cell is not None else ""

    def _shown(self, name: str, text: str) -> Shown | None:
        """What the clock showed in this column of ours."""
        try:
            return self._clock.read(text) if text else None
        except ValueError as wrong:
            raise Dropped("time", f"{name}: {wrong}") from None

    def _span(self, name: str, row: list[str]) -> int | None:
        text = self._text(name, row)
        try:
            return span_of(text, self._map.times.durations) if text else None
        except ValueError as wrong:
            raise Dropped("time", f"{name}: {wrong}") from None

    def _who(self, number: int, row: list[str]) -> tuple[str, str, str, str, str]:
        """The ticket, its service, class and language, and the counter."""
        ticket = self._text("ticket", row) if "ticket" in self._cells else f"row {number}"
        if not ticket:
            raise Dropped("ticket", "there is no ticket")
        text = self._text("class", row)
        cls = self._classes.get(text.casefold(), "") if text else NORMAL
        if not cls and text.casefold() not in SAYS_NORMAL:
            self.unknown[text[:40]] += 1
        return (
            ticket, self._text("service", row) or "unknown", cls or NORMAL, self._text("language", row),
            self._text("counter", row),
        )  # fmt: skip

    def _stay(self, number: int, row: list[str]) -> Stay:
        shown = [None if cell is None else self._shown(name, cell(row)) for name, cell in self._moments]
        # A visit is on the calendar of the clock on which its beginning was written, summer or winter.
        begun = shown[0] if "entry" in self._cells else shown[1]
        offset_s = self._clock.offset(begun) if begun is not None else 0
        entry, call, start, end = (None if one is None else self._clock.on_clock(one, offset_s) for one in shown)
        wait, served = self._span("wait", row), self._span("service_time", row)
        if entry is None and "entry" not in self._cells and call is not None and wait is not None:
            entry = call - wait
        if entry is None:
            self._who(number, row)
            raise Dropped("entry", "there is no time of entry")
        call = entry + wait if call is None and wait is not None else call
        begun_s = start if start is not None else call
        if end is None and served is not None and begun_s is not None:
            start, end = begun_s, begun_s + served
        who = self._who(number, row)
        _in_order(entry, call, start, end)
        outcome = self._outcome(row, end, called=(call or start) is not None)
        return Stay(number, *who, entry, call if call is not None else start, start, end, outcome)

    def _outcome(self, row: list[str], end: int | None, *, called: bool) -> str:
        text = self._text("outcome", row)
        said = self._outcomes.get(text.casefold())
        if text and said is None and self._map.outcomes:
            raise Dropped("word", f"outcome: '{text[:40]}' is not in [outcomes]")
        return said if said is not None else ("" if end is None else "served" if called else "left")

    def _event(self, number: int, row: list[str]) -> Event | None:
        text = self._text("event", row)
        step = self._events.get(text.casefold())
        if step == "":
            self.aside += 1
            return None
        if step is None:
            raise Dropped("word", f"event: '{text[:40]}' is not in [events]")
        shown = self._shown("time", self._text("time", row))
        if shown is None:
            raise Dropped("time", "there is no time")
        offset_s = self._clock.offset(shown)
        who = ("", "", NORMAL, "", self._text("counter", row)) if step in COUNTER_STEPS else self._who(number, row)
        auto = self._text("ended_by_next", row).casefold() == "true"
        return Event(number, *who, self._clock.on_clock(shown, offset_s), offset_s, step, auto)


def _by_text(words: Mapping[str, list[str]]) -> dict[str, str]:
    return {text.casefold(): ours for ours, texts in words.items() for text in texts}


def _in_order(entry: int, call: int | None, start: int | None, end: int | None) -> None:
    """Dropped if the times cannot be right together. A call before the entry is kept: it is a clock fault, and
    listed.
    """
    known = [(name, t) for name, t in (("call", call), ("start", start), ("end", end)) if t is not None]
    for (first, a), (second, b) in pairwise(known):
        if b < a:
            raise Dropped("order", f"{second} is before {first}")
    if end is not None and call is None and start is None and end < entry:
        raise Dropped("order", "end is before entry")
    if known and known[-1][1] - entry > LONGEST_S:
        raise Dropped("order", f"{known[-1][0]} is more than a day after entry")


Refuse = Callable[[Any, str, str], None]
"""Told of a row that was read and does not fit the others: the row, in a word why, and in a sentence."""


def visits_of_stays(stays: Iterable[Stay], refuse: Refuse) -> Iterator[tuple[int, str, list[Step]]]:
    """(day, name, steps) of the visits of one day's stays."""
    tickets: dict[str, list[Stay]] = {}
    for stay in stays:
        tickets.setdefault(stay.ticket, []).append(stay)
    for ticket, mine in sorted(tickets.items()):
        for i, visit in enumerate(_visits(sorted(mine, key=lambda s: (s.entry, s.number)))):
            day = visit[0].day
            name = f"{day_text(day)}/{ticket}" + (f"/{i + 1}" if i else "")
            yield day, name, list(_steps(name, visit, refuse))


def _visits(stays: list[Stay]) -> Iterable[list[Stay]]:
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


ENDS = {"served": "end", "no_show": "noshow", "left": "leave", "expired": "expire"}


def _steps(name: str, stays: list[Stay], refuse: Refuse) -> Iterable[Step]:
    last_end: int | None = None
    for i, stay in enumerate(stays):
        if i and last_end is not None and stay.entry < last_end - 1:
            refuse(stay, "twice", "the ticket is in two places at once")
            continue
        first = Step(
            stay.entry, "issue" if i == 0 else "transfer", name, "", stay.service, stay.cls, stay.lang, seq=stay.number
        )
        yield first
        for e, t in (("call", stay.call), ("start", stay.start)):
            if t is not None:
                yield Step(t, e, name, stay.counter, seq=stay.number)
        last = ENDS.get(stay.outcome)
        known = [t for t in (stay.end, stay.start, stay.call, stay.entry) if t is not None]
        if last:
            # Without a time it ended some time later: by no clock, so nothing lasted until then that anybody knows.
            yield Step(
                known[0], last, name, stay.counter, seq=stay.number, stretch=0 if stay.end is not None else NO_CLOCK
            )
            last_end = known[0]


def visits_of_events(events: Iterable[Event], refuse: Refuse) -> Iterator[tuple[int, str, list[Step]]]:
    """The same of events: a visit begins with the number or the counter that took somebody without one, and whatever
    happens to its ticket later is part of it. All of its times are on the clock on which it began.
    """
    tickets: dict[str, list[Event]] = {}
    for event in events:
        tickets.setdefault(event.ticket, []).append(event)
    for ticket, mine in sorted(tickets.items()):
        begun: dict[int, int] = {}
        name, first = "", None
        steps: list[Step] = []
        for event in sorted(mine, key=lambda event: (event.t - event.offset, event.e not in FIRST, event.number)):
            if event.e in FIRST:
                if first is not None:
                    yield first.t // DAY_S, name, steps
                first, steps, day = event, [], event.t // DAY_S
                begun[day] = begun.get(day, 0) + 1
                name = f"{day_text(day)}/{ticket}" + (f"/{begun[day]}" if begun[day] > 1 else "")
            if first is None:
                refuse(event, "entry", f"{event.e} is before this ticket was given")
                continue
            t = event.t - event.offset + first.offset
            kept = event.e in FIRST or event.e == "transfer"
            steps.append(
                Step(t, event.e, name, event.counter, event.service if kept else "", event.cls, event.lang,
                     auto=event.auto, seq=event.number)
            )  # fmt: skip
        if first is not None:
            yield first.t // DAY_S, name, steps
