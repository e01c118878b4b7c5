"""Marks and the beacon: what the hub says to boxes, computed from its state alone (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msgspec import Struct

from broker.news import asked, ticket_ref
from onedoor.hall.center_time import SAID, TODAY, Now
from onedoor.hall.days import asked_about, of_day
from onedoor.hall.events import RowId
from onedoor.hall.ledger import Ledger
from onedoor.hall.refusals import Refusal
from onedoor.hall.state import Answer, Counter, HallState, served_by
from onedoor.wire import limits
from onedoor.wire import messages as msg
from onedoor.wire.errors import Oversized

RUNS_TOLD = 8
ANSWER_KEPT_MS = 10 * 60_000
"""So long an answer stands of which its counter has not heard, if its day is over meanwhile."""


@dataclass(frozen=True, slots=True)
class Head:
    """Who speaks, the last row of its log, hall time, and the newest row that may stand on a paper."""

    start: msg.Start
    hub_seq: int
    hash: str
    hall_ms: int
    paper: tuple[int, str] | None = None


def mark_of(
    head: Head,
    ledger: Ledger,
    dev: str,
    slot: int | None,
    echo: tuple[str, int],
    refused: str = "",
    not_taken: Mapping[RowId, str] | None = None,
) -> msg.Mark:
    """How far the rows of a box are safe, what it waits for, and what time it is. `echo`: boot and monotonic time of
    the batch that is answered; `refused`: why something of this box is not taken; `not_taken`: which rows, lately.
    """
    hall = ledger.hall
    now = hall.time.now(head.hall_ms)
    last = list(hall.calls.get(dev, {}).items())[-limits.OPEN_WISHES :]
    answers = {command: _of_today(hall, answer, now) for command, answer in last}
    highest = hall.highest_of(slot) if slot else {}
    calls: dict[str, msg.TicketRef | None] = {
        command: ticket_ref(hall, answer.ticket) if answer.ticket else None for command, answer in answers.items()
    }
    codes: dict[str, str] = {command: answer.code for command, answer in answers.items() if answer.code}
    counter = hall.counters.get(dev)
    return msg.Mark(
        v=msg.VERSION,
        start=head.start,
        have=dict(list(ledger.have.get(dev, {}).items())[-RUNS_TOLD:]),
        hub_time_ms=max(0, now.ms),
        trusted=hall.time.word.known,
        hub_seq=head.hub_seq,
        hash=head.hash,
        echo_boot=echo[0],
        echo_mono_ms=echo[1],
        highest={name: highest[name] for name in list(highest)[-limits.SERIES :]},
        calls=calls,
        codes=codes,
        holds=[ticket_ref(hall, counter.ticket)] if counter and counter.ticket else [],
        said=hall.time.word.word == SAID,
        stretch=hall.time.stretch,
        hall_ms=head.hall_ms,
        withdrawn=hall.time.withdrawn,
        refused=refused,
        not_taken={str(row): code for row, code in (not_taken or {}).items()},
        paper=head.paper if slot else None,
        asks=_question(hall, counter, head.hall_ms) if counter and Refusal.WHICH_DAY in codes.values() else None,
    )


def _of_today(hall: HallState, answer: Answer, now: Now) -> Answer:
    """An answer that nobody has heard until its day was over, or until nobody knows whether it is, calls nobody: who
    was meant does not stand there any more. The counter says that it showed nobody, and he goes back into the line.
    Who was seen at a counter just now and sent on is called all the same.
    """
    ticket = hall.tickets.get(answer.ticket) if answer.ticket else None
    if ticket is None or ticket.issued_ms is None or of_day(hall, ticket, now) == TODAY:
        return answer
    fresh = "called_ms" in ticket.loose and now.ms - (ticket.called_ms or 0) < ANSWER_KEPT_MS
    return answer if fresh else Answer(None, Refusal.TOO_OLD)


def _question(hall: HallState, counter: Counter, hall_ms: int) -> msg.Asked | None:
    queues = served_by(counter.counter, counter.clerk, counter.queues)
    return asked(asked_about(hall, queues, hall.time.now(hall_ms)))


def beacon_of(head: Head, ledger: Ledger, boxes: Iterable[str]) -> msg.Beacon:
    """Who leads, and the last row it has of each of its boxes."""
    heads = {dev: last for dev in boxes if (last := ledger.head(dev))}
    time = ledger.hall.time
    return msg.Beacon(
        msg.VERSION, head.start, max(0, time.now(head.hall_ms).ms), time.word.known, head.hub_seq, head.hash, heads,
        time.word.word == SAID, time.stretch, time.withdrawn,
    )  # fmt: skip


def pulse_of(head: Head, ledger: Ledger) -> msg.Pulse:
    """The hub lives, and what time it is."""
    time = ledger.hall.time
    now_ms = max(0, time.now(head.hall_ms).ms)
    return msg.Pulse(msg.VERSION, head.start, now_ms, time.word.known, time.word.word == SAID, time.withdrawn)


def said(message: Struct) -> bytes:
    """A message as it travels. Oversized if no reader would take it."""
    payload = msg.encode(message)
    if len(payload) > msg.LIMITS[type(message)]:
        raise Oversized(f"{type(message).__name__} of {len(payload)} bytes; {msg.LIMITS[type(message)]} are allowed")
    return payload
