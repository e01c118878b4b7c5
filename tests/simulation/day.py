"""One seed is one day of a center: the product's hub, kiosks and panels, people, and every fault at once.

Two kiosks, three counters, a hub. Boxes crash, cards forget up to a minute, the hub's disk forgets up to
forty rows, the broker dies with everything it retained, links break, the building loses power. After the
day the network heals for two hours and `judge` looks at what is left. The same seed gives the same day.
"""

from collections import Counter as Tally
from dataclasses import dataclass, field

from broker.hub import Hub, Peer
from broker.store import MemoryStore
from display.panel import At, Panel, Press
from kiosk.core import Begin, Choose, Done, Kiosk, PrintEnded, PrintJob
from kiosk.flow import Screen
from onedoor.device.box import Box
from onedoor.device.catalogue import load_catalogue
from onedoor.device.link import MemoryLink
from onedoor.device.sender import Sender
from onedoor.device.timers import Timers
from onedoor.wire.topics import Topics
from simulation.world import Card, SimClock, World

DAY_MS = 8 * 3_600_000
HEAL_MS = 2 * 3_600_000
KIOSKS, COUNTERS, CITIZENS = 2, 3, 110
CATALOGUE = load_catalogue()
SERVICES = ("id", "birth", "land")


@dataclass
class Node:
    """One box: what survives a power cut (card, clock) and what does not (device, link)."""

    dev: str
    clock: SimClock
    card: Card | None = None
    device: object = None
    link: MemoryLink | None = None
    cut_until_ms: int = 0

    @property
    def up(self) -> bool:
        return self.device is not None


