"""What a person tells the center service on its own box: the head's word, and that the spare leads from now on.

The words go through the socket `control` in its data folder (`onedoor.device.control`). Whoever says something hears
what came of it: it is in the log, or why it is not.
"""

import sys
from pathlib import Path
from typing import Any

from broker import time_app
from broker.spare import Promote
from onedoor.device.control import Hand, Handler
from onedoor.device.runner import Runner
from onedoor.hall.events import HeadSaid

SOCKET = "control"
SAID_MOST = 160
IDLE_S = 30.0
ANSWER_S = 20.0
NOBODY = "Is the center service running on this box? Nothing was changed ({}).\nLook: systemctl status onedoor-hub"


def fits(text: str) -> bool:
    """Whether the head may say this: one line, not too long."""
    return len(text) <= SAID_MOST and text.isprintable()


def handler(runner: Runner, *, leads: bool) -> Handler:
    """The verbs of the center service: say, promote, time, state."""
    hear_time = time_app.handler(runner.post, leads=leads)

    def handle(what: dict[str, Any]) -> dict[str, Any]:
        match what:
            case {"verb": "say", "text": str(text)}:
                if not fits(text):
                    return {"error": f"A message has one line of at most {SAID_MOST} letters."}
                why = runner.ask(HeadSaid(text.strip()))
            case {"verb": "promote"}:
                why = "This box leads already." if leads else runner.ask(Promote())
            case {"verb": "time"}:
                return hear_time(what)
            case {"verb": "state"}:
                return {"leads": leads}
            case _:
                why = "This is no command: say, promote, time, state."
        return {"error": why} if why else {"done": True}

    return handle


def tell(data: Path, verb: str, **what: Any) -> int:
    """Tell the center service of this box something: 0 when it is done, else 2 and the reason on the error output."""
    try:
        hand = Hand(data / SOCKET, ANSWER_S)
        try:
            why = str(hand.ask(verb, **what).get("error", ""))
        finally:
            hand.close()
    except (OSError, ValueError) as wrong:
        why = NOBODY.format(wrong)
    if why:
        print(why, file=sys.stderr)
    return 2 if why else 0
