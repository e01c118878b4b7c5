"""The log as reports read it: of every row what a figure can need, and nothing else (fast, and without judgment).

Policy: `onedoor verify` reads whole rows and believes none; a report reads a log that was verified, and reads it whole
in a second. Both read the same files. Rows are skipped by their kind alone, never by what they say.
"""

import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

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
    count: int = 0
    cost_ms: int = 0
    score: int = 0
    of: int = 0
    printer: int = 0
    old_ms: int = 0
    new_ms: int = 0
    first_seq: int = 0
    last_seq: int = 0
    rules: msgspec.Raw = msgspec.Raw(b"")


class Entry(Struct, gc=False):
    """One row of the log. Times are milliseconds since 1970, UTC."""

    hub_seq: int
    dev: str
    run: str
    seq: int
    kind: str
    t_event: int
    t_recv: int
    quality: str
    body: Body

    @property
    def id(self) -> str:
        """The row's id, which is its ticket's if it issues one."""
        return f"{self.dev}.{self.run}.{self.seq}"


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


def entries_of(path: Path, kinds: Collection[str], count: Count | None = None) -> Iterator[list[Entry]]:
    """The entries of a log in order, many at a time: all of these kinds, and the row before each start of the hub;
    other rows may come with them. `count` is filled while they are read. Raises NotALog, or BadRow at the first row
    that cannot be read.
    """
    file = log_file(path)
    counted = count if count is not None else Count()
    return _from_database(file, kinds, counted) if file.suffix == ".db" else _from_lines(file, counted)


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


COLUMNS = "hub_seq, dev, run, seq, kind, t_event, t_recv, quality, body"


def _from_database(path: Path, kinds: Collection[str], count: Count) -> Iterator[list[Entry]]:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    decode = _BODY.decode
    try:
        count.rows, count.first, count.last = (
            db.execute(f"SELECT {of} FROM log").fetchone()[0] or 0  # noqa: S608 - our own words
            for of in COUNTED
        )
        wanted = f"SELECT {COLUMNS} FROM {VIEW} WHERE kind IN ({', '.join('?' * len(kinds))})"  # noqa: S608
        rows = db.execute(wanted, sorted(kinds))
        while some := rows.fetchmany(MANY):
            found = [Entry(*row[:8], decode(row[8])) for row in some]  # type: ignore[call-arg]
            yield list(_with_befores(db, found)) if any(e.kind == "hub_started" for e in found) else found
    except msgspec.MsgspecError as wrong:
        raise BadRow(_bad_row(db, kinds), str(wrong)[:200]) from None
    except sqlite3.Error as wrong:
        raise NotALog(f"{path}: {wrong}. Is this a hub's {DATABASE}?") from None
    finally:
        db.close()


def _with_befores(db: sqlite3.Connection, found: list[Entry]) -> Iterator[Entry]:
    """The same with the row before each start of the hub, whatever its kind."""
    for entry in found:
        if entry.kind == "hub_started":
            for row in db.execute(f"SELECT {COLUMNS} FROM log WHERE hub_seq = ?", (entry.hub_seq - 1,)):  # noqa: S608
                yield Entry(*row[:8], _BODY.decode(row[8]))  # type: ignore[call-arg]
        yield entry


def _bad_row(db: sqlite3.Connection, kinds: Collection[str]) -> int:
    """The first row whose body cannot be read."""
    for number, kind, body in db.execute(f"SELECT hub_seq, kind, body FROM {VIEW}"):  # noqa: S608 - our own name
        try:
            _BODY.decode(body)
        except msgspec.MsgspecError:
            if kind in kinds:
                return int(number)
    return 0
