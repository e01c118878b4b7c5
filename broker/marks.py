"""Marks and the beacon: what the hub says to boxes, computed from its state alone (pure)."""

from dataclasses import dataclass

from broker.news import asked, ticket_ref
from onedoor.hall.center_time import SAID
from onedoor.hall.days import asked_about
from onedoor.hall.ledger import Ledger
from onedoor.hall.refusals import Refusal
from onedoor.hall.state import Counter, HallState, served_by
from onedoor.wire import messages as msg

RUNS_TOLD = 8


@dataclass(frozen=True, slots=True)
class Head:
    """Who speaks, the last row of its log, and hall time."""

    start: msg.Start
    hub_seq: int
    hash: str
    hall_ms: int


def mark_of(head: Head, ledger: Ledger, dev: str, slot: int | None, echo: tuple[str, int]) -> msg.Mark:
    """How far the rows of a box are safe, what it waits for, and what time it is. `echo`: boot and monotonic time of
    the batch that is answered.
    """
    hall = ledger.hall
    answers = hall.calls.get(dev, {})
    calls: dict[str, msg.TicketRef | None] = {
        command: ticket_ref(hall, answer.ticket) if answer.ticket else None for command, answer in answers.items()
    }
    codes: dict[str, str] = {command: answer.code for command, answer in answers.items() if answer.code}
    counter = hall.counters.get(dev)
    return msg.Mark(
        v=msg.VERSION,
        start=head.start,
        have=dict(list(ledger.have.get(dev, {}).items())[-RUNS_TOLD:]),
        hub_time_ms=max(0, hall.time.now(head.hall_ms).ms),
        trusted=hall.time.word.known,
        hub_seq=head.hub_seq,
        hash=head.hash,
        echo_boot=echo[0],
        echo_mono_ms=echo[1],
        highest=hall.highest_of(slot) if slot else {},
        calls=calls,
        codes=codes,
        holds=[ticket_ref(hall, counter.ticket)] if counter and counter.ticket else [],
        said=hall.time.word.word == SAID,
        stretch=hall.time.stretch,
        hall_ms=head.hall_ms,
        withdrawn=hall.time.withdrawn,
        asks=_question(hall, counter, head.hall_ms) if counter and Refusal.WHICH_DAY in codes.values() else None,
    )


def _question(hall: HallState, counter: Counter, hall_ms: int) -> msg.Asked | None:
    queues = served_by(counter.counter, counter.clerk, counter.queues)
    return asked(asked_about(hall, queues, hall.time.now(hall_ms)))


def beacon_of(head: Head, ledger: Ledger) -> msg.Beacon:
    """Who leads, and the last row it has of everybody."""
    heads = {dev: last for dev in ledger.have if (last := ledger.head(dev))}
    time = ledger.hall.time
    return msg.Beacon(
        msg.VERSION, head.start, max(0, time.now(head.hall_ms).ms), time.word.known, head.hub_seq, head.hash, heads,
        time.word.word == SAID,
    )  # fmt: skip


def pulse_of(head: Head, ledger: Ledger) -> msg.Pulse:
    """The hub lives, and what time it is."""
    time = ledger.hall.time
    now_ms = max(0, time.now(head.hall_ms).ms)
    return msg.Pulse(msg.VERSION, head.start, now_ms, time.word.known, time.word.word == SAID, time.withdrawn)
