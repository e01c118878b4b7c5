"""When a day's head is signed, and how.

Policy. Before the head is signed a row says which rows are of that day, so that what a seal claims is in the log it
signs. The signature stands under the chain's head and under the root of the tree (see `onedoor.device.sealing`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from msgspec import structs

from broker.store import Store
from onedoor.device.clock import local_time
from onedoor.device.sealing import HOST
from onedoor.hall import events as ev
from onedoor.hall.center_time import Now
from onedoor.hall.state import HallState
from onedoor.wire.messages import Seal
from onedoor.wire.notes import origin_of

LAST_MINUTE = 23 * 60 + 30
NOON = 12 * 60
MINUTE_MS = 60_000
DAILY_MS = 24 * 3_600_000
AGAIN_MS = 3_600_000
"""Rows that come after a day's seal get another one, but not sooner than this."""


def day_to_seal(
    hall: HallState, now: Now, closing_min: int, last: Seal | None, since_ms: int | None, head: int
) -> tuple[str, bool] | None:
    """The day whose head should be signed now ("": nobody knows which day it is), and whether that is its end; or None.

    A day is over when the closing hour has come and no counter is open, and at 23:30 in any case. Once at noon the head
    is signed too, so that less than a day can be told anew. Whatever the day is,
    the head is signed when a hub starts and once in 24 hours of its running. `last` is the newest seal, made so long
    ago (`since_ms`; None: not by this start); `head` is the log's last row.
    """
    if last is not None and last.hub_seq == head:
        return None
    day = hall.day if now.known else ""
    over, noon_ms = False, -1
    if day:
        local = local_time(now.ms, now.zone)
        minute = local.hour * 60 + local.minute
        over = minute >= LAST_MINUTE or (minute >= closing_min and not hall.open_counters())
        noon_ms = (minute - NOON) * MINUTE_MS if minute < closing_min else -1
    if since_ms is None or since_ms >= DAILY_MS or (last is not None and day and last.day not in ("", day)):
        return day, over or not day
    sealed = last is not None and last.day == day and last.closing and since_ms < AGAIN_MS
    if over:
        return None if sealed else (day, True)
    return (day, False) if 0 <= noon_ms < since_ms else None


def unsealed(store: Store) -> bool:
    """Whether the log has rows behind its newest seal."""
    last = store.last_seal()
    return last is None or last.hub_seq < store.hub_seq


Sign = Callable[[str, str, int, int, str, bytes], Seal]
"""Signs (center, day, epoch, hub_seq, hash, root of the tree)."""


@dataclass(slots=True)
class Sealer:
    """The seals of one hub. `own` writes a row of the hub's own, `flush` commits."""

    center: str
    store: Store
    own: Callable[[ev.HubEvent], None]
    flush: Callable[[], None]
    witnessed: Callable[[], str] = lambda: ""
    """Who outside has signed which head last, for the slip."""
    host: str = HOST
    """What the names of this center's logs begin with."""
    public: str = ""
    """The public half of the key that signs; "" where nothing is signed."""
    authority: ev.CatalogueSet | None = None
    """Whose services this center gives; None where that is nobody's business."""
    sealed_ms: int | None = field(default=None, init=False)
    """When this start sealed last (hall time)."""

    def words(self, epoch: int) -> Iterator[ev.HubEvent]:
        """What a start says before it decides anything: a new epoch continues which log, another key signs, and whose
        services these are.
        """
        last = next(self.store.rows(self.store.hub_seq - 1, 1), None) if self.store.hub_seq else None
        if last is not None and epoch > last.epoch:
            root = self.store.root(self.store.hub_seq).hex()
            yield ev.EpochBegan(origin_of(self.host, self.center, last.epoch), self.store.hub_seq, root)
        seal = self.store.last_seal()
        if self.public and (last is None or (seal is not None and seal.key != self.public)):
            old = seal.key if seal is not None else ""
            yield ev.KeyChanged(old, self.public, "another key signs" if old else "first start")
        if self.authority is not None:
            yield self.authority

    def since(self, hall_ms: int) -> int | None:
        """How long ago this start sealed; None: it has not."""
        return None if self.sealed_ms is None else hall_ms - self.sealed_ms

    def seal(self, sign: Sign, day: str, epoch: int, hall_ms: int, *, closing: bool) -> Seal | None:
        """A row that closes the day, and the signed head behind it; None if there is nothing to sign."""
        if not unsealed(self.store):
            return None
        earlier = [seal for seal in self.store.seals() if seal.day != day]
        first, last = earlier[-1].hub_seq + 1 if earlier else 1, self.store.hub_seq
        self.own(ev.DayClosed(day, first, last, self.store.kinds(first, last)))
        self.flush()
        head = self.store.hub_seq
        seal = sign(self.center, day, epoch, head, self.store.hash, self.store.root(head))
        self.sealed_ms = hall_ms
        authority = self.authority.key if self.authority is not None else ""
        return structs.replace(seal, closing=closing, witnessed=self.witnessed()[:200], authority=authority)
