"""The log as reports read it: of every row what a figure can need, and nothing else (fast, and without judgment).

Policy: `onedoor verify` reads whole rows and believes none; a report reads a log that was verified, and reads it whole
in a second. Both read the same files. Rows are skipped by their kind alone, never by what they say. The few rows that
tell the time are gathered before the others: so every entry comes with its center time, as the whole log knows it.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from operator import attrgetter
from pathlib import Path

import msgspec
from msgspec import Struct

from reports.center_clock import WORDS, CenterClock, clock_of_rows
from reports.durations import FAR_S
from reports.files import DATABASE, VIEW, BadRow, NotALog, log_file

CHUNK = 1 << 18
"""Small enough for a processor's cache: a quarter quicker than four times as much."""
MANY = 2_000
COUNTED = ("count(*)", "min(hub_seq)", "max(hub_seq)")
"""Asked one by one of the table itself: each is then answered by an index, in no time."""


class Body(Struct, gc=False):
    """What reports read of the bodies of all kinds; what a kind does not have stays empty."""

    ticket: str = ""
    dev: str = ""
    command: str = ""
    label: str = ""
    service: str = ""
    queue: str = ""
    counter: str = ""
    clerk: str = ""
    cls: str = "N"
    lang: str = ""
    intent: str = ""
    outcome: str = "done"
    reason: str = ""
    cause: str = ""
    promised: str = ""
    receipt: str = ""
    state: str = ""
    question: str = ""
    paper: str = ""
    auto: bool = False
    offline: bool = False
    here: bool = False
    serving: bool = False
    undone: bool = False
    void: bool = False
    count: int = 0
    cost_ms: int = 0
    score: int = 0
    of: int = 0
    printer: int = 0
    old_ms: int = 0
    new_ms: int = 0
    first_seq: int = 0
    last_seq: int = 0
    stretch: int = 0
    hall_ms: int = 0
    center_ms: int = 0
    floor_ms: int = 0
    rules: msgspec.Raw = msgspec.Raw(b"")


class Entry(Struct, gc=False):
    """One row of the log. Times are milliseconds since 1970, UTC, as well as anybody said them; where nobody did they
    are far away (`reports.durations.FAR_S`). `stretch` and `recv_stretch` are 0 if `t_event` and `t_recv` are known,
    else the stretch in which alone they can be compared. `mono`: of the box's own clock in its `boot`.
    """

    hub_seq: int
    dev: str
    run: str
    seq: int
    kind: str
    t_event: int
    t_recv: int
    quality: str
    body: Body
    boot: str = ""
    mono: int = 0
    stretch: int = 0
    recv_stretch: int = 0

    @property
    def id(self) -> str:
        """The row's id, which is its ticket's if it issues one."""
        return f"{self.dev}.{self.run}.{self.seq}"


class Before(Struct):
    """What the first row of a part of a log continues, as far as time goes."""

    words: dict[str, list[int | bool]] = {}
    stretch: int = 0
    zone: str = ""


class Results(Struct):
    """A pack's results, as far as they are needed here."""

    before: Before


_LINES = msgspec.json.Decoder(Entry)
_BODY = msgspec.json.Decoder(Body)


class Count(Struct):
    """How many rows a log has, and which numbers the first and the last carry: a difference is rows that are gone."""

    rows: int = 0
    first: int = 0
    last: int = 0

    @property
    def missing(self) -> int:
        """Rows that were numbered and are not there."""
        return self.last - self.first + 1 - self.rows if self.rows else 0


class Entries:
    """The entries of a log in order, many at a time, with the calendar of the whole log."""

    def __init__(self, entries: Iterable[list[Entry]], clock: CenterClock) -> None:
        self._entries, self.calendar = in_center_time(entries, clock), clock.calendar()

    def __iter__(self) -> Iterator[list[Entry]]:
        return self._entries


def entries_of(path: Path, kinds: Collection[str], count: Count | None = None) -> Entries:
    """The entries of a log: all of these kinds, and the row before each start of the hub; other rows may come with
    them. `count` is filled while they are read. Raises NotALog, or BadRow at the first row that cannot be read.
    """
    file = log_file(path)
    counted = count if count is not None else Count()
    database = file.suffix == ".db"
    return Entries(_from_database(file, kinds, counted) if database else _from_lines(file, counted), clock_of(file))


def clock_of(file: Path) -> CenterClock:
    """What the rows of a log that tell the time add up to. Rows that cannot be read are for others to name."""
    if file.suffix == ".db":
        db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            return _clock_in(db)
        except sqlite3.Error as wrong:
            raise NotALog(f"{file}: {wrong}. Is this a hub's {DATABASE}?") from None
        finally:
            db.close()
    return clock_of_rows(_telling(file), _before(file))


RESULTS = "results.json"
"""Beside the rows of a month in an evaluator's pack: it says what they continue."""


def _before(file: Path) -> CenterClock | None:
    """What was said about time before the first row, if this log is a part of one."""
    beside = file.parent / RESULTS
    if not beside.exists():
        return None
    try:
        before = msgspec.json.decode(beside.read_bytes(), type=Results).before
    except (msgspec.MsgspecError, UnicodeError):
        return None
    return CenterClock.going_on(before.words, before.stretch, before.zone)


SIGNS = (b'"stretch":', b'"zone":')
"""In every word about time or zone; in no row of a log of before there were any."""
_TELLING = (b'"kind":"stretch_began"', b'"kind":"time_', b'"kind":"rules_set"')


