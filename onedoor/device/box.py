"""What every box at a center does with its link: be present, listen, keep what the hall tells.

A box with a journal also has a Sender. A message that breaks the contract is counted, logged and
dropped; the box goes on.
"""

import logging
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass, field

from onedoor import __version__
from onedoor.device.clock import Clock
from onedoor.device.link import Arrived, Link, LinkDown, LinkNews, LinkUp, Will
from onedoor.device.needs import Needs
from onedoor.device.sender import Sender
from onedoor.device.timers import Timers
from onedoor.wire import messages as msg
from onedoor.wire.errors import WireError
from onedoor.wire.topics import Topic, Topics

log = logging.getLogger("onedoor.box")

ELSEWHERE_MS = 20_000
"""How long a box stays with a broker that has no hub."""


TOLD_OFF_MS = 600_000
"""So long the hub's complaint about this box stands, unless it is said again."""
SILENT_MS = 2_500
"""A hub that lives says so every second; after so long without it what is shown may be old."""
Heard = msg.Mark | msg.Answer | msg.Beacon | msg.Seal | msg.Pulse
"""What is left for the kind of box to act on."""
News = msg.Waiting | msg.CalledNews | msg.CountersNews | msg.DayNews


@dataclass(slots=True)
class HallNews:
    """The newest word of the hub about the hall. Nothing older than what is shown is taken."""

    waiting: msg.Waiting | None = None
    called: msg.CalledNews | None = None
    counters: msg.CountersNews | None = None
    day: msg.DayNews | None = None
    alarms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What other boxes need, by box."""
    version: int = 0

    def take(self, name: str, payload: bytes) -> None:
        """Decode and keep one part; WireError if it breaks the contract."""
        kinds: dict[str, type[News]] = {
            "waiting": msg.Waiting,
            "called": msg.CalledNews,
            "counters": msg.CountersNews,
            "day": msg.DayNews,
        }
        new = msg.decode(payload, kinds[name])
        old = getattr(self, name)
        if old is not None and _age(new) < _age(old):
            return
        setattr(self, name, new)
        self.version += 1


def _age(news: News) -> tuple[int, int, int]:
    return news.start.epoch, news.start.incarnation, news.hub_seq


@dataclass(slots=True)
class Box:
    """Link, presence and hall news of one box. Kiosk, panel and board build on it."""

    dev: str
    role: str
    link: Link
    clock: Clock
    topics: Topics
    boot: int
    timers: Timers
    sender: Sender | None = None
    hall: HallNews = field(default_factory=HallNews)
    linked: bool = False
    hub_ready: bool = False
    hub_boot: int = 0
    gone_boot: int = 0
    """The start of the hub that was said to be gone last: a mark that it left with the broker is no sign of life."""
    silent: bool = False
    """The link stands, and nothing is heard of the hub."""
    lost_ms: int | None = None
    """Since when (monotonic clock) the hub is not heard; None: it is."""
    disk_free: int = 100
    volatile: bool = False
    alarms: list[str] = field(default_factory=list)
    """What this box needs a hand for, as every clerk's panel shows it."""
    refused: Tally[str] = field(default_factory=Tally)
    told_off: str = ""
    """Why the hub does not take something that this box says; every panel shows it as an alarm."""
    changed: Callable[[], None] = lambda: None
    """Told when the box notices something by the clock alone."""
    needs: Needs = field(init=False)
    """What else needs a hand: workers, loudspeakers, programs that ended by themselves."""
    _asked_card: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.needs = Needs(self.timers, self.clock, changed=self._say_info)

    def subscriptions(self) -> list[str]:
        """Everything this box listens to."""
        own = self.topics.for_device(self.dev) if self.sender else []
        own += [self.topics.seal()] if self.role == "kiosk" else []
        alone = [] if self.sender else [self.topics.beacon(), self.topics.presence("hub")]
        return [*own, *alone, *self.topics.for_screen(self.role)]

    def presence(self, state: str) -> Will:
        """A presence message of this box."""
        said = msg.Presence(msg.VERSION, state, self.boot)
        return Will(self.topics.presence(self.dev), msg.encode(said))

    @property
    def fresh(self) -> bool:
        """Whether what the hub said last still holds."""
        return self.linked and self.hub_ready and not self.silent

    def on_news(self, news: LinkNews) -> Heard | None:
        """Take one piece of news; what is left for the kind of box to act on."""
        match news:
            case LinkUp():
                self._up()
            case LinkDown():
                self.linked = False
                self._lost()
                if self.sender:
                    self.sender.on_link(up=False)
            case Arrived(topic, payload):
                try:
                    return self._hear(self.topics.parse(topic), payload)
                except WireError as wrong:
                    self.refused[wrong.code] += 1
                    self.needs.refused(topic, wrong)
        return None

    def _up(self) -> None:
        self.linked = True
        self._look_for_hub()
        birth = self.presence("ready")
        self.link.publish(birth.topic, birth.payload, retain=True)
        self._say_info()
        if self.sender:
            self.sender.on_link(up=True)

    def say_alarms(self, alarms: list[str]) -> None:
        """Tell what needs a hand now, if it is not what was told before."""
        if alarms != self.alarms:
            self.alarms = alarms
            self._say_info()

    @property
    def all_alarms(self) -> list[str]:
        """Everything this box needs a hand for."""
        return list(dict.fromkeys([*self.alarms, *self.needs.codes, *filter(None, [self.told_off])]))

    def _say_info(self) -> None:
        told = self.all_alarms[:16]
        info = msg.Info(msg.VERSION, self.role, __version__, self.boot, self.disk_free, self.volatile, told)
        self.link.publish(self.topics.info(self.dev), msg.encode(info), retain=True)

    def _hear(self, about: Topic, payload: bytes) -> Heard | None:
        match about.what:
            case "state":
                self.hall.take(about.name, payload)
            case "info":
                info = msg.decode(payload, msg.Info)
                if info.alarms or about.name in self.hall.alarms:
                    self.hall.alarms[about.name] = tuple(info.alarms)
            case "pulse":
                pulse = msg.decode(payload, msg.Pulse)
                self._alive()
                return pulse
            case "seal":
                return msg.decode(payload, msg.Seal)
            case "presence" if about.name == "hub":
                self._hub_presence(msg.decode(payload, msg.Presence))
            case "beacon":
                beacon = msg.decode(payload, msg.Beacon)
                if self.sender:
                    self.sender.on_beacon(beacon)
                return beacon
            case "mark" if about.name == self.dev:
                mark = msg.decode(payload, msg.Mark)
                if mark.refused and mark.refused != self.told_off:
                    log.error("the hub does not take what this box says: %s", mark.refused)
                self.told_off = mark.refused
                if mark.refused:
                    self.timers.start("told off", TOLD_OFF_MS, self._forgiven)
                if self.sender and self.sender.on_mark(mark):
                    if msg.born(mark.start.epoch, mark.start.incarnation) > self.gone_boot:
                        self._found()
                    self._look_at_card(self.sender, mark)
                    return mark
            case "ans" if about.name == self.dev:
                return msg.decode(payload, msg.Answer)
        return None

    def _forgiven(self) -> None:
        """What the hub complained of is long ago; a quiet box gets no mark that says so."""
        self.told_off = ""
        self._say_info()
        self.changed()

    def _look_at_card(self, sender: Sender, mark: msg.Mark) -> None:
        """A card with nothing on it but this start, of a box that the hub has rows of: it was emptied, or is a new one.
        It is told until somebody has seen to it.
        """
        spans = sender.journal.spans
        if self._asked_card or len(spans) != 1:
            return
        self._asked_card = True
        if set(mark.have) - {spans[0].run}:
            log.error("the hub has rows of this box that its card does not have: it was emptied, or is a new one")
            self.needs.forgotten(keep=not self.volatile)

    def _hub_presence(self, presence: msg.Presence) -> None:
        """A late will of an earlier start says nothing about the one that has been born since."""
        if presence.boot < self.hub_boot:
            return
        self.hub_boot = presence.boot
        self.gone_boot = 0 if presence.state == "ready" else presence.boot
        if presence.state == "ready":
            self._found()
        else:
            self._lost()
            if self.sender:
                self.sender.on_hub_gone()

    def _alive(self) -> None:
        """The hub says every second that it lives. Who never heard it say so (an older hub) does not wait for it."""
        self.timers.start("silence", SILENT_MS, self._silence)
        if self.silent:
            self.silent = False
            self._found()
            self.changed()

    def _silence(self) -> None:
        self.silent = True
        if self.lost_ms is None:
            self.lost_ms = self.clock.mono_ms() - SILENT_MS
        self.hall.version += 1
        self.changed()

    def _look_for_hub(self) -> None:
        """A broker without a hub is no use if another one may have it: after a while, try elsewhere."""
        if self.link.has_others:
            self.timers.start("elsewhere", ELSEWHERE_MS, self._elsewhere)

    def _elsewhere(self) -> None:
        self.link.elsewhere()
        self._look_for_hub()

    def _found(self) -> None:
        self.timers.cancel("elsewhere")
        self.hub_ready = True
        self.lost_ms = None
        self.hall.version += 1

    def _lost(self) -> None:
        self.hub_ready = False
        self._look_for_hub()
        if self.lost_ms is None:
            self.lost_ms = self.clock.mono_ms()
        self.hall.version += 1
