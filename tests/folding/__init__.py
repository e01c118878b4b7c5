"""The recorded log that pins the fold: rows of every kind, and what they add up to after each of them.

The rows come from clerks and citizens who press at random, so that much happens that never should; the hub's decisions
among them are the rule's of the day on which they were recorded, and stay: the fold decides nothing.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import count
from pathlib import Path

from laos import day_of

from broker.store import spelled
from onedoor.hall import events as ev
from onedoor.hall.dating import FLOOR_ONLY, Dated
from onedoor.hall.days import words_due
from onedoor.hall.events import HUB, RowId
from onedoor.hall.fold_version import FOLD_VERSION
from onedoor.hall.kinds import KINDS
from onedoor.hall.ledger import Fact, Ledger, Step, image, replay, say, take
from onedoor.hall.rules import Hours, Rules
from onedoor.hall.state import HallState
from onedoor.hall.tickets import label
from onedoor.hall.visit import Phase
from onedoor.wire.rows import event_of, plain

DATA = Path(__file__).resolve().parent.parent / "data"
ROWS, PICTURES = DATA / "fold_rows.jsonl", DATA / "fold_pictures.json"
START_MS = 1_793_000_000_000
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
KIND = 3
"""Where in a recorded row its kind stands."""
SERVICES = ("id", "land", "birth")
QUEUES = {"id": ("id",), "land": ("land", "cashier"), "birth": ("birth",)}
RULES = Rules(
    "recorded", {"N": 0, "P": 15}, 60, {"land": ("land", "cashier")}, "new", "keep", 30, 30, 15, 60, (1, 20),
    Hours((((480, 720), (780, 960)),) * 5 + ((), ()), {"2026-12-02": ()}, {"2026-12-02": "National Day"}), {"id": 20},
)  # fmt: skip
RAISE = "raise FOLD_VERSION (onedoor/hall/fold_version.py) and record again with `make record-fold`"


def pictures(rows: list[list], ledger: Ledger | None = None) -> Iterator[str]:
    """What the state is after each row, in short; from a ledger on that has earlier rows."""
    ledger = ledger or Ledger()
    for dev, run, seq, kind, body, *dated in rows:
        replay(ledger, dev, run, seq, event_of(kind, body), Dated(*dated))
        whole = "\n".join(f"{name} {spelled(value)}" for name, value in image(ledger))
        waiting = " ".join(ledger.hall.line.in_order())
        yield sha256(f"{whole}\n{waiting}".encode()).hexdigest()[:10]


def misfit(rows: list[list], version: int, recorded: list[str]) -> str | None:
    """A sentence if the fold is not the recorded one; `version` is the fold that was recorded."""
    changed = None
    for number, (was, now) in enumerate(zip(recorded, pictures(rows), strict=False), 1):
        if was != now:
            changed = f"the fold of the recorded log changed (row {number}, '{rows[number - 1][KIND]}')"
            break
    if version != FOLD_VERSION:
        return f"FOLD_VERSION is {FOLD_VERSION}, the recorded log is of fold {version}: record again with `make record-fold`"
    if changed:
        return f"{changed}: {RAISE}"
    missing = sorted(KINDS.keys() - {row[KIND] for row in rows})
    if missing or len(recorded) != len(rows):
        return f"the recorded log has no row of {', '.join(missing)}: let it happen in tests/folding, then `make record-fold`"
    return None


def recorded() -> tuple[list[list], int, list[str]]:
    """The recorded rows, the fold they were folded by, and their pictures."""
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    kept = json.loads(PICTURES.read_text(encoding="utf-8"))
    return rows, kept["fold"], kept["pictures"]


def record() -> str:
    """Write the recorded log, or only its pictures where it has every kind of row already; what was done. SystemExit
    with a sentence if the fold changed and its number did not.
    """
    if ROWS.exists():
        rows, version, old = recorded()
        found = misfit(rows, version, old)
        if found is None:
            return "nothing to record: the fold is the recorded one"
        if version == FOLD_VERSION and RAISE in found:
            raise SystemExit(found)
    else:
        rows = []
    if KINDS.keys() - {row[KIND] for row in rows}:
        rows = made_up()
        ROWS.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    kept = {"fold": FOLD_VERSION, "pictures": list(pictures(rows))}
    PICTURES.write_text(json.dumps(kept, indent=0) + "\n", encoding="utf-8")
    return f"{len(rows)} rows recorded as fold {FOLD_VERSION}"


def made_up() -> list[list]:
    """The log of the first seed in which every kind of row happens."""
    for seed in range(1, 1_000):
        rows = some_days(seed)
        if not KINDS.keys() - {row[KIND] for row in rows}:
            return rows
    raise SystemExit("some kind of row never happens: let it happen in tests/folding")


def some_days(seed: int, days: int = 5, steps: int = 120) -> list[list]:
    """A log of some days of pressing at random; from the third on hall time has stretches, as today's hubs write it."""
    monkey = Monkey(Book(), random.Random(seed))
    book = monkey.book
    book.hub_starts(START_MS)
    book.say(ev.RulesSet(RULES), START_MS)
    for dev in ("k1", "k2", "c1", "c2", "c3"):
        book.take(book.boots(dev, START_MS), Dated(START_MS, START_MS, "B", 0))
    for day in range(days):
        monkey.at = START_MS + day * DAY_MS + HOUR_MS
        if day >= 2:
            monkey.switched_on()
        for _ in range(steps):
            monkey.presses()
    return book.rows


