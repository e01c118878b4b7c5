"""The protocol with one rule taken out: a simulation that does not notice is worth nothing.

Each mutant changes one thing of the product's code while it is switched on; nothing of this is in the
product. `found` says within how many days the judge must notice.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

import msgspec

from broker import copying
from broker import hub as hub_module
from broker import spare as spare_module
from broker import speaking as speaking_module
from broker.hub import Hub
from broker.memory_store import MemoryStore
from broker.spare import Promote, Spare
from broker.store import Standing
from display.panel import Panel
from kiosk.core import Kiosk
from kiosk.numbers import Numbers
from onedoor.device import sender as sender_module
from onedoor.device.journal import JournalError, MemoryJournal, facts_for
from onedoor.device.runner import StartAgain
from onedoor.device.sender import Sender
from onedoor.hall import decide as decide_module
from onedoor.hall import events as ev
from onedoor.hall import evolve as evolve_module
from onedoor.hall import ledger as ledger_module
from onedoor.hall.desk import At
from onedoor.hall.ledger import Ledger
from onedoor.wire import messages as msg
from simulation import world as world_module
from simulation.clock_mutants import CLOCK_MUTANTS
from simulation.day import Day
from simulation.world import PowerCut

Patch = Callable[[], Any]


def no_dedupe() -> Any:
    """The hub takes rows it has already."""
    return mock.patch.object(Ledger, "covers", lambda *_: False), mock.patch.object(Ledger, "is_next", lambda *_: True)


def highest_only() -> Any:
    """The hub takes any newer row of a run, not only the next."""

    def is_next(self: Ledger, fact: Any) -> bool:
        return fact.seq > self.have.get(fact.dev, {}).get(fact.run, 0)

    return (mock.patch.object(Ledger, "is_next", is_next),)


def half_transaction() -> Any:
    """A row is in the log, its effect sometimes not in the state."""
    real = ledger_module.evolve
    count = iter(range(10**9))

    def evolve(state: Any, dev: str, rid: Any, event: Any, at: int) -> Any:
        return state if next(count) % 500 == 499 else real(state, dev, rid, event, at)

    return (mock.patch.object(ledger_module, "evolve", evolve),)


def no_start_id() -> Any:
    """Boxes do not notice that the hub started again."""

    def believe(self: Sender, start: Any, hub_seq: int, hash_: str) -> bool:
        if self.seen is None:
            self.acked, self._fresh = 0, True
        self.seen = sender_module.Seen(start, hub_seq, hash_)
        self._heard_ms = self.clock.mono_ms()
        return True

    return (mock.patch.object(Sender, "_believe", believe),)


def same_run() -> Any:
    """A box goes on in its old run after a restart."""
    real = world_module.Card.__init__

    def init(self: Any, world: Any, dev: str, run: str, medium: Any, card: Any = None) -> None:
        real(self, world, dev, card.run if card else run, medium, card)

    return (mock.patch.object(world_module.Card, "__init__", init),)


def no_skip() -> Any:
    """A kiosk leaves no numbers out after an unclean start, nor when the hub knows higher ones."""
    return mock.patch.object(Numbers, "_skips", lambda *_: []), mock.patch.object(
        Numbers, "trust_higher", lambda *_: None
    )


EARLY: dict[str, Any] = {}


def reprint_on_boot() -> Any:
    """A ticket of unknown fate is printed again."""
    real = Kiosk.on_start

    def on_start(self: Kiosk) -> None:
        pending = self.sender.journal.kept("printing")
        real(self)
        for fact in self.sender.journal.read(0, 10**6):
            if pending and fact.id == pending:
                EARLY["day"].papers.append((EARLY["day"].world.true_day(fact.event.day), fact.event.label, fact.id))

    return (mock.patch.object(Kiosk, "on_start", on_start),)


def silent_give_up() -> Any:
    """The panel stops waiting and tells nobody."""
    real = Panel._lose_patience

    def lose(self: Panel) -> None:
        if self._mine() is None and self.me.command:
            self._close(At.IDLE)
            self.degraded = True
            self.sender.append(keep={"memory": msgspec.json.encode(self.me).decode()})
            return
        real(self)

    return (mock.patch.object(Panel, "_lose_patience", lose),)


def nothing_given_back() -> Any:
    """What a panel did not show stays held for it."""
    return (mock.patch.object(decide_module, "_given_back", lambda *_: iter(())),)


def old_wishes_answered() -> Any:
    """The hub answers wishes of any age and never looks at who waits first."""
    real = decide_module._answer

    def answer(state: Any, dev: str, rid: Any, event: Any, at: int) -> Any:
        found = real(state, dev, rid, event, at, state.time.now_of(at))
        waiting = [t.id for t in state.waiting(event.queues)]
        called = isinstance(found[0], ev.Called) and len(waiting) > 1
        return [replace(found[0], ticket=waiting[-1])] if called else found

    return (mock.patch.object(ledger_module, "decide", _deciding_with(answer)),)


def _deciding_with(answer: Any) -> Any:
    real = decide_module.decide

    def decide(state: Any, dev: str, rid: Any, event: Any, age: Any, at: int, recv: Any = None) -> Any:
        if isinstance(event, ev.CallRequested):
            return answer(state, dev, rid, event, at)
        return real(state, dev, rid, event, age, at, recv)

    return decide


def acked_on_send() -> Any:
    """A box takes the broker's word for the hub's."""
    real = Sender._send

    def send(self: Sender, rows: Any) -> None:
        real(self, rows)
        self.acked = max(self.acked, min(self.journal.length, self.acked + len(rows)))

    return (mock.patch.object(Sender, "_send", send),)


def publish_before_commit() -> Any:
    """The hub answers first; a crash in between forgets what it promised."""
    real = Hub.flush

    def flush(self: Hub) -> None:
        if self.leads:
            self._speak()
        if self._rows and EARLY["day"].world.chance.random() < 0.01:
            raise PowerCut
        real(self)

    return (mock.patch.object(hub_module.Hub, "flush", flush),)


def gaps_in_runs() -> Any:
    """Rows of a run are numbered with a gap now and then."""

    def facts(journal: Any, events: Any, stamp: Any) -> Any:
        made = facts_for(journal, events, stamp)
        return [replace(f, seq=f.seq + 1) if f.seq == 5 else f for f in made]

    return (mock.patch("onedoor.device.journal.facts_for", facts),)


def purge_on_ack() -> Any:
    """A box throws away what the hub has acknowledged."""
    real_mark, real_read = Sender.on_mark, MemoryJournal.read

    def on_mark(self: Sender, mark: Any) -> bool:
        believed = real_mark(self, mark)
        EARLY[self.journal.dev] = max(EARLY.get(self.journal.dev, 0), self.acked)
        return believed

    def read(self: Any, after: int, limit: int) -> Any:
        return real_read(self, max(after, EARLY.get(self.dev, 0)) if limit > 1 else after, limit)

    return mock.patch.object(Sender, "on_mark", on_mark), mock.patch.object(MemoryJournal, "read", read)


def incarnation_only() -> Any:
    """A start has no nonce, and the hub learns nothing from what its devices have seen."""
    real_mark, real_beacon = speaking_module.mark_of, speaking_module.beacon_of

    def bare(message: Any) -> Any:
        return msgspec.structs.replace(message, start=msgspec.structs.replace(message.start, nonce="0" * 16))

    return (
        mock.patch.object(speaking_module, "mark_of", lambda *a: bare(real_mark(*a))),
        mock.patch.object(speaking_module, "beacon_of", lambda *a: bare(real_beacon(*a))),
        mock.patch.object(Hub, "_learn", lambda *_: True),
    )


def no_beacon() -> Any:
    """The hub speaks only when spoken to."""
    real = Hub._speak

    def speak(self: Hub) -> None:
        self._say_beacon = False
        real(self)

    return (mock.patch.object(Hub, "_speak", speak),)


def no_spare_pull() -> Any:
    """A hub that starts does not ask the spare for the end of its log."""
    return (mock.patch.object(Hub, "_ask_spares", lambda self: self._lead()),)


def print_first() -> Any:
    """Paper before journal."""
    real = Numbers.issue

    def issue(self: Numbers, issued: Any) -> Any:
        if EARLY["day"].world.chance.random() < 0.02:
            EARLY["day"].papers.append((EARLY["day"].world.true_day(issued.day), issued.label, "nowhere"))
            raise PowerCut
        return real(self, issued)

    return (mock.patch.object(Numbers, "issue", issue),)


def reuse_slot() -> Any:
    """A new card goes on in the old slot."""
    real = Day.card_dies

    def card_dies(self: Day, dev: str, dark_ms: float) -> None:
        slot, peer = self.nodes[dev].slot, self.peers[dev]
        real(self, dev, dark_ms)
        self.nodes[dev].slot, self.peers[dev] = slot, peer
        for node in self.nodes.values():
            if isinstance(node.device, Hub):
                node.device.peers[dev] = peer

    return (mock.patch.object(Day, "card_dies", card_dies),)


def stale_answer() -> Any:
    """A panel takes any answer for that to its newest press."""
    real = Panel._answered

    def answered(self: Panel, mark: Any) -> None:
        given = [ticket for ticket in mark.calls.values() if ticket is not None]
        if self.me.command and given and self.me.command not in mark.calls:
            mark = msgspec.structs.replace(mark, calls={self.me.command: given[0]})
        real(self, mark)

    return (mock.patch.object(Panel, "_answered", answered),)


def one_holder() -> Any:
    """The hub remembers one counter for each ticket."""
    real = evolve_module.hold

    def hold(state: Any, rid: Any, dev: str, at_ms: int) -> None:
        if rid not in state.tickets or not state.tickets[rid].holders - {dev}:
            real(state, rid, dev, at_ms)

    return (mock.patch.object(evolve_module, "hold", hold),)


def answers_in_ram() -> Any:
    """The hub's answers are not part of what it rebuilds from the log."""
    real = MemoryStore.open_ledger

    def open_ledger(self: Any) -> Any:
        ledger = real(self)
        ledger.hall.calls.clear()
        return ledger

    return (mock.patch.object(MemoryStore, "open_ledger", open_ledger),)


