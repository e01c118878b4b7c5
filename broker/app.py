"""The programs of the hub box: `onedoor hub` (center service) and `onedoor broker` (Mosquitto)."""

import argparse
import logging
import secrets
import signal
import sys
from pathlib import Path

from broker import mosquitto
from broker.hub import Hub, Peer
from broker.store import SqliteStore
from onedoor.device.clock import SystemClock
from onedoor.device.config import ConfigError, DeviceConfig, for_role
from onedoor.device.journal import JournalError
from onedoor.device.link import BrokerAddress, PahoLink
from onedoor.device.runner import Runner
from onedoor.wire.topics import Topics


def build(config: DeviceConfig) -> Runner:
    """The center service with its real parts."""
    assert config.hub is not None
    topics = Topics(config.center)
    clock = SystemClock(vouched=config.clock_vouched)
    b = config.broker
    link = PahoLink(BrokerAddress(b.host, b.port, b.ca, b.cert, b.key), "hub", topics.for_hub())
    peers = {dev: Peer(peer.role, peer.slot) for dev, peer in config.hub.devices.items()}
    store = SqliteStore(Path(config.data))
    hub = Hub(store, link, clock, topics, peers, lambda: secrets.token_hex(8))
    return Runner(hub, link, clock, between=hub.flush)


def main(argv: list[str]) -> int:
    """`onedoor hub --config FILE`: the center service."""
    parser = argparse.ArgumentParser("onedoor hub", description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        runner = build(for_role(args.config, "hub"))
    except (ConfigError, JournalError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stop())
    return runner.run()


def main_broker(argv: list[str]) -> int:
    """`onedoor broker --config FILE`: the center's private Mosquitto."""
    parser = argparse.ArgumentParser("onedoor broker", description=main_broker.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    args = parser.parse_args(argv)
    try:
        config = for_role(args.config, "hub")
        return mosquitto.run(config.broker, config.center, Path(config.data) / "mosquitto")
    except (ConfigError, mosquitto.BrokerError, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
