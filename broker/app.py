"""The programs of the hub's box and of its spare: `onedoor hub`, `onedoor broker`, `onedoor promote`.

Policy. Hub and spare are the same program: what this box is stands on its disk (`standing.json`),
and until something stands there, in its configuration. A change of part is a new start.
"""

import argparse
import logging
import os
import secrets
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType

from msgspec import structs

from broker import denials, mosquitto, time_app
from broker.budget import Overstepped
from broker.gate import Gate
from broker.hub import Hub
from broker.intake import Peer
from broker.spare import Promote, Spare
from broker.sqlite_store import STANDING_FILE, SqliteStore, read_standing, write_durably
from onedoor.device.ballast import prepare
from onedoor.device.boxes import addresses
from onedoor.device.catalogue import load_book
from onedoor.device.center_rules import rules_of
from onedoor.device.clock import SystemClock, pause
from onedoor.device.config import BrokerConfig, ConfigError, DeviceConfig, for_role, minute_of
from onedoor.device.control import serve
from onedoor.device.journal import JournalError
from onedoor.device.link import PahoLink
from onedoor.device.runner import START_AGAIN, Runner
from onedoor.device.sealing import Signer
from onedoor.device.systemd import Alive
from onedoor.hall.events import HeadSaid
from onedoor.wire.topics import Topics

PULSE_MS = 1_000
SAID_FILE = "said.txt"
SAID_MOST = 160
PID_FILE = "hub.pid"
PROMOTION_S = 15


def leads(config: DeviceConfig) -> bool:
    """Whether this box is the hub now: by its disk, or by its configuration at the very first start."""
    said = read_standing(Path(config.data) / STANDING_FILE).leads
    return config.role == "hub" if said is None else said


def build(config: DeviceConfig) -> tuple[Runner, SqliteStore]:
    """The center service with its real parts, as the hub or as the spare; and the disk under it."""
    assert config.hub is not None
    topics = Topics(config.center)
    clock = SystemClock(vouched=config.clock_vouched, folder=Path(config.data))
    places = addresses(config.broker)
    if config.role == "spare":
        places.reverse()
    prepare(Path(config.data), config.ballast_mb)
    store = SqliteStore(Path(config.data), alive=Alive(clock.mono_ms))
    if not leads(config):
        link = PahoLink(places[-1], config.dev, topics.for_spare(config.dev))
        spare = Spare(config.dev, store, link, clock, topics)
        return Runner(spare, link, clock), store
    peers = {dev: Peer(peer.role, peer.slot, tuple(peer.former_slots)) for dev, peer in config.hub.devices.items()}
    spares = [dev for dev, peer in peers.items() if peer.role == "spare"]
    heard = topics.for_hub_of([dev for dev in peers if dev not in spares], spares)
    paho = PahoLink(places[0], config.dev, heard, former=tuple(topics.for_hub()))
    gate = Gate(paho, clock, topics)
    sign = Signer(Path(config.data)).seal
    closing = minute_of(config.hub.closing)
    rules = rules_of(load_book(config.catalogue, config.catalogue_local, config.catalogue_key))
    hub = Hub(store, gate, clock, topics, peers, lambda: secrets.token_hex(8), sign, closing, rules)
    hub.pulse_ms, hub.gate = PULSE_MS, gate.open
    runner = Runner(hub, gate, clock, between=hub.flush)
    gate.post = runner.post
    denied = (Path(config.data), lambda dev, count: runner.post(Overstepped(dev, "denied", count)))
    threading.Thread(target=denials.listen, args=denied, daemon=True).start()
    if len(places) > 1:
        runner.ears = PahoLink(places[1], config.dev, [topics.beacon()])
    return runner, store


