"""The state of a hall: what all rows of the center's log, folded in order, add up to.

The same log gives the same state on the hub, in the verifier and in a simulation; `onedoor.hall.evolve` is the only way
in which it changes. The state remembers two days of tickets: today's, and the day before for late facts of devices that
were cut off. The log remembers everything.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from onedoor.hall.center_time import CenterTime, Moment
from onedoor.hall.events import RowId
from onedoor.hall.order import MINUTE_MS, WaitingLine, in_row_order
from onedoor.hall.rules import ANY_COUNTER, CLASS_ORDINARY, Rules
from onedoor.hall.visit import Phase

UNDONE = "undone"
"""The code of an answer that took an action back."""

CALLS_KEPT = 32
"""How many of the newest calls are told: as many as counters may press at one instant, so that none is missed."""


@dataclass(slots=True)
class Departure:
    """A call out of the strict order, while it lasts: why, by whom, and how many were passed."""

    cause: str
    dev: str
    since_ms: int
    count: int


@dataclass(slots=True)
class Ticket:
    """One visit, in its present leg. `issued_ms` is None while a counter's word is all there is: a call can
    reach the hub before the issue does. `day` is the center's day of the issue; `label_day` what the kiosk,
    whose clock may have been wrong, counted its numbers for. All times are milliseconds since 1970, center time.

    `queue` and `leg` (1, 2, ...) say where it is, `entered_ms` since when, `queued_ms` which time counts in strict
    order, `order_ms` its effective time, `first` that it was put before the others. `been`: the queues of earlier legs;
    `returns` counts how often it came to one of them again. `back`: "parked" or "returned" until it is called again.
    `moves` rises with everything that happens to it. `lang`: in which language it is called; `first_wait_ms`: how long
    its first leg waited.

    `stretch` and `low_ms` say how well the time of the issue is known (`onedoor.hall.center_time.Moment`); `day` is ""
    while nobody knows. `loose` names the times that were taken in the present stretch: they move with a word about it.
    `said`: a clerk's answer whose day this is ("yes", "no" or ""), given at `said_ms`.
    """

    id: RowId
    label: str = ""
    service: str = ""
    queue: str = ""
    cls: str = CLASS_ORDINARY
    day: str = ""
    label_day: str = ""
    phase: Phase = Phase.WAITING
    issued_ms: int | None = None
    holders: set[str] = field(default_factory=set)
    called_ms: int | None = None
    leg: int = 1
    been: tuple[str, ...] = ()
    returns: int = 0
    entered_ms: int | None = None
    queued_ms: int | None = None
    order_ms: int = 0
    appointed_ms: int | None = None
    first: bool = False
    back: str = ""
    missed_ms: int | None = None
    code_state: str = ""
    """What the code was worth with which this person checked in (see onedoor.hall.checkin)."""
    until_ms: int | None = None
    recalls: int = 0
    walk_in: bool = False
    departure: Departure | None = None
    moves: int = 0
    lang: str = "lo"
    first_wait_ms: int | None = None
    series: str = ""
    stretch: int = 0
    low_ms: int | None = None
    said: str = ""
    said_ms: int = 0
    said_stretch: int = 0
    seen_ms: int = 0
    seen_stretch: int = 0
    expired_by: int = 0
    loose: tuple[str, ...] = ()
    by: str = ""
    """The counter whose word is all there is: the number's own row has not come."""

    @property
    def maker(self) -> str:
        """The box that made this visit: its kiosk, or the counter that took somebody in or told of him."""
        return self.by or self.id.partition(".")[0]

    @property
    def moment(self) -> Moment:
        """When the visit began, or when a clerk said that it is of that day."""
        if self.said == "yes":
            return Moment(self.said_ms, self.said_stretch, None, self.seen_ms, self.seen_stretch)
        return Moment(self.issued_ms or 0, self.stretch, self.low_ms, self.seen_ms, self.seen_stretch)

    @property
    def waits(self) -> bool:
        """Issued, held by nobody, not over."""
        return self.phase is Phase.WAITING and self.issued_ms is not None and not self.holders

    @property
    def strict_ms(self) -> int:
        """Its queue time; only an issued ticket has one."""
        assert self.queued_ms is not None
        return self.queued_ms