def commit_retried() -> Any:
    """After an error of the card the same process tries again."""
    real = Sender.append

    def append(self: Sender, *events: Any, keep: Any = None) -> Any:
        try:
            return real(self, *events, keep=keep)
        except JournalError:
            self.journal.medium.refuses_until_ms = 0  # type: ignore[attr-defined]
            return real(self, *events, keep=keep)

    return (mock.patch.object(Sender, "append", append),)


def lower_epoch() -> Any:
    """A box believes whatever hub spoke last."""
    real = Sender._believe

    def believe(self: Sender, start: Any, hub_seq: int, hash_: str) -> bool:
        if self.seen is not None and start != self.seen.start:
            self.seen = None
        return real(self, start, hub_seq, hash_)

    return (mock.patch.object(Sender, "_believe", believe),)


def no_fence() -> Any:
    """A hub that meets a higher epoch goes on."""
    return (mock.patch.object(Hub, "_replaced", lambda *_: None),)


def no_epoch() -> Any:
    """A promotion does not raise the epoch."""

    def on_wish(self: Spare, wish: object) -> None:
        if isinstance(wish, Promote):
            old = self.store.standing()
            self.store.write_standing(Standing(old.epoch, old.incarnation, leads=True))
            raise StartAgain("promoted")

    return (mock.patch.object(Spare, "on_wish", on_wish),)


