"""One connection to a printer: questions, answers, and the bytes of a job.

Policy: one ear for the whole connection, so an echo is never eaten by who waits for a status. A question that was not
answered yet stays open: it is asked again, and no other one meanwhile, because the answers do not say what they answer.
"""

import logging
from dataclasses import dataclass, field
from typing import Any

from kiosk.printer import escpos_bytes as esc
from kiosk.printer.answers import Ear
from onedoor.device.clock import Clock

log = logging.getLogger("onedoor.printer")

LATE_S = 0.03
"""Some printers answer twice: what comes within this time belongs to the question before."""
QUICK_S = 0.3
"""A printer that is awake answers a question of the moment within this, or never."""


@dataclass(slots=True)
class Talk:
    """A line, an ear, and when something last moved."""

    line: Any
    clock: Clock
    ear: Ear = field(default_factory=Ear)
    moved_ms: int = 0
    slowest_s: float = 0.0
    """The slowest answer so far."""
    named: set[bytes] = field(default_factory=set)
    """Of what an echo was asked for on this line. Any other one is of a job before, and proves nothing of this one."""
    echoed: set[bytes] = field(default_factory=set)
    strange: int = 0
    """Bytes of no known form since the first question."""
    _open: int = 0
    """How often the open question was asked."""
    _asked: int = 0
    _twice: bool = False
    _held: int = 0

    def __post_init__(self) -> None:
        self.moved_ms = self.clock.mono_ms()

    @property
    def quick_s(self) -> float:
        """How long a printer that is awake may need."""
        return min(2.0, max(QUICK_S, 4 * self.slowest_s))

    def send(self, data: bytes) -> None:
        """Bytes to the printer, for as long as they move."""
        self.line._raw(data)  # noqa: SLF001 - the transport's own way to send bytes

    def ask_echo(self, name: bytes) -> None:
        """An echo of this name, when everything before it is on paper."""
        self.named.add(name)
        self.send(esc.echo_query(name))

    def listen(self, seconds: float) -> None:
        """Hear what comes within this time, as soon as something does."""
        try:
            said = bytes(self.line.read(seconds))
        except (TimeoutError, BlockingIOError):
            said = b""
        held = self._pending()
        if said or held < self._held:
            self.moved_ms = self.clock.mono_ms()
        self._held = held
        self.ear.hear(said)
        self.echoed.update(self.named.intersection(self.ear.echoes))
        self.ear.echoes.clear()
        self.strange += self.ear.strange
        self.ear.strange = 0

    def ask(self, n: int, seconds: float, *, or_echo: bool = False) -> int | None:
        """DLE EOT n; None if there is no answer within this time. The question stays open then. `or_echo`: once an
        echo has come, which is in no hurry, an answer of the moment is not waited for much longer.
        """
        if self._open and self._asked != n:
            self.listen(QUICK_S)  # the answer to another question may still come
            self._open = 0
        if not self._open:
            self.ear.statuses.clear()
        self._asked = n
        began = self.clock.mono_ms()
        self.send(esc.status_query(n))
        self._open += 1
        while not self.ear.statuses:
            gone = (self.clock.mono_ms() - began) / 1_000
            if or_echo and self.echoed:
                seconds, or_echo = min(seconds, gone + QUICK_S), False
            if gone >= seconds:
                return None
            self.listen(seconds - gone)
        self.slowest_s = max(self.slowest_s, (self.clock.mono_ms() - began) / 1_000)
        self._rest_of_it(n)
        answer = self.ear.statuses[-1]
        self.ear.statuses.clear()
        self._open = 0
        return answer

    def _rest_of_it(self, n: int) -> None:
        """The answers to a question that was asked more than once, or is answered twice."""
        wait = QUICK_S if self._open > 1 else LATE_S if n == esc.ASKED[0] or self._twice else 0.0
        for _ in range(self._open):
            if len(self.ear.statuses) > self._open or not wait:
                break
            before = len(self.ear.statuses)
            self.listen(wait)
            if len(self.ear.statuses) == before:
                break
        self._twice = self._twice or len(self.ear.statuses) > self._open

    def other_speed(self, bauds: tuple[int, ...]) -> int:
        """A speed at which somebody answers on a serial line that was silent; 0: there is none, and it is as it was."""
        if not hasattr(self.line, "speed"):
            return 0
        was = self.line.baud
        for baud in bauds:
            if baud != was:
                self.line.speed(baud)
                if self.ask(esc.ASKED[0], QUICK_S) is not None:
                    log.warning("the printer answers at %d baud, not at %d", baud, was)
                    return baud
                self.give_up()
        self.line.speed(was)
        return 0

    def give_up(self) -> None:
        """The open question is one that this printer does not know."""
        self._open = 0

    def ask_all(self, which: tuple[int, ...], seconds: float) -> dict[int, int] | None:
        """The answers of all of these; None as soon as one stays away."""
        answers: dict[int, int] = {}
        for n in which:
            said = self.ask(n, seconds)
            if said is None:
                return None
            answers[n] = said
        return answers

    def wait_for(self, name: bytes, seconds: float) -> bool:
        """Whether the echo of this name comes within this time, or has come."""
        began = self.clock.mono_ms()
        while name not in self.echoed:
            left = seconds - (self.clock.mono_ms() - began) / 1_000
            if left <= 0:
                return False
            self.listen(left)
        return True

    def moved(self) -> None:
        """Something moved just now."""
        self.moved_ms = self.clock.mono_ms()

    def still_s(self) -> float:
        """For how long nothing has moved, either way."""
        return (self.clock.mono_ms() - self.moved_ms) / 1_000

    def _pending(self) -> int:
        pending = getattr(self.line, "pending", None)
        return int(pending()) if pending is not None else 0

    def delivered(self) -> bool:
        """Whether the box holds nothing back any more, as far as it can tell."""
        self._held = self._pending()
        return self._held == 0

    def close(self) -> None:
        """Hang up."""
        self.line.close()
