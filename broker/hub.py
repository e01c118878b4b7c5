"""The center service: takes rows strictly in order, decides, commits, then speaks.

Policy. Batches that wait in the inbox together are taken together: their rows, the decisions and
the changed state go into one transaction (`flush`), and only after it is committed are marks,
answers and screens published. What is said is always computed from the state; so a start needs no
memory of what was said before. A device may send only its role's kinds of rows under its own name.
"""

import logging
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass, field

from broker.clockwork import next_park_over, words_due
from broker.copying import Copier, points_of, taken_over
from broker.news import NEWS, parts_of, ticket_ref
from broker.sealer import day_to_seal
from broker.store import Standing, Store
from onedoor import __version__
from onedoor.device.clock import Clock
from onedoor.device.journal import TIDY_MS
from onedoor.device.link import Arrived, Link, LinkDown, LinkNews, LinkUp, Will
from onedoor.device.runner import StartAgain
from onedoor.device.timers import Timers
from onedoor.hall import events as ev
from onedoor.hall.dating import Arrival, Dated, date
from onedoor.hall.events import HUB
from onedoor.hall.kinds import ROLE_KINDS
from onedoor.hall.ledger import Fact, Ledger, Step, changes, say, take
from onedoor.hall.rules import Rules
from onedoor.wire import messages as msg
from onedoor.wire.errors import Malformed, WireError
from onedoor.wire.rows import LogRow, event_from, fact_from, plain
from onedoor.wire.topics import BOARD_NAMES, Topics

log = logging.getLogger("onedoor.hub")

BEACON_MS = 60_000
BRANCH_MS = 5_000
QUESTION_MS = 2_000
STEP_MS = 500
RUNS_TOLD = 8
LISTEN_MS = 10_000
"""A hub with a spare listens so long before it leads, unless the spare answers sooner."""
ASK_AGAIN_MS = 1_000
MAX_LEAP = 1_000_000
"""A device that claims a start this far ahead is not believed."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A device the hub knows: its role (kiosk, counter, hall, spare), a kiosk's slot, and the slots its
    earlier cards had: their rows may still arrive.
    """

    role: str
    slot: int | None = None
    former: tuple[int, ...] = ()


