"""The protocol with one rule taken out: a simulation that does not notice is worth nothing.

Each mutant changes one thing of the product's code while it is switched on; nothing of this is in the
product. `found` says within how many days the judge must notice.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any
from unittest import mock

from broker import hub as hub_module
from broker.hub import Hub
from display.panel import At, Panel
from kiosk.core import Kiosk
from onedoor.device import sender as sender_module
from onedoor.device.journal import facts_for
from onedoor.device.sender import Sender
from onedoor.hall import decide as decide_module
from onedoor.hall import events as ev
from onedoor.hall import ledger as ledger_module
from onedoor.hall.ledger import Ledger
from simulation import world as world_module
from simulation.day import Day

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

    def init(self: Any, world: Any, dev: str, run: str, card: Any = None) -> None:
        real(self, world, dev, card.run if card else run, card)

    return (mock.patch.object(world_module.Card, "__init__", init),)


def no_skip() -> Any:
    """A kiosk leaves no numbers out after an unclean start, nor when the hub knows higher ones."""
    return mock.patch.object(Kiosk, "_skips", lambda *_: []), mock.patch.object(Kiosk, "_trust_higher", lambda *_: None)


EARLY: dict[str, Any] = {}


def reprint_on_boot() -> Any:
    """A ticket of unknown fate is printed again."""
    real = Kiosk.on_start

    def on_start(self: Kiosk) -> None:
        pending = self.sender.journal.kept("printing")
        real(self)
        for fact in self.sender.journal.read(0, 10**6):
            if pending and fact.id == pending:
                EARLY["day"].papers.append(f"{fact.event.day} {fact.event.label}")

    return (mock.patch.object(Kiosk, "on_start", on_start),)


def silent_give_up() -> Any:
    """The panel stops waiting and tells nobody."""
    real = Panel._lose_patience

    def lose(self: Panel) -> None:
        if self._mine() is None and self.me.command:
            self._close(At.IDLE)
            self.degraded = True
            self.sender.append(keep={"memory": json.dumps(asdict(self.me))})
            return
        real(self)

    return (mock.patch.object(Panel, "_lose_patience", lose),)


def nothing_given_back() -> Any:
    """What a panel did not show stays held for it."""
    return (mock.patch.object(decide_module, "_given_back", lambda *_: iter(())),)


def old_wishes_answered() -> Any:
    """The hub answers wishes of any age and never looks at who waits first."""
    real = decide_module._answer

    def answer(state: Any, dev: str, rid: Any, event: Any, age: Any) -> Any:
        found = real(state, dev, rid, event, age)
        waiting = [t.id for t in state.waiting(event.queues)]
        return replace(found, ticket=waiting[-1]) if isinstance(found, ev.Called) and len(waiting) > 1 else found

    return (mock.patch.object(ledger_module, "decide", _deciding_with(answer)),)


def _deciding_with(answer: Any) -> Any:
    real = decide_module.decide

    def decide(state: Any, dev: str, rid: Any, event: Any, age: Any, at: int) -> Any:
        if isinstance(event, ev.CallRequested):
            return [answer(state, dev, rid, event, age)]
        return real(state, dev, rid, event, age, at)

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
        self._speak()
        if self._rows and EARLY["day"].world.chance.random() < 0.01:
            EARLY["day"].crash("hub", 5_000)
            self._rows = []
            return
        real(self)

    return (mock.patch.object(hub_module.Hub, "flush", flush),)


def gaps_in_runs() -> Any:
    """Rows of a run are numbered with a gap now and then."""

    def facts(journal: Any, events: Any, stamp: Any) -> Any:
        made = facts_for(journal, events, stamp)
        return [replace(f, seq=f.seq + 1) if f.seq == 5 else f for f in made]

    return (mock.patch("onedoor.device.journal.facts_for", facts),)


MUTANTS: dict[str, Patch] = {
    f.__name__: f
    for f in (
        no_dedupe, highest_only, half_transaction, no_start_id, same_run, no_skip, reprint_on_boot,
        silent_give_up, nothing_given_back, old_wishes_answered, acked_on_send, publish_before_commit,
        gaps_in_runs,
    )
}  # fmt: skip


@contextmanager
def switched_on(name: str, day: Day) -> Iterator[None]:
    """The product with one rule taken out."""
    EARLY["day"] = day
    patches = MUTANTS[name]()
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()
