"""How many people are ahead: questions of kiosks, answered as soon as the ticket is in the log, or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from onedoor.hall import events as ev
from onedoor.hall.state import HallState
from onedoor.wire import messages as msg

QUESTION_MS = 2_000
"""A kiosk prints without the answer long before."""


@dataclass(slots=True)
class Questions:
    """The open questions: who asked about which ticket, and when."""

    open: dict[ev.RowId, tuple[str, int]] = field(default_factory=dict)

    def ask(self, ticket: ev.RowId, dev: str, now_ms: int) -> None:
        """Somebody wants to know; monotonic time."""
        self.open[ticket] = (dev, now_ms)

    def answers(self, hall: HallState, now_ms: int, hall_ms: int) -> Iterator[tuple[str, msg.Answer]]:
        """What can be answered now, and to whom; too old questions are forgotten."""
        for rid, (dev, asked_ms) in list(self.open.items()):
            ticket = hall.tickets.get(rid)
            if ticket is not None and ticket.waits:
                ahead = hall.line.ahead(ticket.queue, ticket.order_ms, rid)
                yield dev, msg.Answer(msg.VERSION, rid, ahead, hall_ms)
            if ticket is not None or now_ms - asked_ms > QUESTION_MS:
                del self.open[rid]