def _telling(path: Path) -> Iterator[Entry]:
    """The rows of a file that tell the time, found without reading the others."""
    with open(path, "rb") as file:
        while some := file.read(CHUNK):
            some += file.readline()
            if any(sign in some for sign in SIGNS) and any(sign in some for sign in _TELLING):
                for line in some.splitlines():
                    if any(sign in line for sign in _TELLING):
                        try:
                            yield _LINES.decode(line)
                        except (msgspec.MsgspecError, UnicodeError):
                            return


def _clock_in(db: sqlite3.Connection) -> CenterClock:
    wanted = f"SELECT {_columns(db)} FROM {VIEW} WHERE kind IN ({', '.join('?' * len(WORDS))})"  # noqa: S608
    return clock_of_rows(_entry(row) for row in db.execute(wanted, sorted(WORDS)))


_STRETCH = attrgetter("stretch")


def in_center_time(entries: Iterable[list[Entry]], clock: CenterClock) -> Iterator[list[Entry]]:
    """The same entries with their times on the center's clock; in a log of before there were stretches they are."""
    told: dict[int, tuple[int, int, bool]] = {}
    begins, i, here = [*clock.begins, FAR_S], 0, (0, 0, False)
    for some in entries:
        if clock.plain and not any(map(_STRETCH, some)):
            yield some
            continue
        for row in some:
            if row.hub_seq >= begins[i]:
                while row.hub_seq >= begins[i]:
                    i += 1
                here = clock.told(clock.numbers[i - 1])
            stretch = row.stretch
            mine = told.get(stretch)
            if mine is None:
                mine = told[stretch] = clock.told(stretch)
            row.t_event += mine[0]
            row.t_recv += here[0]
            row.stretch, row.recv_stretch = mine[1], here[1]
            if mine[2] and row.quality != NO_TIME:
                row.quality = NO_DATE
        yield some


NO_TIME = "C"
NO_DATE = "D"
"""The quality of a time whose date nobody knows."""


def _from_lines(path: Path, count: Count) -> Iterator[list[Entry]]:
    # Not mapped: all of a mapped file counts as memory of the process.
    with open(path, "rb") as file:
        while some := file.read(CHUNK):
            some += file.readline()
            if not some.endswith(b"\n"):
                raise BadRow(count.rows + some.count(b"\n") + 1, "the last line has no end")
            yield _decoded(some, count)


def _decoded(lines: bytes, count: Count) -> list[Entry]:
    try:
        found: list[Entry] = _LINES.decode_lines(lines)
    except (msgspec.MsgspecError, UnicodeError):
        for number, line in enumerate(lines.splitlines(), count.rows + 1):
            try:
                _LINES.decode(line)
            except (msgspec.MsgspecError, UnicodeError) as wrong:
                raise BadRow(number, str(wrong)[:200]) from None
        raise
    if found:
        count.rows += len(found)
        count.first, count.last = count.first or found[0].hub_seq, found[-1].hub_seq
    return found


COLUMNS = "hub_seq, dev, run, seq, kind, t_event, t_recv, quality, body, boot, mono"


def _columns(db: sqlite3.Connection) -> str:
    """What is read of a row; the database of a release without stretches has no such column."""
    stretch = any(column[1] == "stretch" for column in db.execute(f"PRAGMA table_info({VIEW})"))
    return f"{COLUMNS}, {'stretch' if stretch else '0'}"


def _entry(row: tuple) -> Entry:  # type: ignore[type-arg]
    return Entry(*row[:8], _BODY.decode(row[8]), *row[9:])  # type: ignore[call-arg]


def _from_database(path: Path, kinds: Collection[str], count: Count) -> Iterator[list[Entry]]:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        count.rows, count.first, count.last = (
            db.execute(f"SELECT {of} FROM log").fetchone()[0] or 0  # noqa: S608 - our own words
            for of in COUNTED
        )
        yield from _in_database(db, kinds)
    except msgspec.MsgspecError as wrong:
        raise BadRow(_bad_row(db, kinds), str(wrong)[:200]) from None
    except sqlite3.Error as wrong:
        raise NotALog(f"{path}: {wrong}. Is this a hub's {DATABASE}?") from None
    finally:
        db.close()


def _in_database(db: sqlite3.Connection, kinds: Collection[str]) -> Iterator[list[Entry]]:
    columns, last = _columns(db), 0
    wanted = f"SELECT {columns} FROM {VIEW} WHERE kind IN ({', '.join('?' * len(kinds))})"  # noqa: S608
    rows = db.execute(wanted, sorted(kinds))
    while some := rows.fetchmany(MANY):
        found = [_entry(row) for row in some]
        if any(e.kind in BEGINNINGS for e in found):
            yield list(_with_befores(db, columns, found, last))
        else:
            yield found
        last = found[-1].hub_seq


BEGINNINGS = ("hub_started", "stretch_began")
"""Rows before which the hub may have been away."""


def _with_befores(db: sqlite3.Connection, columns: str, found: list[Entry], last: int) -> Iterator[Entry]:
    """The same with the row before each beginning, whatever its kind, if it is not among them."""
    for entry in found:
        if entry.kind in BEGINNINGS and last != entry.hub_seq - 1:
            for row in db.execute(f"SELECT {columns} FROM log WHERE hub_seq = ?", (entry.hub_seq - 1,)):  # noqa: S608
                yield _entry(row)
        yield entry
        last = entry.hub_seq


def _bad_row(db: sqlite3.Connection, kinds: Collection[str]) -> int:
    """The first row whose body cannot be read."""
    for number, kind, body in db.execute(f"SELECT hub_seq, kind, body FROM {VIEW}"):  # noqa: S608 - our own name
        try:
            _BODY.decode(body)
        except msgspec.MsgspecError:
            if kind in kinds:
                return int(number)
    return 0
