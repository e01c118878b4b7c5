"""The tables that were imported into a folder of day facts, each kept there: so a table that is imported again replaces
itself, rows that were mended are added to it, and a day that two tables share is made of both.

Policy. What is kept is what was read, nothing else. A file is whole or not there: it is written beside its place and
then moved. Days that no table made are never touched.
"""

import gzip
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from reports.foreign import Event, Row, Stay
from reports.foreign_days import Bad
from reports.store import SUFFIX, NotFacts, read_facts, write_sums

FOLDER = "tables"
ROWS, ABOUT, PART = ".rows.gz", ".json", ".part"
DAYS = "days.json"
QUICK = 1
BUFFER = 1 << 18
MENDED = ["row", "why"]
"""How the head of a file of rejected rows begins."""


class SameTable(Exception):
    """The table is in the folder already; the message says under which name."""


class About(Struct):
    """What is said of a table: its digest, its columns, how many rows it had, and which were not taken."""

    sha256: str
    head: list[str]
    of_events: bool
    rows: int = 0
    bad: list[tuple[int, str, str, int | None]] = []


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the folder; its rows lie in `path`."""

    name: str
    about: About
    path: Path

    def rows(self, without: Collection[int] = ()) -> Iterator[Row]:
        """Its rows that were taken, but for those of these numbers."""
        decoder: msgspec.json.Decoder[Row] = msgspec.json.Decoder(Event if self.about.of_events else Stay)
        with gzip.open(self.path, "rb") as file:
            for line in file:
                row = decoder.decode(line)
                if row.number not in without:
                    yield row

    def bad(self) -> list[Bad]:
        """Its rows that were not taken."""
        return [Bad(*one) for one in self.about.bad]


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tables_in(folder: Path) -> list[Table]:
    """The tables of a folder, by name."""
    found = []
    for rows in sorted((folder / FOLDER).glob(f"*{ROWS}")):
        name = rows.name.removesuffix(ROWS)
        about = msgspec.json.decode((folder / FOLDER / f"{name}{ABOUT}").read_bytes(), type=About)
        found.append(Table(name, about, rows))
    return found


def refuse_twice(tables: Iterable[Table], name: str, digest: str) -> None:
    """SameTable if the same bytes were imported under another name: everybody would be counted twice."""
    for table in tables:
        if table.about.sha256 == digest and table.name != name:
            raise SameTable(f"this is the same table as '{table.name}', which was imported already.")


def name_of(path: Path) -> str:
    """The name under which a table is kept."""
    return re.sub(r"[^\w.-]+", "_", path.stem)[:80] or "table"


def mends(tables: Iterable[Table], head: list[str]) -> Table | None:
    """The table of which rows were mended, if this is the head of a file of rejected rows; None if it is a table of its
    own.
    """
    if head[: len(MENDED)] != MENDED:
        return None
    theirs = [table for table in tables if table.about.head == head[len(MENDED) :]]
    return theirs[0] if len(theirs) == 1 else None


def part_of(folder: Path, name: str) -> Path:
    """Beside its place: where the rows of a table are written until `settle` moves them."""
    return folder / FOLDER / f"{name}{ROWS}{PART}"


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Keep rows in a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    encode, buffer = msgspec.json.Encoder().encode, bytearray()
    with gzip.open(path, "wb", compresslevel=QUICK) as file:
        for row in rows:
            buffer += encode(row) + b"\n"
            if len(buffer) > BUFFER:
                file.write(buffer)
                buffer.clear()
        file.write(buffer)


def settle(table: Table) -> None:
    """From now on this is the table of that name."""
    place = table.path.with_name(f"{table.name}{ROWS}")
    about = place.with_name(f"{table.name}{ABOUT}")
    part = about.with_suffix(ABOUT + PART)
    part.write_bytes(msgspec.json.encode(table.about))
    part.replace(about)
    table.path.replace(place)


def days_made(folder: Path) -> set[str]:
    """The days that tables made."""
    try:
        return set(msgspec.json.decode((folder / FOLDER / DAYS).read_bytes(), type=list[str]))
    except FileNotFoundError:
        return set()


def center_of(folder: Path) -> str:
    """The center whose facts are in this folder; "" if there are none."""
    for facts in read_facts(folder, facets=("all",)):
        return ", ".join(facts.centers)
    return ""


def mind_others(folder: Path, days: Iterable[str], center: str) -> None:
    """NotFacts if the folder is of another center, or one of these days was made by something else than a table."""
    theirs = center_of(folder)
    if theirs and theirs != center:
        raise NotFacts(f"{folder} is of {theirs}, not of {center}. Give each center a folder of its own.")
    made = days_made(folder)
    for day in days:
        if day not in made and (folder / f"{day}{SUFFIX}").exists():
            raise NotFacts(f"{folder} has {day} from a log, and it would be gone. Give the table a folder of its own.")


def forget_days(folder: Path, days: Collection[str]) -> None:
    """Days that were made of tables, and are in none of them any more, go; these are the ones there are."""
    gone = days_made(folder) - set(days)
    for day in gone:
        (folder / f"{day}{SUFFIX}").unlink(missing_ok=True)
    write_sums(gone, folder)
    part = folder / FOLDER / f"{DAYS}{PART}"
    part.write_bytes(msgspec.json.encode(sorted(days)))
    part.replace(folder / FOLDER / DAYS)
