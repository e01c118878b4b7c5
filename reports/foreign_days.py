"""The rows of one or several tables of a center, put together into its days; a day at a time, so that memory does not
grow with the tables.
"""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from reports.foreign import Dropped, Event, Refuse, Row, RowReader, Stay, visits_of_events, visits_of_stays
from reports.foreign_map import Map, named
from reports.reading import LogDay
from reports.steps import COUNTER_STEPS, DAY_S, Day, Step


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that was not taken: its number in the file (from 1, without the head), why in a sentence and in a word, and
    the day on which it is counted: that of the row before it.
    """

    row: int
    why: str
    reason: str = ""
    day: int | None = None


_encode = msgspec.json.Encoder().encode
_stays, _events = msgspec.json.Decoder(Stay), msgspec.json.Decoder(Event)


@dataclass(slots=True)
class Days:
    """Rows as they are gathered, and then their days. `late`: rows that do not fit the others, found with the days."""

    of_events: bool = False
    late: list[Bad] = field(default_factory=list)
    _stays: dict[int, bytearray] = field(default_factory=dict)
    _tickets: dict[str, bytearray] = field(default_factory=dict)
    _counters: list[Event] = field(default_factory=list)
    _dropped: defaultdict[int, Tally[str]] = field(default_factory=lambda: defaultdict(Tally))
    _nowhere: Tally[str] = field(default_factory=Tally)

    def take(self, row: Row) -> None:
        """One row more."""
        if isinstance(row, Event) and row.e in COUNTER_STEPS:
            self._counters.append(row)
            return
        # As text: a million rows are a tenth of what they would be as objects.
        if isinstance(row, Stay):
            kept = self._stays.setdefault(row.day, bytearray())
        else:
            kept = self._tickets.setdefault(row.ticket, bytearray())
        kept += _encode(row)
        kept += b"\n"

    def drop(self, bad: Bad) -> None:
        """One row that was not taken."""
        if bad.day is None:
            self._nowhere[bad.reason] += 1
        else:
            self._dropped[bad.day][bad.reason] += 1

    def numbers(self) -> list[int]:
        """Which days there are."""
        if not self.of_events:
            return sorted(self._stays)
        return [found.day.number for found in self._by_events(lambda *_: None)]

    def days(self, numbers: list[int] | None = None) -> Iterator[LogDay]:
        """The days, or some of them, in order, each with what was dropped of it; what was dropped before the first row
        counts on the first day.
        """
        every = self.numbers()
        wanted = every if numbers is None else numbers
        for found in self._by_events(self._refuse) if self.of_events else self._by_stays(wanted):
            if found.day.number not in wanted:
                continue
            dropped = self._dropped[found.day.number]
            found.honesty.dropped = dict(dropped + self._nowhere if found.day.number == every[0] else dropped)
            found.day.until = max([step.t for step in found.day.steps()], default=found.day.window[0]) + 1
            yield found

    def _refuse(self, row: Row, reason: str, why: str) -> None:
        self.late.append(bad := Bad(row.number, why, reason, row.day if isinstance(row, Stay) else None))
        self.drop(bad)

    def _by_stays(self, numbers: list[int]) -> Iterator[LogDay]:
        for number in numbers:
            found = _empty(number)
            stays = _stays.decode_lines(bytes(self._stays[number]))
            for _, name, steps in visits_of_stays(stays, self._refuse):
                found.day.visits[name] = steps
            yield found

    def _by_events(self, refuse: Refuse) -> Iterator[LogDay]:
        days: dict[int, LogDay] = {}
        for ticket in sorted(self._tickets):
            events = _events.decode_lines(bytes(self._tickets[ticket]))
            for number, name, steps in visits_of_events(events, refuse):
                days.setdefault(number, _empty(number)).day.visits[name] = steps
        for event in sorted(self._counters, key=lambda event: (event.t, event.number)):
            day = days.setdefault(event.t // DAY_S, _empty(event.t // DAY_S))
            day.day.counters.append(Step(event.t, event.e, "", event.counter, seq=event.number))
        for number in sorted(days):
            yield days[number]


def _empty(number: int) -> LogDay:
    return LogDay(Day(number, (number * DAY_S, (number + 1) * DAY_S)))


@dataclass(slots=True)
class Taken:
    """What came of a short table."""

    days: list[LogDay] = field(default_factory=list)
    rows: int = 0
    bad: list[Bad] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)


def read_rows(reader: RowReader, rows: Iterable[tuple[int, list[str] | str]]) -> Iterator[Row | Bad]:
    """Each row as it was read, or why it was not taken: a text in place of its cells says what is wrong with them. One
    that is not taken counts on the day of the row before it.
    """
    day: int | None = None
    for number, cells in rows:
        if isinstance(cells, str):
            yield Bad(number, cells, "quotes", day)
            continue
        try:
            row = reader.read(number, cells)
        except Dropped as wrong:
            yield Bad(number, wrong.why, wrong.reason, day)
            continue
        if row is not None:
            day = row.day if isinstance(row, Stay) else row.t // DAY_S
            yield row


def days_from(rows: Iterable[Mapping[str, str]], given: Map) -> Taken:
    """The days of a table in memory. `rows` by the names of its columns."""
    rows = list(rows)
    head = list(dict.fromkeys(column for row in rows for column in row))
    head += [column for _, column in named(given) if column not in head]
    reader, days, taken = RowReader(given, head), Days(given.of_events), Taken(rows=len(rows))
    for found in read_rows(reader, enumerate(([row.get(c) or "" for c in head] for row in rows), 1)):
        if isinstance(found, Bad):
            taken.bad.append(found)
            days.drop(found)
        else:
            days.take(found)
    taken.days = list(days.days())
    taken.bad = sorted(taken.bad + days.late, key=lambda bad: bad.row)
    taken.unknown = dict(reader.unknown)
    return taken
