"""The spare: follows the hub's log row by row, and leads only when a person says so.

Policy. A copied row is taken only if it continues this log and its hash is right. A log that does
not fit the hub's any more (the hub's disk forgot rows that are here, or this box led once and was
replaced) is put aside whole; the devices' rows in it are offered to the hub until its log has them,
the decisions in it are never merged. Promotion raises the epoch, on the disk before any word, and
the box starts again as the hub: nobody but a person can tell a dead hub from a cut cable.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from broker.copying import last_common, next_rows, points_of, taken_over
from broker.pieces import Together, pieces
from broker.store import NOWHERE, Place, Standing, Store
from onedoor import __version__
from onedoor.device.clock import Clock
from onedoor.device.journal import TIDY_MS
from onedoor.device.link import Arrived, Link, LinkDown, LinkNews, LinkUp, Will
from onedoor.device.needs import Needs
from onedoor.device.runner import NotNow, StartAgain
from onedoor.device.timers import Timers
from onedoor.hall.ledger import Ledger, changes
from onedoor.wire import messages as msg
from onedoor.wire.errors import Malformed, WireError
from onedoor.wire.limits import MAX_LEAP
from onedoor.wire.rows import LogRow
from onedoor.wire.topics import Topics

log = logging.getLogger("onedoor.spare")

OFFER_MS = 5_000
OFFER_LAST_MS = 60_000


@dataclass(frozen=True, slots=True)
class Promote:
    """A person has pulled the old hub's plug and makes this box the hub."""


