"""Foreign logs from the command line: import."""

import argparse
import csv
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from shutil import copyfileobj

import msgspec

from reports.cells import plain_cell
from reports.dates import day_text
from reports.export_tables import csv_rows
from reports.facts import Facts, facts_of
from reports.foreign import Row, RowReader
from reports.foreign_days import Bad, Days, read_rows
from reports.foreign_map import BadMap, Map, check_form, check_map
from reports.foreign_store import (
    MENDED,
    PART,
    About,
    SameTable,
    Table,
    center_of,
    digest_of,
    forget_days,
    mends,
    mind_others,
    name_of,
    part_of,
    refuse_twice,
    settle,
    tables_in,
    write_rows,
)
from reports.legs import fold
from reports.shares import in_processes, processors
from reports.store import NotFacts, write_days, write_sums
from reports.tables import LEG_COLUMNS, legs_of, when_text

EXAMPLE = """# What a foreign table means. Copy, and change what stands at the right of each =.
delimiter = ","                       # ";" or "\\t" in others
[columns]
ticket = "Token"                      # needed
entry = ["Date", "Issued"]            # needed; several columns are put together with a blank
service = "Service"
call = "Called"
start = "Started"
end = "Finished"
counter = "Desk"
class = "Priority"
outcome = "Status"
# Not all of these need to be there: a table without ticket has a visit in each row; call can be entry and wait.
# wait = "Waited"
# service_time = "Took"
# [columns.call]                      # the long form of call = "Called"
# column = "Called"
# otherwise = ["Called again"]        # where to look if that is empty
# empty = ["-", "NULL"]               # texts that stand for nothing
# date = "Date"                       # the column with its day; or day = "01/10/2026" for all
# [only]
# Branch = ["Center"]                 # rows of others are set aside
[times]
form = "%d/%m/%Y %H:%M:%S"            # or "iso", "excel", "%d/%m/%Y %I:%M %p"
years = "christian"                   # or "buddhist": 2569 for 2026
zone = ""                             # the center's: "Asia/Vientiane", "-05:00"; if none, as it is written
durations = "minutes"                 # of wait and service_time: or "seconds", "hours", "clock" (1:05:30)
[outcomes]                            # ours = theirs
served = ["Completed"]
no_show = ["No show"]
left = ["Left"]
[classes]
P = ["yes"]
"""

CELL_READ_MOST = 16_000_000
"""Letters of one cell: more than this is not held in memory."""
REJECTED, LEGS = "rejected.csv", "legs.csv"
TOLD = 10
WORTH_SHARING = 50_000
"""Rows from which on a second process is quicker than none."""
MOST_PROCESSES = 4


class BadTable(Exception):
    """The table cannot be read as one; the message says where."""


WRONG = (BadMap, BadTable, SameTable, NotFacts, OSError, EOFError, msgspec.MsgspecError, tomllib.TOMLDecodeError,
         UnicodeError, LookupError, csv.Error)  # fmt: skip
OF_MAP = (BadMap, msgspec.MsgspecError, tomllib.TOMLDecodeError)


def main_import(argv: list[str]) -> int:
    """Read a foreign table into day facts, so that it gets the same indicators as our own log: onedoor report OUT.
    Rows that cannot be right are written to rejected.csv with the reason: mend them there, and import that file into
    the same folder. A table that is imported again replaces itself.
    """
    parser = argparse.ArgumentParser("onedoor import", description=main_import.__doc__)
    parser.add_argument(
        "kind", nargs="?", choices=("csv", "example"), help="csv: read a table; example: print a map to begin with"
    )
    parser.add_argument("path", type=Path, nargs="?", help="the table")
    parser.add_argument("--guess", type=Path, metavar="TABLE", help="propose a map, with ten rows as it reads them")
    parser.add_argument("--map", type=Path, help="what its columns mean")
    parser.add_argument("--out", type=Path, help="a folder for day facts, legs.csv and rejected.csv")
    parser.add_argument("--center", default="", help="the center's name; the file's, if none")
    args = parser.parse_args(argv)
    if args.kind == "example":
        print(EXAMPLE, end="")
        return 0
    if args.guess is not None:
        return _guessed(args.guess)
    if args.kind is None or args.path is None or args.map is None or args.out is None:
        parser.error("onedoor import csv TABLE --map MAP --out FOLDER; onedoor import --guess TABLE proposes a map")
    try:
        found = _import(args.path, args.map, args.out, args.center)
    except WRONG as wrong:
        print(f"{args.map if isinstance(wrong, OF_MAP) else args.path}: {wrong}", file=sys.stderr)
        return 2
    return _tell(found, args.out)


