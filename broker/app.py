"""The programs of the hub's box and of its spare: `onedoor hub`, `onedoor broker`, `onedoor promote`.

Policy. Hub and spare are the same program: what this box is stands on its disk (`standing.json`),
and until something stands there, in its configuration. A change of part is a new start.
"""

import argparse
import base64
import secrets
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from msgspec import structs

from broker import denials, mosquitto
from broker.ailing import CATALOGUE, CODES, Ailing, mended
from broker.authority import authority
from broker.budget import Overstepped
from broker.commands import IDLE_S, SAID_MOST, SOCKET, fits, handler, tell
from broker.disk import check_disk, check_room, mind_standing
from broker.gate import Gate
from broker.hub import Hub
from broker.intake import Peer
from broker.spare import Spare
from broker.sqlite_store import FILE as CENTER_FILE
from broker.sqlite_store import STANDING_FILE, SqliteStore, read_standing
from broker.waiting import FILE as WAITS_FILE
from broker.waiting import Waiting
from onedoor.device.aside import note
from onedoor.device.ballast import prepare
from onedoor.device.boxes import addresses
from onedoor.device.card import hold
from onedoor.device.catalogue import load_book
from onedoor.device.center_rules import rules_of
from onedoor.device.clock import SystemClock, local_time, pause
from onedoor.device.config import BrokerConfig, ConfigError, DeviceConfig, for_role, minute_of
from onedoor.device.control import serve
from onedoor.device.good import keep_good, named
from onedoor.device.journal import JournalError
from onedoor.device.link import PahoLink
from onedoor.device.quiet import log_quietly
from onedoor.device.runner import MARK, START_AGAIN, Ending, Runner
from onedoor.device.sealing import HOST, KEY_FILE, Signer, log_key
from onedoor.device.systemd import Alive
from onedoor.device.worker import Worker
from onedoor.wire.errors import WireError
from onedoor.wire.notes import newest_witness, notes_in, origin_of
from onedoor.wire.topics import Topics

PULSE_MS = 1_000
CHECKPOINTS = "checkpoints.txt"
"""What witnesses have signed, brought back by `onedoor cosigned`."""
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
    folder = Path(config.data)
    check_disk(folder)
    prepare(folder, config.ballast_mb)
    check_room(folder)
    unsure = mind_standing(folder)
    store = SqliteStore(folder, alive=Alive(clock.mono_ms))
    store.probe()
    if not leads(config):
        link = PahoLink(places[-1], config.dev, topics.for_spare(config.dev))
        spare = Spare(config.dev, store, link, clock, topics)
        spare.needs.data = Path(config.data)
        return Runner(spare, link, clock), store
    peers = {dev: Peer(peer.role, peer.slot, tuple(peer.former_slots)) for dev, peer in config.hub.devices.items()}
    spares = [dev for dev, peer in peers.items() if peer.role == "spare"]
    heard = topics.for_hub_of([dev for dev in peers if dev not in spares], spares)
    paho = PahoLink(places[0], config.dev, heard, former=tuple(topics.for_hub()))
    gate = Gate(paho, clock, topics, spares=frozenset(spares))
    signer = Signer(folder, config.hub.log_host)
    if signer.made and config.role == "hub" and store.last_seal() is not None:
        note(folder, "seal_key")
    closing = minute_of(config.hub.closing)
    rules = rules_of(load_book(config.catalogue, config.catalogue_local, config.catalogue_key), config.zone)
    hub = Hub(store, gate, clock, topics, peers, lambda: secrets.token_hex(8), signer.seal, closing, rules)
    hub.pulse_ms, hub.gate, hub.needs.data = PULSE_MS, gate.open, folder
    hub.salt = lambda: base64.b32encode(secrets.token_bytes(10)).decode()
    hub.unsure, hub.waiting = unsure, Waiting(folder / WAITS_FILE)
    hub.sealer.witnessed, hub.sealer.authority = partial(_witnessed, folder, config.zone), authority(config, folder)
    hub.sealer.host, hub.sealer.public = signer.host, signer.public
    runner = Runner(hub, gate, clock, between=hub.flush)
    runner.workers.add(paho)
    gate.post = runner.post
    runner.workers.add(_ears_for_denials(Path(config.data), runner))
    if len(places) > 1:
        runner.ears = PahoLink(places[1], config.dev, [topics.beacon()])
    return runner, store


def _witnessed(folder: Path, zone: str) -> str:
    """Who outside has signed the log last, as a slip says it; "" if nobody has, or the file cannot be read."""
    try:
        found = newest_witness(notes_in((folder / CHECKPOINTS).read_text(encoding="utf-8")))
    except (OSError, ValueError, WireError):
        return ""
    if found is None:
        return ""
    name, at_s, size = found
    at = local_time(at_s * 1000, zone)
    return f"{name} {at.date().isoformat()} {at.hour:02d}:{at.minute:02d} row {size}"


