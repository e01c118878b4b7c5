"""Days on which clocks lie, are missing or come late, played by the product's own boxes, with the truth beside them.

Nobody's box reads `center.clock`: it is the wrist watch by which the truth is written down.
"""

import random
from dataclasses import dataclass, field, replace
from pathlib import Path

from conftest_center import Center
from laos import local_time

from display.asking import AnswerDay, TakeBack
from display.panel import SayTime
from display.presses import Press
from onedoor.device.clock import VirtualClock
from onedoor.hall import desk
from onedoor.hall.desk import At
from onedoor.hall.rules import Hours, Rules
from onedoor.hall.zone import LAOS

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MORNING = 1_795_222_800_000
"""Saturday 21 November 2026, 08:00 in the center."""
WEEK = Hours(week=(((480, 720), (780, 960)),) * 7)
OFF = (0, -3 * HOUR, 12 * HOUR, -26 * HOUR, 40 * DAY, -10 * 365 * DAY)


@dataclass
class Played:
    """What really happened to each ticket, by the wrist watch: (what, milliseconds)."""

    folder: Path
    truth: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    def first(self, ticket: str, what: str) -> int | None:
        """When that happened first."""
        return next((at for name, at in self.truth.get(ticket, ()) if name == what), None)


@dataclass
class FaultyDay:
    """A center in which everything that a clock can do is done, out of one seed."""

    folder: Path
    seed: int
    hours: bool = False
    zone: str = LAOS
    morning: int = MORNING
    played: Played = field(init=False)
    chance: random.Random = field(init=False)
    center: Center = field(init=False)
    boots: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.played = Played(self.folder)
        rules = Rules(hours=replace(WEEK if self.hours else Hours(), zone=self.zone))
        self.center = Center(self.folder, clock=VirtualClock(self.morning), rules=rules)
        for dev in ("hub", "k1", "k2", "c1", "c2"):
            self.center.own_clock(dev, off_ms=self.chance.choice(OFF))
        if self.chance.random() < 0.5:
            self.network("hub")

    @property
    def real_ms(self) -> int:
        """What the wrist watch shows."""
        return self.center.clock.wall_ms()

    def play(self, steps: int = 60) -> Played:
        """The whole day."""
        center = self.center
        center.start_hub()
        self.kiosks, self.panels = [center.kiosk(1), center.kiosk(2)], [center.panel(1), center.panel(2)]
        does = [self.issue] * 6 + [self.works] * 10 + [self.passes] * 3 + [
            self.boots_hub, self.boots_kiosk, self.boots_panel, self.network_comes, self.wall_steps, self.told, self.alone, self.night,
            self.takes_back,
        ]  # fmt: skip
        for _ in range(steps):
            self.chance.choice(does)()
        if self.hub_away:
            self.back()
        for _ in range(4):
            self.works()
        center.pass_ms(30_000, 1_000)
        center.hub.flush()
        center.hub.store.close()
        return self.played

    @property
    def hub_away(self) -> bool:
        """Whether the hub is off."""
        return self.center.hub is None

    def note(self, ticket: str, what: str, at: int | None = None) -> None:
        """It really happened."""
        self.played.truth.setdefault(str(ticket), []).append((what, self.real_ms if at is None else at))

    # -- people

    def issue(self) -> None:
        """Somebody takes a ticket."""
        at, before = self.real_ms, len(self.center.papers)
        self.center.touch(self.chance.choice(self.kiosks), self.chance.choice(("id", "land")))
        if len(self.center.papers) > before:
            self.note(self.center.papers[-1].ticket, "issue", at)

    def works(self) -> None:
        """A clerk does the next thing."""
        panel, center = self.chance.choice(self.panels), self.center
        ticket = panel.me.ticket
        if panel.me.at == At.ASKING:
            if panel.asking.asks is not None:
                center.do(panel, AnswerDay(self.chance.random() < 0.7))
            center.pass_ms(13_000, 500)
        elif not ticket:
            center.do(panel, Press.NEXT)
            for _ in range(26):
                if panel.me.ticket:
                    self.note(panel.me.ticket, "call")
                    break
                if panel.asking.asks is not None:
                    center.do(panel, AnswerDay(self.chance.random() < 0.7))
                center.pass_ms(500, 500)
        elif panel.me.at == At.WALKING:
            what = self.chance.choice((Press.START, Press.START, Press.START, Press.NO_SHOW, Press.RECALL))
            center.do(panel, what)
            if what is Press.START:
                self.note(ticket, "start")
        else:
            does = self.chance.choice((Press.END, Press.END, Press.END, desk.Park(0, "paper"), desk.Transfer("land")))
            at = self.real_ms
            center.do(panel, does)
            if panel.me.ticket != ticket:
                self.note(ticket, "end" if does is Press.END else "park" if isinstance(does, desk.Park) else "sent", at)
        center.pass_ms(self.chance.randrange(2_000, 200_000), 2_000)

    def takes_back(self) -> None:
        """A clerk's last answer about a day was wrong."""
        for panel in self.panels:
            if panel.asking.given is not None:
                self.center.do(panel, TakeBack())
        self.center.pass_ms(2_000, 500)

    def passes(self) -> None:
        """Nothing happens for a while."""
        self.center.pass_ms(self.chance.randrange(30_000, 20 * MINUTE), 10_000)

    def night(self) -> None:
        """Everybody goes home, and comes back in the morning."""
        self.center.pass_night(self.chance.choice((15 * HOUR, 17 * HOUR)))

    # -- clocks

    def network(self, dev: str) -> None:
        clock = self.center.clocks[dev]
        clock.step(self.real_ms - clock.wall_ms())
        clock.is_trusted = True

    def network_comes(self) -> None:
        """Network time arrives at one box."""
        self.network(self.chance.choice(("hub", "hub", "k1", "c1")))
        self.center.pass_ms(62_000, 1_000)

    def wall_steps(self) -> None:
        """A clock that nobody vouches for jumps."""
        clock = self.center.clocks[self.chance.choice(("hub", "k1", "k2", "c1", "c2"))]
        if not clock.is_trusted:
            clock.step(self.chance.choice((HOUR, -HOUR, 400 * DAY)))
        self.center.pass_ms(2_000, 500)

    def told(self) -> None:
        """A person says what time it is, at the full minute; the one at counter 1 is now and then a day or an hour wrong
        (two who are wrong alike are believed, and then no reader can know).
        """
        self.center.pass_ms(MINUTE - self.real_ms % MINUTE, 100)
        panel = self.chance.choice(self.panels)
        off = self.chance.choice((0, 0, DAY, -DAY, HOUR)) if panel is self.panels[0] else 0
        said = local_time(self.real_ms + off).strftime("%Y-%m-%d %H:%M")
        self.center.do(panel, SayTime(said))
        self.center.pass_ms(3_000, 500)

    def _reboot(self, dev: str, after_ms: int) -> None:
        self.center.advance(after_ms)
        self.boots += 1
        clock = self.center.clocks[dev]
        clock.reboot(f"{dev}-again-{self.boots}")
        clock.is_trusted = clock.is_trusted and self.chance.random() < 0.4
        if not clock.is_trusted:
            clock.step(-after_ms)

    def boots_hub(self) -> None:
        """The hub's plug is pulled for a while."""
        if not self.hub_away:
            self.center.kill_hub()
        self._reboot("hub", self.chance.choice((MINUTE, 7 * MINUTE, HOUR)))
        self.center.start_hub()
        self.center.pass_ms(30_000, 1_000)

    def alone(self) -> None:
        """The hub goes away, or comes back."""
        if self.hub_away:
            self.back()
        else:
            self.center.kill_hub()
            self.center.pass_ms(5_000, 1_000)

    def back(self) -> None:
        """The hub's program starts again; now and then after its plug was pulled."""
        if self.chance.random() < 0.5:
            self._reboot("hub", MINUTE)
        self.center.start_hub()
        self.center.pass_ms(40_000, 1_000)

    def boots_kiosk(self) -> None:
        """A kiosk's plug is pulled."""
        n = self.chance.randrange(2)
        self.center.stop(f"k{n + 1}")
        self._reboot(f"k{n + 1}", MINUTE)
        self.kiosks[n] = self.center.kiosk(n + 1)
        self.center.pass_ms(62_000, 1_000)

    def boots_panel(self) -> None:
        """A counter's plug is pulled."""
        n = self.chance.randrange(2)
        self.center.stop(f"c{n + 1}")
        self._reboot(f"c{n + 1}", MINUTE)
        self.panels[n] = self.center.panel(n + 1)
        self.center.pass_ms(5_000, 1_000)
