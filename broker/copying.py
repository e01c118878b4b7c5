"""How a log is copied, and the hub's side of it: every committed row goes to every spare, in order.

Policy. A spare says which rows it has by points of its log; the last one that this log holds too is
where its copy goes on. One message is under way to each spare at a time; without an answer it goes
again after three seconds, and after five times in vain not until the spare speaks. Nothing here
waits for a spare: a center without one works just as well, only its log has one copy less.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from broker.pieces import pieces
from broker.store import Store
from onedoor.device.link import Link
from onedoor.device.timers import Timers
from onedoor.hall.events import HUB
from onedoor.hall.kinds import OWN_WORDS
from onedoor.hall.ledger import Ledger, replay
from onedoor.wire import messages as msg
from onedoor.wire.rows import LogRow, sound
from onedoor.wire.topics import Topics

RESEND_MS = 3_000
TRIES = 5
ROWS_BYTES = 40 * 1024


@dataclass(slots=True)
class Copy:
    """What one spare has: `common` rows of this log; `tries` messages went out since it spoke."""

    common: int
    tries: int = 0
    under_way: bool = False


@dataclass(slots=True)
class Copier:
    """Keeps the spares' copies up to date."""

    store: Store
    link: Link
    topics: Topics
    timers: Timers
    start: msg.Start
    copies: dict[str, Copy] = field(default_factory=dict)
    _safe: tuple[int, str] | None = field(default=None, init=False)

    def heard(self, dev: str, points: list[tuple[int, str]]) -> None:
        """A spare said what it has."""
        common = last_common(self.store, points)
        copy = self.copies.setdefault(dev, Copy(common))
        moved = common != copy.common
        copy.common, copy.tries = common, 0
        if common >= self.store.hub_seq:
            self.timers.cancel(f"copy/{dev}")
            copy.under_way = False
        if moved or not copy.under_way:
            copy.under_way = False
            self._send(dev, copy)

    def safe(self, *, spare: bool) -> tuple[int, str] | None:
        """The newest row that every spare has too, and its hash: it may stand on a paper, because a promotion cannot
        lose it. Where there is no `spare` it is the newest at all; None: no spare has spoken yet.
        """
        row = min((copy.common for copy in self.copies.values()), default=0) if spare else self.store.hub_seq
        if not row:
            return None
        if self._safe is None or self._safe[0] != row:
            self._safe = row, self.store.hash if row == self.store.hub_seq else self.store.hash_at(row) or ""
        return self._safe

    def push(self) -> None:
        """Rows were committed."""
        for dev, copy in self.copies.items():
            if not copy.under_way and copy.tries < TRIES:
                self._send(dev, copy)

    def _send(self, dev: str, copy: Copy) -> None:
        if copy.common >= self.store.hub_seq:
            return
        rows = next_rows(self.store, self.start, copy.common)
        if not rows.rows:
            return
        topic = self.topics.copy(dev, "rows")
        copy.under_way = all(self.link.publish(topic, piece) for piece in pieces(msg.encode(rows)))
        copy.tries += 1
        self.timers.start(f"copy/{dev}", RESEND_MS, lambda: self._again(dev, copy))

    def _again(self, dev: str, copy: Copy) -> None:
        copy.under_way = False
        if copy.tries < TRIES:
            self._send(dev, copy)


def points_of(store: Store) -> list[tuple[int, str]]:
    """(hub_seq, hash) of the head, of rows ever wider apart before it, and of row 0."""
    return [(seq, store.hash_at(seq) or "") for seq in _steps(store.hub_seq)]


def _steps(head: int) -> Iterator[int]:
    yield head
    back = 1
    while head - back > 0:
        yield head - back
        back *= 2
    if head:
        yield 0


def last_common(store: Store, points: list[tuple[int, str]]) -> int:
    """The last of these points that this log holds too; row 0 if there is none."""
    return next((seq for seq, hash_ in sorted(points, reverse=True) if store.hash_at(seq) == hash_), 0)


def next_rows(store: Store, start: msg.Start, after: int) -> msg.CopyRows:
    """The rows behind row `after`, as many as one message carries; never a fact without its decisions.

    A spare may be promoted after any message: what it has must be whole transactions.
    """
    rows: list[LogRow] = []
    size = 0
    for row in store.rows(after, msg.COPY_ROWS_MOST):
        size += len(msg.encode(row))
        begins = row.dev != HUB or row.kind in OWN_WORDS
        if rows and begins and (len(rows) >= msg.COPY_ROWS or size > ROWS_BYTES):
            break
        rows.append(row)
    return msg.CopyRows(msg.VERSION, start, after, store.hash_at(after) or "", store.hub_seq, rows)


def taken_over(store: Store, ledger: Ledger, rows: list[LogRow]) -> Iterator[LogRow]:
    """Make another box's next rows this log's own, one by one; whoever calls commits what came out.

    WireError at the first row that does not continue this log or is not as it was written.
    """
    for row in rows:
        sound(row)
        event = row.event
        store.adopt(row)
        replay(ledger, row.dev, row.run, row.seq, event, row.dated)
        yield row
