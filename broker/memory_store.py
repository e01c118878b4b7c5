"""The store without a disk, for simulations and tests: the same contract, kept in lists.

Memory does not rot: a start here folds the rows and compares the state, and leaves the hashes to
whoever verifies the log. `commits` remembers where each transaction ended, so that a simulated disk
can forget the newest.
"""

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import takewhile
from typing import TYPE_CHECKING

from broker.branch_time import ABOUT_TIME, by_center_time, known_offsets
from broker.snapshot import pictured, restored
from broker.store import NOWHERE, BranchPart, Place, Snapshot, Standing, chained, compare, followed, spelled, stands_for
from onedoor.hall.ledger import Ledger, changes, image, replay
from onedoor.wire.chain import GENESIS
from onedoor.wire.messages import Seal
from onedoor.wire.rows import LogRow
from onedoor.wire.tree import Tree

if TYPE_CHECKING:
    from onedoor.hall.events import Event

SNAPSHOT_ROWS = 150


class MemoryStore:
    """The log and the fold of one center, in memory."""

    tidies = False

    def tidy(self) -> None:
        """There is nothing to tidy."""

    def __init__(self, rows: Iterable[LogRow] = (), standing: Standing | None = None) -> None:
        """`rows`: an earlier log that this start finds; its kept state is what those rows add up to."""
        self.kept_standing = standing or Standing()
        self.branches: list[list[LogRow]] = []
        self.snapshots: list[Snapshot] = []
        self.kept_seals: list[Seal] = []
        self.events: dict[str, Event] = {}
        self._begin(list(rows))

    def _begin(self, rows: list[LogRow]) -> None:
        self.log = rows
        self.commits = [len(self.log)]
        self.rewind()
        self.kept = {name: spelled(value) for name, value in image(self._fold())}

    def rewind(self) -> None:
        """Let go of rows that were numbered and never committed: the process that did it is gone."""
        self.hub_seq = len(self.log)
        self.hash = self.log[-1].hash if self.log else GENESIS
        self.last_recv_ms = self.log[-1].t_recv if self.log else 0

    def _fold(self) -> Ledger:
        snapshot = next((s for s in reversed(self.snapshots) if self.hash_at(s.hub_seq) == s.hash), None)
        after = snapshot.hub_seq if snapshot else 0
        ledger = restored(snapshot) if snapshot else Ledger()
        for row in self.log[after:]:
            event = self.events.get(row.hash)
            if event is None:
                event = self.events[row.hash] = row.event
            replay(ledger, row.dev, row.run, row.seq, event, row.dated)
        if len(self.log) - after > SNAPSHOT_ROWS:
            self.snapshots = [*self.snapshots[-2:], pictured(ledger, len(self.log), self.hash)]
        return ledger

    def open_ledger(self) -> Ledger:
        """Fold the rows and compare; JournalError if the kept state is another."""
        ledger = self._fold()
        compare(ledger, self.kept, "memory")
        changes(ledger)
        return ledger

    def refold(self) -> Ledger:
        """The ledger as it was after the last commit."""
        self.rewind()
        ledger = self._fold()
        changes(ledger)
        return ledger

    def rows(self, after: int = 0, limit: int = -1) -> Iterator[LogRow]:
        """The log from a row on."""
        return iter(self.log[after : None if limit < 0 else after + limit])

    def rows_by_box(self, after_ms: int) -> dict[str, int]:
        """How many rows of each device were taken after this moment."""
        return Tally(row.dev for row in takewhile(lambda row: row.t_recv > after_ms, reversed(self.log)))

    def hash_at(self, hub_seq: int) -> str | None:
        """The hash of one row."""
        if hub_seq == 0:
            return GENESIS
        return self.log[hub_seq - 1].hash if 0 < hub_seq <= len(self.log) else None

    def next_row(self, row: LogRow) -> LogRow:
        """Chain a row to the head."""
        return chained(self, row)

    def adopt(self, row: LogRow) -> None:
        """Make another box's next row the head."""
        followed(self, row)

    def commit(self, rows: list[LogRow], changed: Mapping[str, object]) -> None:
        """Keep rows and what they changed."""
        self.log += rows
        self.commits.append(len(self.log))
        for name, value in changed.items():
            if value is None:
                self.kept.pop(name, None)
            else:
                self.kept[name] = spelled(value)

    def standing(self) -> Standing:
        """The highest of log and memory."""
        kept, last = self.kept_standing, self.log[-1] if self.log else None
        if last is None:
            return kept
        return max_standing(kept, last)

    def write_standing(self, standing: Standing) -> None:
        """Remember a start."""
        self.kept_standing = standing

    def keep_seal(self, seal: Seal, ledger: Ledger) -> None:
        """Remember a signed head."""
        self.kept_seals.append(seal)
        self.snapshots = [*self.snapshots[-2:], pictured(ledger, len(self.log), self.hash)]

    def mind_snapshot(self, ledger: Ledger) -> None:
        """A start here makes its own."""

    def seals(self) -> list[Seal]:
        """Every seal of this log."""
        return self.kept_seals

    def last_seal(self) -> Seal | None:
        """The newest seal."""
        return self.kept_seals[-1] if self.kept_seals else None

    def root(self, size: int) -> bytes:
        """The root of the tree over the first rows."""
        return Tree(lambda first, n: [bytes.fromhex(row.hash) for row in self.log[first : first + n]]).root(size)

    def kinds(self, first: int, last: int) -> dict[str, int]:
        """How many rows of each kind there are between two."""
        return dict(Tally(row.kind for row in self.log[first - 1 : last]))

    def cut_branch(self, keep: int) -> None:
        """Put the log aside and go on from its first rows."""
        self.branches.append(self.log[keep:])
        self._begin(self.log[:keep])

    def branch_part(self, covers: Callable[[str, str, int], bool], most: int, after: Place = NOWHERE) -> BranchPart:
        """The next devices' rows of branches put aside that `covers` does not know."""
        part = BranchPart([], after, after, more=False)
        offsets = [known_offsets(row.event for row in branch if row.kind in ABOUT_TIME) for branch in self.branches]
        for place in ((i, j) for i, branch in enumerate(self.branches) for j in range(1, len(branch) + 1)):
            if place <= after:
                continue
            row = self.branches[place[0]][place[1] - 1]
            said = stands_for(row)
            if said is not None and not covers(*said):
                part.rows.append(by_center_time(row, offsets[place[0]]))
            part.place = place
            if not part.rows:
                part.clear = place
            if len(part.rows) == most:
                part.more = True
                break
        return part

    def branches_done(self) -> None:
        """All of them are in the log."""
        self.branches.clear()

    def close(self) -> None:
        """Nothing to let go of."""


def max_standing(kept: Standing, last: LogRow) -> Standing:
    """Where a box stands by its file and by the last row of its log, whichever is further."""
    epoch = max(kept.epoch, last.epoch)
    return Standing(epoch, max(kept.incarnation, last.incarnation), kept.leads)
