"""The world around the product's own code: time, cards, network and chance, all from one seed.

Nothing in here knows the protocol. A card may forget its newest rows when the power goes, a message may
be lost, doubled or late, a clock drifts and starts at a wrong date; whatever the devices make of it is
their own code.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from onedoor.device.journal import MemoryJournal, RunSpan
from onedoor.device.link import Arrived, MemoryBroker, MemoryLink

MORNING_MS = 1_795_222_800_000
"""A trusted wall clock at the start of every simulated day: 08:00 in Laos."""


@dataclass
class World:
    """Virtual time, chance, and the queue of what will happen."""

    seed: int
    now_ms: int = 0
    loss: float = 0.0
    repeat: float = 0.0
    longest_delay_ms: int = 0
    chance: random.Random = field(init=False)
    broker: MemoryBroker = field(init=False)
    messages: int = 0
    _queue: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.loss = self.chance.choice([0.0, 0.05, 0.2, 0.4])
        self.repeat = self.chance.choice([0.0, 0.1, 0.3])
        self.longest_delay_ms = self.chance.choice([50, 500, 4_000])
        self.broker = MemoryBroker(deliver=self._deliver)

    def at(self, delay_ms: float, action: Callable[[], None]) -> None:
        """Do something later."""
        self._count += 1
        heapq.heappush(self._queue, (self.now_ms + int(delay_ms), self._count, action))

    def run_until(self, end_ms: int) -> None:
        """Let everything happen that is due by then."""
        while self._queue and self._queue[0][0] <= end_ms:
            self.now_ms, _, action = heapq.heappop(self._queue)
            action()
        self.now_ms = end_ms

    def random_id(self) -> str:
        """64 random bits."""
        return f"{self.chance.getrandbits(64):016x}"

    def heal(self) -> None:
        """From now on the network is good."""
        self.loss = self.repeat = 0.0
        self.longest_delay_ms = 20

    def _deliver(self, link: MemoryLink, message: Arrived) -> None:
        """Lost, doubled, late, or just there."""
        copies = 1
        if self.chance.random() < self.loss:
            copies -= 1
        if self.chance.random() < self.repeat:
            copies += 1
        for _ in range(copies):
            self.messages += 1
            delay = self.chance.random() ** 2 * self.longest_delay_ms
            self.at(delay, lambda: link.receive(message) if link.connected else None)


@dataclass
class SimClock:
    """One box's clock: monotonic since its boot with a drift, and a wall clock that may be wrong."""

    world: World
    drift: float
    wall_error_ms: int
    is_trusted: bool
    booted_ms: int = 0
    boots: int = 1

    @property
    def boot_id(self) -> str:
        return f"boot-{self.boots}"

    def wall_ms(self) -> int:
        return MORNING_MS + self.world.now_ms + self.wall_error_ms

    def mono_ms(self) -> int:
        return int((self.world.now_ms - self.booted_ms) * self.drift)

    def trusted(self) -> bool:
        return self.is_trusted

    def reboot(self) -> None:
        """Power was gone."""
        self.booted_ms, self.boots = self.world.now_ms, self.boots + 1


class Card(MemoryJournal):
    """A journal that remembers when each transaction was written, so that it can forget the newest."""

    def __init__(self, world: World, dev: str, run: str, card: "Card | None" = None) -> None:
        super().__init__(dev, run, card)
        self.world = world
        self.history: list[tuple[int, int, dict[str, str]]] = list(card.history) if card else []

    def append(self, events, stamp, keep):  # type: ignore[no-untyped-def]
        facts = super().append(events, stamp, keep)
        self.history.append((self.world.now_ms, len(self.rows), dict(self.keep)))
        return facts

    def forget_after(self, moment_ms: int) -> set[str]:
        """A card that lied: every transaction after this moment is gone. The ids of the lost rows."""
        while self.history and self.history[-1][0] > moment_ms:
            self.history.pop()
        count, self.keep = (self.history[-1][1], dict(self.history[-1][2])) if self.history else (0, {})
        lost = {fact.id for fact in self.rows[count:]}
        del self.rows[count:]
        self.spans = _spans(self.rows)
        return lost


def _spans(rows):  # type: ignore[no-untyped-def]
    spans: list[RunSpan] = []
    for i, fact in enumerate(rows, 1):
        if spans and spans[-1].run == fact.run:
            spans[-1].count += 1
        else:
            spans.append(RunSpan(fact.run, i, 1))
    return spans
