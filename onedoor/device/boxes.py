"""Puts a box's real parts together: card, link, sender."""

from pathlib import Path

from onedoor.device.ballast import free_percent, prepare
from onedoor.device.box import Box
from onedoor.device.card import hold, open_card, state_of, trusted
from onedoor.device.clock import Clock
from onedoor.device.config import BrokerConfig, DeviceConfig
from onedoor.device.journal import FOREIGN
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
    """A box with a journal, whatever its card is like. Raises JournalError if another program has the journal, or if
    there is no place for one at all, not even in memory.
    """
    topics, timers, link, folder = Topics(config.center), Timers(clock), real_link(config), Path(config.data)
    hold(folder)
    free = prepare(folder, config.ballast_mb) if trusted(folder) else free_percent(folder)
    card = open_card(folder, config.dev, run)
    journal = card.journal
    sender = Sender(journal, link, clock, topics, timers)
    sender.time.zone = config.zone
    box = Box(config.dev, config.role, link, clock, topics, len(journal.spans) + 1, timers, sender)
    box.disk_free, box.volatile, box.needs.data = free, card.volatile, folder
    for code in card.codes:
        box.needs.set(code, needed=True)
    box.hall.alarms[box.dev] = tuple(card.codes)  # on its own screen at once, with a broker or without
    link.topics, link.will = box.subscriptions(), box.presence("lost")
    return box, sender


def make_screen_box(config: DeviceConfig, clock: Clock) -> Box:
    """A box that only shows: no journal. Its boot number is the minute it started."""
    topics, link, folder = Topics(config.center), real_link(config), Path(config.data)
    box = Box(config.dev, config.role, link, clock, topics, clock.wall_ms() // 60_000, Timers(clock))
    box.needs.data = folder
    state = state_of(folder) if trusted(folder) else FOREIGN
    if state:  # it has nothing to write that matters, and shows all the same; but somebody should see to it
        box.needs.set(f"card_{state}", needed=True)
    link.topics, link.will = box.subscriptions(), box.presence("lost")
    return box
