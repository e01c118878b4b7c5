"""Day facts in files: one JSON file a day, kept beside a log so that a year need not be read again (and sent upward).

Policy. A file holds nothing that the log does not say, and no person: counts alone. It names the rows it was made of; the
log stays the truth, and `onedoor facts` writes the same bytes again.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from reports.facts import Facts, Group

VERSION = 1
SUFFIX = ".facts.json"


class Kept(Struct, frozen=True):
    """A file of day facts. `groups` are decoded only when they are asked for."""

    version: int
    facts: msgspec.Raw


class Lean(Facts):
    """Facts whose groups are still undecoded."""

    groups: dict[str, msgspec.Raw] = {}  # type: ignore[assignment]


class NotFacts(Exception):
    """A file that is not one of day facts; the message names it."""


def write_facts(days: Iterable[Facts], folder: Path) -> int:
    """One file for each day; how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for facts in days:
        data = msgspec.json.encode({"version": VERSION, "facts": facts}, order="deterministic")
        whole = folder / f"{facts.days[0]}{SUFFIX}"
        part = whole.with_suffix(".part")
        part.write_bytes(data)
        part.replace(whole)
        count += 1
    return count


def has_facts(path: Path) -> bool:
    """Whether this folder holds day facts."""
    return path.is_dir() and any(path.glob(f"*{SUFFIX}"))


def read_facts(folder: Path, first: str = "", last: str = "9", facets: Iterable[str] = ()) -> Iterator[Facts]:
    """The facts of the days from `first` to `last`; of these facets alone, if any are named. NotFacts if a file is not one."""
    wanted = tuple(f"{facet}/" for facet in facets)
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if first <= path.name.removesuffix(SUFFIX) <= last:
            try:
                yield _read(path.read_bytes(), wanted)
            except msgspec.MsgspecError as wrong:
                raise NotFacts(f"{path}: not a file of day facts ({str(wrong)[:100]}). Write it again: onedoor facts.") from None


_KEPT = msgspec.json.Decoder(Kept)
_LEAN = msgspec.json.Decoder(Lean)
_GROUP = msgspec.json.Decoder(Group)


def _read(data: bytes, wanted: tuple[str, ...]) -> Facts:
    kept = _KEPT.decode(data)
    if kept.version != VERSION:
        raise msgspec.ValidationError(f"version {kept.version}, this program reads {VERSION}")
    lean = _LEAN.decode(kept.facts)
    groups = {
        key: _GROUP.decode(raw) for key, raw in lean.groups.items() if not wanted or key.startswith(wanted)
    }
    fields = {name: getattr(lean, name) for name in Facts.__struct_fields__}
    return Facts(**(fields | {"groups": groups}))