def _ears_for_denials(data: Path, runner: Runner) -> Worker:
    """Hears what the broker refused. It listens without end, so only its failures are looked for."""
    told = lambda dev, count, what: runner.post(Overstepped(dev, what, count))  # noqa: E731
    ears = Worker("denials", lambda: denials.listen(data, told), patience_s=10**9)
    ears.start()
    return ears


def main(argv: list[str]) -> int:
    """`onedoor hub --config FILE`: the center service, on the hub's box and on the spare's."""
    parser = argparse.ArgumentParser("onedoor hub", description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    args = parser.parse_args(argv)
    log_quietly(SystemClock().mono_ms)
    ending = Ending()
    try:
        config = for_role(args.config, "hub")
        hold(Path(config.data))
        while True:
            code = _run(config, ending, args.config)
            if code != START_AGAIN or ending.wished:
                return 0 if ending.wished and code == START_AGAIN else code
    except (ConfigError, JournalError) as wrong:
        print(wrong, file=sys.stderr)
        return 2


def _run(config: DeviceConfig, ending: Ending, path: Path) -> int:
    store = None
    try:
        runner, store = build(config)
        keep_good(path, config)
    except JournalError as wrong:
        if wrong.kind not in CODES:
            raise
        runner = _ailing(config, CODES[wrong.kind], str(wrong), wrong.kind)
    except ConfigError as wrong:
        runner = _ailing(config, CATALOGUE, str(wrong), "")
    code = _attended(config, runner, ending)
    if store is not None:
        store.close()
    if code == 2 and not runner.began and runner.kind in CODES and not ending.wished:
        return _attended(config, _ailing(config, CODES[runner.kind], runner.failed, runner.kind), ending)
    return code


def _attended(config: DeviceConfig, runner: Runner, ending: Ending) -> int:
    """Run it, with its mark and its door for commands."""
    ending.of(runner)
    runner.mark = Path(config.data) / MARK
    control = serve(Path(config.data) / SOCKET, handler(runner, leads=leads(config)), IDLE_S)
    runner.workers.add(control)
    return runner.run()


def _ailing(config: DeviceConfig, code: str, why: str, kind: str) -> Runner:
    """In place of a center service that must not lead."""
    folder, clock, topics = Path(config.data), SystemClock(), Topics(config.center)
    files = [folder / CENTER_FILE, folder / KEY_FILE, folder / STANDING_FILE, *named(config).values()]
    link = PahoLink(addresses(config.broker)[0], config.dev, [], others=tuple(addresses(config.broker)[1:]))
    well = mended(folder, kind, files)
    device = Ailing(config.dev, config.role, code, why, link, clock, topics, well)
    device.needs.data = folder
    runner = Runner(device, link, clock)
    runner.workers.add(link)
    return runner


def main_broker(argv: list[str]) -> int:
    """`onedoor broker --config FILE`: the center's private Mosquitto."""
    parser = argparse.ArgumentParser("onedoor broker", description=main_broker.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    args = parser.parse_args(argv)
    try:
        config = for_role(args.config, "hub")
        own, folder = _own_broker(config), mosquitto.folder_for(Path(config.data), config.dev)
        if not config.broker.spare_host:
            return mosquitto.run(own, config.center, [config.dev], folder, SystemClock())
        assert config.hub is not None
        hubs = [config.dev, *(dev for dev, peer in config.hub.devices.items() if peer.role == "spare")]
        return mosquitto.run_while_leading(own, config.center, hubs, folder, SystemClock(), lambda: leads(config))
    except (ConfigError, JournalError, mosquitto.BrokerError, OSError) as wrong:
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
    except (ConfigError, JournalError, OSError, EOFError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    if tell(Path(config.data), "promote"):
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
    if not fits(args.text):
        print(f"A message has one line of at most {SAID_MOST} letters.", file=sys.stderr)
        return 2
    try:
        config = for_role(args.config, "hub")
    except ConfigError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    if tell(Path(config.data), "say", text=args.text):
        return 2
    print("Said to every counter." if args.text else "Taken away.")
    return 0


def main_key(argv: list[str]) -> int:
    """`onedoor key --config FILE`: the public key under this hub's seals, for those who check them."""
    parser = argparse.ArgumentParser("onedoor key", description=main_key.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--log", action="store_true", help="with the log's name, as registers and witnesses want it")
    args = parser.parse_args(argv)
    try:
        config = for_role(args.config, "hub")
        signer = Signer(Path(config.data), config.hub.log_host if config.hub else HOST)
        epoch = read_standing(Path(config.data) / STANDING_FILE).epoch
        print(log_key(origin_of(signer.host, config.center, epoch), signer.public) if args.log else signer.public)
    except (ConfigError, JournalError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return 0