@dataclass
class Book:
    """Writes the rows of everybody, by the hall's own rules."""

    ledger: Ledger = field(default_factory=Ledger)
    rows: list[list] = field(default_factory=list)
    runs: dict[str, tuple[str, int, tuple[str, int] | None]] = field(default_factory=dict)
    starts: Iterator[int] = field(default_factory=lambda: count(1))
    hub_run: str = ""
    hub_rows: int = 0

    def hub_starts(self, at_ms: int) -> None:
        """Another incarnation."""
        self.hub_run, self.hub_rows = f"{next(self.starts):016x}", 0
        self.say(ev.HubStarted("recorded", self.hub_run), at_ms)

    def boots(self, dev: str, at_ms: int, open_command: RowId | None = None) -> Fact:
        """A box begins another run."""
        old = self.runs.get(dev)
        self.runs[dev] = (f"{next(self.starts):08x}{sum(dev.encode()):08x}", 0, old[:2] if old else None)
        return self.fact(dev, ev.Booted("recorded", open_command, clean=False), at_ms)

    def fact(self, dev: str, event: ev.Event, at_ms: int) -> Fact:
        """The next row of a box, not yet taken."""
        run, seq, before = self.runs[dev]
        self.runs[dev] = (run, seq + 1, before)
        return Fact(dev, run, seq + 1, before if seq == 0 else None, event, f"{dev}-{run[:8]}", at_ms, at_ms)

    def take(self, fact: Fact, dated: Dated) -> None:
        """A box's row reaches the hub."""
        assert self.ledger.is_next(fact)
        for step in take(self.ledger, fact, dated):
            self.write(step)

    def say(self, word: ev.HubEvent, at_ms: int) -> None:
        """A word of the hub's own."""
        for step in say(self.ledger, word, Dated(at_ms, at_ms, "B", 0, self.ledger.hall.time.stretch)):
            self.write(step)

    def write(self, step: Step) -> None:
        fact, dated = step.fact, step.dated
        self.hub_rows += fact is None
        who = [fact.dev, fact.run, fact.seq] if fact else [HUB, self.hub_run, self.hub_rows]
        when = [dated.event_ms, dated.recv_ms, dated.quality, dated.err_ms, dated.stretch, dated.low_ms]
        self.rows.append([*who, *plain(step.event), *when])


