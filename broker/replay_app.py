"""`onedoor replay-hub`: plays a day of a log as the hub of a center of its own; `onedoor replay` starts it with its
screens.
"""

import argparse
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from broker.replay import NoSuchDay, Replay
from onedoor.device.boxes import addresses
from onedoor.device.clock import SystemClock
from onedoor.device.config import ConfigError, for_role
from onedoor.device.link import PahoLink
from onedoor.device.runner import Runner
from onedoor.wire.chain import row_of
from onedoor.wire.errors import WireError
from onedoor.wire.rows import LogRow
from onedoor.wire.topics import Topics


def rows_in(path: Path) -> Iterator[LogRow]:
    """The rows of an exported log."""
    with open(path, "rb") as file:
        yield from (row_of(line.rstrip(b"\n")) for line in file)


def main(argv: list[str]) -> int:
    """Play a day of a log onto the topics of a center of its own."""
    parser = argparse.ArgumentParser("onedoor replay-hub", description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True, help="log.jsonl")
    parser.add_argument("--day", required=True)
    parser.add_argument("--speed", type=float, default=60)
    args = parser.parse_args(argv)
    try:
        config = for_role(args.config, "hub")
        clock, topics = SystemClock(vouched=True), Topics(config.center)
        link = PahoLink(addresses(config.broker)[0], config.dev, [])
        device = Replay(rows_in(args.log), args.day, args.speed, link, clock, topics)
        runner = Runner(device, link, clock)
        device.ended = runner.stop
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: runner.stop())
        return runner.run()
    except (ConfigError, NoSuchDay, WireError, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
