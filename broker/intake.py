"""The hub's door and its pen: what a device says becomes rows of the log, or a refusal that is a row itself.

Policy. A row is checked (`broker.door`) before it touches the state. What raises an error all the same is refused too,
and because the state may be half changed then, it is folded again from the disk: rare, slow, and right. So no row can
end the hub, and none is asked for twice. Every box has a budget (`broker.budget`); beyond it nothing of it is taken
for a while.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import msgspec

from broker.budget import OVERSTEPS, ROWS_BACK, Budgets, Complaints, Overstepped
from broker.door import (
    DAY_MS,
    UNKNOWN_AHEAD_MS,
    Names,
    Sight,
    Wrong,
    elsewhere,
    names_of,
    raw_of,
    refused,
    strange,
    window,
)
from broker.store import Store, stands_for
from broker.timekeeper import Timekeeper
from onedoor.device.clock import Clock
from onedoor.device.link import Link
from onedoor.device.needs import Needs
from onedoor.device.timers import Timers
from onedoor.hall import events as ev
from onedoor.hall.dating import Arrival, Dated, date
from onedoor.hall.events import HUB, row_id
from onedoor.hall.kinds import ROLE_KINDS
from onedoor.hall.ledger import Fact, Ledger, Place, Step, replay, say, take
from onedoor.hall.rules import Rules
from onedoor.wire import limits
from onedoor.wire import messages as msg
from onedoor.wire.errors import Malformed, WireError
from onedoor.wire.rows import BadRow, LogRow, WireRow, fact_from, fact_of_copy, plain
from onedoor.wire.topics import Topics

log = logging.getLogger("onedoor.hub")


@dataclass(frozen=True, slots=True)
class Peer:
    """A device the hub knows: its role (kiosk, counter, hall, spare), a kiosk's slot, and the slots its
    earlier cards had: their rows may still arrive.
    """

    role: str
    slot: int | None = None
    former: tuple[int, ...] = ()


@dataclass(slots=True)
class Intake:
    """What a hub needs to take rows, and to write its own."""

    store: Store
    link: Link
    clock: Clock
    topics: Topics
    peers: dict[str, Peer]
    timers: Timers = field(init=False)
    needs: Needs = field(init=False)
    keeper: Timekeeper = field(init=False)
    ledger: Ledger = field(default_factory=Ledger, init=False)
    start: msg.Start = field(default=msg.Start(0, 0, "0" * 16), init=False)
    budgets: Budgets = field(default_factory=Budgets, init=False)
    complaints: Complaints = field(default_factory=Complaints, init=False)
    salt: Callable[[], str] = field(default=lambda: "", init=False)
    """Random letters for each row, drawn anew."""
    _rows: list[LogRow] = field(default_factory=list, init=False)
    _seq: int = field(default=0, init=False)
    _to_mark: dict[str, tuple[str, int]] = field(default_factory=dict, init=False)
    _told_line: int = field(default=-1, init=False)
    _names: tuple[Rules, Names] | None = field(default=None, init=False)

    def _mind_later(self) -> None:
        """The hub's: what is due by time alone."""
        raise NotImplementedError

    def _hear_time(self, words: Iterator[ev.HubEvent]) -> None:
        """The hub's: what follows from somebody's word about time."""
        raise NotImplementedError

    def _say_info(self) -> None:
        """The hub's: what it needs a hand for."""
        raise NotImplementedError

    def _take_copies(self, rows: list[LogRow]) -> None:
        """Devices' rows from a branch that was put aside: taken as if the device had sent them again. What was refused
        there stays refused.
        """
        for row in rows:
            said = stands_for(row)
            peer = self.peers.get(said[0]) if said is not None else None
            if said is None or peer is None:
                raise Malformed(f"'{row.dev}' is not a device of this center")
            place = Place(*said, row.before)
            if self.ledger.covers(*said) or not self.ledger.is_next(place):
                continue
            if isinstance(word := row.event if row.dev == HUB else None, ev.FactRefused):
                if self._allowed(place.dev, "refused"):
                    self._own(word)
                continue
            if row.t_event > self.keeper.hall_ms + UNKNOWN_AHEAD_MS:
                self._refuse(place, row, Wrong.TIME)
                continue
            try:
                fact = fact_of_copy(row, ROLE_KINDS[peer.role])
            except WireError:
                self._refuse(place, row, Wrong.FORM)
                continue
            self._take(fact, peer, replace(row.dated, recv_ms=self.keeper.hall_ms), row)

    def _take_row(self, dev: str, row: WireRow | BadRow, peer: Peer, arrival: Arrival) -> bool:
        """A device's row, if it is the very next one: known ones are skipped, later ones come again. False: no more of
        this box now.
        """
        place = Place(dev, row.run, row.seq, row.before)
        if self.ledger.covers(dev, row.run, row.seq):
            self.ledger.recent(dev, row.run)  # a mark has room for so many runs: for those the box asks of above all
            return True
        if not self.ledger.is_next(place):
            return True
        if not (self._allowed(dev, "rows") and self._allowed(dev, "day")):
            return False
        if row.seq == 1 and not self._allowed(dev, "runs"):
            return False
        if row.kind not in ROLE_KINDS[peer.role] and not isinstance(row, BadRow):
            return self._refuse(place, row, Wrong.ROLE)
        try:
            fact = fact_from(dev, row, ROLE_KINDS[peer.role])
        except WireError:
            return self._refuse(place, row, Wrong.FORM)
        if fact.boot_id == arrival.boot_id and fact.mono_ms > arrival.mono_now_ms:
            return self._refuse(place, row, Wrong.MONO)
        dated = date(fact.boot_id, fact.mono_ms, fact.hub_est_ms, fact.stretch, arrival)
        return self._take(fact, peer, dated, row)

    def _take(self, fact: Fact, peer: Peer, dated: Dated, row: WireRow | BadRow | LogRow) -> bool:
        """The next row of a device: into the log as it is, or as one that was refused. False: no more of this box
        now.
        """
        code = self._why_not(fact, peer)
        if code:
            return self._refuse(fact, row, code)
        if not self.budgets.left(fact.dev, "broken", self.clock.mono_ms()):
            self._overstepped(Overstepped(fact.dev, "broken"))  # each try would cost a fold
            return False
        try:
            self._append(take(self.ledger, fact, dated))
        except Exception:
            log.exception("a row of %s cannot be taken", fact.dev)
            self._fold_again()
            if not self._allowed(fact.dev, "broken"):
                return False
            return self._refuse(fact, row, Wrong.BROKE)
        about = getattr(fact.event, "ticket", fact.id)
        if strange(fact.event, self._known_names()) or elsewhere(fact.event, about, self.ledger.hall):
            self._overstepped(Overstepped(fact.dev, "names"))
        if isinstance(fact.event, ev.TimeTold) and dated.quality == "B":
            self._hear_time(self.keeper.told(fact.event.center_ms, dated.event_ms, fact.dev))
        if isinstance(fact.event, ev.Parked):
            self.timers.start("parked", 100, self._mind_later)
        return True

    def _remember(self) -> None:
        """What a hub that ended had refused; and how much each box had written in the day before its end: a restart
        gives nobody a new day. How long the hub was off, nobody may know, so it counts for nothing.
        """
        store, now = self.store, self.clock.mono_ms()
        self.complaints.remember(store.rows(max(0, store.hub_seq - ROWS_BACK)))
        most = self.budgets.allowed["day"].most
        for dev, many in store.rows_by_box(store.last_recv_ms - DAY_MS).items():
            self.budgets.spend(dev, "day", min(many, most), now)

    def _why_not(self, fact: Fact, peer: Peer) -> str:
        hall = self.ledger.hall
        within = window(self._now_ms(), hall.time)
        runs = self.ledger.have.get(fact.dev, {})
        if fact.run not in runs and len(runs) >= limits.RUNS:
            return Wrong.FULL
        return refused(fact, Sight(hall, within, (peer.slot, *peer.former)))

    def _known_names(self) -> Names:
        """What the rules in force name."""
        rules = self.ledger.hall.rules
        if self._names is None or self._names[0] is not rules:
            self._names = rules, names_of(rules)
        return self._names[1]

    def _refuse(self, place: Fact | Place, row: WireRow | BadRow | LogRow, code: str) -> bool:
        """A row of the log instead of the device's own; the watermark goes on."""
        if not self._allowed(place.dev, "refused"):
            return False
        log.error("refused row %s: %s", row_id(place.dev, place.run, place.seq), code)
        raw = row.raw if isinstance(row, BadRow) else msgspec.json.encode(row)
        kind = "".join(c for c in row.kind[: limits.NAME] if c.isprintable())
        self._own(ev.FactRefused(row_id(place.dev, place.run, place.seq), kind, code, raw_of(raw)))
        self.complaints.row(row_id(place.dev, place.run, place.seq), code)
        self._alarm(f"row_refused:{place.dev}")
        return True

    def _allowed(self, dev: str, what: str, many: int = 1) -> bool:
        """Whether a box may say this now; if not, its head and the box are told."""
        if self.budgets.spend(dev, what, many, self.clock.mono_ms()):
            return True
        self._overstepped(Overstepped(dev, what, many))
        return False

    def _overstepped(self, step: Overstepped) -> None:
        if step.what == "twice" and self.budgets.spend(step.dev, "twice", step.count, self.clock.mono_ms()):
            return
        count = self.complaints.note(step.dev, step.what, step.count, self.clock.mono_ms())
        if count:
            self._own(ev.BoxOverstepped(step.dev, step.what, count))
        self._alarm(f"{OVERSTEPS.get(step.what, 'box_floods')}:{step.dev}")
        if step.dev in self.peers:  # else a box that was taken out, whose key still opens the broker
            self._to_mark.setdefault(step.dev, ("", 0))

    def _hear_box(self, words: Iterator[ev.HubEvent], dev: str) -> None:
        """A box's word about time, as often as it may have one: each that is new is a row."""
        if not self.budgets.left(dev, "times", self.clock.mono_ms()):
            self._overstepped(Overstepped(dev, "times"))
            return
        before = len(self._rows)
        self._hear_time(words)
        if len(self._rows) > before:
            self.budgets.spend(dev, "times", 1, self.clock.mono_ms())

    def _alarm(self, code: str) -> None:
        """Tell every panel; it goes out by itself when nothing of the kind has happened for a while."""
        self.complaints.raise_alarm(code, self.clock.mono_ms())
        self.timers.start_if_idle("alarms", 200, self._say_info)

    def _fold_again(self) -> None:
        """The state is half changed: it is folded again, from the disk and from what waits to be committed."""
        store, pending = self.store, self._rows
        self.ledger, self._told_line = store.refold(), -1
        for row in pending:
            replay(self.ledger, row.dev, row.run, row.seq, row.event, row.dated)
        self.keeper.time = self.ledger.hall.time
        last = pending[-1] if pending else None
        if last is not None:
            store.hub_seq, store.hash, store.last_recv_ms = last.hub_seq, last.hash, last.t_recv

    def _append(self, steps: list[Step]) -> None:
        """These rows are the log's next ones: all of them, or none and an error."""
        drafts = [self._draft(step, self._seq + i) for i, step in enumerate(steps, int(steps[0].fact is None))]
        chained = [self.store.next_row(row) for row in drafts]
        self._rows += chained
        self._seq += sum(step.fact is None for step in steps)

    def _draft(self, step: Step, seq: int) -> LogRow:
        kind, body = plain(step.event)
        fact, dated = step.fact, step.dated
        return LogRow(
            hub_seq=0,
            dev=fact.dev if fact else HUB,
            run=fact.run if fact else self.start.nonce,
            seq=fact.seq if fact else seq,
            before=fact.before if fact else None,
            kind=kind,
            body=body,
            boot=fact.boot_id if fact else self.clock.boot_id,
            mono=fact.mono_ms if fact else self.clock.mono_ms(),
            t_event=dated.event_ms,
            t_recv=dated.recv_ms,
            quality=dated.quality,
            err_ms=dated.err_ms,
            epoch=self.start.epoch,
            incarnation=self.start.incarnation,
            prev_hash="",
            stretch=dated.stretch,
            low_ms=dated.low_ms,
            salt=self.salt(),
        )

    def _own(self, event: ev.HubEvent) -> None:
        """A row of the hub's own."""
        now = self.keeper.hall_ms
        stretch = event.stretch if isinstance(event, ev.StretchBegan) else self.ledger.hall.time.stretch
        self._append(say(self.ledger, event, Dated(now, now, "B", 0, stretch)))

    def _now_ms(self) -> int:
        """Center time as well as it is known."""
        return self.keeper.now.ms