@dataclass
class Monkey:
    """Everybody at once, without sense."""

    book: Book
    chance: random.Random
    at: int = START_MS
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    labels: list[str] = field(default_factory=lambda: ["A1-001"])

    def presses(self) -> None:
        """One thing happens."""
        self.at += self.chance.randrange(1_000, 60_000)
        act = self.chance.choices((self.kiosk, self.clerk, self.aside, self.hub), (6, 12, 3, 2))[0]
        act()

    def says(self, dev: str, event: ev.Event) -> RowId:
        fact = self.book.fact(dev, event, self.at)
        self.book.take(fact, self.dated())
        return fact.id

    def dated(self) -> Dated:
        """Nearly always by the message; seldom by the box's own clock, or by nothing but what is surely past."""
        stretch, dice = self.hall.time.stretch, self.chance.random()
        if stretch and dice < 0.03:
            return Dated(self.at, self.at + 20, "C", 2**40, FLOOR_ONLY, self.at - DAY_MS)
        if stretch and dice < 0.08:
            return Dated(self.at - 2_000, self.at + 20, "A", 1_000, 0)
        return Dated(self.at, self.at + 20, "B", 20, stretch)

    @property
    def hall(self) -> HallState:
        return self.book.ledger.hall

    def ticket(self) -> RowId:
        """Somebody, often one who is at a counter."""
        hall = self.hall
        held = [t.id for t in hall.tickets.values() if t.holders]
        known = held if held and self.chance.random() < 0.8 else [*hall.tickets] or [RowId(f"k1.{'0' * 16}.7")]
        return self.chance.choice(known)

    def kiosk(self) -> None:
        """A citizen at a kiosk."""
        chance, slot = self.chance, self.chance.choice((1, 2))
        dev, service, day = f"k{slot}", self.chance.choice(SERVICES), day_of(self.at)
        n = next(self.numbers)
        papers = [t.label for t in self.hall.tickets.values() if t.walk_in and t.label]
        text = chance.choice([*self.labels, *papers * 9]) if chance.random() < 0.1 else label("A", slot, n)
        self.labels.append(text)
        booked = [c for c, a in self.hall.appointments.items() if a.ticket is None and a.service == service]
        issued = ev.Issued(
            text, service, QUEUES[service][0], slot, n, day, cls=chance.choice("NNP"), lang=chance.choice(("lo", "en")),
            appointment=booked[0] if booked else "", series=f"{dev}.{'0' * 16}.1" if chance.random() < 0.5 else "",
        )  # fmt: skip
        fact, at = self.book.fact(dev, issued, self.at), self.at
        rid = fact.id
        if chance.random() < 0.15:
            self.at += 5_000  # a counter without the hub has this person before the hub hears of the number
            asked = self.says("c1", ev.CallRequested("1", ("id",)))
            self.says("c1", ev.CalledLocally(asked, rid))
            if chance.random() < 0.5:
                self.says("c1", ev.Transferred(rid, "cashier"))
        self.book.take(fact, replace(self.dated(), event_ms=at))
        self.says(dev, chance.choice((ev.Printed(rid, "A"), ev.PrintFailed(rid, "no_paper"), ev.PrintUnknown(rid))))

    def clerk(self) -> None:
        """A clerk at a counter."""
        chance, n = self.chance, self.chance.randrange(1, 4)
        dev, number, service = f"c{n}", str(n), self.chance.choice(SERVICES)
        counter = self.hall.counters.get(dev)
        if counter is None or not counter.open:
            self.says(dev, ev.CounterOpened(number, ("id", "land", "cashier"), f"clerk-{n}"))
            return
        own = counter.ticket if counter.ticket and chance.random() < 0.85 else self.ticket()
        missed = [t.label for t in self.hall.tickets.values() if t.phase is Phase.NO_SHOW and t.label]
        text = chance.choice([*self.labels[-20:], *missed[-5:]])
        wish = chance.choice((
            *(ev.CallRequested(number, counter.queues, clerk=counter.clerk),) * 4,
            ev.CallRequested(number, counter.queues, text, "helped"), ev.CallRequested(number, counter.queues, roll=True),
            ev.RequeueRequested(text), ev.RequeueRequested(text), ev.UndoRequested(), ev.UndoRequested(),
        ))  # fmt: skip
        did = (
            ev.Recalled(own), ev.Started(own), ev.Ended(own), ev.Ended(own, auto=True),
            ev.Ended(own, outcome="incomplete", reason="paper_missing"), ev.NoShow(own), ev.Parked(own, 5, "copy"),
            ev.Transferred(own, chance.choice(("id", "cashier", "clerk/clerk-1")), chance.choice(("keep", "new", "first"))),
            ev.WalkedIn(number, service, service, text if chance.random() < 0.3 else "", "P"),
            ev.Rated(own, 4, 5), ev.CounterPaused(number, "break"), ev.CounterResumed(number),
        )  # fmt: skip
        if chance.random() < 0.5:
            self.answered(dev, self.says(dev, wish))
        else:
            self.says(
                dev, chance.choice((*did, *did, ev.CounterClosed(number), ev.GaveUp(RowId(f"{dev}.{'0' * 16}.1"))))
            )
            if chance.random() < 0.2:
                self.at += 3_000
                self.answered(dev, self.says(dev, ev.UndoRequested()))
            elif chance.random() < 0.15:
                self.forgotten(dev)

    def forgotten(self, dev: str) -> None:
        """A counter says that its last act was taken back, and the hub has forgotten that it had said so."""
        counter = self.hall.counters.get(dev)
        was = counter.last.was if counter is not None and counter.last is not None else None
        if was is not None:
            stands = was.ticket is not None and dev in was.ticket.holders
            serving = stands and was.ticket.phase is Phase.SERVING
            self.says(dev, ev.UndoShown(RowId(f"{dev}.{'0' * 16}.9"), was.id, stands, serving))

    def answered(self, dev: str, command: RowId) -> None:
        """What the counter makes of the hub's answer; or it never hears of it."""
        answer = self.hall.calls.get(dev, {}).get(command)
        dice = self.chance.random()
        if answer is None or dice < 0.1:
            return
        if answer.code == "undone" and answer.was is not None and dice < 0.35:
            # Its counter never heard of it, and says what stands there; or it says nothing, and nobody is there.
            was = answer.was.ticket
            stands = was is not None and dev in was.holders
            unheard = ev.UndoShown(command, answer.was.id, stands, serving=stands and was.phase is Phase.SERVING)
            self.says(dev, unheard if dice < 0.25 else ev.GaveUp(command))
        elif answer.code == "undone":
            here = answer.ticket or self.ticket()
            self.says(dev, ev.UndoShown(command, here, answer.ticket is not None, serving=dice < 0.5))
        elif answer.ticket is None:
            self.says(dev, self.chance.choice((ev.NoneShown(command), ev.GaveUp(command))))
        elif dice < 0.8:
            self.says(dev, ev.Shown(command, answer.ticket))
        else:
            self.says(dev, self.chance.choice((ev.CalledLocally(command, self.ticket()), ev.GaveUp(command))))

    def aside(self) -> None:
        """What happens beside the queue."""
        dev, code = f"k{self.chance.choice((1, 2))}", f"{next(self.numbers):06d}"
        kiosk = (
            ev.Skipped("id", 1, next(self.numbers), day_of(self.at)), ev.Skipped("id", 1, 7, "", self.ticket()),
            ev.NumbersBegun(1), ev.ListGiven("id", "lo"), ev.NotHere("id"),
            ev.HelpAsked("language"), ev.HelpEnded("staff"), ev.PrinterChanged(1, "no_paper"), ev.PaperChanged(1, 80), ev.Reprinted(self.ticket()),
            ev.SlipGiven("test"), ev.StaffCame("pin"), ev.StaffLeft(), ev.OutOfService("moved"), ev.BackInService(),
            ev.ClockStepped(self.at, self.at + 1_000),
        )  # fmt: skip
        panel = (
            ev.RollSet(self.chance.randrange(1, 30)), ev.Noted("a note"), ev.QueueOutside(12),
            ev.Booked(code, "id", self.at + 600_000), ev.Booked(code, "land", self.at + HOUR_MS),
        )  # fmt: skip
        if self.chance.random() < 0.1:
            box = self.chance.choice(("k1", "c1", "c2"))
            waits = [c for c, a in self.hall.calls.get(box, {}).items() if a.ticket]
            self.book.take(self.book.boots(box, self.at, waits[0] if waits else None), self.dated())
        elif self.chance.random() < 0.7:
            self.says(dev, self.chance.choice(kiosk))
        else:
            self.says(f"c{self.chance.randrange(1, 4)}", self.chance.choice(panel))

    def hub(self) -> None:
        """A word of the hub's own."""
        parked = [ev.ParkOver(t.id) for t in self.hall.parked()]
        words = (
            ev.ClockStepped(self.at, self.at + 1), ev.ClockCorrected(3, 9, self.at, self.at + 5),
            ev.TailLost("k1", 17), ev.HeadSaid("Lunch is later today"), ev.CenterClosed(day_of(self.at)), *parked, *parked,
        )  # fmt: skip
        proofs = (
            ev.DayClosed(day_of(self.at), 1, 9, {"issued": 2}), ev.FactsKept(day_of(self.at), 9, "ab" * 32),
            ev.EpochBegan("onedoor.example/center/c/0", 9, "ab" * 32), ev.KeyChanged("", "cd" * 32, "first start"),
            ev.CatalogueSet("ab" * 32, "", ""), ev.TagKeySet("ab" * 32), ev.RowsCut(1, 9, "400 days", "retention"),
        )  # fmt: skip
        dice = self.chance.random()
        if dice < 0.05:
            self.book.hub_starts(self.at)
        elif dice < 0.08:
            lost = self.book.fact(self.chance.choice(("k1", "c2")), ev.Noted("never taken"), self.at)
            self.book.say(ev.FactRefused(lost.id, "noted", "not_for_it", "{}"), self.at)
        elif dice < 0.1:
            self.book.say(ev.BoxOverstepped("c3", "rows", 900), self.at)
        elif dice < 0.12:
            for word in proofs:
                self.book.say(word, self.at)
        elif dice < 0.15 and self.hall.time.stretch:
            self.switched_on()
        elif dice < 0.6 and self.hall.time.stretch:
            self.about_time()
        else:
            self.book.say(self.chance.choice(words), self.at)

    def switched_on(self) -> None:
        """The hub's box had no power: another stretch of hall time."""
        number = self.hall.time.stretch + 1
        self.book.say(ev.StretchBegan(number, f"boot-{number}", self.at - 9_000, self.at - HOUR_MS), self.at)
        self.book.hub_starts(self.at)

    def about_time(self) -> None:
        """Somebody says what time it is, a clerk whose day somebody is of, and the hub what follows."""
        chance, stretch = self.chance, self.hall.time.stretch
        ahead = self.at + chance.choice((0, 0, 3_000, HOUR_MS, DAY_MS))
        how = chance.choice((ev.TimeKnown, ev.TimeKnown, ev.TimeSaid, ev.TimeWithdrawn))
        if chance.random() < 0.4:
            self.says("c1", ev.DayAnswered(self.ticket(), today=chance.random() < 0.5))
        if chance.random() < 0.3:
            self.says(chance.choice(("k1", "c2")), ev.TimeTold(ahead))
        if chance.random() < 0.2:
            self.book.say(ev.TimeDoubted("k1", self.at, ahead), self.at)
        else:
            self.book.say(how("network", stretch, self.at, ahead), self.at)
        for _ in range(6):
            words = list(words_due(self.hall, self.hall.time.now(self.at)))[:2]
            for word in words:
                self.book.say(word, self.at)
