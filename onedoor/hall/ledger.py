"""How rows become state: strict order in, dated facts and decisions out.

The ledger is everything a hub knows that is not in its files: the hall, the watermarks of every
device, its own last row. All of it is a fold of the log. `take` is a hub's whole duty towards one
row of a device; `replay` folds a row that stands in the log already, and never decides.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from onedoor.hall import events as ev
from onedoor.hall.dating import Dated
from onedoor.hall.decide import decide
from onedoor.hall.door_facts import FactRefused, place_of_row
from onedoor.hall.events import HUB, RowId, row_id
from onedoor.hall.evolve import evolve
from onedoor.hall.state import HallState

FLOOR_EVERY_MS = 60_000
"""How finely the fold remembers what time is surely past."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a device's journal, as it travels. `before` is the (run, seq) of the last row on
    the card, in the first row of a run; `mono_ms` and `boot_id` say when, `hub_est_ms` what the
    device believed the time to be: hall time in `stretch`, center time by its own word (stretch 0), or its floor (-1).
    """

    dev: str
    run: str
    seq: int
    before: tuple[str, int] | None
    event: ev.Event
    boot_id: str
    mono_ms: int
    hub_est_ms: int | None
    stretch: int = 0

    @property
    def id(self) -> RowId:
        """The row's id."""
        return row_id(self.dev, self.run, self.seq)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in its device's journal, whatever it says."""

    dev: str
    run: str
    seq: int
    before: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Step:
    """One row on its way into the log: a device's fact, or a decision (`fact` is None)."""

    fact: Fact | None
    event: ev.Event
    dated: Dated


@dataclass(slots=True)
class Ledger:
    """The fold of a center's log."""

    hall: HallState = field(default_factory=HallState)
    have: dict[str, dict[str, int]] = field(default_factory=dict)

    def covers(self, dev: str, run: str, seq: int) -> bool:
        """Whether the log holds this row of this device."""
        return self.have.get(dev, {}).get(run, 0) >= seq

    def head(self, dev: str) -> tuple[str, int] | None:
        """The last row taken from a device: its newest run and how far it goes."""
        runs = self.have.get(dev)
        if not runs:
            return None
        run = next(reversed(runs))
        return run, runs[run]

    def is_next(self, fact: Fact | Place) -> bool:
        """Strictly in order: exactly the next of its run, and a run only after what it follows."""
        if fact.seq != self.have.get(fact.dev, {}).get(fact.run, 0) + 1:
            return False
        return fact.before is None or self.covers(fact.dev, *fact.before)

    def recent(self, dev: str, run: str) -> None:
        """A box speaks of this run: it stands last among its runs, where what the box is told begins."""
        runs = self.have[dev]
        if next(reversed(runs)) != run:
            runs[run] = runs.pop(run)

    def reach(self, dev: str, run: str, seq: int) -> None:
        """The watermark: this row is dealt with, taken or refused."""
        self.have.setdefault(dev, {})[run] = seq
        self.recent(dev, run)
        self.hall.changed.add(f"have/{dev}/{run}")


def take(ledger: Ledger, fact: Fact, dated: Dated) -> list[Step]:
    """Fold a device's next row and what the hub decides about it; the rows to write, in order.

    The caller has asked `is_next`. All rows belong into one transaction.
    """
    hall = ledger.hall
    age = age_of(hall, dated)
    at_ms, recv_ms = as_known(hall, dated)
    decisions = decide(hall, fact.dev, fact.id, fact.event, age, at_ms, recv_ms, dated.stretch)
    steps = [Step(fact, fact.event, dated)]
    ledger.reach(fact.dev, fact.run, fact.seq)
    _fold(hall, fact.dev, fact.id, fact.event, dated)
    return [*steps, *follow(ledger, decisions, dated.recv_ms)]


def say(ledger: Ledger, word: ev.HubEvent, dated: Dated) -> list[Step]:
    """Fold a hub's own word and what it decides about it; the rows to write, in order."""
    decisions = decide(ledger.hall, HUB, RowId(""), word, None, *as_known(ledger.hall, dated))
    _passes(ledger, word)
    _fold(ledger.hall, HUB, RowId(""), word, dated)
    return [Step(None, word, dated), *follow(ledger, decisions, dated.recv_ms)]


def _passes(ledger: Ledger, word: ev.Event) -> None:
    """A refused row is dealt with: the watermark goes on."""
    if isinstance(word, FactRefused):
        ledger.reach(*place_of_row(word.row))


def follow(ledger: Ledger, decisions: list[ev.HubEvent], at_ms: int) -> list[Step]:
    """Fold decisions; they happen (in hall time) when the hub takes the row that they follow from."""
    dated = Dated(at_ms, at_ms, "B", 0, ledger.hall.time.stretch)
    for decision in decisions:
        _fold(ledger.hall, HUB, RowId(""), decision, dated)
    return [Step(None, decision, dated) for decision in decisions]


