"""Where a log comes from: an exported file of JSON lines, or a hub's data folder (read only)."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from onedoor.wire.chain import line_of, row_of
from onedoor.wire.errors import WireError
from onedoor.wire.rows import LogRow
from reports.files import DATABASE, VIEW, BadRow, NotALog, log_file


def rows_of(path: Path) -> Iterator[LogRow]:
    """The rows of a log, in order. Raises NotALog, or BadRow at the first unreadable row."""
    file = log_file(path)
    return _from_database(file) if file.suffix == ".db" else _from_lines(file)


def _from_lines(path: Path) -> Iterator[LogRow]:
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield row_of(line.removesuffix(b"\n"))
            except WireError as wrong:
                raise BadRow(number, str(wrong)) from None
            if not line.endswith(b"\n"):
                raise BadRow(number, "the last line has no end")


def _from_database(path: Path, where: str = "") -> Iterator[LogRow]:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    names = LogRow.__struct_fields__
    query = f"SELECT {', '.join(names)} FROM {VIEW} {where}"  # noqa: S608 - our own names
    try:
        for number, row in enumerate(db.execute(query), 1):
            values = dict(zip(names, row, strict=True))
            try:
                values["before"] = json.loads(values["before"]) if values["before"] else None
                values["body"] = json.loads(values["body"])
                found = msgspec.convert(values, LogRow)
            except (ValueError, TypeError, RecursionError, msgspec.MsgspecError) as wrong:
                raise BadRow(number, str(wrong)[:200]) from None
            yield found
    except (sqlite3.Error, UnicodeError) as wrong:
        raise NotALog(f"{path}: {wrong}. Is this a hub's {DATABASE}?") from None
    finally:
        db.close()


def row_at(path: Path, number: int) -> LogRow | None:
    """One row of a hub's database."""
    return next(_from_database(log_file(path), f"WHERE hub_seq = {int(number)}"), None)


def sound(path: Path) -> str:
    """What SQLite finds wrong with a hub's database; "" of any other log."""
    file = log_file(path)
    if file.suffix != ".db":
        return ""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        try:
            found = str(db.execute("PRAGMA integrity_check(1)").fetchone()[0])
        except sqlite3.Error as wrong:
            raise NotALog(f"{file}: {wrong}. Is this a hub's {DATABASE}?") from None
    return "" if found == "ok" else f"the file is damaged ({found})"


def export(rows: Iterator[LogRow], path: Path) -> int:
    """Write rows as JSON lines, each in its canonical spelling; how many."""
    count = 0
    with open(path, "wb") as file:
        for row in rows:
            file.write(line_of(row) + b"\n")
            count += 1
    return count