@dataclass(slots=True)
class Was:
    """How things stood before an act (`what`): the ticket of that name (None: there was no such visit), the number of
    the paper roll, and how many calls the hall had heard. All that an undo needs.
    """

    what: str
    id: RowId
    ticket: Ticket | None
    roll: int
    order: int


@dataclass(slots=True)
class Last:
    """The last thing a counter did to a ticket: how things were before, and the ticket's `moves` after it."""

    at_ms: int
    was: Was
    moves: int
    loose: bool = False


@dataclass(slots=True)
class Counter:
    """A counter as its panel reports it."""

    dev: str
    counter: str
    queues: tuple[str, ...] = ()
    open: bool = False
    ticket: RowId | None = None
    clerk: str = ""
    paused: str = ""
    last: Last | None = None


@dataclass(slots=True)
class Answer:
    """What came of a command: a ticket, or a code that says why there is none. `was`: how things were before, should
    the counter never hear of it; `moves`: those of that ticket since.
    """

    ticket: RowId | None
    code: str = ""
    was: Was | None = None
    moves: int = 0


@dataclass(slots=True)
class Announcement:
    """One call as the hall sees it; `order` counts calls and recalls, so a board can tell new ones."""

    ticket: RowId
    label: str
    service: str
    counter: str
    at_ms: int
    order: int
    recalls: int = 0
    loose: bool = False


@dataclass(slots=True)
class Appointment:
    """An appointment, by its code in `HallState.appointments`; `ticket` once somebody checked in with it; `dev` made
    it.
    """

    service: str
    at_ms: int
    ticket: RowId | None = None
    dev: str = ""