@dataclass
class Day:
    """A day under way."""

    world: World
    nodes: dict[str, Node] = field(default_factory=dict)
    store: MemoryStore = field(default_factory=MemoryStore)
    topics: Topics = field(default_factory=lambda: Topics("sim"))
    papers: list[str] = field(default_factory=list)
    without_number: int = 0
    forgotten: set[str] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)
    healing: bool = False

    # -- boxes --------------------------------------------------------------------------------------------

    def build(self) -> None:
        """Power on."""
        names = [f"k{i}" for i in range(1, KIOSKS + 1)] + [f"c{i}" for i in range(1, COUNTERS + 1)]
        for dev in ["hub", *names]:
            drift = 1 + self.world.chance.uniform(-5e-4, 5e-4)
            wrong = 0 if dev == "hub" else self.world.chance.choice([0, 0, -(10**9), 86_400_000])
            self.nodes[dev] = Node(dev, SimClock(self.world, drift, wrong, dev == "hub"))
            self.start(dev)

    def start(self, dev: str) -> None:
        """A box boots: its own start-up code reads its card."""
        node = self.nodes[dev]
        if node.up:
            return
        if dev == "hub":
            self._start_hub(node)
        else:
            self._start_box(node)
        self.tick(node)
        self.join(node)

    def _start_hub(self, node: Node) -> None:
        peers = {d: Peer("kiosk", int(d[1:])) if d[0] == "k" else Peer("counter") for d in self.nodes if d != "hub"}
        peers |= {f"k{i}": Peer("kiosk", i) for i in range(1, KIOSKS + 1)}
        peers |= {f"c{i}": Peer("counter") for i in range(1, COUNTERS + 1)}
        node.link = MemoryLink(self.world.broker, self.topics.for_hub())
        hub = Hub(self.store, node.link, node.clock, self.topics, peers, self.world.random_id)
        node.device = hub
        hub.on_start()

    def _start_box(self, node: Node) -> None:
        dev = node.dev
        node.card = Card(self.world, dev, self.world.random_id(), node.card)
        node.link = MemoryLink(self.world.broker, [])
        timers = Timers(node.clock)
        sender = Sender(node.card, node.link, node.clock, self.topics, timers)
        role = "kiosk" if dev[0] == "k" else "counter"
        box = Box(dev, role, node.link, node.clock, self.topics, len(node.card.spans) + 1, timers, sender)
        node.link.topics, node.link.will = box.subscriptions(), box.presence("lost")
        if role == "kiosk":
            node.device = Kiosk(box, sender, node.clock, CATALOGUE, int(dev[1:]), False, lambda j: self._print(node, j))
        else:
            node.device = Panel(box, sender, node.clock, dev[1:], SERVICES)
        node.device.on_start()

    def join(self, node: Node) -> None:
        """The link comes up, now or when the cable and the broker allow it."""
        if not node.up or node.link.connected:
            return
        if self.world.now_ms < node.cut_until_ms or not self.world.broker.up:
            link = node.link
            self.world.at(2_000, lambda: self.join(node) if node.link is link else None)
        elif node.link._inbox is None:
            device = node.device
            node.link.start(lambda news: self._news(node, device, news))
        else:
            node.link.join()

    def _news(self, node: Node, device: object, news: object) -> None:
        if node.device is not device:
            return
        device.on_news(news)
        if isinstance(device, Hub):
            device.flush()
        self.tick(node)
        if not node.link.connected:
            self.world.at(1_000, lambda: self.join(node))

    def tick(self, node: Node) -> None:
        """Make sure somebody runs this box's next timer."""
        device = node.device
        due = device.timers.due_ms() if device is not None else None
        if due is None:
            return
        wait = max(1, int((due - node.clock.mono_ms()) / node.clock.drift) + 1)
        self.world.at(wait, lambda: self._timers(node, device))

    def _timers(self, node: Node, device: object) -> None:
        if node.device is not device:
            return
        due = device.timers.due_ms()
        if due is not None and due <= node.clock.mono_ms():
            device.timers.run_due()
            if isinstance(device, Hub):
                device.flush()
            self.tick(node)

    def wish(self, node: Node, wish: object) -> None:
        """Something happens at a box."""
        node.device.on_wish(wish)
        self.tick(node)

    def crash(self, dev: str, dark_ms: float, forget_ms: float = 0) -> None:
        """The box is dark at once; a card that lies forgets its newest rows."""
        node = self.nodes[dev]
        if not node.up:
            return
        self.tally["crashes"] += 1
        node.device = None
        node.link.cut()
        node.link._inbox = None
        node.clock.reboot()
        if forget_ms and node.card is not None:
            lost = node.card.forget_after(self.world.now_ms - int(forget_ms))
            self.forgotten |= lost
            self.tally["rows a card forgot"] += len(lost)
        self.world.at(dark_ms, lambda: self.start(dev))

    def hub_forgets(self, rows: int, dark_ms: float) -> None:
        """The hub's disk lied: whole transactions are gone, perhaps its incarnation too."""
        if not self.nodes["hub"].up:
            return
        self.crash("hub", dark_ms)
        keep = max((n for n in self.store.commits if n <= len(self.store.log) - rows), default=0)
        lost = self.store.log[keep:]
        self.tally["rows the hub forgot"] += len(lost)
        held = {f.id for node in self.nodes.values() if node.card for f in node.card.rows}
        self.forgotten |= {f"{r.dev}.{r.run}.{r.seq}" for r in lost if r.dev != "hub"} - held
        incarnation = self.store.incarnation - self.world.chance.choice([0, 0, 1])
        self.store = MemoryStore(self.store.log[:keep], incarnation)

    # -- people -------------------------------------------------------------------------------------------

    def people(self) -> None:
        """Citizens and clerks of the day."""
        chance = self.world.chance
        for _ in range(CITIZENS):
            dev = f"k{chance.randint(1, KIOSKS)}"
            self.without_number += 1
            self.world.at(chance.uniform(0, DAY_MS * 0.95), lambda dev=dev: self.touch(dev))
        for i in range(1, COUNTERS + 1):
            self.world.at(chance.uniform(60_000, 600_000), lambda dev=f"c{i}": self.press(dev))

    def touch(self, dev: str) -> None:
        """A citizen wants a ticket, and comes back until there is a number."""
        node, chance = self.nodes[dev], self.world.chance
        if not node.up:
            self.world.at(chance.uniform(20_000, 90_000), lambda: self.touch(dev))
            return
        kiosk = node.device
        if kiosk.screen is not Screen.WELCOME:
            self.world.at(2_000, lambda: self.touch(dev))
            return
        self.wish(node, Begin())
        self.wish(node, Choose(chance.choice(SERVICES)))
        self.without_number -= 1

    def _print(self, node: Node, job: PrintJob) -> None:
        device, chance = node.device, self.world.chance
        fault = chance.random() < 0.03

        def out() -> None:
            if node.device is not device:
                return
            if not fault:
                self.papers.append(f"{job.day} {job.label}")
            if not self.healing and chance.random() < 0.01:
                self.crash(node.dev, 15_000, chance.choice([0, 2_000, 10_000]))
            self.world.at(300, ended)

        def ended() -> None:
            if node.device is device:
                self.wish(node, PrintEnded(job.ticket, "" if fault else "A", "paper_out" if fault else ""))
                self.world.at(1_000, lambda: self.wish(node, Done()) if node.device is device else None)

        self.world.at(chance.uniform(200, 1_500), out)

    def press(self, dev: str) -> None:
        """A clerk at work."""
        node, chance = self.nodes[dev], self.world.chance
        if self.healing:
            return
        self.world.at(chance.uniform(120_000, 500_000), lambda: self.press(dev))
        if not node.up:
            return
        panel = node.device
        if not panel.me.open:
            self.wish(node, Press.OPEN)
        if panel.me.at == At.WALKING and chance.random() < 0.1:
            self.wish(node, Press.NO_SHOW)
        self.wish(node, Press.NEXT)
        self.world.at(chance.uniform(5_000, 60_000), lambda: self._begin(dev))

    def _begin(self, dev: str) -> None:
        node, chance = self.nodes[dev], self.world.chance
        if node.up and node.device.me.at == At.WALKING:
            self.wish(node, chance.choice([Press.START, Press.START, Press.RECALL, Press.NO_SHOW]))

    # -- faults -------------------------------------------------------------------------------------------

    def faults(self) -> None:
        """Everything that goes wrong today."""
        chance, at = self.world.chance, self.world.at

        def often(counts: list[int], action) -> None:  # type: ignore[no-untyped-def]
            for _ in range(chance.choice(counts)):
                at(chance.uniform(0, DAY_MS * 0.97), action)

        for dev in [d for d in self.nodes if d != "hub"]:
            often([0, 0, 1, 3], lambda dev=dev: self.crash(dev, chance.uniform(10_000, 120_000)))
            often([0, 0, 0, 1], lambda dev=dev: self.crash(dev, 20_000, chance.uniform(100, 60_000)))
            often([0, 1, 3], lambda dev=dev: self.cut(dev))
        often([0, 1, 3], lambda: self.crash("hub", chance.choice([5_000, 60_000, 1_800_000])))
        often([0, 0, 1, 2], lambda: self.hub_forgets(chance.randint(1, 40), chance.choice([5_000, 120_000])))
        often([0, 0, 1, 2], self.power_cut)
        often([0, 1, 2], self.broker_dies)

    def cut(self, dev: str) -> None:
        """A cable is pulled for a while; the other side learns of it late."""
        node = self.nodes[dev]
        if node.up and node.link.connected:
            node.cut_until_ms = self.world.now_ms + self.world.chance.choice([10_000, 300_000, 3_600_000])
            node.link.cut()

    def power_cut(self) -> None:
        """The building is dark."""
        for dev in list(self.nodes):
            self.crash(dev, self.world.chance.uniform(30_000, 120_000))
        self.broker_dies()

    def broker_dies(self) -> None:
        """The broker forgets everything and is back in a while."""
        if self.world.broker.up:
            self.world.broker.stop()
            self.world.at(self.world.chance.uniform(2_000, 60_000), self.world.broker.begin)

    # -- the day --------------------------------------------------------------------------------------------

    def play(self) -> None:
        """The whole day, then two healed hours."""
        self.build()
        self.people()
        self.faults()
        self.world.run_until(DAY_MS)
        self.healing = True
        self.world.heal()
        for node in self.nodes.values():
            node.cut_until_ms = 0
            self.start(node.dev)
        self.world.broker.begin()
        self.world.run_until(DAY_MS + HEAL_MS)


def play(seed: int) -> Day:
    """One day."""
    day = Day(World(seed))
    day.play()
    return day