def main(argv: list[str]) -> int:
    """`onedoor hub --config FILE`: the center service, on the hub's box and on the spare's."""
    parser = argparse.ArgumentParser("onedoor hub", description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        config = for_role(args.config, "hub")
        while True:
            code = _run(config)
            if code != START_AGAIN:
                return code
    except (ConfigError, JournalError) as wrong:
        print(wrong, file=sys.stderr)
        return 2


def _run(config: DeviceConfig) -> int:
    runner, store = build(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stop())

    def promote(_number: int, _frame: FrameType | None) -> None:
        runner.post(Promote())

    def said(_number: int, _frame: FrameType | None) -> None:
        with suppress(OSError, UnicodeError):
            runner.post(HeadSaid((Path(config.data) / SAID_FILE).read_text(encoding="utf-8")[:SAID_MOST].strip()))

    signal.signal(signal.SIGUSR1, promote)
    signal.signal(signal.SIGUSR2, said)
    write_durably(Path(config.data) / PID_FILE, f"{os.getpid()}\n".encode())
    serve(Path(config.data) / time_app.SOCKET, time_app.handler(runner.post, leads=leads(config)))
    code = runner.run()
    store.close()
    return code


def main_broker(argv: list[str]) -> int:
    """`onedoor broker --config FILE`: the center's private Mosquitto."""
    parser = argparse.ArgumentParser("onedoor broker", description=main_broker.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    args = parser.parse_args(argv)
    try:
        config = for_role(args.config, "hub")
        own, folder = _own_broker(config), Path(config.data) / "mosquitto"
        if not config.broker.spare_host:
            return mosquitto.run(own, config.center, [config.dev], folder)
        assert config.hub is not None
        hubs = [config.dev, *(dev for dev, peer in config.hub.devices.items() if peer.role == "spare")]
        return mosquitto.run_while_leading(own, config.center, hubs, folder, lambda: leads(config))
    except (ConfigError, mosquitto.BrokerError, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2


def _own_broker(config: DeviceConfig) -> BrokerConfig:
    b = config.broker
    return structs.replace(b, host=b.spare_host, port=b.spare_port) if config.role == "spare" else b


def main_promote(argv: list[str]) -> int:
    """`onedoor promote --config FILE`: make the spare the hub, after the old hub's plug has been pulled."""
    parser = argparse.ArgumentParser("onedoor promote", description=main_promote.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--plug-is-pulled", action="store_true", help="somebody has pulled the old hub's plug")
    args = parser.parse_args(argv)
    try:
        config = for_role(args.config, "hub")
        if leads(config):
            print(f"{config.dev} leads already.")
            return 0
        if not args.plug_is_pulled and input("Pull the old hub's plug first. Is it pulled? Type YES: ") != "YES":
            print("Nothing was changed.")
            return 1
        os.kill(int((Path(config.data) / PID_FILE).read_text()), signal.SIGUSR1)
    except (ConfigError, OSError, ValueError, EOFError) as wrong:
        print(f"{wrong}\nIs the center service running on this box?", file=sys.stderr)
        return 2
    for _ in range(PROMOTION_S * 10):
        with suppress(OSError):
            if leads(config):
                print(f"{config.dev} is the hub now. Boxes find it within half a minute.")
                return 0
        pause(0.1)
    print("The center service did not answer. Look at its log: journalctl -u onedoor-hub", file=sys.stderr)
    return 2


def main_say(argv: list[str]) -> int:
    """`onedoor say --config FILE "TEXT"`: the head's word, on every counter's panel until the day ends; "" takes it
    away.
    """
    parser = argparse.ArgumentParser("onedoor say", description=main_say.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("text")
    args = parser.parse_args(argv)
    if len(args.text) > SAID_MOST or not (args.text.isprintable()):
        print(f"A message has one line of at most {SAID_MOST} letters.", file=sys.stderr)
        return 2
    try:
        folder = Path(for_role(args.config, "hub").data)
        write_durably(folder / SAID_FILE, args.text.encode())
        os.kill(int((folder / PID_FILE).read_text()), signal.SIGUSR2)
    except (ConfigError, OSError, ValueError) as wrong:
        print(f"{wrong}\nIs the center service running on this box?", file=sys.stderr)
        return 2
    print("Said to every counter." if args.text else "Taken away.")
    return 0


def main_key(argv: list[str]) -> int:
    """`onedoor key --config FILE`: the public key under this hub's seals, for those who check them."""
    parser = argparse.ArgumentParser("onedoor key", description=main_key.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    args = parser.parse_args(argv)
    try:
        print(Signer(Path(for_role(args.config, "hub").data)).public)
    except (ConfigError, JournalError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return 0
