"""Months of a center, made up: citizens come, clerks call, and things break, day after day, out of one seed.

What it is for: trying reports before a center has a past, training heads, and measuring what reading costs. Facts pass
the hall's own rules (`demo.books`), so the log verifies, and every figure of a report on it can be looked up in it.
Arrivals, service times and troubles are invented; no center behaves like this one.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from demo.books import Books
from demo.plan import queues_of
from onedoor.hall import events as ev
from onedoor.hall.events import RowId
from onedoor.hall.hours import windows
from onedoor.hall.ledger import Fact
from onedoor.hall.rules import Hours, Rules
from onedoor.hall.tickets import label
from onedoor.hall.zone import at_clock, days_after
from onedoor.wire.rows import LogRow

MINUTE = 60_000
WEEK: tuple[tuple[tuple[int, int], ...], ...] = (((480, 720), (780, 960)),) * 5 + ((), ())
"""Monday to Friday, 8 to 12 and 13 to 16 o'clock."""
LANGS = ("lo",) * 14 + ("hmn", "hmn", "kjg", "kjg", "en", "vi", "zh")
INTENTS = ("submit",) * 6 + ("ask", "collect", "collect")
PROFILE = (1.6, 1.7, 1.5, 1.3, 1.2, 1.0, 0.8, 0.5, 0.0, 0.0, 1.1, 1.1, 0.9, 0.7, 0.4, 0.2)
"""How many come in each half hour from 8 o'clock on, as a share of the mean."""
REASONS = ("paper_missing", "wrong_office", "official_absent", "system_down")
LATE_MS = 20


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something breaks on a day of the history (from 0), from `begin` to `end` in minutes since midnight.

    `kind`: hub (it is dead), kiosk (`dev` is cut off), poor_clock (cut off, and started anew without a clock), printer
    (`dev` has no paper), clock (`dev` finds its clock wrong by ten minutes).
    """

    day: int
    kind: str
    begin: int
    end: int
    dev: str = "k2"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make: so many open days from `first` on (YYYY-MM-DD), so many tickets a day on the average."""

    first: str
    days: int
    tickets: int = 300
    kiosks: int = 2
    counters: int = 8
    troubles: tuple[Trouble, ...] = ()
    hours: Hours = field(default_factory=lambda: Hours(week=WEEK))


def history(plan: Plan, rules: Rules, prefixes: dict[str, str], seed: int, write: Callable[[LogRow], None]) -> None:
    """Make the log of all days. `prefixes`: the letter of each service; `write` gets every row, in order."""
    chance = random.Random(seed)
    books = Books(write)
    spelled, made = plan.first, 0
    while made < plan.days:
        if windows(plan.hours, spelled):
            if not made:
                begin = _start(plan, spelled) + 450 * MINUTE
                books.hub_starts(begin)
                books.say(ev.RulesSet(replace(rules, hours=plan.hours)), begin)
            troubles = [t for t in plan.troubles if t.day == made]
            _Day(books, plan, prefixes, chance, spelled, troubles).play()
            made += 1
        spelled = days_after(spelled, 1)


def _start(plan: Plan, day: str) -> int:
    """Twelve hours before noon: midnight, if the clocks were not set that night. So eight o'clock is eight hours on."""
    return at_clock(day, 720, plan.hours.zone) - 720 * MINUTE


