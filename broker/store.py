"""What a hub needs of its disk: the center log, the fold beside it, and where this box stands.

Policy. One transaction takes everything that belongs to one arrival: the devices' rows, the hub's
decisions, and what they changed in the fold; nobody hears of it before it is committed. Rows are
only ever added, each chained to the one before by its hash. The fold in `state` could be computed
from the log at any time, and is, at every start, from the last snapshot on: if the two differ, the
hub does not lead. What has to be published follows from the state alone and is published afresh at
each start, so there is no outbox that could get lost. Where the box stands (epoch, incarnation,
whether it leads) is kept outside the log too, because a disk may forget the log's end.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec
from msgspec import Struct

from onedoor.device.journal import DAMAGED, REPAIR, JournalError
from onedoor.hall import events as ev
from onedoor.hall.door_facts import place_of_row
from onedoor.hall.events import HUB
from onedoor.hall.ledger import Ledger, image, replay
from onedoor.wire.chain import GENESIS, sealed
from onedoor.wire.errors import Malformed, WireError
from onedoor.wire.messages import Seal
from onedoor.wire.rows import LogRow


def stands_for(row: LogRow) -> tuple[str, str, int] | None:
    """The device, run and number for which a row of the log stands: a device's own row, or the refusal in its place;
    None for all other rows of a hub. Whoever hands rows on needs both: behind a gap nothing is ever the next row.
    """
    if row.dev != HUB:
        return row.dev, row.run, row.seq
    event = row.event if row.kind == "fact_refused" else None
    try:
        return place_of_row(event.row) if isinstance(event, ev.FactRefused) else None
    except ValueError:
        raise Malformed(f"'{row.body.get('row')}' is no row") from None


class Standing(Struct, frozen=True):
    """Which start of which epoch this box has begun, and whether it leads (None: nobody has said yet)."""

    epoch: int = 0
    incarnation: int = 0
    leads: bool | None = None


class Snapshot(Struct, frozen=True):
    """The fold up to a row: `image` is its spelling by `pictured`, `digest` the SHA-256 of that."""

    hub_seq: int
    hash: str
    image: str
    digest: str


Place = tuple[int, int]
NOWHERE: Place = (0, 0)
"""A row of what was put aside, by branch and number; this is before the first."""


@dataclass(slots=True)
class BranchPart:
    """Some devices' rows of branches that the log does not have. `clear`: up to there it has everything; `place`: so
    far was looked; `more`: there may be more behind.
    """

    rows: list[LogRow]
    clear: Place
    place: Place
    more: bool


class Store(Protocol):
    """What a hub or a spare needs of its disk."""

    hub_seq: int
    hash: str
    last_recv_ms: int
    tidies: bool

    def tidy(self) -> None:
        """Nothing has happened for a while; only called where `tidies` is true."""
        ...

    def open_ledger(self) -> Ledger:
        """Check everything; the ledger to go on with. JournalError: this box must not lead."""
        ...

    def refold(self) -> Ledger:
        """The ledger as it was after the last commit, and the head with it: nothing that came after counts."""
        ...

    def rows(self, after: int = 0, limit: int = -1) -> Iterator[LogRow]:
        """The log from a row on, in order; at most `limit` rows, if that is not negative."""
        ...

    def rows_by_box(self, after_ms: int) -> dict[str, int]:
        """How many rows of each device were taken after this moment of hall time."""
        ...

    def hash_at(self, hub_seq: int) -> str | None:
        """The hash of one row; of row 0, what the first one is chained to."""
        ...

    def next_row(self, row: LogRow) -> LogRow:
        """Chain a row to the head; it is in the log after `commit`."""
        ...

    def adopt(self, row: LogRow) -> None:
        """Make another box's next row the head; it is in the log after `commit`. WireError if it does not fit."""
        ...

    def commit(self, rows: list[LogRow], changed: Mapping[str, object]) -> None:
        """Write rows and what they changed, in one transaction. JournalError: end the process."""
        ...

    def standing(self) -> Standing:
        """The highest epoch and incarnation that the disk remembers."""
        ...

    def write_standing(self, standing: Standing) -> None:
        """Remember it outside the log."""
        ...

    def keep_seal(self, seal: Seal, ledger: Ledger) -> None:
        """Remember a signed head, and the fold as it stands there; all its rows are committed."""
        ...

    def mind_snapshot(self, ledger: Ledger) -> None:
        """Remember the fold as it stands, if the next start would have to fold many rows without it."""
        ...

    def seals(self) -> list[Seal]:
        """Every seal of this log, oldest first."""
        ...

    def last_seal(self) -> Seal | None:
        """The newest seal of this log."""
        ...

    def root(self, size: int) -> bytes:
        """The root of the tree over the first so many rows, all of which are committed."""
        ...

    def kinds(self, first: int, last: int) -> dict[str, int]:
        """How many rows of each kind there are between two, both counted."""
        ...

    def cut_branch(self, keep: int) -> None:
        """Put the log aside as evidence and go on from its first `keep` rows; open the ledger again then."""
        ...

    def branch_part(self, covers: Callable[[str, str, int], bool], most: int, after: Place = NOWHERE) -> BranchPart:
        """The devices' rows of branches put aside, and the refusals in the place of such rows, that nobody has
        confirmed yet and `covers` (device, run, number in the run) does not know, in order: the next ones behind
        `after`, at most `most`.
        """
        ...

    def branches_done(self) -> None:
        """All rows of the branches are in the log."""
        ...

    def close(self) -> None:
        """Let go of the disk."""
        ...


