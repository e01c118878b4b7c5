"""Runs a device: one inbox, one worker, one thing at a time.

Policy. Everything that happens to a device (a message, a touch, a press, a printer's answer, a
timer) is put into one bounded inbox or is a named timer, and one thread acts on them in order. So
the device's own code needs no lock and can be driven by a simulation just as well. The watchdog of
systemd is fed from this very loop. An error that nobody expected ends the process: the next start
reads the journal and goes on; a JournalError says on its way out what a person can do.
"""

import logging
import queue
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from onedoor.device.clock import Clock
from onedoor.device.journal import JournalError
from onedoor.device.link import Arrived, Inbox, Link, LinkNews, Will
from onedoor.device.systemd import notify
from onedoor.device.timers import Timers

log = logging.getLogger("onedoor.runner")

INBOX_SIZE = 2_000
WATCHDOG_EVERY_MS = 3_000
START_AGAIN = 3
"""Exit code of a program that wants to be started again in another part."""


class StartAgain(Exception):
    """The box has another part from now on (it was promoted, or replaced): start the program again."""


class Device(Protocol):
    """What the runner runs."""

    @property
    def timers(self) -> Timers:
        """The device's timers."""
        ...

    def on_start(self) -> None:
        """Before anything else."""
        ...

    def on_news(self, news: LinkNews) -> None:
        """The link came, went, or brought a message."""
        ...

    def on_wish(self, wish: object) -> None:
        """Something happened at the device itself."""
        ...

    def on_stop(self) -> Will | None:
        """Clean end; the farewell to publish."""
        ...


@dataclass(slots=True)
class Runner:
    """One device and its inbox."""

    device: Device
    link: Link
    clock: Clock
    between: Callable[[], None] = lambda: None
    """Called when the inbox has been emptied: a hub commits what arrived together."""
    healthy: Callable[[], bool] = lambda: True
    """Whether the rest of the program (its screen) is alive: only then the watchdog is fed."""
    ears: Link | None = None
    """A second link that only listens: its messages go to the inbox, its coming and going does not."""
    failed: str = field(default="", init=False)
    code: int = field(default=0, init=False)
    _inbox: "queue.Queue[object]" = field(default_factory=lambda: queue.Queue(maxsize=INBOX_SIZE), init=False)
    _fed_ms: int = field(default=0, init=False)

    def post(self, thing: object) -> None:
        """Put something into the inbox, from any thread. A full inbox drops it: rows come again."""
        try:
            self._inbox.put_nowait(thing)
        except queue.Full:
            log.warning("inbox full, dropped %s", type(thing).__name__)

    def stop(self) -> None:
        """End the loop, from any thread or a signal handler."""
        self.post(_Stop())

    def run(self) -> int:
        """Run until stopped; the exit code of the process."""
        try:
            self.device.on_start()
            inbox: Inbox = self.post
            self.link.start(inbox)
            if self.ears is not None:
                self.ears.start(lambda news: self.post(news) if isinstance(news, Arrived) else None)
            notify("READY=1")
            self._loop()
            self.link.stop(self.device.on_stop())
        except JournalError as wrong:
            self.failed, self.code = str(wrong), 2
            log.error("%s", wrong)  # noqa: TRY400 - the message is for a technician, not a traceback
            self.link.stop()
        except StartAgain as part:
            self.code = START_AGAIN
            log.warning("starting again: %s", part)
            self.link.stop()
        except Exception:
            self.failed, self.code = "an unexpected error; see the log", 1
            log.exception("device stopped")
            self.link.stop()
        finally:
            if self.ears is not None:
                self.ears.stop()
        return self.code

    def _loop(self) -> None:
        while True:
            thing = self._next()
            if isinstance(thing, _Stop):
                return
            while thing is not None:
                self._act(thing)
                thing = self._poll()
                if isinstance(thing, _Stop):
                    self.between()
                    return
            self.between()
            self.device.timers.run_due()
            self._feed()

    def _next(self) -> object:
        due = self.device.timers.due_ms()
        now = self.clock.mono_ms()
        wait_ms = WATCHDOG_EVERY_MS if due is None else min(WATCHDOG_EVERY_MS, max(0, due - now))
        try:
            return self._inbox.get(timeout=wait_ms / 1000)
        except queue.Empty:
            return None

    def _poll(self) -> object:
        try:
            return self._inbox.get_nowait()
        except queue.Empty:
            return None

    def _act(self, thing: object) -> None:
        if isinstance(thing, LinkNews):
            self.device.on_news(thing)
        else:
            self.device.on_wish(thing)

    def _feed(self) -> None:
        now = self.clock.mono_ms()
        if now - self._fed_ms >= WATCHDOG_EVERY_MS and self.healthy():
            self._fed_ms = now
            notify("WATCHDOG=1")


class _Stop:
    """The wish to end."""
