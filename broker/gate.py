"""Between the link and the hub: a box that sends too much is not heard for a while, by the broker's own doing.

Policy. Messages are counted in the link's thread, before anybody looks into them, because a flood must not fill the
inbox in which other boxes' words wait. Whoever is above his budget is unsubscribed: the broker then drops what he
sends, and it costs the hub nothing more. The hub is told once, and lets him be heard again after a while. Nothing is
lost by that: rows stay in their journal and come again.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from broker.budget import Budgets, Overstepped
from onedoor.device.clock import Clock
from onedoor.device.link import Arrived, Inbox, Link, LinkNews, Will
from onedoor.wire.errors import WireError
from onedoor.wire.topics import Topics

log = logging.getLogger("onedoor.gate")


class Choosy(Link, Protocol):
    """A link that can stop listening to some of its topics."""

    def ignore(self, topics: Iterable[str]) -> None:
        """Hear nothing more on these."""
        ...

    def hear(self, topics: Iterable[str]) -> None:
        """Hear these, from now on."""
        ...


@dataclass(slots=True)
class Gate:
    """The hub's link, with a budget for each box."""

    link: Choosy
    clock: Clock
    topics: Topics
    post: Callable[[Overstepped], None] = lambda _: None
    """Puts a word of the gate's own into the hub's inbox."""
    budgets: Budgets = field(default_factory=Budgets)
    spares: frozenset[str] = frozenset()
    shut: set[str] = field(default_factory=set, init=False)

    @property
    def will(self) -> Will | None:
        """As of the link."""
        return self.link.will

    @will.setter
    def will(self, will: Will | None) -> None:
        """For the link."""
        self.link.will = will

    @property
    def has_others(self) -> bool:
        """As of the link."""
        return self.link.has_others

    def start(self, inbox: Inbox) -> None:
        """Begin to connect; what passes the gate goes to the inbox."""
        self.link.start(lambda news: self._pass(news, inbox))

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send."""
        return self.link.publish(topic, payload, retain=retain)

    def elsewhere(self) -> None:
        """Try the next address."""
        self.link.elsewhere()

    def stop(self, farewell: Will | None = None) -> None:
        """Disconnect."""
        self.link.stop(farewell)

    def open(self, dev: str) -> None:
        """Let this box be heard again."""
        if dev in self.shut:
            self.shut.discard(dev)
            self.link.hear(self._said_by(dev))

    def _said_by(self, dev: str) -> list[str]:
        return self.topics.of_spare(dev) if dev in self.spares else self.topics.of_box(dev)

    def _pass(self, news: LinkNews, inbox: Inbox) -> None:
        if not isinstance(news, Arrived):
            inbox(news)
            return
        try:
            dev = self.topics.parse(news.topic).name
        except WireError:
            return
        if dev in self.shut:
            return
        now = self.clock.mono_ms()
        for what, many in (("messages", 1), ("bytes", len(news.payload))):
            if not self.budgets.spend(dev, what, many, now):
                self.shut.add(dev)
                self.link.ignore(self._said_by(dev))
                log.warning("%s sends too much (%s): not heard for a while", dev, what)
                self.post(Overstepped(dev, what))
                return
        inbox(news)