def chained(store: Store, row: LogRow) -> LogRow:
    """The row, numbered and chained behind the store's head, which it becomes."""
    store.hub_seq += 1
    done = sealed(msgspec.structs.replace(row, hub_seq=store.hub_seq, prev_hash=store.hash))
    store.hash, store.last_recv_ms = done.hash, done.t_recv
    return done


def followed(store: Store, row: LogRow) -> None:
    """Make a copied row the store's head. WireError unless it continues the log and is as it was written."""
    if row.hub_seq != store.hub_seq + 1 or row.prev_hash != store.hash or sealed(row).hash != row.hash:
        raise WireError(f"row {row.hub_seq} does not continue row {store.hub_seq}")
    store.hub_seq, store.hash, store.last_recv_ms = row.hub_seq, row.hash, row.t_recv


def fold(rows: Iterable[LogRow], where: object, snapshot: Ledger | None = None, after: int = 0,
         prev: str = GENESIS) -> Ledger:  # fmt: skip
    """The ledger of a log, after checking its chain, from a snapshot on if there is one.

    JournalError: a hub with this log must not lead.
    """
    ledger = snapshot or Ledger()
    for number, row in enumerate(rows, after + 1):
        if row.hub_seq != number or row.prev_hash != prev or sealed(row).hash != row.hash:
            raise JournalError(
                f"{where}: row {row.hub_seq} is not as it was written. This hub must not lead:"
                f" keep the file as evidence. {REPAIR}",
                DAMAGED,
            )
        try:
            replay(ledger, row.dev, row.run, row.seq, row.event, row.dated)
        except Exception as wrong:
            why = f"{type(wrong).__name__}: {str(wrong)[:200]}"
            raise JournalError(
                f"{where}: row {row.hub_seq} cannot follow the rows before it ({why}). This hub must not lead: keep the"
                f" file as evidence. {REPAIR}",
                DAMAGED,
            ) from wrong
        prev = row.hash
    return ledger


def compare(ledger: Ledger, kept: Mapping[str, str], where: object) -> None:
    """JournalError unless the kept state is what the log adds up to."""
    added_up = {name: spelled(value) for name, value in image(ledger)}
    empty = {name: spelled(value) for name, value in image(Ledger())}
    for name in added_up.keys() | kept.keys():
        if added_up.get(name) != kept.get(name, empty.get(name)):
            raise JournalError(
                f"{where}: the kept state '{name}' is not what the log adds up to."
                f" This hub must not lead: keep the file. {REPAIR}",
                DAMAGED,
            )


def spelled(value: object) -> str:
    """The one spelling of a piece of state."""
    return msgspec.json.encode(value, order="sorted").decode()
