"""The code of an appointment, looked at as soon as it is typed: the hub knows what it is worth.

Policy. A number never waits for this: without a hub, or without its answer within two seconds, the code goes into the
log with the number, and the citizen reads that it is looked at there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from onedoor.device.box import Box
from onedoor.hall.checkin import CodeState
from onedoor.hall.events import row_id
from onedoor.hall.zone import LAOS
from onedoor.wire import messages as msg

ANSWER_MS = 2_000


@dataclass(frozen=True, slots=True)
class CodeTold:
    """What is known of a code: its state ("": it is being asked) and its appointed time (center time; 0: none) in the
    center's zone.
    """

    state: str = ""
    at_ms: int = 0
    zone: str = LAOS


@dataclass(slots=True)
class Codes:
    """The newest code that was typed. `changed` is told when an answer, or none, has come."""

    box: Box
    changed: Callable[[], None]
    told: CodeTold | None = field(default=None, init=False)
    _asked: tuple[str, str] = field(default=("", ""), init=False)

    def ask(self, code: str, service: str) -> None:
        """Ask the hub what this code is worth for this service; "": nothing is typed any more."""
        self.box.timers.cancel("code")
        self._asked, self.told = (code, service), CodeTold() if code else None
        if not code:
            return
        sender = self.box.sender
        assert sender is not None
        journal = sender.journal
        token = row_id(journal.dev, journal.run, 1 + next((s.count for s in journal.spans if s.run == journal.run), 0))
        question = msg.Question(msg.VERSION, token, code, service)
        if sender.hub_is_away() or not self.box.link.publish(self.box.topics.ask(self.box.dev), msg.encode(question)):
            self._nobody()
        else:
            self.box.timers.start("code", ANSWER_MS, self._nobody)

    def hear(self, answer: msg.Answer) -> None:
        """An answer; one about another code says nothing."""
        if (answer.code, answer.service) == self._asked and answer.code:
            self.box.timers.cancel("code")
            self.told = CodeTold(
                answer.found, answer.appointed_ms, self.box.sender.time.zone if self.box.sender else LAOS
            )

    def _nobody(self) -> None:
        self.told = CodeTold(CodeState.UNSURE)
        self.changed()