@dataclass(slots=True)
class HallState:
    """Everything the hub must know to decide. Built by `evolve` alone."""

    day: str = ""
    time: CenterTime = field(default_factory=CenterTime)
    rules: Rules = field(default_factory=Rules)
    tickets: dict[RowId, Ticket] = field(default_factory=dict)
    labels: dict[str, RowId] = field(default_factory=dict)
    papers: dict[str, set[RowId]] = field(default_factory=dict)
    """The tickets of each label, whatever their day: the paper in a hand is the newest of them."""
    unsure: set[RowId] = field(default_factory=set)
    """Tickets whose day is not certain: only among them somebody may be in doubt."""
    late: bool = False
    """Somebody of an earlier day joined the line since the hub last looked through it."""
    line: WaitingLine = field(default_factory=WaitingLine)
    calls: dict[str, dict[RowId, Answer]] = field(default_factory=dict)
    counters: dict[str, Counter] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)
    appointments: dict[str, Appointment] = field(default_factory=dict)
    issued: dict[str, int] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """Queues that the rules do not name and that somebody made all the same, and whose they are."""
    departures: dict[str, int] = field(default_factory=dict)
    """Of the day: how often somebody was called before others who came earlier, by cause."""
    notice: tuple[str, str] = ("", "")
    """The head's word to all counters, and the day on which it was said."""
    roll: int = 0
    closed_day: str = ""
    put_by: dict[str, dict[str, int]] = field(default_factory=dict)
    """Departures of the days before, in case the present day was a wrong word's."""
    row_stretch: int = 0
    row_low_ms: int | None = None
    """Of the row that is being folded: its stretch, and what it was surely not before."""
    forgot_ms: int = 0
    shown: deque[Announcement] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    order: int = 0
    changed: set[str] = field(default_factory=set)
    line_changes: int = 0
    """Rises whenever somebody joins or leaves the line, or a counter opens or closes: only then is there news for
    those who show it. Counted since this process began, no part of what is kept.
    """

    def overdue_ms(self, now_ms: int) -> int | None:
        """Whoever queued up to this moment is before every credit; None if the center has no such guard."""
        guard = self.rules.guard_min
        return now_ms - guard * MINUTE_MS if guard else None

    def waiting(self, queues: tuple[str, ...] | None = None, now_ms: int | None = None) -> Iterator[Ticket]:
        """Waiting tickets of these queues (None: all), first one first, as things stand at `now_ms`."""
        overdue = None if now_ms is None else self.overdue_ms(now_ms)
        return (self.tickets[t] for t in self.line.in_order(queues, overdue))

    def parked(self) -> list[Ticket]:
        """Parked tickets, in the order of their issue."""
        return [t for t in self.tickets.values() if t.phase is Phase.PARKED]

    def open_counters(self) -> list[str]:
        """Devices of the counters that take people now, in a fixed order: the same on every box."""
        return sorted(c.dev for c in self.counters.values() if c.open and not c.paused)

    def served_queues(self, there: Callable[[str], bool] = lambda _: True) -> set[str]:
        """The queues that an open counter calls from, also while it pauses; who waits in another waits for nobody.
        Whether a counter's box is there (`there`) no log knows.
        """
        serving = [c for c in self.counters.values() if c.open and there(c.dev)]
        return {q for c in serving for q in served_by(c.counter, c.clerk, c.queues)}

    def by_label(self, label: str) -> Ticket | None:
        """The newest ticket with this label, by what is known now: a paper in a hand beats every clock."""
        found = [self.tickets[rid] for rid in self.papers.get(label, ())]
        return max(found, key=lambda t: (t.issued_ms or 0, in_row_order(t.id)), default=None)

    def index(self, ticket: Ticket) -> None:
        """Find an issued ticket by its label, if it has one, and keep in mind whether its day is certain."""
        self.mind(ticket)
        if not ticket.label:
            return
        self.labels.setdefault(label_key(ticket.series or ticket.label_day, ticket.label), ticket.id)
        self.papers.setdefault(ticket.label, set()).add(ticket.id)

    def mind(self, ticket: Ticket) -> None:
        """Keep in mind whether the day of a ticket is certain."""
        certain = self.time.of(ticket.stretch).known and ticket.low_ms is None and not ticket.said
        certain = certain and not self.time.after_it_began(ticket.issued_ms, ticket.stretch)
        (self.unsure.discard if certain else self.unsure.add)(ticket.id)
        self.late = self.late or ticket.low_ms is not None or (certain and ticket.day != self.day)

    def forget(self, ticket: Ticket) -> None:
        """Let go of a ticket; it is in no line any more."""
        del self.tickets[ticket.id]
        key = label_key(ticket.series or ticket.label_day, ticket.label)
        if self.labels.get(key) == ticket.id:
            del self.labels[key]
        papers = self.papers.get(ticket.label, set())
        papers.discard(ticket.id)
        if not papers:
            self.papers.pop(ticket.label, None)
        self.unsure.discard(ticket.id)
        self.changed.add(f"ticket/{ticket.id}")

    def highest_of(self, slot: int) -> dict[str, dict[str, int]]:
        """Highest number of each service in this slot, by the series of the labels (in old rows: their day), as far as
        the log knows.
        """
        found: dict[str, dict[str, int]] = {}
        for key, n in self.highest.items():
            of, series, service = key.split("/", 2)
            if of == str(slot):
                found.setdefault(series, {})[service] = n
        return found


def label_key(series: str, label: str) -> str:
    """A label means one ticket only together with its series (in logs without series: its day)."""
    return f"{series}/{label}"


def served_by(counter: str, clerk: str, queues: tuple[str, ...]) -> tuple[str, ...]:
    """The queues a counter calls from: its profile, those who were sent to this counter or this clerk, and those whom
    nobody else would call.
    """
    return (*queues, f"counter/{counter}", *((f"clerk/{clerk}",) if clerk else ()), ANY_COUNTER)