def _guessed(path: Path) -> int:
    from reports.guess import NoTable, guess

    try:
        print(guess(path), end="")
    except (NoTable, OSError, UnicodeError, csv.Error) as wrong:
        print(f"{path}: {wrong}", file=sys.stderr)
        return 2
    return 0


@dataclass(slots=True)
class Import:
    """One import: where from and to, and what came of it."""

    path: Path
    given: Map
    out: Path
    center: str
    head: list[str] = field(default_factory=list)
    """Of the table as it was first imported."""
    mended: Table | None = None
    rows: int = 0
    aside: int = 0
    bad: list[Bad] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)
    """Rows of a table whose rejected rows come again."""
    unknown: dict[str, int] = field(default_factory=dict)
    days: list[str] = field(default_factory=list)

    def numbered(self) -> Iterator[tuple[int, list[str] | str]]:
        """Every row of the file: its number, and its cells or what is wrong with its quotes."""
        skipped = len(MENDED) if self.mended else 0
        with open(self.path, encoding=self.given.encoding, newline="") as file:
            table = csv.reader(file, delimiter=self.given.delimiter, strict=True)
            next(table, None)
            number = 0
            while True:
                before = table.line_num + 1
                try:
                    row = next(table)
                except StopIteration:
                    return
                except csv.Error as wrong:
                    if "unexpected end" in str(wrong):
                        raise BadTable(f"a quote that is opened in line {before} is never closed.") from None
                    number += 1
                    yield number, f"quotes in lines {before} to {table.line_num}: {wrong}"
                    continue
                if not row:
                    continue
                number = int(row[0]) if skipped and row[0].isdecimal() else number + 1
                yield number, row[skipped:]

    def read(self) -> Iterator[Row]:
        """The rows of the table that can be taken; the others are listed."""
        reader = RowReader(self.given, self.head)
        for found in read_rows(reader, self._counted()):
            if isinstance(found, Bad):
                self.bad.append(found)
            else:
                yield found
        self.aside, self.unknown = reader.aside, dict(reader.unknown)

    def _counted(self) -> Iterator[tuple[int, list[str] | str]]:
        for number, row in self.numbered():
            self.rows += 1
            if self.mended is not None:
                self.numbers.add(number)
            elif sys.stderr.isatty() and self.rows % 20_000 == 0:
                print(f"\r{self.rows:,} rows", end="\r", file=sys.stderr)
            yield number, row


def _import(path: Path, map_path: Path, out: Path, center: str) -> Import:
    given = msgspec.convert(tomllib.loads(map_path.read_text(encoding="utf-8")), Map)
    check_form(given)
    csv.field_size_limit(CELL_READ_MOST)
    with open(path, encoding=given.encoding, newline="") as file:
        head = next(csv.reader(file, delimiter=given.delimiter), [])
    check_map(given, head)
    known = tables_in(out)
    mended = mends(known, head)
    name, digest = (mended.name, mended.about.sha256) if mended else (name_of(path), digest_of(path))
    refuse_twice(known, name, digest)
    if wrong := [t.name for t in known if t.name != name and t.about.of_events != given.of_events]:
        raise BadMap(f"{out} has '{wrong[0]}', which is no table of this kind. Give this one a folder of its own.")
    of = Import(path, given, out, center or center_of(out) or path.stem, head, mended)
    if mended:
        of.head = mended.about.head
    part = part_of(out, name)
    try:
        write_rows(part, _with_mended(of))
        kept = [one for one in mended.about.bad if one[0] not in of.numbers] if mended else []
        rows = mended.about.rows if mended else of.rows
        bad = [(one.row, one.why, one.reason, one.day) for one in of.bad]
        about = About(digest, of.head, given.of_events, rows, [*kept, *bad])
        _build(of, [*(table for table in known if table.name != name), Table(name, about, part)])
    finally:
        part.unlink(missing_ok=True)
    return of