@dataclass(slots=True)
class _Day:
    """One day while it happens. Times are milliseconds since 1970."""

    books: Books
    plan: Plan
    prefixes: dict[str, str]
    chance: random.Random
    day: str
    troubles: list[Trouble]
    agenda: list[tuple[int, int, Callable[[], object]]] = field(default_factory=list)
    waiting_rows: dict[str, list[tuple[Fact, int, str]]] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    poor: set[str] = field(default_factory=set)
    no_paper: set[str] = field(default_factory=set)
    numbers: dict[tuple[int, str], int] = field(default_factory=dict)
    local: list[tuple[str, RowId]] = field(default_factory=list)
    parked: list[tuple[int, str, RowId]] = field(default_factory=list)
    dead: bool = False
    at: int = 0
    _turn: int = 0

    def play(self) -> None:
        """From the first box's start to the last row."""
        start = _start(self.plan, self.day)
        self.at = start + 460 * MINUTE
        boxes = [f"k{i}" for i in range(1, self.plan.kiosks + 1)] + [f"c{i}" for i in range(1, self.plan.counters + 1)]
        for dev in boxes:
            self._send(dev, self.books.boots(dev, self.at))
        for n in range(1, self.plan.counters + 1):
            self._at(start + 478 * MINUTE + self.chance.randrange(4 * MINUTE), partial(self._open, n))
        spans = windows(self.plan.hours, self.day)
        self._arrivals(start, spans)
        for trouble in self.troubles:
            self._at(start + trouble.begin * MINUTE, partial(self._breaks, trouble))
            self._at(start + trouble.end * MINUTE, partial(self._mended, trouble))
        closes = spans[-1][1]
        self._at(closes + 55 * MINUTE, lambda: self.books.say(ev.CenterClosed(self.day), self.at))
        while self.agenda:
            self.at, _, what = heapq.heappop(self.agenda)
            what()

    def _at(self, when: int, what: Callable[[], object]) -> None:
        self._turn += 1
        heapq.heappush(self.agenda, (when, self._turn, what))

    def _arrivals(self, start: int, spans: list[tuple[int, int]]) -> None:
        mean_gap = 14 * 30 * MINUTE / self.plan.tickets
        t = spans[0][0] + 0.0
        while t < spans[-1][1]:
            share = PROFILE[min(15, int((t - start) // (30 * MINUTE)) - 16)]
            t += self.chance.expovariate(1 / mean_gap) / max(share, 0.2)
            if share and any(a <= t < b for a, b in spans):
                self._at(int(t), self._comes)

    def _send(self, dev: str, *facts: Fact) -> None:
        """Rows reach the hub, or wait until they can."""
        for fact in facts:
            if self.dead or dev in self.cut or self.waiting_rows.get(dev):
                self.waiting_rows.setdefault(dev, []).append((fact, self.at, "C" if dev in self.poor else "A"))
            else:
                self.books.take(fact, self.at, self.at + LATE_MS)

    def _says(self, dev: str, event: ev.Event) -> Fact:
        fact = self.books.fact(dev, event, self.at)
        self._send(dev, fact)
        return fact

    # -- citizens

    def _comes(self) -> None:
        chance, slot = self.chance, self.chance.randint(1, self.plan.kiosks)
        dev, service = f"k{slot}", chance.choice(sorted(self.prefixes))
        lang = chance.choice(LANGS)
        if chance.random() < 0.04:
            self._says(dev, ev.ListGiven(service, lang))
            return
        n = self.numbers[slot, service] = self.numbers.get((slot, service), 0) + 1
        queue = self.books.ledger.hall.rules.route(service)[0]
        issued = self._says(
            dev,
            ev.Issued(
                label(self.prefixes[service], slot, n), service, queue, slot, n, self.day,
                offline=self.dead or dev in self.cut, cls="P" if chance.random() < 0.1 else "N", lang=lang,
                intent=chance.choice(INTENTS),
            ),
        )  # fmt: skip
        if dev in self.no_paper:
            self._says(dev, ev.PrintFailed(issued.id, "no_paper"))
        else:
            self._says(dev, ev.Printed(issued.id, "A"))

    # -- clerks

    def _open(self, n: int) -> None:
        dev, number = f"c{n}", str(n)
        queues = tuple(queues_of(n, self.plan.counters))
        self._says(dev, ev.CounterOpened(number, queues, f"clerk-{n}"))
        start = _start(self.plan, self.day)
        lunch = start + (720 + self.chance.randrange(10)) * MINUTE
        self._at(self.at, partial(self._free, dev, number, queues, [lunch, lunch + 50 * MINUTE]))

    def _free(self, dev: str, number: str, queues: tuple[str, ...], lunch: list[int]) -> None:
        closes = windows(self.plan.hours, self.day)[-1][1]

        again = partial(self._free, dev, number, queues, lunch)

        if lunch and self.at >= lunch[0]:
            self._says(dev, ev.CounterPaused(number, "break"))
            back, lunch[:] = lunch[1], []
            self._at(back, partial(self._says, dev, ev.CounterResumed(number)))
            self._at(back, again)
            return
        ticket = self._resumed(dev) or self._next(dev, number, queues)
        if ticket is None:
            if self.at > closes + 50 * MINUTE or (self.at > closes and not self.dead and not self._anybody(queues)):
                self._says(dev, ev.CounterClosed(number))
            else:
                self._at(self.at + 15_000, again)
            return
        walk = int(self.chance.uniform(8, 45) * 1000)
        if self.chance.random() < 0.05:
            self._at(self.at + 40_000, partial(self._says, dev, ev.Recalled(ticket)))
            self._at(self.at + 95_000, partial(self._says, dev, ev.NoShow(ticket)))
            if self.chance.random() < 0.4:
                self._at(self.at + self.chance.randrange(3, 20) * MINUTE, partial(self._back, dev, ticket))
            self._at(self.at + 95_000, again)
            return
        self._at(self.at + walk, partial(self._serve, dev, ticket, again))

    def _anybody(self, queues: tuple[str, ...]) -> bool:
        return self.books.ledger.hall.line.first(queues) is not None

    def _next(self, dev: str, number: str, queues: tuple[str, ...]) -> RowId | None:
        hall = self.books.ledger.hall
        if self.dead:
            found = next((one for one in self.local if one[0] in queues), None)
            if found is None:
                return None
            self.local.remove(found)
            asked = self._says(dev, ev.CallRequested(number, queues))
            self._says(dev, ev.CalledLocally(asked.id, found[1]))
            return found[1]
        if not self._anybody(queues):
            return None
        passed = [rid for _, rid in zip(range(4), hall.line.in_order(queues), strict=False)]
        wish = ev.CallRequested(number, queues)
        if len(passed) > 3 and self.chance.random() < 0.01:
            wish = replace(wish, label=hall.tickets[passed[3]].label, reason="helped")
        asked = self._says(dev, wish)
        ticket = self.books.answer(dev, asked.id)
        if ticket is not None:
            self._says(dev, ev.Shown(asked.id, ticket))
        return ticket

    def _serve(self, dev: str, ticket: RowId, again: Callable[[], object]) -> None:
        self._says(dev, ev.Started(ticket))
        service = int(min(self.chance.lognormvariate(5.3, 0.55), 3600) * 1000)
        self._at(self.at + service, partial(self._ends, dev, ticket, again))

    def _back(self, dev: str, ticket: RowId) -> None:
        """Somebody who had been called in vain is here; the clerk lets him wait again."""
        if not self.dead and dev not in self.cut:
            self._says(dev, ev.RequeueRequested(self.books.ledger.hall.tickets[ticket].label))

    def _ends(self, dev: str, ticket: RowId, again: Callable[[], object]) -> None:
        dice = self.chance.random()
        hall = self.books.ledger.hall
        if dice < 0.02:
            self._says(dev, ev.Transferred(ticket, self.chance.choice(sorted(self.prefixes)), reason="wrong_office"))
        elif dice < 0.03 and not self.dead:
            self._says(dev, ev.Parked(ticket, reason="copy"))
            self.parked.append((self.at + self.chance.randrange(5, 25) * MINUTE, dev, ticket))
        elif dice < 0.04:
            self._says(dev, ev.Ended(ticket))
            walked_in = self._says(dev, ev.WalkedIn(hall.counters[dev].counter, "id", "id"))
            minutes = self.chance.randrange(1, 5) * MINUTE
            self._at(self.at + minutes, partial(self._says, dev, ev.Ended(walked_in.id)))
            self._at(self.at + minutes + 5_000, again)
            return
        elif dice < 0.08:
            self._says(dev, ev.Ended(ticket, outcome="incomplete", reason=self.chance.choice(REASONS)))
        else:
            self._says(dev, ev.Ended(ticket, auto=dice > 0.95))
            if self.chance.random() < 0.15:
                self._says(dev, ev.Rated(ticket, self.chance.choice((1, 3, 4, 4, 5, 5, 5)), 5))
        self._at(self.at + self.chance.randrange(3_000, 40_000), again)

    def _resumed(self, dev: str) -> RowId | None:
        """Somebody who went to make a copy is back, and is called by the number; if anybody is."""
        hall = self.books.ledger.hall
        due = next((one for one in self.parked if one[0] <= self.at and one[1] == dev), None)
        if due is None or self.dead or due[2] not in hall.tickets:
            return None
        self.parked.remove(due)
        counter = hall.counters[dev]
        wish = ev.CallRequested(counter.counter, counter.queues, label=hall.tickets[due[2]].label, reason="parked")
        asked = self._says(dev, wish)
        if self.books.answer(dev, asked.id) != due[2]:
            return None
        self._says(dev, ev.Shown(asked.id, due[2]))
        return due[2]

    # -- trouble

    def _breaks(self, trouble: Trouble) -> None:
        dev = trouble.dev
        match trouble.kind:
            case "hub":
                self.dead = True
                hall = self.books.ledger.hall
                self.local = [(hall.tickets[rid].queue, rid) for rid in hall.line.in_order()]
            case "kiosk":
                self.cut.add(dev)
            case "poor_clock":
                self.cut.add(dev)
                self.poor.add(dev)
                self._send(dev, self.books.boots(dev, self.at))
            case "printer":
                self.no_paper.add(dev)
                self._says(dev, ev.PrinterChanged(1, "no_paper"))
            case _:
                self._says(dev, ev.ClockStepped(self.at, self.at + 10 * MINUTE))

    def _mended(self, trouble: Trouble) -> None:
        match trouble.kind:
            case "hub":
                self.dead = False
                self.books.hub_starts(self.at)
            case "printer":
                self.no_paper.discard(trouble.dev)
                self._says(trouble.dev, ev.PrinterChanged(1, "ok"))
            case "kiosk" | "poor_clock":
                self.cut.discard(trouble.dev)
            case _:
                return
        for dev in sorted(set(self.waiting_rows) - self.cut if not self.dead else ()):
            for fact, at, quality in self.waiting_rows.pop(dev):
                self.books.take(fact, at, self.at + LATE_MS, quality)
        self.poor &= self.cut
