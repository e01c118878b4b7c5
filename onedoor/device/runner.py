"""Runs a device: one inbox, one worker, one thing at a time.

Policy. Everything that happens to a device (a message, a touch, a press, a printer's answer, a
timer) is put into one inbox (`onedoor.device.mail`) or is a named timer, and one thread acts on them in order. So
the device's own code needs no lock and can be driven by a simulation just as well. A round acts on at most
ROUND_THINGS things or for ROUND_MS, then it commits and lets timers run: no flood starves them. The watchdog of
systemd is fed from this very loop, as long as the screen and every vital worker get on. An error that nobody expected
ends the process: the next start reads the journal and goes on; a JournalError says on its way out what a person can do.
"""

import contextlib
import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from onedoor.device.clock import Clock
from onedoor.device.journal import JournalError
from onedoor.device.link import Arrived, Inbox, Link, LinkNews, Will
from onedoor.device.mail import Flooded, Mail
from onedoor.device.needs import Crashed
from onedoor.device.small_file import read_words, replace_file
from onedoor.device.systemd import notify
from onedoor.device.timers import Timers
from onedoor.device.worker import Watched, Workers

log = logging.getLogger("onedoor.runner")

WATCHDOG_EVERY_MS = 3_000
LOOK_S = 1.0
WAKE_S = 0.2
ROUND_THINGS = 256
"""So many things are acted on before a commit: what arrived together is committed together."""
ROUND_MS = 200
FLOOD_TOLD_MS = 10_000
LAST_MS = 2_000
"""So long a stopping device still acts on what happened at the box itself."""
MARK = "running"
START_AGAIN = 3
"""Exit code of a program that wants to be started again in another part."""


class StartAgain(Exception):
    """The box has another part from now on (it was promoted, or replaced): start the program again."""