@dataclass(slots=True)
class Hub:
    """The hub of one center."""

    store: Store
    link: Link
    clock: Clock
    topics: Topics
    peers: dict[str, Peer]
    new_run: Callable[[], str]
    sign: Callable[[str, str, int, int, str], msg.Seal] | None = None
    """Signs (center, day, epoch, hub_seq, hash); without it days are not sealed."""
    closing_min: int = 16 * 60
    rules: Rules = field(default_factory=Rules)
    pulse_ms: int = 0
    """How often to say that the hub lives (0: never)."""
    timers: Timers = field(init=False)
    ledger: Ledger = field(default_factory=Ledger, init=False)
    start: msg.Start = field(default=msg.Start(0, 0, "0" * 16), init=False)
    leads: bool = field(default=False, init=False)
    copier: Copier = field(init=False)
    refused: Tally[str] = field(default_factory=Tally, init=False)
    _rows: list[LogRow] = field(default_factory=list, init=False)
    _seq: int = field(default=0, init=False)
    _boot: int = field(default=0, init=False)
    _untrusted_from: int = field(default=0, init=False)
    _unasked: set[str] = field(default_factory=set, init=False)
    _to_mark: dict[str, tuple[str, int]] = field(default_factory=dict, init=False)
    _questions: dict[ev.RowId, tuple[str, int]] = field(default_factory=dict, init=False)
    _dirty: set[str] = field(default_factory=set, init=False)
    _told_line: int = field(default=-1, init=False)
    _met: bool = field(default=False, init=False)
    """Whether the newest figures name people whom two counters called."""
    _say_beacon: bool = field(default=False, init=False)
    _wall_minus_mono: int = field(default=0, init=False)
    _sealed_ms: int = field(default=0, init=False)
    _told_lost: set[tuple[str, int]] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        self.timers = Timers(self.clock)
        self.copier = Copier(self.store, self.link, self.topics, self.timers, self.start)

    # -- what the runner calls ----------------------------------------------------------------------

    def on_start(self) -> None:
        """Check log and state, ask the spare, begin; raises JournalError if this must not lead."""
        self.ledger = self.store.open_ledger()
        self._wall_minus_mono = self.clock.wall_ms() - self.clock.mono_ms()
        self._untrusted_from = 0 if self.clock.trusted() else self.store.hub_seq + 1
        standing = self.store.standing()
        self.start = msg.Start(standing.epoch, standing.incarnation, "0" * 16)
        self._boot = msg.born(standing.epoch, standing.incarnation + 1)
        self.link.will = Will(self.topics.presence(HUB), self._presence("lost"))
        last = next(self.store.rows(self.store.hub_seq - 1), None) if self.store.hub_seq else None
        just_promoted = standing.epoch > (last.epoch if last else 0)
        self._unasked = set() if just_promoted else {dev for dev, peer in self.peers.items() if peer.role == "spare"}
        if self._unasked:
            self.timers.start("lead", LISTEN_MS, self._lead)
        else:
            self._lead()

    def on_news(self, news: LinkNews) -> None:
        """The link came, went, or brought a message."""
        match news:
            case LinkUp():
                self._say_everything() if self.leads else self._ask_spares()
            case LinkDown(reason):
                log.warning("broker lost: %s", reason)
            case Arrived(topic, payload):
                try:
                    self._hear(topic, payload)
                except WireError as wrong:
                    self.refused[wrong.code] += 1
                    log.warning("refused a message on %s: %s: %s", topic[:80], wrong.code, wrong)

    def on_wish(self, wish: object) -> None:
        """The head's word to all counters is the only thing that is told to a hub."""
        if self.leads and isinstance(wish, ev.HeadSaid):
            self._own(wish)
            self.flush()

    def on_stop(self) -> Will:
        """Say that this hub leaves; the log is closed."""
        if self.leads:
            self.flush()
        self.store.close()
        return Will(self.topics.presence(HUB), self._presence("disconnected"))

    def flush(self) -> None:
        """Commit what was taken since the last time, then say what it changed."""
        if self._rows or self.ledger.hall.changed:
            changed = changes(self.ledger)
            self.store.commit(self._rows, changed)
            self._rows = []
            if self.store.tidies:
                self.timers.start("tidy", TIDY_MS, self.store.tidy)
            self._dirty |= parts_of(changed)
            self.copier.push()
        if self.leads:
            self._speak()

    # -- who leads ----------------------------------------------------------------------------------

    def _ask_spares(self) -> None:
        """Our disk may have forgotten the log's end; the spare has it. Devices wait meanwhile."""
        for dev in self._unasked:
            wanted = msg.CopyWanted(msg.VERSION, points_of(self.store))
            self.link.publish(self.topics.copy(dev, "want"), msg.encode(wanted))
        self.timers.start("ask", ASK_AGAIN_MS, self._ask_spares)

    def _take_tail(self, dev: str, tail: msg.CopyRows) -> None:
        """The spare's rows behind ours: ours from now on, if they continue our log."""
        if tail.start.epoch > self.start.epoch:
            self._replaced(tail.start.epoch)
        known = all(self._hash_at(row.hub_seq) == row.hash for row in tail.rows[:1])
        if tail.after < self.store.hub_seq < tail.head and tail.rows and known:
            return  # said twice, or late: the spare has more, and has been asked again
        if (tail.after, tail.hash) == (self.store.hub_seq, self.store.hash):
            self._rows.extend(taken_over(self.store, self.ledger, tail.rows))
            self.flush()
            if tail.rows and tail.head > self.store.hub_seq:
                self.timers.start("lead", LISTEN_MS, self._lead)
                self._ask_spares()
                return
        self._unasked.discard(dev)
        if not self._unasked:
            self._lead()

    def _lead(self) -> None:
        """Begin a new incarnation, and serve."""
        self.timers.cancel("lead")
        self.timers.cancel("ask")
        self._unasked.clear()
        self.leads = True
        self._begin(self.store.standing().incarnation + 1)
        self.flush()
        self._say_everything()
        self.timers.start("beacon", BEACON_MS, self._beacon_again)
        if self.pulse_ms:
            self._pulse()
        self._mind_time()
        self._take_own_branches()

    def _replaced(self, epoch: int) -> None:
        """Somebody leads a higher epoch: this box follows from now on."""
        self.store.write_standing(Standing(epoch, 0, leads=False))
        raise StartAgain(f"another hub leads epoch {epoch}, this one led {self.start.epoch}")

    def _begin(self, incarnation: int) -> None:
        """A new incarnation: in the file and in the log before its first word."""
        self.start = self.copier.start = msg.Start(self.start.epoch, incarnation, self.new_run())
        self._seq = 0
        self.store.write_standing(Standing(self.start.epoch, incarnation, leads=True))
        self._own(ev.HubStarted(__version__, self.start.nonce))
        if self.ledger.hall.rules != self.rules:
            self._own(ev.RulesSet(self.rules))
        self._say_beacon = True
        self._dirty, self._told_line = set(BOARD_NAMES), -1

    # -- taking -------------------------------------------------------------------------------------

    def _hear(self, topic: str, payload: bytes) -> None:
        about = self.topics.parse(topic)
        if about.what == "beacon":
            beacon = msg.decode(payload, msg.Beacon)
            if self._has_twin() and beacon.start.epoch > self.start.epoch:
                self._replaced(beacon.start.epoch)
            return
        peer = self.peers.get(about.name)
        if peer is None:
            raise Malformed(f"'{about.name[:32]}' is not a device of this center")
        if (peer.role == "spare") != (about.what in ("head", "tail", "offer")):
            raise Malformed(f"'{about.what}' is not for a {peer.role} to say")
        if not self.leads:
            if about.what == "tail":
                self._take_tail(about.name, msg.decode(payload, msg.CopyRows))
        elif about.what == "batch":
            self._take_batch(about.name, peer, msg.decode(payload, msg.Batch))
        elif about.what == "ask":
            question = msg.decode(payload, msg.Question)
            self._questions[msg.as_id(question.ticket)] = (about.name, self.clock.mono_ms())
        elif about.what == "head":
            head = msg.decode(payload, msg.CopyHead)
            if head.seen is None or self._learn(about.name, head.seen):
                self.copier.heard(about.name, head.points)
        elif about.what == "offer":
            self._take_copies(msg.decode(payload, msg.CopyOffer).rows)

    def _has_twin(self) -> bool:
        """Whether another box may have been promoted; without one nobody's word can end this hub's lead."""
        return any(peer.role == "spare" for peer in self.peers.values())

    def _take_own_branches(self) -> None:
        """What this box put aside while it followed, and could not offer in time, is its own to take now."""
        rows = self.store.branch_rows()
        missing = [row for row in rows if not self.ledger.covers(row.dev, row.run, row.seq)]
        if not missing:
            self.store.branches_done()
            return
        try:
            self._take_copies(missing)
        except WireError as wrong:
            log.warning("a row that was put aside cannot be taken: %s: %s", wrong.code, wrong)
        self.flush()
        self.timers.start("branches", BRANCH_MS, self._take_own_branches)

    def _take_copies(self, rows: list[LogRow]) -> None:
        """Devices' rows from a branch that was put aside: taken as if the device had sent them again."""
        for row in rows:
            peer = self.peers.get(row.dev)
            if peer is None:
                raise Malformed(f"'{row.dev}' is not a device of this center")
            event = event_from(row.kind, row.body, ROLE_KINDS[peer.role])
            fact = Fact(row.dev, row.run, row.seq, row.before, event, row.boot, row.mono, None)
            self._take(fact, peer, Dated(row.t_event, self._now_ms(), row.quality, row.err_ms))

    def _take_batch(self, dev: str, peer: Peer, batch: msg.Batch) -> None:
        if batch.seen is not None and not self._learn(dev, batch.seen):
            return
        self._check_clock()
        arrival = Arrival(self._now_ms(), batch.boot_id, batch.mono_now_ms, batch.rtt_ms, self.clock.trusted())
        facts = [fact_from(dev, row, ROLE_KINDS[peer.role]) for row in batch.rows]
        self._to_mark[dev] = (batch.boot_id, batch.mono_now_ms)
        for fact in facts:
            self._take(fact, peer, date(fact.boot_id, fact.mono_ms, fact.hub_est_ms, arrival))

    def _take(self, fact: Fact, peer: Peer, dated: Dated) -> None:
        """A device's row, if it is the very next one: known ones are skipped, later ones come again."""
        if self.ledger.covers(fact.dev, fact.run, fact.seq) or not self.ledger.is_next(fact):
            return
        if isinstance(fact.event, ev.Issued | ev.Skipped) and fact.event.slot not in (peer.slot, *peer.former):
            raise Malformed(f"{fact.dev} wrote in slot {fact.event.slot}, its own is {peer.slot}")
        for step in take(self.ledger, fact, dated):
            self._append(step)
        if isinstance(fact.event, ev.Parked):
            self.timers.start("parked", 100, self._mind_time)

    def _append(self, step: Step) -> None:
        kind, body = plain(step.event)
        fact, dated = step.fact, step.dated
        if fact is None:
            self._seq += 1
        row = LogRow(
            hub_seq=0,
            dev=fact.dev if fact else HUB,
            run=fact.run if fact else self.start.nonce,
            seq=fact.seq if fact else self._seq,
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
        )
        self._rows.append(self.store.next_row(row))

    def _own(self, event: ev.HubEvent) -> None:
        """A row of the hub's own."""
        now = self._now_ms()
        quality = "B" if self.clock.trusted() else "D"
        for step in say(self.ledger, event, Dated(now, now, quality, 0)):
            self._append(step)

    def _learn(self, dev: str, seen: msg.Seen) -> bool:
        """What a device saw of us, or of a start that we forgot. False: do not listen to it."""
        mine, theirs = self.start, seen.start
        if mine.epoch < theirs.epoch <= mine.epoch + MAX_LEAP and self._has_twin():
            self._replaced(theirs.epoch)
        if theirs.epoch > mine.epoch or theirs.incarnation > mine.incarnation + MAX_LEAP:
            log.error("%s claims start %d.%d; nobody can have begun it", dev, theirs.epoch, theirs.incarnation)
            return False
        if theirs == mine:
            return True
        lost = (dev, seen.hub_seq)
        if seen.hub_seq and self._hash_at(seen.hub_seq) != seen.hash and lost not in self._told_lost:
            self._told_lost.add(lost)
            log.error("%s has seen row %d, which this log has lost", dev, seen.hub_seq)
            self._own(ev.TailLost(dev, seen.hub_seq))
        if theirs.epoch == mine.epoch and theirs.incarnation >= mine.incarnation:
            self._begin(theirs.incarnation + 1)
        return True

    def _hash_at(self, hub_seq: int) -> str | None:
        """The hash of a row, committed or about to be."""
        pending = (row.hash for row in self._rows if row.hub_seq == hub_seq)
        return next(pending, None) or self.store.hash_at(hub_seq)

    def _now_ms(self) -> int:
        """The center's time. Without a trusted clock it still never runs backwards."""
        wall = self.clock.wall_ms()
        return wall if self.clock.trusted() else max(wall, self.store.last_recv_ms + 1)

    def _check_clock(self) -> None:
        """Rows behind a step of the wall clock stand behind the row that tells of it."""
        now = self.clock.wall_ms() - self.clock.mono_ms()
        if abs(now - self._wall_minus_mono) > STEP_MS:
            mono = self.clock.mono_ms()
            old, new = max(0, self._wall_minus_mono + mono), max(0, now + mono)
            last = self.store.hub_seq
            self._own(ev.ClockStepped(old, new))
            if self._untrusted_from and self.clock.trusted() and last >= self._untrusted_from:
                self._own(ev.ClockCorrected(self._untrusted_from, last, old, new))
            self._wall_minus_mono = now
        if self.clock.trusted():
            self._untrusted_from = 0

    # -- speaking -----------------------------------------------------------------------------------

    def _say_everything(self) -> None:
        self.link.publish(self.topics.presence(HUB), self._presence("ready"), retain=True)
        info = msg.Info(msg.VERSION, HUB, __version__, self._boot)
        self.link.publish(self.topics.info(HUB), msg.encode(info), retain=True)
        self._say_beacon = True
        self._say_seal()
        self._dirty, self._told_line = set(BOARD_NAMES), -1
        self._to_mark.update(dict.fromkeys(self.ledger.have, ("", 0)))

    def _speak(self) -> None:
        if self._say_beacon:
            self._say_beacon = False
            self.link.publish(self.topics.beacon(), msg.encode(self._beacon()), retain=True)
        for dev, echo in self._to_mark.items():
            self.link.publish(self.topics.mark(dev), msg.encode(self._mark(dev, echo)), retain=True)
        self._to_mark = {}
        if self._dirty:
            self._say_state()
        if self._questions:
            self._answer_questions()

    def _say_state(self) -> None:
        stamp = (msg.VERSION, self.start, self.store.hub_seq, self._now_ms())
        hall = self.ledger.hall
        if hall.line_changes == self._told_line:
            self._dirty.discard("waiting")
        self._told_line = hall.line_changes
        if self._met and "counters" in self._dirty:
            self._dirty.add("day")
        for name in sorted(self._dirty):
            news = NEWS[name](hall, stamp)
            self._met = bool(news.collided) if isinstance(news, msg.DayNews) else self._met
            self.link.publish(self.topics.state(name), msg.encode(news), retain=True)
        self._dirty = set()

    def _answer_questions(self) -> None:
        now = self.clock.mono_ms()
        for rid, (dev, asked_ms) in list(self._questions.items()):
            ticket = self.ledger.hall.tickets.get(rid)
            if ticket is not None and ticket.waits:
                ahead = self.ledger.hall.line.ahead(ticket.queue, ticket.order_ms, rid)
                answer = msg.Answer(msg.VERSION, rid, ahead, self._now_ms())
                self.link.publish(self.topics.answer(dev), msg.encode(answer))
            if ticket is not None or now - asked_ms > QUESTION_MS:
                del self._questions[rid]

    def _mark(self, dev: str, echo: tuple[str, int]) -> msg.Mark:
        hall, peer = self.ledger.hall, self.peers.get(dev)
        answers = hall.calls.get(dev, {})
        calls: dict[str, msg.TicketRef | None] = {
            command: ticket_ref(hall, answer.ticket) if answer.ticket else None for command, answer in answers.items()
        }
        codes: dict[str, str] = {command: answer.code for command, answer in answers.items() if answer.code}
        counter = hall.counters.get(dev)
        return msg.Mark(
            v=msg.VERSION,
            start=self.start,
            have=dict(list(self.ledger.have.get(dev, {}).items())[-RUNS_TOLD:]),
            hub_time_ms=self._now_ms(),
            trusted=self.clock.trusted(),
            hub_seq=self.store.hub_seq,
            hash=self.store.hash,
            echo_boot=echo[0],
            echo_mono_ms=echo[1],
            highest=hall.highest_of(peer.slot) if peer and peer.slot else {},
            calls=calls,
            codes=codes,
            holds=[ticket_ref(hall, counter.ticket)] if counter and counter.ticket else [],
        )

    def _beacon(self) -> msg.Beacon:
        heads = {dev: head for dev in self.ledger.have if (head := self.ledger.head(dev))}
        return msg.Beacon(
            msg.VERSION, self.start, self._now_ms(), self.clock.trusted(),
            self.store.hub_seq, self.store.hash, heads,
        )  # fmt: skip

    def _pulse(self) -> None:
        self.link.publish(self.topics.pulse(), msg.encode(msg.Pulse(msg.VERSION, self.start)))
        self.timers.start("pulse", self.pulse_ms, self._pulse)

    def _beacon_again(self) -> None:
        self._check_clock()
        self._say_beacon = True
        self._dirty.add("day")
        self._mind_time()
        self._seal_day()
        self.timers.start("beacon", BEACON_MS, self._beacon_again)

    def _mind_time(self) -> None:
        """Say what is due by the clock alone: the day's end, and tickets that were parked long enough."""
        for word in words_due(self.ledger.hall, self._now_ms()):
            self._own(word)
        self.flush()
        over_ms = next_park_over(self.ledger.hall)
        if over_ms is not None:
            self.timers.start("parked", max(100, over_ms - self._now_ms()), self._mind_time)

    def _seal_day(self) -> None:
        """Sign the head when the day is over."""
        if self.sign is None:
            return
        last, now = next(reversed(self.store.seals()), None), self._now_ms()
        day = day_to_seal(self.ledger.hall, now, self.closing_min, last, self._sealed_ms, self.store.hub_seq)
        if day:
            seal = self.sign(self.topics.center, day, self.start.epoch, self.store.hub_seq, self.store.hash)
            self.store.keep_seal(seal, self.ledger)
            self._sealed_ms = now
            self._say_seal()

    def _say_seal(self) -> None:
        for seal in self.store.seals()[-1:]:
            self.link.publish(self.topics.seal(), msg.encode(seal), retain=True)

    def _presence(self, state: str) -> bytes:
        return msg.encode(msg.Presence(msg.VERSION, state, self._boot))
