"""The world around the product's own code: time, cards, disks, network and chance, all from one seed.

Nothing in here knows the protocol. A card may forget its newest rows when the power goes, refuse a row
or die, power may fail in the very moment of a commit, a message may be lost, doubled or late, a clock
drifts, steps and starts at a wrong date; whatever the devices make of it is their own code.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from laos import day_of

from broker.memory_store import MemoryStore
from broker.store import Standing
from onedoor.device.journal import JournalError, MemoryJournal, RunSpan
from onedoor.device.link import Arrived, MemoryBroker, MemoryLink
from onedoor.hall.events import HUB
from onedoor.wire import messages as msg
from simulation.plans import Plan, plan_of

WEEK_MS = 7 * 86_400_000
LIE_MS = 5_000
"""A time that is more wrong than this, and counts as known, is a lie."""
SMALL_LIE_MS, NEAR_LIE_MS = 600_000, 15_000
SAME_LIE_MS = 11 * 60_000
"""Two errors that differ by less are one lie: so far apart may two sources be that agree, and a clock drifts."""
COPY_ROWS = 5
"""Small messages between hub and spare, so that a promotion often falls between two of them."""
msg.decode = lru_cache(maxsize=256)(msg.decode)
"""One payload reaches many boxes; the same bytes are the same message, and messages never change."""


class PowerCut(BaseException):
    """The box is dark from this very moment: no program can catch that."""


def among(lies: set[int], error_ms: int) -> bool:
    """Whether an error is one of these."""
    near = (SAME_LIE_MS if abs(lie) > SMALL_LIE_MS else NEAR_LIE_MS for lie in lies)
    return any(abs(lie - error_ms) < within for lie, within in zip(lies, near, strict=True))


@dataclass
class World:
    """Virtual time, chance, and the queue of what will happen."""

    seed: int
    now_ms: int = 0
    began_ms: int = 0
    weeks: int = 0
    """So much later everything happens."""
    shift_ms: int = 0
    """So much further every wall clock is off that nobody has set."""
    plan: Plan = field(init=False)
    loss: float = 0.0
    repeat: float = 0.0
    longest_delay_ms: int = 0
    chance: random.Random = field(init=False)
    whim: random.Random = field(init=False)
    """For clocks alone: what they show changes nothing else."""
    broker: MemoryBroker = field(init=False)
    weather: str = ""
    messages: int = 0
    events: int = 0
    lies: set[int] = field(default_factory=set)
    """Errors of times that counted as known, or that a person said, so far."""
    lies_of: dict[str, set[int]] = field(default_factory=dict)
    """The same of each box: of its clocks, and of the people at it."""
    said: dict[str, set[int]] = field(default_factory=dict)
    """Those of the people at each box."""
    handed_on: bool = False
    """Rows of a branch that was put aside were handed on, by center time as the branch had it."""
    _queue: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.whim = random.Random(self.seed ^ 0xC10C)
        self.plan = plan_of(self.seed)
        self.began_ms = self.plan.began_ms + self.weeks * WEEK_MS
        self.loss = self.chance.choice([0.0, 0.05, 0.2, 0.4])
        self.repeat = self.chance.choice([0.0, 0.1, 0.3])
        self.longest_delay_ms = self.chance.choice([50, 500, 4_000])
        self.weather = f"loss {self.loss}, repeats {self.repeat}, delay to {self.longest_delay_ms} ms"
        self.broker = MemoryBroker(deliver=self._deliver)

    def true_day(self, printed: str) -> str:
        """The real calendar day. In the minute on either side of midnight nobody can say which it is: a trusted
        clock may be that wrong, and the date on the paper (`printed`) tells two papers apart.
        """
        early, late = (day_of(self.began_ms + self.now_ms + by) for by in (-70_000, 70_000))
        return early if early == late else f"midnight of {late}, paper of {printed}"

    def told(self, error_ms: int, dev: str, *, by_person: bool = False) -> None:
        """Somebody told a box a time that is so wrong: one of its clocks, or a person."""
        if abs(error_ms) <= LIE_MS:
            return
        here = [
            self.lies,
            self.lies_of.setdefault(dev, set()),
            *([self.said.setdefault(dev, set())] if by_person else []),
        ]
        for lies in here:
            if not among(lies, error_ms):
                lies.add(error_ms)

    def was_told(self, error_ms: int) -> bool:
        """Whether a time so wrong was told by anybody."""
        return among(self.lies, error_ms)

    def at(self, delay_ms: float, action: Callable[[], None]) -> None:
        """Do something later."""
        self._count += 1
        heapq.heappush(self._queue, (self.now_ms + int(delay_ms), self._count, action))

    def run_until(self, end_ms: int) -> None:
        """Let everything happen that is due by then."""
        queue, pop = self._queue, heapq.heappop
        while queue and queue[0][0] <= end_ms:
            self.now_ms, _, action = pop(queue)
            action()
            self.events += 1
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
        chance = self.chance.random
        copies = 1
        if self.loss and chance() < self.loss:
            copies = 0
        if self.repeat and chance() < self.repeat:
            copies += 1
        for _ in range(copies):
            self.messages += 1
            self._count += 1
            when = self.now_ms + int(chance() ** 2 * self.longest_delay_ms)
            heapq.heappush(self._queue, (when, self._count, lambda: link.receive(message) if link.connected else None))


@dataclass
class Medium:
    """What may happen at a commit: the power fails just before or behind it, or the medium refuses. After a
    refusal the kernel has dropped the pages: what the same process writes then only seems to be there.
    """

    world: World
    cut_at: set[int] = field(default_factory=set)
    refuses_until_ms: int = 0
    refused: bool = False
    writes: int = 0

    def before(self) -> None:
        """Just before a commit."""
        self.writes += 1
        if self.writes in self.cut_at:
            raise PowerCut
        if self.world.now_ms < self.refuses_until_ms:
            self.refused = True
            raise JournalError("the disk is full")

    def behind(self) -> None:
        """Just behind a commit: the rows are on the medium, nobody has heard of them."""
        if -self.writes in self.cut_at:
            raise PowerCut


class Card(MemoryJournal):
    """A journal that remembers when each transaction was written, so that it can forget the newest."""

    def __init__(self, world: World, dev: str, run: str, medium: Medium, card: "Card | None" = None) -> None:
        super().__init__(dev, run, card)
        self.world, self.medium = world, medium
        self.history: list[tuple[int, int, dict[str, str]]] = card.history if card else []
        self.written: dict[str, tuple[object, int, str, int]] = card.written if card else {}

    def append(self, events, stamp, keep):  # type: ignore[no-untyped-def]
        self.medium.before()
        facts = super().append(events, stamp, keep)
        if not self.medium.refused:
            self.history.append((self.world.now_ms, len(self.rows), dict(self.keep)))
        for fact in facts:
            self.written[fact.id] = (fact.event, fact.mono_ms, fact.boot_id, self.world.now_ms)
        self.medium.behind()
        return facts

    def forget_after(self, moment_ms: int) -> set[str]:
        """A card that lied: every transaction after this moment is gone; its first start, when a technician stood
        beside it, stays. The ids of the lost rows.
        """
        while len(self.history) > 1 and self.history[-1][0] > moment_ms:
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


class Disk(MemoryStore):
    """A hub's disk in this world."""

    def __init__(self, medium: Medium, rows=(), standing: Standing | None = None) -> None:  # type: ignore[no-untyped-def]
        self.medium = medium
        self.decided: dict[tuple[str, int], int] = {}
        super().__init__(rows, standing)

    def commit(self, rows, changed) -> None:  # type: ignore[no-untyped-def]
        self.medium.before()
        for row in rows:
            if row.dev == HUB:
                self.decided.setdefault((row.run, row.seq), self.medium.world.now_ms)
        super().commit(rows, changed)
        self.medium.behind()

    def write_standing(self, standing: Standing) -> None:
        self.medium.before()
        super().write_standing(standing)
        self.medium.behind()

    def branches_done(self) -> None:
        self.medium.world.handed_on = self.medium.world.handed_on or bool(self.branches)
        super().branches_done()

    def ids(self) -> set[str]:
        """Devices' rows on it, those of branches put aside included."""
        return {f"{r.dev}.{r.run}.{r.seq}" for rows in (self.log, *self.branches) for r in rows if r.dev != HUB}

    def forgot(self, rows: int, starts: int) -> "Disk":
        """A disk that lied: its newest transactions are gone, and perhaps that it has started."""
        keep = max((n for n in self.commits if n <= len(self.log) - rows), default=0)
        old = self.kept_standing
        disk = Disk(self.medium, self.log[:keep], Standing(old.epoch, max(0, old.incarnation - starts), old.leads))
        disk.decided = self.decided
        disk.branches, disk.events, disk.snapshots = self.branches, self.events, self.snapshots
        disk.commits = [n for n in self.commits if n <= keep]
        return disk