def replay(ledger: Ledger, dev: str, run: str, seq: int, event: ev.Event, dated: Dated) -> None:
    """Fold one row of the log. Rows stand there in the order in which they were taken."""
    if dev != HUB:
        ledger.reach(dev, run, seq)
    _passes(ledger, event)
    _fold(ledger.hall, dev, row_id(dev, run, seq), event, dated)


def as_known(hall: HallState, dated: Dated) -> tuple[int, int]:
    """Of a row: when it happened and when it was taken, in center time as well as it is known."""
    time = hall.time
    return time.center_ms(dated.event_ms, dated.stretch), time.center_ms(dated.recv_ms, time.stretch)


def _fold(hall: HallState, dev: str, rid: RowId, event: ev.Event, dated: Dated) -> None:
    """Evolve by one row; what is known to be past rises with known time."""
    hall.row_stretch, hall.row_low_ms = dated.stretch, dated.low_ms
    evolve(hall, dev, rid, event, hall.time.center_ms(dated.event_ms, dated.stretch))
    time = hall.time
    if time.stretch and time.word.known:
        now_ms = time.center_ms(dated.recv_ms, time.stretch)
        if now_ms >= time.floor_ms + FLOOR_EVERY_MS:
            time.floor_ms = now_ms
            hall.changed.add("time")


def age_of(hall: HallState, dated: Dated) -> int | None:
    """How old a fact was when it was taken; None: nobody can say."""
    if dated.quality == "C" or not hall.time.comparable(dated.stretch, hall.time.stretch):
        return None
    at_ms, recv_ms = as_known(hall, dated)
    return recv_ms - at_ms


def replayed(ledger: Ledger, dev: str, run: str, seq: int, event: ev.Event, dated: Dated) -> bool:
    """The same, of a log that nobody has verified: False if this row cannot follow those before it. A reader goes on
    then, and says so; a hub never does.
    """
    try:
        replay(ledger, dev, run, seq, event, dated)
    except Exception:  # noqa: BLE001 - a senseless row must not end whoever only reads
        return False
    return True


def image(ledger: Ledger) -> Iterator[tuple[str, object]]:
    """The whole fold as (name, value): what the hub keeps beside the log, and compares at start."""
    hall = ledger.hall
    yield "day", hall.day
    yield "center_rules", hall.rules
    yield "issued", hall.issued
    yield "places", hall.places
    yield "departures", hall.departures
    yield "notice", hall.notice
    yield "roll", hall.roll
    yield "closed", hall.closed_day
    yield "time", hall.time
    yield "put_by", hall.put_by
    yield "forgot", hall.forgot_ms
    yield "shown", [hall.order, list(hall.shown)]
    yield from ((f"ticket/{t.id}", t) for t in hall.tickets.values())
    yield from ((f"calls/{dev}", calls) for dev, calls in hall.calls.items())
    yield from ((f"counter/{dev}", c) for dev, c in hall.counters.items())
    yield from ((f"highest/{key}", n) for key, n in hall.highest.items())
    yield from ((f"appointment/{code}", a) for code, a in hall.appointments.items())
    yield from ((f"have/{dev}/{run}", seq) for dev, runs in ledger.have.items() for run, seq in runs.items())


def changes(ledger: Ledger) -> dict[str, object]:
    """What the rows since the last call changed, as (name, value); None: gone. Forgets them then."""
    hall = ledger.hall
    found: dict[str, object] = {}
    for name in hall.changed:
        part, _, key = name.partition("/")
        found[name] = _PARTS[part](ledger, key)
    hall.changed.clear()
    return found


_PARTS: dict[str, Callable[[Ledger, str], object]] = {
    "day": lambda led, _: led.hall.day,
    "center_rules": lambda led, _: led.hall.rules,
    "issued": lambda led, _: led.hall.issued,
    "places": lambda led, _: led.hall.places,
    "departures": lambda led, _: led.hall.departures,
    "notice": lambda led, _: led.hall.notice,
    "roll": lambda led, _: led.hall.roll,
    "closed": lambda led, _: led.hall.closed_day,
    "time": lambda led, _: led.hall.time,
    "put_by": lambda led, _: led.hall.put_by,
    "forgot": lambda led, _: led.hall.forgot_ms,
    "shown": lambda led, _: [led.hall.order, list(led.hall.shown)],
    "ticket": lambda led, key: led.hall.tickets.get(RowId(key)),
    "calls": lambda led, key: led.hall.calls.get(key),
    "counter": lambda led, key: led.hall.counters.get(key),
    "highest": lambda led, key: led.hall.highest.get(key),
    "appointment": lambda led, key: led.hall.appointments.get(key),
    "have": lambda led, key: led.have[key.partition("/")[0]][key.partition("/")[2]],
}
