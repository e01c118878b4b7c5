"""What happens on a day: citizens, clerks, and every fault there is, drawn from the day's seed."""

import random
from collections.abc import Callable
from unittest import mock

from broker.hub import Hub
from broker.spare import Promote, Spare
from display.presses import Press
from kiosk.flow import Screen
from kiosk.jobs import PrintJob
from kiosk.wishes import Begin, Choose, Done, PrintEnded, SayClass, Take
from onedoor.hall import desk
from onedoor.hall.desk import At
from onedoor.wire import messages as msg
from simulation.clock_faults import ClockFaults
from simulation.day import COUNTERS, HEAL_MS, HUBS, KIOSKS, SERVICES, Day, Node
from simulation.nights import arrange, slowly
from simulation.papers import Papers
from simulation.watches import Watches
from simulation.word_judge import watch_hub
from simulation.world import COPY_ROWS, World

CITIZENS = 110


class People:
    """Citizens and clerks."""

    def __init__(self, day: Day) -> None:
        self.day, self.world, self.chance = day, day.world, day.world.chance
        self.whim = random.Random(day.world.seed ^ 0xC1E4C)
        self.watches, self.papers = Watches(day), Papers(day)
        self.missed: list[str] = []
        day.print_ = self.print_

    def arrive(self) -> None:
        """Everybody of the day."""
        for _ in range(CITIZENS):
            dev = f"k{self.chance.randint(1, KIOSKS)}"
            self.day.without_number += 1
            self.world.at(self.world.plan.moment(self.chance.uniform(0, 0.95)), lambda dev=dev: self.touch(dev))
        for i in range(1, COUNTERS + 1):
            self.world.at(self.chance.uniform(60_000, 600_000), lambda dev=f"c{i}": self.press(dev))

    def touch(self, dev: str) -> None:
        """A citizen wants a ticket, and comes back until there is a number."""
        node = self.day.nodes[dev]
        closed_ms = self.world.plan.open_again_ms(self.world.now_ms) - self.world.now_ms
        if closed_ms or not node.up:
            self.world.at(closed_ms + self.chance.uniform(20_000, 90_000), lambda: self.touch(dev))
            return
        if node.device.screen is not Screen.WELCOME:
            self.world.at(2_000, lambda: self.touch(dev))
            return
        device = node.device
        number = device._job
        if all(self.day.wish(node, wish) for wish in self._touches()):
            if device._job is not number:
                self.day.without_number -= 1
                return
        self.world.at(self.chance.uniform(5_000, 30_000), lambda: self.touch(dev))

    def _touches(self) -> list[object]:
        """What a finger does until there is a number."""
        service = self.chance.choice(SERVICES)
        first = [SayClass("P")] if self.whim.random() < 0.15 else []
        return [Begin(), Choose(service), *first, Take(held=True)]

    def print_(self, node: Node, job: PrintJob) -> None:
        """The printer takes its time, fails now and then, and power may fail between paper and journal."""
        device, day = node.device, self.day
        fault = self.chance.random() < 0.03
        true_day = self.world.true_day(job.day)
        self.papers.look(node, job)

        def out() -> None:
            if node.device is not device:
                return
            if not fault:
                day.papers.append((true_day, job.label, job.ticket))
            if not day.healing and self.chance.random() < 0.01:
                day.crash(node.dev, 15_000, forget_ms=self.chance.choice([0, 2_000, 10_000]))
            self.world.at(300, ended)

        def ended() -> None:
            if node.device is device and day.wish(
                node, PrintEnded(job.ticket, "" if fault else "A", "paper_out" if fault else "")
            ):
                self.world.at(1_000, lambda: day.wish(node, Done()) if node.device is device else None)

        self.world.at(self.chance.uniform(200, 1_500), out)

    def press(self, dev: str) -> None:
        """A clerk at work."""
        day, node = self.day, self.day.nodes[dev]
        if day.healing:
            return
        closed_ms = self.world.plan.open_again_ms(self.world.now_ms) - self.world.now_ms
        self.world.at(closed_ms + self.chance.uniform(120_000, 500_000), lambda: self.press(dev))
        if closed_ms or not node.up:
            return
        panel = node.device
        if not panel.me.open and not day.wish(node, Press.OPEN):
            return
        if not self.watches.look(node) or not self.watches.answer(node):
            return
        if panel.me.at == At.WALKING and self.chance.random() < 0.1 and not day.wish(node, Press.NO_SHOW):
            return
        if self.whim.random() < 0.3 and not self.otherwise(dev):
            return
        if day.wish(node, Press.NEXT):
            wait = self.chance.uniform(5_000, 60_000)
            if self.chance.random() < 0.08:
                self.world.at(self.chance.uniform(100, 5_000), lambda: self.press_again(dev))
            self.world.at(wait, lambda: self.begin(dev))

    def otherwise(self, dev: str) -> bool:
        """What is not the common day: sent on, parked, unfinished, undone, called by number; False if it is dark then."""
        day, node, whim = self.day, self.day.nodes[dev], self.whim
        me = node.device.me
        if me.at in (At.WALKING, At.SERVING):
            label = me.label
            wish = whim.choice(
                [desk.Transfer(whim.choice(SERVICES), whim.choice(["keep", "new", "first"])),
                 desk.Transfer(f"counter/{whim.randint(1, COUNTERS)}"), desk.Park(whim.choice([0, 0, 5])),
                 desk.End("incomplete", "paper_missing"), desk.NoShow(), desk.End("withdrawn")]
            )  # fmt: skip
            if isinstance(wish, desk.Park | desk.NoShow) and label:
                self.missed.append(label)
        elif self.missed and whim.random() < 0.7:
            label = self.missed.pop(whim.randrange(len(self.missed)))
            wish = whim.choice([desk.CallLabel(label, "other"), desk.Requeue(label)])
        else:
            wish = whim.choice([desk.WalkIn(whim.choice(SERVICES)), desk.Pause("errand"), desk.NextOnRoll()])
        day.tally[type(wish).__name__] += 1
        if not day.wish(node, wish):
            return False
        if isinstance(wish, desk.Pause):
            return day.wish(node, desk.Undo() if day.tally["Pause"] % 3 == 0 else desk.Resume())
        if whim.random() < 0.3:
            day.tally["Undo"] += 1
            self.world.at(whim.uniform(500, 8_000), lambda: day.wish(node, desk.Undo()) if node.up else None)
        return True

    def press_again(self, dev: str) -> None:
        """A clerk who has no patience."""
        node = self.day.nodes[dev]
        if node.up and self.day.wish(node, Press.NO_SHOW):
            self.day.wish(node, Press.NEXT)

    def begin(self, dev: str) -> None:
        """The person stands there, or not; or it was asked whose day somebody is of."""
        node = self.day.nodes[dev]
        if node.up and node.device.asking.asks is not None and self.watches.answer(node):
            self.world.at(self.chance.uniform(5_000, 60_000), lambda: self.begin(dev))
            return
        if node.up and node.device.me.at == At.WALKING:
            self.day.wish(node, self.chance.choice([Press.START, Press.START, Press.RECALL, Press.NO_SHOW]))


