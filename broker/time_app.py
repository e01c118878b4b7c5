"""`onedoor time`: what the hub believes about the time, and a person's own word, said on the hub's box.

The command speaks with the running center service through the socket `control` in its data folder, which only its own
user can open. Nothing is written by the command itself.
"""

import argparse
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from broker.telling import TellTime
from onedoor.device.config import ConfigError, for_role
from onedoor.device.control import Hand, Handler
from onedoor.hall.hours import minute_ms

SOCKET = "control"
ANSWER_S = 10.0
NOT_A_TIME = "'{}' is no time. Write it like this, as the clock on the wall shows it: 2026-11-25 08:03"
NOBODY = "The center service does not run on this box, or as another user ({}). Look: systemctl status onedoor-hub"
SPARE = "This box is the spare: it follows the hub's time. Say it on the hub's box, or at a counter."


def handler(post: Callable[[object], None], *, leads: bool) -> Handler:
    """Answers the verb `time`, with the moment that a person says (`ms`), or without one."""

    def handle(what: dict[str, Any]) -> dict[str, Any]:
        if what.get("verb") != "time" or not isinstance(what.get("ms", 0), int):
            return {"error": "This is no command here: time."}
        if not leads:
            return {"error": SPARE}
        done = threading.Event()
        wish = TellTime(what.get("ms"), done.set)
        post(wish)
        return {"lines": wish.answer} if done.wait(ANSWER_S) else {"error": "The hub does not answer. Look at its log."}

    return handle


def main(argv: list[str]) -> int:
    """`onedoor time --config FILE ["2026-11-25 08:03"]`: what the hub believes; with a time: one person says so."""
    parser = argparse.ArgumentParser("onedoor time", description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("time", nargs="?", help='what time it is now in the center, as in "2026-11-25 08:03"')
    args = parser.parse_args(argv)
    said = {}
    try:
        config = for_role(args.config, "hub")
        if args.time is not None:
            ms = minute_ms(args.time.strip(), config.zone)
            if ms is None:
                print(NOT_A_TIME.format(args.time), file=sys.stderr)
                return 2
            said = {"ms": ms}
        hand = Hand(Path(config.data) / SOCKET, ANSWER_S + 5)
        try:
            answer = hand.do("time", **said)
        finally:
            hand.close()
    except RuntimeError as refused:
        print(str(refused).partition(": ")[2], file=sys.stderr)
        return 2
    except ConfigError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except (OSError, ValueError) as wrong:
        print(NOBODY.format(wrong), file=sys.stderr)
        return 2
    print("\n".join(answer["lines"]))
    return 0
