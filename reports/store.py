"""Day facts in files: one file a day, and one a month and a year with the sum of its days; kept beside a log so that
a year need not be read again (and sent upward).

Policy. A file holds nothing that the log does not say, and no person: counts alone. It names the rows it was made of;
the log stays the truth, and `onedoor facts` writes the same bytes again.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from reports.facts import Facts, Group, group_of_key, merged
from reports.shares import in_processes, processors

VERSION = 1
SUFFIX = ".facts.json"
SUM = ".sum.json"
WORTH_SHARING = 60
"""Days from which on a second process is quicker than none."""


class Part(Struct):
    """One line of a file of day facts: the first has everything but the groups, each further one the groups of a
    facet.
    """

    version: int
    facet: str = ""
    facts: Facts | None = None
    groups: dict[str, Group] = {}


class NotFacts(Exception):
    """A file that is not one of day facts; the message names it."""


def write_facts(days: Iterable[Facts], folder: Path) -> int:
    """One file for each day, and the sums of the months they belong to; how many days. NotFacts if a day of another
    center stands there already: it would be gone.
    """
    written = write_days(days, folder)
    write_sums(written, folder)
    return len(written)


def write_days(days: Iterable[Facts], folder: Path) -> set[str]:
    """The files of the days alone; which ones. NotFacts as above."""
    folder.mkdir(parents=True, exist_ok=True)
    written = set()
    for facts in days:
        day = facts.days[0] if facts.days else next(iter(facts.honesty.silent))
        _mind_center(facts, folder / f"{day}{SUFFIX}")
        _write(facts, folder / f"{day}{SUFFIX}")
        written.add(day)
    return written


def write_sums(days: Iterable[str], folder: Path) -> None:
    """The sums of the months and years to which these days belong; of one that has no days any more it is gone."""
    days = set(days)
    months, years = ({day[:size] for day in days} for size in (7, 4))
    many = processors() if len(days) >= WORTH_SHARING else 1
    in_processes([partial(_write_sums, sorted(months)[i::many], SUFFIX, folder) for i in range(many)])
    _write_sums(sorted(years), SUM, folder)


def _write_sums(names: list[str], parts: str, folder: Path) -> None:
    for name in names:
        paths = sorted(folder.glob(f"{name}-*{parts}"))
        if paths:
            _write(merged(_read(path.read_bytes(), ()) for path in paths), folder / f"{name}{SUM}")
        else:
            (folder / f"{name}{SUM}").unlink(missing_ok=True)


def _mind_center(facts: Facts, path: Path) -> None:
    try:
        theirs = _read(path.read_bytes(), ("",)).centers
    except (FileNotFoundError, msgspec.MsgspecError):
        return
    if theirs != facts.centers:
        is_of, not_of = ", ".join(theirs), ", ".join(facts.centers)
        raise NotFacts(f"{path} is of {is_of}, not of {not_of}. Give each center a folder of its own.")


def _write(facts: Facts, path: Path) -> None:
    groups: dict[str, dict[str, Group]] = {}
    for key, group in facts.groups.items():
        groups.setdefault(group_of_key(key)[0], {})[key] = group
    bare = msgspec.structs.replace(facts, groups={})
    lines = [Part(VERSION, facts=bare), *(Part(VERSION, facet, groups=some) for facet, some in sorted(groups.items()))]
    plain = [msgspec.to_builtins(line, str_keys=True) for line in lines]
    part = path.with_suffix(".part")
    part.write_bytes(b"".join(msgspec.json.encode(line, order="deterministic") + b"\n" for line in plain))
    part.replace(path)


def has_facts(path: Path) -> bool:
    """Whether this folder holds day facts."""
    return path.is_dir() and any(path.glob(f"*{SUFFIX}"))


def read_facts(folder: Path, first: str = "", last: str = "9", facets: Iterable[str] = ()) -> Iterator[Facts]:
    """The facts of the days from `first` to `last`, whole months and years as their sums; of these facets alone, if
    any are named. NotFacts if a file is not one.
    """
    wanted = frozenset(facets)
    known = sorted(path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}"))
    for path in _fewest(folder, known, [day for day in known if first <= day <= last]):
        try:
            yield _read(path.read_bytes(), wanted)
        except msgspec.MsgspecError as wrong:
            why = f"{path}: not a file of day facts ({str(wrong)[:100]}). Write it again: onedoor facts."
            raise NotFacts(why) from None


def _fewest(folder: Path, known: list[str], days: list[str]) -> Iterator[Path]:
    """The files that hold these days and no others: years, months, and days that are left."""
    for size in (4, 7):
        for name in sorted({day[:size] for day in days}):
            mine = [day for day in days if day.startswith(name)]
            path = folder / f"{name}{SUM}"
            if mine == [day for day in known if day.startswith(name)] and path.exists():
                days = [day for day in days if not day.startswith(name)]
                yield path
    yield from (folder / f"{day}{SUFFIX}" for day in days)


_PART = msgspec.json.Decoder(Part)
_FACET = re.compile(rb'\{"facet":"([a-z]*)"')


def _read(data: bytes, wanted: Collection[str]) -> Facts:
    """The facts of a file; lines of facets that nobody asked for are not even decoded."""
    facts, groups = None, dict[str, Group]()
    for line in data.splitlines():
        found = _FACET.match(line)
        facet = found[1].decode() if found else ""
        if facet and wanted and facet not in wanted:
            continue
        part = _PART.decode(line)
        if part.version != VERSION:
            raise msgspec.ValidationError(f"version {part.version}, this program reads {VERSION}")
        facts = part.facts or facts
        groups |= part.groups
    if facts is None:
        raise msgspec.ValidationError("there are no facts in it")
    facts.groups = groups
    return facts
