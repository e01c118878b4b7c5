"""The center service: takes rows strictly in order, decides, commits, then speaks.

Policy. Batches that wait in the inbox together are taken together: their rows, the decisions and
the changed state go into one transaction (`flush`), and only after it is committed are marks,
answers and screens published. What is said is always computed from the state; so a start needs no
memory of what was said before. A device may send only its role's kinds of rows under its own name.
"""

import logging
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from broker.attendance import Attendance
from broker.branches import OwnBranches
from broker.budget import GATED, MUTE_MS, Overstepped
from broker.copying import Copier, points_of, taken_over
from broker.intake import Peer
from broker.news import parts_of
from broker.pieces import Together
from broker.sealer import Sealer, Sign, day_to_seal
from broker.speaking import Speaker
from broker.store import Standing
from broker.telling import PERSON, TellTime, lines
from broker.timekeeper import Timekeeper
from broker.waiting import Waiting
from broker.witnesses import Witnesses
from onedoor import __version__
from onedoor.device.journal import TIDY_MS, JournalError
from onedoor.device.link import Arrived, LinkDown, LinkNews, LinkUp, Will
from onedoor.device.needs import Needs
from onedoor.device.runner import NotNow, StartAgain
from onedoor.device.timers import Timers
from onedoor.hall import events as ev
from onedoor.hall.center_time import SAID
from onedoor.hall.dating import Arrival
from onedoor.hall.days import next_park_over, words_due
from onedoor.hall.events import HUB
from onedoor.hall.ledger import changes
from onedoor.hall.rules import Rules
from onedoor.hall.words import Word
from onedoor.wire import messages as msg
from onedoor.wire.errors import Malformed, WireError
from onedoor.wire.limits import MAX_LEAP
from onedoor.wire.rows import BadRow, WireRow
from onedoor.wire.topics import BOARD_NAMES

log = logging.getLogger("onedoor.hub")

BEACON_MS = 60_000
STEP_MS = 500
LISTEN_MS = 10_000
"""A hub with a spare listens so long before it leads, unless the spare answers sooner."""
ASK_AGAIN_MS = 1_000
MIND_MOST = 5
MINDED_MS = 1_000
"""What is due by time alone is asked for so often at one moment: day, line, closing, parked, and nothing any more."""