def _with_mended(of: Import) -> Iterator[Row]:
    """The rows that are kept of a table: what was read, and what was there before if this mends it."""
    if of.mended is None:
        yield from of.read()
        return
    fresh = list(of.read())
    yield from of.mended.rows(without=of.numbers)
    yield from fresh


def _build(of: Import, tables: list[Table]) -> None:
    """The days of all tables of the folder, the last of which is this one; then it is kept."""
    gathered = Days(of.given.of_events)
    for table in tables:
        for row in table.rows():
            gathered.take(row)
        for bad in table.bad():
            gathered.drop(bad)
    numbers = gathered.numbers()
    of.days = [day_text(number) for number in numbers]
    mind_others(of.out, of.days, of.center)
    if not of.days:
        _write_rejected(of, tables[-1].bad())
        return
    part = of.out / f"{LEGS}{PART}"
    many = min(processors(), MOST_PROCESSES) if sum(t.about.rows for t in tables) >= WORTH_SHARING else 1
    size = -(-len(numbers) // many)
    shares = [numbers[i : i + size] for i in range(0, len(numbers), size)]
    parts = [part.with_suffix(f"{PART}{i}" if i else PART) for i in range(len(shares))]
    late = in_processes([partial(_share, of, gathered, *both) for both in zip(shares, parts, strict=True)])
    with open(part, "ab") as legs:
        for path in parts[1:]:
            with open(path, "rb") as further:
                copyfileobj(further, legs)
            path.unlink()
    write_sums(of.days, of.out)
    gathered.late = [bad for some in late for bad in some]
    part.replace(of.out / LEGS)
    forget_days(of.out, of.days)
    of.bad = sorted([*of.bad, *gathered.late], key=lambda bad: bad.row)
    _write_rejected(of, tables[-1].bad() + gathered.late)
    settle(tables[-1])


def _share(of: Import, gathered: Days, numbers: list[int], path: Path) -> list[Bad]:
    """Writes some days and their legs; what was found of rows that do not fit the others."""
    with csv_rows(LEG_COLUMNS, path, headed=path.suffix == PART) as put:

        def facts() -> Iterator[Facts]:
            for found in gathered.days(numbers):
                records = fold(found.day)
                for row in legs_of(found.day, records, of.center, when_text):
                    put(row)
                yield facts_of(found, records, of.center)

        write_days(facts(), of.out)
    return gathered.late


def _write_rejected(of: Import, bad: list[Bad]) -> None:
    """The rows that were not taken as they were, with the reason in front: to be mended and imported again."""
    why = {one.row: one.why for one in bad}
    part = of.out / f"{REJECTED}{PART}"
    with open(part, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow([*MENDED, *of.head])
        for number, cells in of.numbered() if why else ():
            if number in why:
                kept = cells if isinstance(cells, list) else []
                out.writerow([number, why.pop(number), *map(plain_cell, kept)])
        for number, reason in sorted(why.items()):
            out.writerow([number, reason])
    part.replace(of.out / REJECTED)


def _tell(of: Import, out: Path) -> int:
    meant = of.rows - of.aside
    good = meant - len(of.bad)
    print(f"{out}: {good} of {meant} rows taken, {len(of.days)} days")
    if "ticket" not in of.given.columns:
        print("  the map names no ticket: each row is a visit of its own")
    if of.aside:
        print(f"  {of.aside} rows are not meant by the map: set aside")
    for text, many in sorted(of.unknown.items(), key=lambda one: -one[1])[:TOLD]:
        print(f"  class '{text}' is not in [classes]: {many} rows count as normal")
    for bad in of.bad[:TOLD]:
        print(f"  row {bad.row}: {bad.why}")
    if of.bad:
        print(f"Not taken: {len(of.bad)} rows, all in {out / REJECTED}. Mend them there, and import that file.")
    return 0 if good > 0 else 1
