"""When a center is open in a run, and when it is dark: one long day, or several with their nights, from the seed.

People come, and things go wrong, in *windows* only; between them the boxes are off, or on with nothing to do. A night
costs next to nothing: nobody touches anything, and what the hub says every minute it says every half hour then.
"""

import random
from bisect import bisect
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from laos import midnight_ms

from onedoor.hall.rules import Hours

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
SERVICE_MS = 8 * HOUR
"""So long people come in a run, however many days it has."""
OPENS, CLOSES = 8 * 60, 16 * 60
WEEK = tuple(((OPENS, CLOSES),) if weekday < 5 else () for weekday in range(7))
ORDINARY = "2026-11-26"
DATES = (ORDINARY, ORDINARY, "2026-11-27", "2026-11-29", "2026-12-29", "2028-02-27")
"""A Thursday, a Friday, and days before the end of a month, of a year, and before a 29 February."""
NIGHTS = ("never", "never", "before closing", "after closing", "after closing", "hub only", "all but kiosks")
NETWORKS = ("good", "good", "late", "lying", "never")
"""Whether network time comes after a boot: soon; soon, late or never; soon, but it lies now and then; in no boot."""
LONELY = 1 / 8
"""So many runs are of a center without a good clock."""


@dataclass(frozen=True)
class Night:
    """A time without people: which boxes are off from when to when (world's time), and whether they were told."""

    kind: str
    off_ms: int
    on_ms: int
    clean: bool


@dataclass(frozen=True)
class Plan:
    """One run: real time at its beginning, its windows and nights (world's time), opening hours, network time."""

    began_ms: int
    windows: tuple[tuple[int, int], ...]
    nights: tuple[Night, ...] = ()
    hours: Hours = field(default_factory=Hours)
    network: str = "good"
    lonely: bool = False
    """No clock in the center is good: what day it is, people say, and some of them say it wrong. Kiosks are cut off for
    a night and longer.
    """

    @property
    def end_ms(self) -> int:
        """When the last window ends."""
        return self.windows[-1][1]

    def moment(self, share: float) -> float:
        """A moment in the windows: 0 at the beginning of the first, 1 at the end of the last."""
        left = share * sum(end - begin for begin, end in self.windows)
        for begin, end in self.windows:
            if left <= end - begin:
                return begin + left
            left -= end - begin
        return self.end_ms

    def open_again_ms(self, now_ms: int) -> int:
        """When the next window begins; now, if one is open or none will be."""
        i = bisect(self.windows, (now_ms, 2**60)) - 1
        if (i >= 0 and now_ms < self.windows[i][1]) or i + 1 >= len(self.windows):
            return now_ms
        return self.windows[i + 1][0]

    def busy(self, now_ms: int, around_ms: int) -> bool:
        """Whether a window is open, was a moment ago, or will be soon."""
        return any(begin - around_ms <= now_ms <= end + around_ms for begin, end in self.windows)


def plan_of(seed: int) -> Plan:
    """Half of the runs are one day of eight hours, one in three of those over midnight; half have nights. One in eight is
    of a center without a good clock.
    """
    far_away = random.Random(seed ^ 0x10E1)
    if far_away.random() < LONELY:
        return replace(_days(far_away, far_away.choice(["never", "never", "late"])), lonely=True)
    chance = random.Random(seed ^ 0x91A7)
    network = chance.choice(NETWORKS)
    if chance.random() < 0.5:
        begins = chance.choice([8, 8, 21])
        return Plan(midnight_ms(chance.choice(DATES)) + begins * HOUR, ((0, SERVICE_MS),), network=network)
    return _days(chance, network)


def _days(chance: random.Random, network: str) -> Plan:
    """Two to five days."""
    first, count = date.fromisoformat(chance.choice(DATES)), chance.choice([2, 3, 3, 4, 5])
    hours = Hours(week=WEEK) if chance.random() < 0.6 else Hours()
    began = midnight_ms(first.isoformat()) + OPENS * MINUTE
    days = [first + timedelta(days=i) for i in range(2 * count)]
    days = [d for d in days if not hours.week or hours.week[d.weekday()]][:count]
    spell = SERVICE_MS // (2 * count - 1)
    windows: list[tuple[int, int]] = []
    nights: list[Night] = []
    for n, day in enumerate(days):
        zero = midnight_ms(day.isoformat()) - began
        windows.append((max(0, zero + OPENS * MINUTE), zero + OPENS * MINUTE + spell))
        if n == count - 1:
            break
        late = not hours.week and chance.random() < 0.6
        ends = zero + (DAY + spell // 2 if late else CLOSES * MINUTE + 20 * MINUTE)
        windows.append((ends - spell, ends))
        again = midnight_ms(days[n + 1].isoformat()) - began + OPENS * MINUTE
        nights.append(_night(chance, ends, again, late=late))
    return Plan(began, tuple(windows), tuple(nights), hours, network)


def _night(chance: random.Random, ends: int, again: int, *, late: bool) -> Night:
    kind = chance.choice(NIGHTS)
    before = kind == "before closing" or (late and kind in ("hub only", "all but kiosks"))
    off = ends - int(chance.uniform(20, 50) * MINUTE) if before else ends + int(chance.uniform(1, 60) * MINUTE)
    return Night(kind, off, again - int(chance.uniform(-10, 30) * MINUTE), chance.random() < 0.4)