class NotNow(Exception):
    """A device will not do what a person asks for; the text says why, and what to do instead."""


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
    mark: Path | None = None
    """A file that stands there while the program runs: one that is found is from a run that did not end well."""
    failed: str = field(default="", init=False)
    kind: str = field(default="", init=False)
    """What the card has, if that ended it."""
    began: bool = field(default=False, init=False)
    """Whether the device got through its start."""
    code: int = field(default=0, init=False)
    workers: Workers = field(init=False)
    _mail: Mail = field(default_factory=Mail, init=False)
    _fed_ms: int = field(default=0, init=False)
    _flood: Flooded = field(default_factory=lambda: Flooded(0, 0), init=False)
    _flooded_ms: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.workers = Workers(self.post)
        if isinstance(self.link, Watched):
            self.workers.add(self.link)

    def post(self, thing: object) -> None:
        """Put something into the inbox, from any thread; not from a signal handler."""
        self._mail.put(thing)

    def ask(self, thing: object, timeout_s: float = 10.0) -> str:
        """Have a wish acted on and committed, from another thread. Why it was not, or ""."""
        asked = _Asked(thing)
        self.post(asked)
        return asked.why if asked.done.wait(timeout_s) else "The program does not answer; look at its log."

    def stop(self) -> None:
        """End the loop, from any thread or a signal handler."""
        self._mail.stop()

    def run(self) -> int:
        """Run until stopped; the exit code of the process."""
        self._look_back()
        try:
            self.device.on_start()
            self.began = True
            inbox: Inbox = self.post
            self.link.start(inbox)
            if self.ears is not None:
                self.ears.start(lambda news: self.post(news) if isinstance(news, Arrived) else None)
            notify("READY=1")
            self._loop()
            self.link.stop(self.device.on_stop())
        except JournalError as wrong:
            self.failed, self.kind, self.code = str(wrong), wrong.kind, 2
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
            self.workers.close()
        if self.mark is not None and self.code in (0, START_AGAIN):
            with contextlib.suppress(OSError):
                self.mark.unlink(missing_ok=True)
        return self.code

    def _look_back(self) -> None:
        """Whether the last run crashed; a power cut is none, it took the whole box with it."""
        if self.mark is None:
            return
        try:
            if self.mark.is_file() and read_words(self.mark) == self.clock.boot_id:
                self.post(Crashed())
            replace_file(self.mark, self.clock.boot_id.encode())
        except (OSError, UnicodeError) as wrong:
            log.warning("%s: %s", self.mark, wrong)

    def _loop(self) -> None:
        while not self._mail.stopped:
            self._round(self._mail.next(self._wait_s()))
        self._end()

    def _round(self, thing: object) -> None:
        """Act on what waits, but not for ever; then commit, and let timers run."""
        until, asked = self.clock.mono_ms() + ROUND_MS, list[_Asked]()
        things = 0
        while thing is not None:
            self._act(thing)
            things += 1
            if isinstance(thing, _Asked):
                asked.append(thing)
            if self._mail.stopped or things >= ROUND_THINGS or self.clock.mono_ms() >= until:
                break  # nothing is taken out of the inbox that this round does not act on
            thing = self._mail.poll()
        self.between()
        for one in asked:
            one.done.set()
        self.device.timers.run_due()
        self.workers.look(self.clock.mono_ms())
        self._tell()
        self._feed()

    def _end(self) -> None:
        """What happened at the box itself never comes again: it is acted on, if that does not take too long."""
        until = self.clock.mono_ms() + LAST_MS
        for thing in self._mail.rest():
            if self.clock.mono_ms() >= until:
                log.warning("stopped in the middle of a flood of touches")
                break
            self._act(thing)
            if isinstance(thing, _Asked):
                thing.done.set()
        self.between()

    def _wait_s(self) -> float:
        due = self.device.timers.due_ms()
        wait_s = LOOK_S if self.workers.all else WATCHDOG_EVERY_MS / 1000
        return wait_s if due is None else min(wait_s, max(0, due - self.clock.mono_ms()) / 1000)

    def _act(self, thing: object) -> None:
        if isinstance(thing, _Asked):
            self._answer(thing)
        elif isinstance(thing, LinkNews):
            self.device.on_news(thing)
        else:
            try:
                self.device.on_wish(thing)
            except NotNow as why:
                log.warning("%s: %s", type(thing).__name__, why)

    def _answer(self, asked: "_Asked") -> None:
        """Whoever asked hears how it went; a change of part is what he wished."""
        try:
            self.device.on_wish(asked.thing)
        except NotNow as why:
            asked.why = str(why)
        except StartAgain:
            asked.done.set()
            raise
        except BaseException as wrong:
            asked.why = f"It could not be done: {wrong}"
            asked.done.set()
            raise

    def _tell(self) -> None:
        """A flood is told as long as it lasts, but not more often than anybody can read."""
        flood, now = Flooded(self._mail.replaced, self._mail.lost), self.clock.mono_ms()
        if flood != self._flood and (self._flooded_ms is None or now - self._flooded_ms >= FLOOD_TOLD_MS):
            self._flood, self._flooded_ms = flood, now
            log.warning("more arrives than can be read: %d messages were replaced by newer ones, %d presses are lost",
                        flood.replaced, flood.lost)  # fmt: skip
            self.post(flood)

    def _feed(self) -> None:
        now = self.clock.mono_ms()
        if now - self._fed_ms >= WATCHDOG_EVERY_MS and self.healthy() and self.workers.well():
            self._fed_ms = now
            notify("WATCHDOG=1")


@dataclass(slots=True)
class _Asked:
    """A wish whose end somebody waits for."""

    thing: object
    why: str = ""
    done: threading.Event = field(default_factory=threading.Event)


class Ending:
    """SIGTERM and SIGINT end whatever runs, and whatever would run next: a signal between two starts is not lost.

    The handler sets a value and rings a bell that has no lock. Make it in the main thread, before anything is built.
    """

    def __init__(self) -> None:
        self.wished = False
        self._runner: Runner | None = None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)

    def of(self, runner: Runner) -> None:
        """This runs now."""
        self._runner = runner
        if self.wished:
            runner.stop()

    def wait_for(self, worker: threading.Thread) -> None:
        """Wait in the main thread for the one that runs. Not without end: a signal that comes just before a wait would
        be heard behind it.
        """
        while worker.is_alive():
            worker.join(WAKE_S)

    def _handle(self, *_: object) -> None:
        self.wished = True
        if self._runner is not None:
            self._runner.stop()
