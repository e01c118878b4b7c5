"""Every MQTT topic, spelled in this one place.

    onedoor/v1/{center}/dev/{dev}/state    retained  presence: birth and last will, also for the hub
    onedoor/v1/{center}/dev/{dev}/info     retained  role and software
    onedoor/v1/{center}/jrn/{dev}/batch              journal rows, device to hub
    onedoor/v1/{center}/jrn/{dev}/mark     retained  watermark and answers, hub to device
    onedoor/v1/{center}/ask/{dev}                    question about a ticket just issued
    onedoor/v1/{center}/ans/{dev}                    its answer
    onedoor/v1/{center}/cpy/{dev}/head               what a spare has of the log
    onedoor/v1/{center}/cpy/{dev}/rows               the log's next rows, hub to spare
    onedoor/v1/{center}/cpy/{dev}/want               a hub that starts asks the spare for its end of the log
    onedoor/v1/{center}/cpy/{dev}/tail               its answer
    onedoor/v1/{center}/cpy/{dev}/offer              devices' rows out of a branch, spare to hub
    onedoor/v1/{center}/beacon             retained  who leads, and how far it is
    onedoor/v1/{center}/pulse                        the hub lives, every second
    onedoor/v1/{center}/seal               retained  the newest signed head of the log
    onedoor/v1/{center}/state/all/{name}   retained  what every screen shows

One writer a topic; the writer's or the receiver's name is a level of it, so that the broker's
access rules can hold each device to its own.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from onedoor.wire.errors import Malformed

ROOT = "onedoor/v1"
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}\Z")
"""Names of centers and devices: lower-case letters, digits, hyphen. They become topic levels."""

BOARD_NAMES = ("waiting", "called", "counters", "day")
"""The parts of the hall's state that every screen may show."""

SHOWN_BY = {
    "kiosk": ("waiting", "called"),
    "counter": ("waiting", "day"),
    "hall": ("waiting", "called", "day"),
    "sign": ("counters", "day"),
}
"""What a screen of each role listens to; nothing is sent to a box that does not show it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A parsed topic: what it is, and which device (or part of the state) it speaks of."""

    what: str
    name: str = ""


def _named(name: str) -> str:
    if not NAME.match(name):
        raise Malformed(f"'{name}' cannot be part of a topic: use a-z, 0-9 and hyphen")
    return name


@dataclass(frozen=True, slots=True)
class Topics:
    """Builds and parses the topics of one center."""

    center: str

    def __post_init__(self) -> None:
        _named(self.center)

    def _at(self, *levels: str) -> str:
        return "/".join((ROOT, self.center, *levels))

    def presence(self, dev: str) -> str:
        """Birth and last will of a device."""
        return self._at("dev", _named(dev), "state")

    def info(self, dev: str) -> str:
        """Role and software of a device."""
        return self._at("dev", _named(dev), "info")

    def batch(self, dev: str) -> str:
        """Journal rows of a device."""
        return self._at("jrn", _named(dev), "batch")

    def mark(self, dev: str) -> str:
        """The hub's watermark for a device."""
        return self._at("jrn", _named(dev), "mark")

    def ask(self, dev: str) -> str:
        """A device's question."""
        return self._at("ask", _named(dev))

    def answer(self, dev: str) -> str:
        """The hub's answer to a device."""
        return self._at("ans", _named(dev))

    def copy(self, dev: str, what: str) -> str:
        """One of a spare's topics: head, rows, want, tail, offer."""
        return self._at("cpy", _named(dev), what)

    def beacon(self) -> str:
        """The hub's beacon."""
        return self._at("beacon")

    def pulse(self) -> str:
        """The hub's sign of life."""
        return self._at("pulse")

    def seal(self) -> str:
        """The newest signed head of the log."""
        return self._at("seal")

    def state(self, name: str) -> str:
        """One part of what every screen shows."""
        return self._at("state", "all", _named(name))

    def of_box(self, dev: str) -> list[str]:
        """What one box with a journal says to the hub, and whether it is there."""
        return [self.batch(dev), self.ask(dev), self.presence(dev)]

    def of_spare(self, dev: str) -> list[str]:
        """What a spare says to the hub."""
        return [self.copy(dev, what) for what in ("head", "tail", "offer")]

    def for_hub_of(self, boxes: Iterable[str], spares: Iterable[str]) -> list[str]:
        """What the hub of these boxes listens to, box by box: so it can stop listening to one of them."""
        said = [topic for dev in spares for topic in self.of_spare(dev)]
        return [topic for dev in boxes for topic in self.of_box(dev)] + said

    def for_hub(self) -> list[str]:
        """What a hub listens to, whatever boxes there are."""
        heard = [self._at("cpy", "+", what) for what in ("head", "tail", "offer")]
        return [self._at("jrn", "+", "batch"), self._at("ask", "+"), self._at("dev", "+", "state"), *heard]

    def for_spare(self, dev: str) -> list[str]:
        """What a spare listens to."""
        return [self.beacon(), self.copy(dev, "rows"), self.copy(dev, "want")]

    def for_device(self, dev: str) -> list[str]:
        """What every device with a journal listens to."""
        return [self.mark(dev), self.answer(dev), self.beacon(), self.presence("hub")]

    def for_screen(self, role: str) -> list[str]:
        """The parts of the hall's state that a screen of this role shows; a clerk's also shows what boxes need."""
        needs = [self._at("dev", "+", "info")] if role == "counter" else []
        pulse = [self.pulse()] if role != "kiosk" else []
        return [self.state(name) for name in SHOWN_BY.get(role, BOARD_NAMES)] + needs + pulse

    def parse(self, topic: str) -> Topic:
        """What a topic of this center means.

        Raises Malformed for every other text, so that nothing is guessed from a stranger's topic.
        """
        return _parsed(self._at(""), topic)


@lru_cache(maxsize=4_096)
def _parsed(start: str, topic: str) -> Topic:
    levels = topic[len(start) :].split("/") if topic.startswith(start) else []
    match levels:
        case [("beacon" | "seal" | "pulse") as what]:
            return Topic(what)
        case ["state", "all", name] if name in BOARD_NAMES:
            return Topic("state", name)
        case ["dev", dev, "state"]:
            return Topic("presence", _named(dev))
        case ["dev", dev, "info"]:
            return Topic("info", _named(dev))
        case ["jrn", dev, ("batch" | "mark") as what]:
            return Topic(what, _named(dev))
        case ["cpy", dev, ("head" | "rows" | "want" | "tail" | "offer") as what]:
            return Topic(what, _named(dev))
        case [("ask" | "ans") as what, dev]:
            return Topic(what, _named(dev))
    raise Malformed(f"not a topic of {start[:80]}: {topic[:80]!r}")
