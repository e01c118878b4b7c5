"""What an unknown table might mean: a proposed map, with its first rows as that map reads them.

Policy. A guess is told as one: everything that could be otherwise stands beside it, and how ten rows would be read
stands below, so that somebody who knows the table sees at a glance what is wrong. Nothing is imported by it.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

from reports import guess_words as words
from reports.dates import clock_text
from reports.foreign import Dropped, RowReader, Stay
from reports.foreign_map import DURATIONS, MOMENTS, BadMap, Map, Source, Times, check_form, check_map
from reports.moments import Reader, span_of
from reports.steps import DAY_S

LOOKED_AT = 500
SHOWN = 10
SAMPLE = 1 << 18
BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
DELIMITERS = ",;\t|"
EMPTY = '""'
MOST_WORDS = 30
"""A column with more different texts is no outcome, class or event."""
NAMED = ("ticket", "service", "counter", "class", "language", "outcome", *DURATIONS, "ended_by_next")
"""Our columns that are found by their headings alone."""
DISTINCT = 20
"""A ticket has no more steps than this, in the mean."""
LEAST = 0.9
"""So much of a column must be readable for it to be a time."""


class NoTable(Exception):
    """The file is no table of which anything could be guessed; the message says why."""


@dataclass(slots=True)
class Columns:
    """A table as it was looked at: its head, and of each column the texts that say something."""

    head: list[str]
    rows: list[list[str]]
    encoding: str
    delimiter: str
    nothing: set[str] = field(default_factory=set)
    """Texts that were taken for nothing."""

    def texts(self, name: str) -> list[str]:
        """What stands in a column, without what stands for nothing."""
        place, found = self.head.index(name), []
        for row in self.rows:
            text = row[place].strip() if place < len(row) else ""
            if text.casefold() in words.NOTHING:
                self.nothing.add(text)
            elif text:
                found.append(text)
        return found


@dataclass(slots=True)
class Guess:
    """What the columns of a table seem to be."""

    columns: dict[str, str | Source] = field(default_factory=dict)
    form: str = ""
    years: str = "christian"
    durations: str = ""
    notes: list[str] = field(default_factory=list)


def guess(path: Path) -> str:
    """A map for this table, with what is doubtful and the first rows in comments. NoTable if nothing can be said."""
    table = looked_at(path)
    found = _meanings(table)
    sections = _sections(table, found)
    return "".join(f"{line}\n" for line in [*_map_lines(table, found, sections), *_shown(table, found, sections)])


def looked_at(path: Path) -> Columns:
    """The head and the first rows of a table, and how it is written."""
    with open(path, "rb") as file:
        data = file.read(SAMPLE)
    encoding = next((name for bom, name in BOMS.items() if data.startswith(bom)), "utf-8-sig")
    try:
        data.decode(encoding)
    except UnicodeError as wrong:
        if len(data) < SAMPLE or getattr(wrong, "start", 0) < len(data) - 4:
            encoding = "cp1252"
    text = data.decode(encoding, errors="replace")
    lines = text.splitlines()
    if not lines:
        raise NoTable("there is nothing in it.")
    try:
        delimiter = csv.Sniffer().sniff("\n".join(lines[:50]), DELIMITERS).delimiter
    except csv.Error:
        delimiter = max(DELIMITERS, key=lines[0].count)
    with open(path, encoding=encoding, newline="", errors="replace") as file:
        rows = list(islice(csv.reader(file, delimiter=delimiter), LOOKED_AT + 1))
    head = [name.strip() for name in rows[0]]
    if len(head) < 2 or len(rows) < 2:
        raise NoTable("it has no columns, or no rows. Is the first line the names of its columns?")
    return Columns(rows[0], [row for row in rows[1:] if row], encoding, delimiter)


# -- what the columns are ---------------------------------------------------------------------------------------------


def _meanings(table: Columns) -> Guess:
    found = Guess()
    forms = {name: list(_forms(table.texts(name))) for name in table.head if table.head.count(name) == 1}
    times = [name for name, fitting in forms.items() if fitting]
    if times:
        _by_moments(table, found, times, forms)
    else:
        _by_clocks(table, found, forms)
    free = {name for name in forms if name not in times and name not in _used(found)}
    for likeness, ours, name in sorted(
        ((_likeness(name, ours), ours, name) for name in free for ours in NAMED), key=lambda one: -one[0]
    ):
        if likeness > 0 and name in free and ours not in found.columns and _can_be(table, name, ours, found):
            found.columns[ours] = name
            free.remove(name)
    if not found.columns.keys() & {"entry", "time", "call"}:
        found.notes.append("No column was found that says when people came: name it at entry.")
    if "ticket" not in found.columns:
        found.notes.append("No column of tickets was found: each row would be a visit of its own.")
    return found


def _used(found: Guess) -> set[str]:
    return {
        c for column in found.columns.values() for c in (column.columns if isinstance(column, Source) else [column])
    }


def _forms(texts: list[str]) -> Iterator[tuple[str, bool]]:
    """The forms in which these are moments, and whether with Buddhist years; the likelier first."""
    if not texts:
        return
    moments = [f"{day} {clock}" for day in words.DAY_FORMS for clock in words.CLOCK_FORMS]
    for form in ("iso", *moments, "excel"):
        for buddhist in (False, True):
            if not (form == "excel" and buddhist) and _share(Reader(form, buddhist=buddhist).read, texts) >= LEAST:
                yield form, buddhist


def _share(read: Callable[[str], object], texts: list[str]) -> float:
    """How many of these can be read; a first look at a few is enough if they cannot."""
    for some in (texts[:5], texts):
        good = 0
        for text in some:
            try:
                read(text)
                good += 1
            except ValueError:
                pass
        if good < LEAST * len(some):
            return 0.0
    return good / len(texts)


def _by_moments(table: Columns, found: Guess, times: list[str], forms: dict[str, list[tuple[str, bool]]]) -> None:
    """Columns that say day and hour; the form that most of them have."""
    every = [form for name in times for form in forms[name]]
    best = max(dict.fromkeys(every), key=every.count)
    _say_form(found, best, [form for form in dict.fromkeys(every) if every.count(form) == every.count(best)])
    mine = [name for name in times if best in forms[name]]
    for name in times:
        if name not in mine:
            found.notes.append(f"'{name}' is written in another form, and was left out.")
    reader = Reader(best[0], buddhist=best[1])
    event = max(table.head, key=lambda name: _likeness(name, "event") if name not in times else 0)
    if len(mine) == 1 and _likeness(event, "event") > 0 and len(set(table.texts(event))) <= MOST_WORDS:
        found.columns |= {"event": event, "time": mine[0]}
        return
    _name_times(found, table, mine, lambda text: reader.read(text)[0])


def _name_times(found: Guess, table: Columns, mine: list[str], read: Callable[[str], int]) -> None:
    """Which time is which: by their names; those with names that say nothing by the order in which they come."""
    for ours in MOMENTS:
        left = [name for name in mine if name not in _used(found)]
        best = max(left, key=lambda name: _likeness(name, ours), default="")
        if best and _likeness(best, ours) > 0 and ours == max(MOMENTS, key=lambda of: _likeness(best, of)):
            found.columns[ours] = best
    left = [name for name in mine if name not in _used(found)]
    left.sort(key=lambda name: _median(table.texts(name), read))
    for ours, name in zip([ours for ours in MOMENTS if ours not in found.columns], left, strict=False):
        found.columns[ours] = name
        found.notes.append(f"'{name}' was taken for {ours} by its place among the times alone.")


def _median(texts: list[str], read: Callable[[str], int]) -> int:
    known = []
    for text in texts:
        with suppress(ValueError):
            known.append(read(text))
    return sorted(known)[len(known) // 2] if known else 0


def _by_clocks(table: Columns, found: Guess, forms: dict[str, list[tuple[str, bool]]]) -> None:
    """A column that is a day, and others that are hours of it."""
    likely = sorted(forms, key=lambda name: -max((name.casefold() == word for word in words.DATES), default=False))
    for day in likely:
        clocks: dict[str, list[str]] = {}
        for form in words.CLOCK_FORMS:
            for name in forms:
                both = [f"{a} {b}" for a, b in _pairs(table, day, name)]
                for day_form in words.DAY_FORMS if name != day and both else ():
                    for buddhist in (False, True):
                        whole = f"{day_form} {form}"
                        if _share(Reader(whole, buddhist=buddhist).read, both) >= LEAST:
                            clocks.setdefault(f"{whole}\n{'b' * buddhist}", []).append(name)
        if clocks:
            best = max(clocks, key=lambda key: len(clocks[key]))
            most = [_unkeyed(key) for key, names in clocks.items() if len(names) == len(clocks[best])]
            form, buddhist = _unkeyed(best)
            _say_form(found, (form, buddhist), most)
            reader = Reader(form, buddhist=buddhist)
            days = table.texts(day)
            _name_times(found, table, clocks[best], partial(_clock_of, reader, days[0]))
            for ours in MOMENTS:
                column = found.columns.get(ours)
                if isinstance(column, str):
                    found.columns[ours] = Source(column, date=day)
            return


def _clock_of(reader: Reader, day: str, text: str) -> int:
    """The second of the day."""
    return reader.read(f"{day} {text}")[0] % DAY_S


def _unkeyed(key: str) -> tuple[str, bool]:
    form, _, buddhist = key.partition("\n")
    return form, bool(buddhist)


def _pairs(table: Columns, day: str, clock: str) -> Iterator[tuple[str, str]]:
    a, b = table.head.index(day), table.head.index(clock)
    for row in table.rows[:50]:
        if (
            max(a, b) < len(row)
            and row[a].strip()
            and row[b].strip()
            and row[b].strip().casefold() not in words.NOTHING
        ):
            yield row[a].strip(), row[b].strip()


def _say_form(found: Guess, best: tuple[str, bool], others: list[tuple[str, bool]]) -> None:
    found.form, found.years = best[0], "buddhist" if best[1] else "christian"
    for form, buddhist in others:
        if (form, buddhist) != best and best[0] != "iso":
            found.notes.append(f"The form '{form}'{' with Buddhist years' * buddhist} fits as well: which is it?")


def _likeness(name: str, ours: str) -> float:
    """How much a heading is one of our columns: 1 if it is a known word, less if one is a part of it."""
    plain = " ".join(name.casefold().replace("_", " ").replace(".", " ").split())
    best = 0.0
    for word in words.HEADINGS[ours]:
        if plain in (word, word.replace("_", " ")):
            return 1.0
        if f" {word} " in f" {plain} " or (not word.isascii() and word in plain):
            best = max(best, len(word) / (len(plain) + 1))
    return best


def _can_be(table: Columns, name: str, ours: str, found: Guess) -> bool:
    texts = table.texts(name)
    if ours in DURATIONS:
        for unit in ("clock", "minutes"):
            if texts and _share(lambda text, unit=unit: span_of(text, unit), texts) >= LEAST:  # type: ignore[misc]
                if unit == "minutes" and found.durations != "minutes":
                    found.notes.append(f"'{name}' is a number: are these minutes, seconds or hours?")
                found.durations = unit
                return True
        return False
    if ours == "ticket":
        return len(set(texts)) * DISTINCT >= len(texts)
    return ours not in ("class", "outcome") or len(set(texts)) <= MOST_WORDS


# -- the map ----------------------------------------------------------------------------------------------------------


def _sections(table: Columns, found: Guess) -> dict[str, dict[str, list[str]]]:
    """Which texts of the table are which of our words."""
    sections: dict[str, dict[str, list[str]]] = {}
    for section, ours, known in (
        ("outcomes", "outcome", words.OUTCOMES),
        ("events", "event", words.EVENTS),
        ("classes", "class", {"P": words.FIRST}),
    ):  # fmt: skip
        if not isinstance(column := found.columns.get(ours), str):
            continue
        meant: dict[str, list[str]] = {}
        for text in dict.fromkeys(table.texts(column)):
            is_ours = next((our for our, theirs in known.items() if text.casefold() in theirs), None)
            if is_ours is not None:
                meant.setdefault(is_ours, []).append(text)
            elif section != "classes":
                found.notes.append(f"[{section}]: nobody knows what '{text[:40]}' means. Put it where it belongs.")
        if meant:
            sections[section] = meant
    return sections


def _map_lines(table: Columns, found: Guess, sections: dict[str, dict[str, list[str]]]) -> Iterator[str]:
    yield "# A guess. Read it line by line before you use it."
    yield from (f"# ? {note}" for note in found.notes)
    yield f"delimiter = {_quoted(table.delimiter)}"
    if table.encoding != "utf-8-sig":
        yield f"encoding = {_quoted(table.encoding)}"
    empty = sorted(table.nothing)
    yield "[columns]"
    long = dict[str, Source]()
    for ours, column in found.columns.items():
        if isinstance(column, str) and not (empty and ours in (*MOMENTS, *DURATIONS, "time")):
            yield f"{ours} = {_quoted(column)}"
        else:
            long[ours] = column if isinstance(column, Source) else Source(column)
    for ours, source in long.items():
        yield f"[columns.{ours}]"
        yield f"column = {_quoted(source.parts[0])}"
        if source.date:
            yield f"date = {_quoted(source.date)}"
        if empty:
            yield f"empty = {_list(empty)}"
    yield "[times]"
    yield f"form = {_quoted(found.form or 'iso')}"
    yield f"years = {_quoted(found.years)}"
    if found.durations:
        yield f"durations = {_quoted(found.durations)}"
    for section, meant in sections.items():
        yield f"[{section}]"
        yield from (f"{ours or EMPTY} = {_list(texts)}" for ours, texts in meant.items())


def _quoted(text: str) -> str:
    """A text as TOML writes it."""
    special = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"}
    return '"' + "".join(special.get(c, c if c.isprintable() else f"\\u{ord(c):04x}") for c in text) + '"'


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _shown(table: Columns, found: Guess, sections: dict[str, dict[str, list[str]]]) -> Iterator[str]:
    """The first rows as this map reads them."""
    empty = sorted(table.nothing)
    columns = {
        ours: Source(
            of.parts if isinstance(of, Source) else of, empty=empty, date=of.date if isinstance(of, Source) else ""
        )
        for ours, of in found.columns.items()
    }
    years = "buddhist" if found.years == "buddhist" else "christian"
    given = Map(
        columns, Times(found.form or "iso", years, durations=found.durations or "minutes"),  # type: ignore[arg-type]
        sections.get("outcomes", {}), sections.get("classes", {}), sections.get("events", {}), {}, table.delimiter,
    )  # fmt: skip
    yield "#"
    yield f"# The first {SHOWN} rows as this map reads them, on the center's clock:"
    try:
        check_form(given)
        check_map(given, table.head)
    except BadMap as wrong:
        yield f"# (none: {wrong})"
        return
    reader = RowReader(given, table.head)
    for number, cells in enumerate(table.rows[:SHOWN], 1):
        yield f"# {number}: {_as_read(reader, number, cells)}"


def _as_read(reader: RowReader, number: int, cells: list[str]) -> str:
    try:
        row = reader.read(number, cells)
    except Dropped as wrong:
        return f"NOT TAKEN: {wrong.why}"
    if row is None:
        return "set aside"
    if not isinstance(row, Stay):
        return f"{row.ticket}  {row.service}  {clock_text(row.t)}  {row.e}  {row.counter}".rstrip()
    steps = [f"{what} {clock_text(t)}" for what, t in zip(("came", "called", "began", "ended"),
             (row.entry, row.call, row.start, row.end), strict=True) if t is not None]  # fmt: skip
    return "  ".join([row.ticket, row.service, *steps, row.outcome or "not ended", f"class {row.cls}"])