@dataclass(slots=True)
class Spare:
    """One spare of a center."""

    dev: str
    store: Store
    link: Link
    clock: Clock
    topics: Topics
    timers: Timers = field(init=False)
    needs: Needs = field(init=False)
    ledger: Ledger = field(default_factory=Ledger, init=False)
    seen: msg.Seen | None = field(default=None, init=False)
    heard_ms: int | None = field(default=None, init=False)
    _pieces: Together = field(default_factory=Together, init=False)
    on_copied: Callable[[int], None] | None = None
    _offer_ms: int = field(default=OFFER_MS, init=False)
    _offered: tuple[str, str, int] | None = field(default=None, init=False)
    """The first row of the last offer."""
    _branch: Place = field(default=NOWHERE, init=False)
    """Up to here the log has everything that was put aside."""

    def __post_init__(self) -> None:
        self.timers = Timers(self.clock)
        self.needs = Needs(self.timers, self.clock, changed=self._say_info)

    def on_start(self) -> None:
        """Check the copy; raises JournalError if it is not as it was written."""
        self.needs.start()
        self.ledger = self.store.open_ledger()
        self.store.write_standing(_following(self.store.standing()))

    def on_news(self, news: LinkNews) -> None:
        """The link came, went, or brought a message."""
        match news:
            case LinkUp():
                self._say_info()
                self._say_head()
                self._offer()
            case LinkDown(reason):
                log.warning("broker lost: %s", reason)
            case Arrived(topic, payload):
                try:
                    self._hear(self.topics.parse(topic).what, payload)
                except WireError as wrong:
                    self.needs.refused(topic, wrong)

    def on_wish(self, wish: object) -> None:
        """A person promotes this box; everything else is for the hub to do (NotNow)."""
        if self.needs.hear(wish):
            return
        if not isinstance(wish, Promote):
            raise NotNow("This box is the spare. Say it on the hub's box.")
        old = self.store.standing()
        self.store.write_standing(Standing(old.epoch + 1, old.incarnation, leads=True))
        raise StartAgain(f"promoted to lead epoch {old.epoch + 1}")

    def on_stop(self) -> Will | None:
        """A clean end."""
        self.store.close()
        return None

    def flush(self) -> None:
        """Everything is committed as it arrives."""

    # -- inside -------------------------------------------------------------------------------------

    def _hear(self, what: str, payload: bytes) -> None:
        if what == "beacon":
            beacon = msg.decode(payload, msg.Beacon)
            if self._believe(beacon.start, beacon.hub_seq, beacon.hash) and beacon.hash != self.store.hash:
                self._say_head()
        elif what == "rows":
            whole = self._pieces.take(payload)
            if whole is None:
                return
            copied = msg.decode(whole, msg.CopyRows)
            if any(row.epoch > copied.start.epoch for row in copied.rows):
                raise Malformed("a row of an epoch that has not begun")
            if self._believe(copied.start, copied.after, copied.hash):
                self._take(copied)
        elif what == "want":
            wanted = msg.decode(payload, msg.CopyWanted)
            self._answer(wanted.points)

    def _believe(self, start: msg.Start, hub_seq: int, hash_: str) -> bool:
        """Follow the newest start; what an older one or a twin says is answered with what was seen."""
        seen = self.seen
        if start.epoch > max(self.store.standing().epoch, seen.start.epoch if seen else 0) + MAX_LEAP:
            raise Malformed(f"epoch {start.epoch}: nobody has begun so many")
        newer = seen is None or (start.epoch, start.incarnation) > (seen.start.epoch, seen.start.incarnation)
        if seen is not None and not newer and start != seen.start:
            self._say_head()
            return False
        self.heard_ms = self.clock.mono_ms()
        if newer or seen is None or hub_seq >= seen.hub_seq:
            self.seen = msg.Seen(start, hub_seq, hash_)
        if newer:
            self._remember(start)
        return True

    def _remember(self, start: msg.Start) -> None:
        """An epoch counts as used as soon as it was heard of, long before its first row is copied."""
        if start.epoch > self.store.standing().epoch:
            self.store.write_standing(Standing(start.epoch, start.incarnation, leads=False))

    def _say_info(self) -> None:
        boot = self.clock.wall_ms() // 60_000
        info = msg.Info(msg.VERSION, "spare", __version__, boot, alarms=self.needs.codes[:16])
        self.link.publish(self.topics.info(self.dev), msg.encode(info), retain=True)

    def _say_head(self, points: list[tuple[int, str]] | None = None) -> None:
        """What this box has: points of its log, from which the hub finds the last row that both share."""
        head = msg.CopyHead(msg.VERSION, points or points_of(self.store), self.seen)
        self.link.publish(self.topics.copy(self.dev, "head"), msg.encode(head))

    def _answer(self, points: list[tuple[int, str]]) -> None:
        """A hub that starts wants what it may have forgotten."""
        start = self.seen.start if self.seen else msg.Start(0, 0, "0" * 16)
        tail = next_rows(self.store, start, last_common(self.store, points))
        for piece in pieces(msg.encode(tail)):
            self.link.publish(self.topics.copy(self.dev, "tail"), piece)

    def _take(self, copied: msg.CopyRows) -> None:
        if self.store.hash_at(copied.after) != copied.hash:
            self._say_head()
            return
        new = [row for row in copied.rows if self.store.hash_at(row.hub_seq) != row.hash]
        if new and new[0].hub_seq <= self.store.hub_seq:
            self._put_aside(new[0].hub_seq - 1)
        self._append(new)
        if new:
            self._say_head([(self.store.hub_seq, self.store.hash)])
        else:
            # All of these are known: the place where the logs part lies further on.
            known = [(row.hub_seq, row.hash) for row in copied.rows[-1:]]
            self._say_head(known + points_of(self.store))

    def _put_aside(self, keep: int) -> None:
        log.error("rows %d to %d are not in the hub's log: put aside", keep + 1, self.store.hub_seq)
        self.store.cut_branch(keep)
        self.ledger = self.store.open_ledger()
        self._offer_ms, self._branch = OFFER_MS, NOWHERE
        self.timers.start("offer", OFFER_MS, self._offer)

    def _append(self, rows: list[LogRow]) -> None:
        taken: list[LogRow] = []
        try:
            taken.extend(taken_over(self.store, self.ledger, rows))
        finally:
            if taken:
                self.store.commit(taken, changes(self.ledger))
                self.store.mind_snapshot(self.ledger)
                if self.store.tidies:
                    self.timers.start("tidy", TIDY_MS, self.store.tidy)
                if self.on_copied is not None:
                    self.on_copied(self.store.hub_seq)

    def _offer(self) -> None:
        """Devices' rows of a branch go to the hub until its log, copied back, has them."""
        part = self.store.branch_part(self.ledger.covers, msg.COPY_ROWS, self._branch)
        self._branch = part.clear
        if not part.rows and part.more:
            self.timers.start("offer", 1, self._offer)
            return
        if not part.rows:
            self.store.branches_done()
            return
        offer = msg.CopyOffer(msg.VERSION, part.rows)
        for piece in pieces(msg.encode(offer)):
            self.link.publish(self.topics.copy(self.dev, "offer"), piece)
        first = part.rows[0].dev, part.rows[0].run, part.rows[0].seq
        # What was offered last has come back in the copy: the hub takes them, so the next ones may follow at once.
        self._offer_ms = min(int(self._offer_ms * 1.7), OFFER_LAST_MS) if first == self._offered else OFFER_MS
        self._offered = first
        self.timers.start("offer", self._offer_ms, self._offer)


def _following(standing: Standing) -> Standing:
    return Standing(standing.epoch, standing.incarnation, leads=False)
