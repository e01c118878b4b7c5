"""A center service that must not lead: what it may not say on paper it says on every clerk's panel.

Policy. A hub whose log is not as it was written, or whose disk takes no row, decides nothing: kiosks go on giving
numbers and counters go on calling without it. But it stays on the bus, so that people see why it is away and what to
do, and it looks every few seconds whether somebody has done it: `onedoor repair` needs no second command.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from onedoor import __version__
from onedoor.device.card import state_of, trusted
from onedoor.device.clock import Clock
from onedoor.device.journal import DAMAGED, FOREIGN, FULL, READ_ONLY
from onedoor.device.link import Link, LinkNews, LinkUp, Will
from onedoor.device.needs import Needs
from onedoor.device.runner import NotNow, StartAgain
from onedoor.device.timers import Timers
from onedoor.wire import messages as msg
from onedoor.wire.topics import Topics

log = logging.getLogger("onedoor.hub")

LOOK_MS = 3_000
CATALOGUE = "hub_catalogue"
CODES = {DAMAGED: "log_damaged", FULL: "log_full", READ_ONLY: "log_read_only", FOREIGN: "log_foreign"}


@dataclass(slots=True)
class Ailing:
    """The hub's box, or its spare's, that waits for a hand. `well`: whether it is worth another try."""

    dev: str
    role: str
    code: str
    why: str
    link: Link
    clock: Clock
    topics: Topics
    well: Callable[[], bool]
    timers: Timers = field(init=False)
    needs: Needs = field(init=False)

    def __post_init__(self) -> None:
        self.timers = Timers(self.clock)
        self.needs = Needs(self.timers, self.clock, changed=self._say_info)

    def on_start(self) -> None:
        """Say it, and look again."""
        log.error("this box does not lead: %s", self.why)
        self.needs.set(self.code, needed=True)
        self.needs.start()
        self.timers.start("look", LOOK_MS, self._look)

    def on_news(self, news: LinkNews) -> None:
        """As soon as there is a broker, it is told; nothing else is listened to."""
        if isinstance(news, LinkUp):
            self._say_info()

    def on_wish(self, wish: object) -> None:
        """Nothing can be done here before it is repaired."""
        if not self.needs.hear(wish):
            raise NotNow(f"The center service cannot work: {self.why}")

    def on_stop(self) -> Will | None:
        """It had said nothing that has to be taken back."""
        return None

    def _say_info(self) -> None:
        boot = self.clock.wall_ms() // 60_000
        info = msg.Info(msg.VERSION, self.role, __version__, boot, alarms=self.needs.codes[:16])
        self.link.publish(self.topics.info(self.dev), msg.encode(info), retain=True)

    def _look(self) -> None:
        if self.well():
            raise StartAgain("what kept it from working has changed")
        self.timers.start("look", LOOK_MS, self._look)


def mended(folder: Path, kind: str, files: Sequence[Path]) -> Callable[[], bool]:
    """Whether somebody has done something about it since now."""
    before = [_print_of(path) for path in files]

    def well() -> bool:
        if kind in (FULL, READ_ONLY, FOREIGN):
            return trusted(folder) and not state_of(folder) and os.access(folder, os.W_OK)
        return before != [_print_of(path) for path in files]

    return well


def _print_of(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