def branch_dropped() -> Any:
    """A spare whose log does not fit throws its rows away."""
    return (mock.patch.object(Spare, "_offer", lambda self: self.store.branches_done()),)


def half_copied() -> Any:
    """A message to the spare may end between a fact and the decision that belongs to it."""

    def next_rows(store: Any, start: Any, after: int) -> Any:
        rows = list(store.rows(after, msg.COPY_ROWS))
        return msg.CopyRows(msg.VERSION, start, after, store.hash_at(after) or "", store.hub_seq, rows)

    return mock.patch.object(copying, "next_rows", next_rows), mock.patch.object(spare_module, "next_rows", next_rows)


def epoch_forgotten() -> Any:
    """A box that follows knows of an epoch only by the rows that it has copied."""

    def replaced(self: Hub, epoch: int) -> None:
        self.store.write_standing(Standing(self.start.epoch, self.start.incarnation, leads=False))
        raise StartAgain(f"another hub leads epoch {epoch}")

    return mock.patch.object(Spare, "_remember", lambda *_: None), mock.patch.object(Hub, "_replaced", replaced)


MUTANTS: dict[str, Patch] = {
    f.__name__: f
    for f in (
        no_dedupe, highest_only, half_transaction, no_start_id, same_run, no_skip, reprint_on_boot,
        silent_give_up, nothing_given_back, old_wishes_answered, acked_on_send, publish_before_commit,
        gaps_in_runs, purge_on_ack, incarnation_only, no_beacon, no_spare_pull, print_first, reuse_slot,
        stale_answer, one_holder, answers_in_ram, commit_retried, lower_epoch, no_fence, no_epoch, branch_dropped, epoch_forgotten, half_copied,
    )
} | CLOCK_MUTANTS  # fmt: skip

