"""Puts a box's real parts together: card, link, sender."""

from pathlib import Path

from onedoor.device.ballast import journal_place, prepare
from onedoor.device.box import Box
from onedoor.device.clock import Clock
from onedoor.device.config import BrokerConfig, DeviceConfig
from onedoor.device.journal import SqliteJournal
from onedoor.device.link import BrokerAddress, PahoLink
from onedoor.device.sender import Sender
from onedoor.device.timers import Timers
from onedoor.wire.topics import Topics


def real_link(config: DeviceConfig) -> PahoLink:
    """The link to the configured broker; topics and will are set by whoever owns it."""
    main, *others = addresses(config.broker)
    return PahoLink(main, config.dev, [], others=tuple(others))


def addresses(b: BrokerConfig) -> list[BrokerAddress]:
    """Where a hub's broker may be: the hub's own, and the spare's if there is one."""
    places = [(b.host, b.port)] + ([(b.spare_host, b.spare_port)] if b.spare_host else [])
    return [BrokerAddress(host, port, b.ca, b.cert, b.key) for host, port in places]


def make_box(config: DeviceConfig, clock: Clock, run: str) -> tuple[Box, Sender]:
    """A box with a journal. Raises JournalError if the card cannot be opened."""
    topics, timers, link = Topics(config.center), Timers(clock), real_link(config)
    free = prepare(Path(config.data), config.ballast_mb)
    path, volatile = journal_place(Path(config.data), config.dev)
    journal = SqliteJournal(path, config.dev, run)
    sender = Sender(journal, link, clock, topics, timers)
    box = Box(config.dev, config.role, link, clock, topics, len(journal.spans) + 1, timers, sender)
    box.disk_free, box.volatile, box.needs.data = free, volatile, Path(config.data)
    link.topics, link.will = box.subscriptions(), box.presence("lost")
    return box, sender


def make_screen_box(config: DeviceConfig, clock: Clock) -> Box:
    """A box that only shows: no journal. Its boot number is the minute it started."""
    topics, link = Topics(config.center), real_link(config)
    box = Box(config.dev, config.role, link, clock, topics, clock.wall_ms() // 60_000, Timers(clock))
    box.needs.data = Path(config.data)
    link.topics, link.will = box.subscriptions(), box.presence("lost")
    return box
