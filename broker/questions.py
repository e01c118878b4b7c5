"""Questions of kiosks: how many people are ahead, answered as soon as the ticket is in the log, or not at all; what the
code of an appointment is worth, answered at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from onedoor.hall import events as ev
from onedoor.hall.checkin import OF_TIME, CodeState, code_state
from onedoor.hall.state import HallState
from onedoor.wire import messages as msg

QUESTION_MS = 2_000
"""A kiosk prints without the answer long before."""


@dataclass(slots=True)
class Questions:
    """The open questions: who asked about which ticket, and when."""

    open: dict[ev.RowId, tuple[str, int]] = field(default_factory=dict)
    codes: dict[str, msg.Question] = field(default_factory=dict)
    """The newest question of each box about a code."""

    def ask(self, question: msg.Question, dev: str, now_ms: int) -> None:
        """Somebody wants to know; monotonic time."""
        if question.code:
            self.codes[dev] = question
        else:
            self.open[msg.as_id(question.ticket)] = (dev, now_ms)

    def answers(self, hall: HallState, now_ms: int, hall_ms: int) -> Iterator[tuple[str, msg.Answer]]:
        """What can be answered now, and to whom; too old questions are forgotten. `hall_ms`: center time."""
        for dev, asked in self.codes.items():
            yield dev, _of_code(hall, asked, hall_ms)
        self.codes = {}
        for rid, (dev, asked_ms) in list(self.open.items()):
            ticket = hall.tickets.get(rid)
            if ticket is not None and ticket.waits:
                ahead = hall.line.ahead(ticket.queue, ticket.order_ms, rid)
                yield dev, msg.Answer(msg.VERSION, rid, ahead, hall_ms)
            if ticket is not None or now_ms - asked_ms > QUESTION_MS:
                del self.open[rid]


def _of_code(hall: HallState, asked: msg.Question, now_ms: int) -> msg.Answer:
    """What a code is worth; while nobody knows the time, only whether there is one."""
    found, at_ms = code_state(hall.appointments, asked.code, asked.service, now_ms, hall.rules)
    if not hall.time.word.known and found in OF_TIME:
        found = CodeState.UNSURE
    return msg.Answer(
        msg.VERSION, asked.ticket, 0, now_ms, code=asked.code, service=asked.service, found=found, appointed_ms=at_ms
    )