class Faults:
    """Everything that goes wrong, each drawn once, so that a story can be told again without it."""

    def __init__(self, day: Day) -> None:
        self.day, self.world = day, day.world
        self.chance = random.Random(day.world.seed ^ 0x0FA17)
        self.count = 0

    def _often(self, counts: list[int], what: str, action: Callable[..., None], *args: object) -> None:
        for _ in range(self.chance.choice(counts)):
            when, index = self.world.plan.moment(self.chance.uniform(0, 0.97)), self.count
            drawn = tuple(arg(self.chance) if callable(arg) else arg for arg in args)
            self.count += 1
            if index in self.day.without:
                continue

            def happen(drawn: tuple[object, ...] = drawn, index: int = index) -> None:
                self.day.tell(f"fault {index}: {what} {drawn}")
                action(*drawn)

            self.world.at(when, happen)

    def draw(self) -> None:
        """The faults of the day."""
        day, often = self.day, self._often
        for dev, node in day.nodes.items():
            node.medium.cut_at = {self.chance.choice((1, -1)) * self.chance.randint(1, 800) for _ in range(2)}
            if dev in HUBS:
                continue
            often([0, 0, 1, 3], "crash", day.crash, dev, lambda c: c.uniform(10_000, 120_000))
            often([0, 0, 0, 1], "crash, card forgets", self.lie, dev, lambda c: c.uniform(100, 60_000))
            often([0, 1, 3], "cable", self.cable, dev, lambda c: c.choice([10_000, 300_000, 3_600_000]))
            often([0] * 9 + [1], "card dies", day.card_dies, dev, lambda c: c.uniform(60_000, 600_000))
            often([0] * 5 + [1], "card refuses", self.refuse, dev, lambda c: c.uniform(1_000, 60_000))
        rows = lambda c: c.randint(1, 40)  # noqa: E731
        for dev in HUBS:
            often([0, 1, 2], "crash", day.crash, dev, lambda c: c.choice([5_000, 60_000, 1_800_000]))
            often([0, 0, 1, 2], "disk forgets", day.disk_forgets, dev, rows, lambda c: c.choice([5_000, 120_000]))
            often([0, 1], "cable", self.cable, dev, lambda c: c.choice([10_000, 300_000]))
            often([0] * 5 + [1], "disk refuses", self.refuse, dev, lambda c: c.uniform(1_000, 30_000))
        ClockFaults(day).draw(often)
        often([0, 0, 0, 1], "hub dies", self.failover, lambda c: c.random() < 0.5, lambda c: c.uniform(0.5, 60))
        often([0] * 7 + [1], "hub cut off", self.seems_dead, lambda c: c.uniform(60_000, 900_000))
        often([0] * 7 + [1], "everything at once", self.storm, lambda c: c.choice(["k1", "k2"]))
        often([0, 0, 1, 2], "power cut", self.power_cut)
        often([0, 1, 2], "broker dies", self.broker_dies)

    def lie(self, dev: str, forget_ms: float) -> None:
        """A crash, and a card that forgets its newest rows."""
        self.day.crash(dev, 20_000, forget_ms=forget_ms)

    def cable(self, dev: str, dark_ms: float) -> None:
        """A cable is pulled for a while; the other side learns of it late."""
        node = self.day.nodes[dev]
        if node.up and node.link.connected:
            node.cut_until_ms = self.world.now_ms + int(dark_ms)
            node.link.cut()
            if node.ears is not None:
                node.ears.cut()

    def refuse(self, dev: str, ms: float) -> None:
        """A card or disk takes no rows for a while."""
        self.day.nodes[dev].medium.refuses_until_ms = self.world.now_ms + int(ms)

    def failover(self, disk_too: bool, back_after_min: float) -> None:
        """The hub dies; a person pulls its plug and promotes the spare; later the old box is plugged in again."""
        day, old = self.day, self.day.leader()
        spare = day.nodes[next(d for d in HUBS if d != old.dev)]
        if not isinstance(old.device, Hub) or not isinstance(spare.device, Spare):
            return
        day.tally["hubs that died"] += 1
        day.crash(old.dev, 100)
        old.unplugged = True
        if disk_too:
            day.disk_dies(old.dev)

        def promote() -> None:
            leads = any(isinstance(day.nodes[dev].device, Hub) for dev in HUBS)
            if isinstance(spare.device, Hub) or (day.healing and leads):
                return
            if isinstance(spare.device, Spare):
                day.tally["promotions"] += 1
                day.wish(spare, Promote())
            self.world.at(30_000, promote)

        def back() -> None:
            old.unplugged = False
            day.start(old.dev)

        self.world.at(self.chance.uniform(60_000, 600_000), promote)
        self.world.at(600_000 + back_after_min * 60_000, back)

    def seems_dead(self, cut_ms: float) -> None:
        """Only the hub's cable is out; a person promotes the spare without pulling the plug, and the cable is put back."""
        old = self.day.leader()
        spare = self.day.nodes[next(d for d in HUBS if d != old.dev)]
        if isinstance(old.device, Hub) and isinstance(spare.device, Spare):
            self.day.tally["promotions"] += 1
            self.cable(old.dev, cut_ms)
            self.day.wish(spare, Promote())

    def storm(self, kiosk: str) -> None:
        """The spare is cut off, rows go to the hub, the hub dies, the spare leads, a kiosk's card dies, the hub returns."""
        old = self.day.leader()
        spare = self.day.nodes[next(d for d in HUBS if d != old.dev)]
        self.cable(spare.dev, 240_000)
        self.world.at(200_000, lambda: self.failover(False, 2.0))
        self.world.at(220_000, lambda: self.day.card_dies(kiosk, 60_000))

    def power_cut(self) -> None:
        """The building is dark."""
        for dev in list(self.day.nodes):
            self.day.crash(dev, self.chance.uniform(30_000, 120_000))
        self.broker_dies()

    def broker_dies(self) -> None:
        """The broker forgets everything and is back in a while."""
        if self.world.broker.up:
            self.world.broker.stop()
            self.world.at(self.chance.uniform(2_000, 60_000), self.world.broker.begin)


def play(seed: int, without: frozenset[int] = frozenset(), day: Day | None = None) -> Day:
    """The whole day, then twenty healed minutes."""
    with mock.patch.object(msg, "COPY_ROWS", COPY_ROWS), slowly():
        return _play(day or Day(World(seed), without))


def _play(day: Day) -> Day:
    arrange(day)
    day.build()
    people = People(day)
    people.arrive()
    faults = Faults(day)
    faults.draw()
    day.tally["faults"] = faults.count
    watch_hub(day)
    end_ms = day.world.plan.end_ms
    day.world.run_until(end_ms)
    day.heal()
    people.watches.make_sure()
    day.world.run_until(end_ms + HEAL_MS)
    return day
