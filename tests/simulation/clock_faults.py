"""What goes wrong with clocks: steps, network time that lies for a while, rows with absurd times in them."""

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from door_rows import DEVICE
from door_rows import HUB as HUBS_OWN

from onedoor.device.journal import JournalError, Stamp
from onedoor.hall import events as ev
from onedoor.hall.kinds import KINDS
from onedoor.wire.rows import event_of
from simulation.clocks import DAY, HOUR, YEAR, YEAR_2036_MS
from simulation.day import HUBS, Day
from simulation.world import PowerCut

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = (1_000, -1_000, 10_000, -60_000, 30 * 60_000, -HOUR, 6 * HOUR, DAY, -DAY, YEAR, 10 * YEAR, -10 * YEAR)
LIES = ("2036", DAY, -DAY, -HOUR)
SIDES = (("hub",), ("k1",), ("hub", "k1", "k2"), ("hub", "s1", "k1", "k2", "c1", "c2", "c3"))
ABSURD = (2**53 - 1, 0, 1, 253_402_300_799_000, -1, 10**15)
TIMES = {
    kind: times
    for kind, cls in KINDS.items()
    if (times := tuple(name for name in cls.__dataclass_fields__ if name.endswith("_ms")))
}
"""Every kind of row with times in it, the hub's own among them: a box may send those too, and must not be believed."""


class ClockFaults:
    """Drawn like all other faults."""

    def __init__(self, day: Day) -> None:
        self.day, self.world = day, day.world

    def draw(self, often: "Callable[..., None]") -> None:
        """The clocks' faults of the run."""
        lying = self.world.plan.network == "lying"
        if self.world.plan.lonely:
            for dev in ("k1", "k2"):
                often([0, 1, 1], "cut off overnight", self.alone, dev, lambda c: c.choice([6 * HOUR, 20 * HOUR]))
        for dev in self.day.nodes:
            often([0, 0, 0, 1], "clock steps", self.step, dev, lambda c: c.choice(STEPS))
            if dev not in HUBS:
                often([0] * 7 + [1], "absurd row", self.absurd, dev, lambda c: c.getrandbits(32))
        often([0, 1, 2] if lying else [0], "network lies", self.lie, lambda c: c.choice(SIDES),
              lambda c: c.choice(LIES), lambda c: c.choice([1_000, 60_000, 600_000, 3_600_000]))  # fmt: skip

    def alone(self, dev: str, dark_ms: int) -> None:
        """A kiosk stands for itself for hours; in the meantime its power fails once."""
        node = self.day.nodes[dev]
        node.cut_until_ms = self.world.now_ms + dark_ms
        if node.up and node.link is not None:
            node.link.cut()
        self.world.at(dark_ms // 3, lambda: None if self.day.healing else self.day.crash(dev, 60_000))

    def step(self, dev: str, by_ms: int) -> None:
        """Somebody moves a wall clock; where network time is, it is put right within the hour."""
        clock = self.day.nodes[dev].clock
        if clock.off:
            return
        clock.wall_error_ms += by_ms
        if clock.is_trusted:
            self._right_again(dev, random.Random(by_ms ^ self.world.now_ms).choice([1_000, 60_000, 1_800_000]))

    def lie(self, devs: tuple[str, ...], how: Any, ms: int) -> None:
        """Network time is wrong for a while."""
        for dev in devs:
            clock = self.day.nodes[dev].clock
            if clock.is_trusted:
                clock.wall_error_ms = YEAR_2036_MS - clock.real_ms() if how == "2036" else how
                self._right_again(dev, ms)

    def _right_again(self, dev: str, after_ms: int) -> None:
        clock = self.day.nodes[dev].clock
        boot = clock.boot_id
        self.world.at(after_ms, lambda: clock.set_by_network() if clock.boot_id == boot else None)

    def absurd(self, dev: str, seed: int) -> None:
        """A row that no program of ours would write is on the card, and is sent until the hub has it."""
        node, draw = self.day.nodes[dev], random.Random(seed)
        if not node.up or not node.card.length:  # type: ignore[union-attr]
            return
        at_ms, sender = draw.choice(ABSURD), node.device.sender  # type: ignore[attr-defined]
        events: list[ev.Event] = [ev.TimeTold(at_ms), ev.ClockStepped(at_ms, 0)]
        if dev[0] == "c":
            events += [ev.Booked("54321", "id", at_ms), ev.Parked(ev.RowId(f"{dev}.none.1"), at_ms)]
        event = draw.choice(events)
        other = random.Random(f"{seed} of any kind")  # its own dice: the rest of the run is as it was
        if other.random() < 0.5:
            event = untimely(other)
        if isinstance(event, ev.TimeTold):
            self.world.told(at_ms - node.clock.real_ms(), dev, by_person=True)
        mono = max(0, node.clock.mono_ms() + draw.choice([0, 0, 10**9, -(10**9)]))
        stamp = Stamp(node.clock.boot_id, mono, draw.choice([None, *ABSURD]), draw.choice([-1, 0, 1, 99]))
        self.day.tally["absurd rows"] += 1
        try:
            self.day.absurd |= {f.id for f in node.card.append([event], stamp, {})}  # type: ignore[union-attr]
        except (PowerCut, JournalError):
            self.day.crash(dev, 10_000)
            return
        self.day.safely(node, sender._resend)  # and again, until the hub has it


def untimely(draw: random.Random) -> ev.Event:
    """A row of any kind that has times in it, with an absurd one in each."""
    kind = draw.choice(sorted(TIMES))
    return replace(event_of(kind, (DEVICE | HUBS_OWN)[kind]), **{name: draw.choice(ABSURD) for name in TIMES[kind]})
