"""What the hub says so that it can be proved later: days that ended, a new epoch, keys, catalogues, rows that were cut.

Policy: as in `onedoor.hall.events`. None of these changes the hall: they stand in the log so that what a center claims
is a row, and provable as every row is.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DayClosed:
    """The head is about to be signed: rows `first_seq` to `last_seq` are those of `day` so far ("": nobody knows which
    day it is), so many of each kind.
    """

    day: str
    first_seq: int
    last_seq: int
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FactsKept:
    """The day facts of a day, as they were computed from rows up to `last_seq`: the SHA-256 of their file."""

    day: str
    last_seq: int
    sha256: str


@dataclass(frozen=True, slots=True)
class EpochBegan:
    """This box leads a new epoch, whose log has a new name. It continues log `origin` from row `kept` on (the root of
    the tree there: `root`); the newest head of that log that this box has heard of is row `last`, with this hash ("":
    none).
    """

    origin: str
    kept: int
    root: str
    last: int = 0
    hash: str = ""


@dataclass(frozen=True, slots=True)
class KeyChanged:
    """Seals carry another key than before: `old` ("": there was none) and `new`, in hexadecimal; `why`."""

    old: str
    new: str
    why: str


@dataclass(frozen=True, slots=True)
class CatalogueSet:
    """The services in force: SHA-256 of the national file and of the center's own ("": none), and the key under which
    the first was found signed ("": it was taken as it is).
    """

    national: str
    local: str
    key: str


@dataclass(frozen=True, slots=True)
class TagKeySet:
    """Tickets carry tags of another key from here on, whose SHA-256 this is; `old` is the key before, in hexadecimal
    ("": none, or not told yet): now everybody can check its tags, and nobody can use it any more.
    """

    sha256: str
    old: str = ""


@dataclass(frozen=True, slots=True)
class RowsCut:
    """Rows `first_seq` to `last_seq` were cut by the center's rule: their numbers and hashes are left."""

    first_seq: int
    last_seq: int
    rule: str
    why: str


ProofFact = DayClosed | FactsKept | EpochBegan | KeyChanged | CatalogueSet | TagKeySet | RowsCut
