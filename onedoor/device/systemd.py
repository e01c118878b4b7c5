"""What a program tells systemd: that it is ready, that it lives, and that it needs longer.

Policy. Whoever is busy for long says so again and again: `Alive` asks for more time while a program starts, feeds the
watchdog, and says in words how far it is (`systemctl status` shows them). Where there is no systemd nothing happens.
"""

import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

log = logging.getLogger("onedoor.systemd")

NOTIFY_S = 1.0
"""A systemd that does not listen holds no device for longer."""
SAY_EVERY_MS = 1_000
MORE_S = 60
"""Each word asks for so much more: sixty words may be late or lost before a start is given up."""


def notify(state: str) -> None:
    """Tell systemd; nothing happens where there is none."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(NOTIFY_S)
        try:
            sock.connect(address)
            sock.sendall(state.encode())
        except OSError as wrong:
            log.warning("systemd did not listen: %s", wrong)


@dataclass(slots=True)
class Alive:
    """The word of a program that is busy and not dead. `now_ms`: a clock that only runs forward, in milliseconds. Work
    of less than a second is not worth a word.
    """

    now_ms: Callable[[], int]
    say: Callable[[str], None] = notify
    _said_ms: int = field(init=False)
    _spoke: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._said_ms = self.now_ms()

    def begin(self) -> None:
        """Something begins that may take long."""
        self._said_ms = self.now_ms()

    def tell(self, how_far: str) -> None:
        """Say so, at most once a second; call it as often as you like."""
        now = self.now_ms()
        if now - self._said_ms >= SAY_EVERY_MS:
            self._said_ms, self._spoke = now, True
            self.say(f"EXTEND_TIMEOUT_USEC={MORE_S * 1_000_000}\nWATCHDOG=1\nSTATUS={how_far}")

    def done(self) -> None:
        """It is over."""
        if self._spoke:
            self._spoke = False
            self.say("STATUS=")