FALLS_ON: dict[str, int] = {
    "no_dedupe": 1,
    "highest_only": 65,
    "half_transaction": 1,
    "no_start_id": 8,
    "same_run": 1,
    "no_skip": 2,
    "reprint_on_boot": 2,
    "silent_give_up": 5,
    "nothing_given_back": 7,
    "old_wishes_answered": 19,
    "acked_on_send": 1,
    "publish_before_commit": 21,
    "gaps_in_runs": 1,
    "purge_on_ack": 1,
    "incarnation_only": 1,
    "no_beacon": 1,
    "no_spare_pull": 19,
    "print_first": 2,
    "reuse_slot": 771,
    "stale_answer": 93,
    "one_holder": 17,
    "answers_in_ram": 9,
    "commit_retried": 61,
    "lower_epoch": 8,
    "no_fence": 5,
    "no_epoch": 5,
    "branch_dropped": 19,
    "wall_clock": 1,
    "day_by_trust_alone": 80,
    "day_by_wall_clock": 4,
    "wall_dates": 19,
    "day_ends_at_a_touch": 1,
    "doubt_is_called": 4,
    "doubt_expires": 4,
    "no_ceiling": 14,
    "clock_unchecked": 10,
    "saved_clock_is_known": 3,
    "paper_guesses": 10,
    "no_way_back": 8,
    "one_answer_for_all": 557,
    "estimate_is_a_date": 275,
    "said_raises_floor": 99,
    "departures_shared": 179,
    "no_elapsed": 111,
    "late_rows_are_new": 133,
    "late_in_line": 6,
    "withdrawn_restarts": 374,
    "floor_twice": 86,
    "said_restarts": 87,
    "said_expires": 405,
    "one_person_is_enough": 4,
}
"""The simulated day on which `make mutants` found each of them, from day 1 on."""
NOT_MET: frozenset[str] = frozenset({"epoch_forgotten", "half_copied"})
"""Rules whose absence none of a hunt's simulated days has shown: each has a test of its own (tests/test_spare.py)."""


@contextmanager
def switched_on(name: str, day: Day) -> Iterator[None]:
    """The product with one rule taken out."""
    EARLY.clear()
    EARLY["day"] = day
    patches = MUTANTS[name]()
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()