@dataclass(slots=True)
class Hub(Speaker):
    """The hub of one center."""

    new_run: Callable[[], str]
    sign: Sign | None = None
    closing_min: int = 16 * 60
    rules: Rules = field(default_factory=Rules)
    gate: Callable[[str], None] = lambda _: None
    """Lets a box be heard again that had sent too much."""
    unsure: bool = False
    """Its own file does not say whether it leads."""
    waiting: Waiting = field(default_factory=Waiting)
    branches: OwnBranches = field(init=False)
    refused: Tally[str] = field(default_factory=Tally, init=False)
    _unasked: set[str] = field(default_factory=set, init=False)
    _tails: dict[str, Together] = field(default_factory=dict, init=False)
    _wall_minus_mono: int = field(default=0, init=False)
    sealer: Sealer = field(init=False)
    _minded_ms: int = field(default=0, init=False)
    _witnesses: Witnesses = field(default_factory=Witnesses, init=False)
    _told_lost: set[tuple[str, int]] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        self.timers = Timers(self.clock)
        self.needs = Needs(self.timers, self.clock, changed=self._say_info)
        self.keeper = Timekeeper(self.clock)
        counters = frozenset(dev for dev, peer in self.peers.items() if peer.role == "counter")
        self.attendance = Attendance(counters, self.clock, self.timers, self._say_who_is_there)
        self.sealer = Sealer(self.topics.center, self.store, self._own, self.flush)
        self.copier = Copier(self.store, self.link, self.topics, self.timers, self.start)
        covers = lambda *row: self.ledger.covers(*row)  # noqa: E731, PLW0108 - whichever it is then
        self.branches = OwnBranches(self.store, self.timers, covers, self._take_copies, self.flush)

    # -- what the runner calls ----------------------------------------------------------------------

    def on_start(self) -> None:
        """Check log and state, ask the spare, begin; raises JournalError if this must not lead."""
        self.needs.start()
        self.ledger = self.store.open_ledger()
        self._wall_minus_mono = self.clock.wall_ms() - self.clock.mono_ms()
        standing = self.store.standing()
        self.start = msg.Start(standing.epoch, standing.incarnation, "0" * 16)
        self._boot = msg.born(standing.epoch, standing.incarnation + 1)
        self.link.will = Will(self.topics.presence(HUB), self._presence("lost"))
        last = next(self.store.rows(self.store.hub_seq - 1, 1), None) if self.store.hub_seq else None
        just_promoted = last is not None and standing.epoch > last.epoch
        self._unasked = set() if just_promoted else {dev for dev, peer in self.peers.items() if peer.role == "spare"}
        self._wait_to_lead() if self._unasked else self._lead()

    def on_news(self, news: LinkNews) -> None:
        """The link came, went, or brought a message."""
        match news:
            case LinkUp():
                self.attendance.link(up=True)
                self._say_everything() if self.leads else self._ask_spares()
            case LinkDown(reason):
                self.attendance.link(up=False)
                log.warning("broker lost: %s", reason)
            case Arrived(topic, payload):
                try:
                    self._hear(topic, payload)
                except WireError as wrong:
                    self.refused[wrong.code] += 1
                    log.warning("refused a message on %s: %s: %s", topic[:80], wrong.code, wrong)
                    self._blame(topic, "malformed")
                except (JournalError, StartAgain):
                    raise
                except Exception:
                    log.exception("a message on %s cannot be taken", topic[:80])
                    self._fold_again()
                    self._blame(topic, "broken")

    def _blame(self, topic: str, what: str) -> None:
        """Whose topic it was is told for what was said on it; the broker lets nobody else publish there."""
        with suppress(WireError):
            dev = self.topics.parse(topic).name
            if self.leads and dev in self.peers:
                self._overstepped(Overstepped(dev, what))

    def on_wish(self, wish: object) -> None:
        """The head's word to all counters (NotNow before it leads), what the gate has seen, how workers are."""
        if self.needs.hear(wish):
            return
        match wish:
            case ev.HeadSaid() if not self.leads:
                raise NotNow("The hub has only just started and does not lead yet. Try again in ten seconds.")
            case ev.HeadSaid():
                self._own(wish)
                self.flush()
            case TellTime():
                self._tell_time(wish)
            case Overstepped() if wish.dev in self.peers or wish.what == "denied":
                if wish.what in GATED:  # whoever leads: a gate that nobody opens again stays shut
                    self.timers.start(f"hear/{wish.dev}", MUTE_MS, partial(self.gate, wish.dev))
                if self.leads:
                    self._overstepped(wish)

    def _tell_time(self, wish: TellTime) -> None:
        """A person at this box says what time it is, or only asks."""
        if not self.leads:
            wish.answer.append("This hub has only just started and does not lead yet. Try again in ten seconds.")
        else:
            self._check_clock()
            if wish.center_ms is not None:
                self._hear_time(self.keeper.hear(Word(wish.center_ms - self.clock.mono_ms(), PERSON, SAID)))
            self.flush()
            wish.answer.extend(lines(self.keeper))
        wish.done()

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
            self.store.mind_snapshot(self.ledger)
            if self.store.tidies:
                self.timers.start("tidy", TIDY_MS, self.store.tidy)
            self._dirty |= parts_of(changed)
            self.copier.push()
        if self.leads:
            self._speak()

    # -- who leads ----------------------------------------------------------------------------------

    def _ask_spares(self) -> None:
        """Our disk may have forgotten the log's end; the spare has it. Devices wait meanwhile."""
        wanted = msg.encode(msg.CopyWanted(msg.VERSION, points_of(self.store)))
        for dev in self._unasked:
            self.link.publish(self.topics.copy(dev, "want"), wanted)
        self._say_info(again=True)
        self.timers.start("ask", ASK_AGAIN_MS, self._ask_spares)

    def _wait_to_lead(self) -> None:
        if not self.waiting.waits(self.needs):
            self.timers.start("lead", LISTEN_MS, self._lead)

    def _take_tail(self, dev: str, tail: msg.CopyRows) -> None:
        """The spare's rows behind ours: ours from now on, if they continue our log."""
        if self.start.epoch < tail.start.epoch <= self.start.epoch + MAX_LEAP:
            self._replaced(tail.start.epoch)
        known = all(self._hash_at(row.hub_seq) == row.hash for row in tail.rows[:1])
        if tail.after < self.store.hub_seq < tail.head and tail.rows and known:
            return  # said twice, or late: the spare has more, and has been asked again
        if (tail.after, tail.hash) == (self.store.hub_seq, self.store.hash):
            self._rows.extend(taken_over(self.store, self.ledger, tail.rows))
            self.flush()
            if tail.rows and tail.head > self.store.hub_seq:
                self._wait_to_lead()
                self._ask_spares()
                return
        self._unasked.discard(dev)
        if not self._unasked:
            self._lead()

    def _lead(self) -> None:
        """Begin a new incarnation, and serve."""
        self.timers.cancel("lead")
        self.timers.cancel("ask")
        self.waiting.over(self.needs)
        self._unasked.clear()
        self.leads = True
        self._remember()
        self._begin(self.store.standing().incarnation + 1)
        self.flush()
        self._say_everything()
        self.timers.start("beacon", BEACON_MS, self._beacon_again)
        if self.pulse_ms:
            self._pulse()
        self._check_clock()
        self._mind_time()
        self.flush()
        self.branches.go_on()

    def _replaced(self, epoch: int) -> None:
        """Somebody leads a higher epoch: this box follows from now on."""
        self.store.write_standing(Standing(epoch, 0, leads=False))
        raise StartAgain(f"another hub leads epoch {epoch}, this one led {self.start.epoch}")

    def _begin(self, incarnation: int) -> None:
        """A new incarnation: in the file and in the log before its first word."""
        self.start = self.copier.start = msg.Start(self.start.epoch, incarnation, self.new_run())
        self._seq = 0
        self.store.write_standing(Standing(self.start.epoch, incarnation, leads=True))
        began = self.keeper.begin(self.ledger.hall.time, self.store.last_recv_ms, self.start.nonce)
        for word in [*began, ev.HubStarted(__version__, self.start.nonce), *self.sealer.words(self.start.epoch)]:
            self._own(word)
        if self.ledger.hall.rules != self.rules:
            self._own(ev.RulesSet(self.rules))
        self._say_beacon = True
        self._dirty, self._told_line = set(BOARD_NAMES), -1

    # -- taking -------------------------------------------------------------------------------------

    def _hear(self, topic: str, payload: bytes) -> None:
        about = self.topics.parse(topic)
        if about.what == "beacon":
            ahead = msg.decode(payload, msg.Beacon).start.epoch - self.start.epoch
            if self._has_twin() and (self.leads or not self.unsure) <= ahead <= MAX_LEAP:
                self._replaced(self.start.epoch + ahead)
            return
        if about.what == "presence":
            self.attendance.hear(about.name, payload)
            return
        peer = self.peers.get(about.name)
        if peer is None:
            raise Malformed(f"'{about.name[:32]}' is not a device of this center")
        if (peer.role == "spare") != (about.what in ("head", "tail", "offer")):
            raise Malformed(f"'{about.what}' is not for a {peer.role} to say")
        if not self.leads:
            if about.what == "tail" and (whole := self._whole(about.name, payload)) is not None:
                self._take_tail(about.name, msg.decode(whole, msg.CopyRows))
        elif about.what == "batch":
            taken = msg.batch_of(payload)
            self._take_batch(about.name, peer, taken.batch, taken.rows)
        elif about.what == "ask":
            question = msg.decode(payload, msg.Question)
            if self._allowed(about.name, "questions"):
                self._questions.ask(question, about.name, self.clock.mono_ms())
        elif about.what == "head":
            head = msg.decode(payload, msg.CopyHead)
            if head.seen is None or self._learn(about.name, head.seen):
                self.copier.heard(about.name, head.points)
        elif about.what == "offer" and (whole := self._whole(about.name, payload)) is not None:
            self._take_copies(msg.decode(whole, msg.CopyOffer).rows)

    def _whole(self, dev: str, piece: bytes) -> bytes | None:
        return self._tails.setdefault(dev, Together()).take(piece)

    def _take_batch(self, dev: str, peer: Peer, batch: msg.Batch, rows: list[WireRow | BadRow]) -> None:
        if batch.seen is not None and not self._learn(dev, batch.seen):
            return
        self._check_clock()
        if batch.known_ms is not None:
            self._hear_box(self.keeper.told_by_box(batch.known_ms, batch.known_by, batch.withdrawn, dev), dev)
        self._mind_day()
        time = self.ledger.hall.time
        offset = time.word.offset_ms if time.word.known else None
        arrival = Arrival(self.keeper.hall_ms, batch.boot_id, batch.mono_now_ms, batch.rtt_ms, time.stretch, offset)
        self._to_mark[dev] = (batch.boot_id, batch.mono_now_ms)
        for row in rows:
            taken = self._take_row(dev, row, peer, arrival)
            if self.ledger.hall.late:
                self._mind_time()
            if not taken:
                return

    def _learn(self, dev: str, seen: msg.Seen) -> bool:
        """What a device saw of us, or of a start that we forgot. False: do not listen to it."""
        mine, theirs = self.start, seen.start
        may_be = mine.epoch < theirs.epoch <= mine.epoch + MAX_LEAP and self._has_twin()
        if may_be and self._witnesses.enough(dev, theirs, self.peers):
            self._replaced(theirs.epoch)
        if theirs.epoch > mine.epoch or theirs.incarnation > mine.incarnation + MAX_LEAP:
            self._overstepped(Overstepped(dev, "starts"))  # nobody can have begun that one
            return False
        if theirs == mine:
            return True
        lost = (dev, seen.hub_seq)
        if seen.hub_seq and self._hash_at(seen.hub_seq) != seen.hash and lost not in self._told_lost:
            if not self._allowed(dev, "lost_tails"):
                return False
            self._told_lost.add(lost)
            log.error("%s has seen row %d, which this log has lost", dev, seen.hub_seq)
            self._own(ev.TailLost(dev, seen.hub_seq))
        if theirs.epoch == mine.epoch and theirs.incarnation >= mine.incarnation:
            if not self._allowed(dev, "starts"):
                return False
            self._begin(theirs.incarnation + 1)
        return True

    def _hash_at(self, hub_seq: int) -> str | None:
        return next((r.hash for r in self._rows if r.hub_seq == hub_seq), None) or self.store.hash_at(hub_seq)

    def _hear_time(self, words: Iterator[ev.HubEvent]) -> None:
        """What follows from somebody's word about time; each row is folded before the next one is made."""
        heard = False
        for word in words:
            self._own(word)
            heard = True
        if heard:
            self._say_beacon = True
            self._to_mark.update({dev: self._to_mark.get(dev, ("", 0)) for dev in self.ledger.have})
            self._dirty |= set(BOARD_NAMES)
            self._mind_time()
        self._say_info()

    def _check_clock(self) -> None:
        """Listen to this box's clocks. A step of the wall clock moves nothing; it is only told."""
        now = self.clock.wall_ms() - self.clock.mono_ms()
        if abs(now - self._wall_minus_mono) > STEP_MS:
            mono = self.clock.mono_ms()
            self._own(ev.ClockStepped(max(0, self._wall_minus_mono + mono), max(0, now + mono)))
            self._wall_minus_mono = now
        self._hear_time(self.keeper.look())

    def _mind_day(self) -> None:
        """Before every decision: a new day (unknown: a wait too long for it), or somebody of an earlier one in line."""
        hall, now = self.ledger.hall, self.keeper.now
        late = now.day != hall.day if now.known else self.clock.mono_ms() - self._minded_ms > MINDED_MS
        if hall.late or late:
            self._mind_time()

    # -- what is due by time ------------------------------------------------------------------------

    def _beacon_again(self) -> None:
        self._check_clock()
        self._say_beacon = True
        self._say_info()
        self._dirty.add("day")
        self._mind_time()
        self.flush()
        self._seal_day()
        self.timers.start("beacon", BEACON_MS, self._beacon_again)

    def _mind_time(self) -> None:
        """Say what is due by time alone: the day's end, who is not of it, tickets that were parked long enough."""
        self.ledger.hall.late, self._minded_ms = False, self.clock.mono_ms()
        for _ in range(MIND_MOST):
            words = list(words_due(self.ledger.hall, self.keeper.now))
            for word in words:
                if isinstance(word, ev.DayBegan) and self.ledger.hall.day:
                    self.flush()
                    self._seal(self.ledger.hall.day, closing=True)
                self._own(word)
            if not words:
                break
        over_ms = next_park_over(self.ledger.hall)
        if over_ms is not None:
            self.timers.start("parked", max(100, over_ms - self._now_ms()), self._mind_later)

    def _mind_later(self) -> None:
        self._mind_time()
        self.flush()

    def _seal_day(self) -> None:
        """Sign the head when that is due."""
        last, since_ms = self.store.last_seal(), self.sealer.since(self.keeper.hall_ms)
        due = day_to_seal(self.ledger.hall, self.keeper.now, self.closing_min, last, since_ms, self.store.hub_seq)
        if due is not None:
            self._seal(due[0], closing=due[1])

    def _seal(self, day: str, *, closing: bool) -> None:
        if self.sign is None:
            return
        seal = self.sealer.seal(self.sign, day, self.start.epoch, self.keeper.hall_ms, closing=closing)
        if seal is not None:
            self.store.keep_seal(seal, self.ledger)
            self._say_seal()
