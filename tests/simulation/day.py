"""One seed is one day of a center: the product's hub, spare, kiosks and panels, and what survives at each.

Two kiosks, three counters, a hub and its spare. After eight hours the network heals for twenty minutes, every
box comes back, and `judge` looks at what is left. The same seed gives the same day.
"""

import traceback
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from broker.hub import Hub, Peer
from broker.spare import Spare
from display.panel import Panel
from kiosk.core import Kiosk
from kiosk.jobs import PrintJob
from onedoor.device.box import Box
from onedoor.device.catalogue import load_catalogue
from onedoor.device.journal import JournalError
from onedoor.device.link import Arrived, MemoryLink, Will
from onedoor.device.runner import StartAgain
from onedoor.device.sender import Sender
from onedoor.device.timers import Timers
from onedoor.hall.rules import Rules
from onedoor.wire.topics import Topics
from simulation.clocks import BATTERIES, SimClock
from simulation.world import Card, Disk, Medium, PowerCut, World

HEAL_MS = 20 * 60_000
KIOSKS, COUNTERS = 2, 3
CATALOGUE = load_catalogue()
SERVICES = ("id", "birth", "land")
HUBS = ("hub", "s1")
RULES = Rules(
    version="sim", credit_min={"N": 0, "P": 15}, guard_min=60, routes={"land": ("land", "birth")}, close_after_min=15
)
SOON: tuple[int | None, ...] = (0, 0, 5_000, 60_000)
ARRIVES: dict[str, tuple[int | None, ...]] = {
    "good": SOON,
    "lying": SOON,
    "late": (0, 60_000, 600_000, 7_200_000, None),
    "never": (None,),
}
"""How long after a boot network time comes."""


class MutantBroken(BaseException):
    """A mutant does not fit the product any more: that is not a rule whose absence was noticed."""


def broke_by_mutant(broken: Exception) -> bool:
    """Whether an error is a mutant's own: raised in its lines, or because its function takes other arguments."""
    last = traceback.extract_tb(broken.__traceback__)[-1]
    return last.filename.endswith("mutants.py") or (isinstance(broken, TypeError) and "<locals>" in str(broken))


@dataclass
class Node:
    """One box: what survives a power cut (card or disk, clock) and what does not (device, link)."""

    dev: str
    clock: SimClock
    medium: Medium
    card: Card | None = None
    disk: Disk | None = None
    slot: int = 0
    device: object = None
    link: MemoryLink | None = None
    ears: MemoryLink | None = None
    cut_until_ms: int = 0
    dark_until_ms: int = 0
    """Switched off for the night until then."""
    tick_ms: int = -1
    tick_due: int = -1
    unplugged: bool = False
    will: Will | None = None
    stopped: bool = False
    """It was told to end, and has."""
    unclean: int = 0
    """So often it was not."""
    led: bool = False
    joined_ms: int = 0
    started_ms: int = 0

    @property
    def up(self) -> bool:
        return self.device is not None

    @property
    def leads(self) -> bool:
        """Whether this box is the hub, by its disk or by birth."""
        assert self.disk is not None
        said = self.disk.standing().leads
        return self.dev == "hub" if said is None else said


@dataclass
class Day:
    """A day under way."""

    world: World
    without: frozenset[int] = frozenset()
    nodes: dict[str, Node] = field(default_factory=dict)
    peers: dict[str, Peer] = field(default_factory=dict)
    topics: Topics = field(default_factory=lambda: Topics("sim"))
    print_: Callable[[Node, PrintJob], None] = lambda *_: None
    papers: list[tuple[str, str, str]] = field(default_factory=list)
    written: dict[str, tuple[object, int, str, int]] = field(default_factory=dict)
    decided: dict[tuple[str, int], int] = field(default_factory=dict)
    """When the hub wrote each row of its own."""
    excused: set[str] = field(default_factory=set)
    without_number: int = 0
    tally: Tally = field(default_factory=Tally)
    story: list[str] = field(default_factory=list)
    healing: bool = False
    seen_wrong: list[str] = field(default_factory=list)
    absurd: set[str] = field(default_factory=set)
    """Rows that no program of ours would write."""
    misled: set[tuple[str, str]] = field(default_factory=set)
    """Real days on which a kiosk took for known what somebody had told wrongly: it may count such a day twice."""
    papers_wrong: list[str] = field(default_factory=list)
    slowest_ms: int = field(default=0, init=False)
    """The longest way of a message, as this run began."""

    def __post_init__(self) -> None:
        self.slowest_ms = self.world.longest_delay_ms

    @property
    def rules(self) -> Rules:
        """The center's rules, with the hours of this run."""
        return replace(RULES, hours=self.world.plan.hours)

    # -- boxes --------------------------------------------------------------------------------------------

    def build(self) -> None:
        """Power on."""
        chance = self.world.chance
        names = [f"k{i}" for i in range(1, KIOSKS + 1)] + [f"c{i}" for i in range(1, COUNTERS + 1)]
        self.peers = {d: Peer("kiosk", int(d[1:])) if d[0] == "k" else Peer("counter") for d in names}
        for dev in [*HUBS, *names]:
            drift = 1 + chance.uniform(-5e-4, 5e-4) / len(self.world.plan.windows)
            battery = self.world.whim.choice(BATTERIES)
            clock = SimClock(self.world, drift, dev, "none" if self.world.plan.lonely else battery)
            clock.noted_ms = self.world.whim.choice([self.world.began_ms - 86_400_000, None])
            node = Node(dev, clock, Medium(self.world))
            node.slot = int(dev[1:]) if dev[0] == "k" else 0
            node.disk = Disk(node.medium) if dev in HUBS else None
            if node.disk is not None:
                node.disk.decided = self.decided
            self.nodes[dev] = node
            self.start(dev)

    def start(self, dev: str) -> None:
        """A box boots: its own start-up code reads its card."""
        node = self.nodes[dev]
        if node.up or node.unplugged or self.world.now_ms < node.dark_until_ms:
            return
        if node.clock.off:
            node.clock.wake()
            self._network(node.clock)
        make = self._make_hub if dev in HUBS else self._make_box
        make(node)
        node.led, node.started_ms = False, self.world.now_ms
        if self.safely(node, node.device.on_start):
            self.join(node)

    def _network(self, clock: SimClock) -> None:
        """Network time comes after a boot, or not; to a healed center it comes at once."""
        if self.healing:
            clock.set_by_network()
            return
        boot = clock.boot_id
        delay = self.world.whim.choice(ARRIVES[self.world.plan.network])
        if delay is not None:
            self.world.at(delay, lambda: clock.set_by_network() if clock.boot_id == boot else None)

    def _make_hub(self, node: Node) -> None:
        broker, twin = self.world.broker, next(d for d in HUBS if d != node.dev)
        node.disk.rewind()
        if not node.leads:
            node.link = MemoryLink(broker, self.topics.for_spare(node.dev))
            node.device = Spare(node.dev, node.disk, node.link, node.clock, self.topics)
            return
        node.link = MemoryLink(broker, self.topics.for_hub())
        node.ears = MemoryLink(broker, [self.topics.beacon()])
        peers = self.peers | {twin: Peer("spare")}
        node.device = Hub(node.disk, node.link, node.clock, self.topics, peers, self.world.random_id, rules=self.rules)

    def _make_box(self, node: Node) -> None:
        dev = node.dev
        node.card = Card(self.world, dev, self.world.random_id(), node.medium, node.card)
        node.card.written = self.written
        node.link = MemoryLink(self.world.broker, [])
        timers = Timers(node.clock)
        sender = Sender(node.card, node.link, node.clock, self.topics, timers)
        role = "kiosk" if dev[0] == "k" else "counter"
        box = Box(dev, role, node.link, node.clock, self.topics, node.clock.boots, timers, sender)
        node.link.topics, node.link.will = box.subscriptions(), box.presence("lost")
        if role == "kiosk":
            node.device = Kiosk(
                box, sender, node.clock, CATALOGUE, node.slot, False, lambda j: self.print_(node, j),
                hours=self.world.plan.hours,
            )  # fmt: skip
        else:
            node.device = Panel(
                box, sender, node.clock, dev[1:], SERVICES,
                services={s: s for s in SERVICES}, all_queues=frozenset(SERVICES),
            )  # fmt: skip

    def join(self, node: Node) -> None:
        """The link comes up, now or when the cable and the broker allow it."""
        if not node.up or node.link.connected:
            return
        if self.world.now_ms < node.cut_until_ms or not self.world.broker.up:
            link = node.link
            wait = max(2_000, node.cut_until_ms - self.world.now_ms)
            self.world.at(wait, lambda: self.join(node) if node.link is link else None)
        elif node.link._inbox is None:
            device = node.device
            node.joined_ms = self.world.now_ms
            node.link.start(lambda news: self._news(node, device, news))
            if node.ears is not None and node.device is device:
                node.ears.start(lambda news: self._news(node, device, news) if isinstance(news, Arrived) else None)
        else:
            node.joined_ms = self.world.now_ms
            node.link.join()
            if node.ears is not None and not node.ears.connected:
                node.ears.join()

    def _news(self, node: Node, device: object, news: object) -> None:
        if node.device is not device:
            return
        sender = getattr(device, "sender", None)
        before = sender.seen if sender else None
        if self.safely(node, device.on_news, news):
            if before is not None and sender.seen.start.epoch < before.start.epoch:
                self.seen_wrong.append(f"{node.dev} believed a hub of a lower epoch")
            if not node.link.connected:
                self.world.at(1_000, lambda: self.join(node))

    def _mind_the_copy(self, node: Node) -> None:
        """A hub begins to lead: then it has what a spare that it could ask has."""
        node.led = True
        other = self.nodes.get(next(d for d in HUBS if d != node.dev))
        if other is None:
            return
        now, log = self.world.now_ms, node.disk.log
        kept = log[: node.disk.commits[-2]]
        asked = node.link.connected and (now - node.started_ms < 9_900 or now - node.joined_ms > 8_500)
        listens = isinstance(other.device, Spare) and other.link.connected and now - other.joined_ms > 15_000
        if self.world.loss or not (asked and listens and kept) or kept[-1].epoch != log[-1].epoch:
            return
        theirs = other.disk.log
        if len(theirs) > len(kept) and theirs[len(kept) - 1].hash == kept[-1].hash:
            self.seen_wrong.append(f"{node.dev} leads without {len(theirs) - len(kept)} rows that its spare has")

    def safely(self, node: Node, act: Callable[..., object], *args: object) -> bool:
        """Let a box act, as its runner does; False if it is dark afterwards."""
        device = node.device
        try:
            act(*args)
            if node.dev in HUBS and node.device is device:
                device.flush()
                if not node.led and isinstance(device, Hub) and device.leads:
                    self._mind_the_copy(node)
        except PowerCut:
            self.crash(node.dev, 10_000)
        except JournalError:
            self.tally["commits refused"] += 1
            self.crash(node.dev, 5_000, reboot=False)
        except StartAgain as part:
            self.tell(f"{node.dev} starts again: {part}")
            self.crash(node.dev, 100, reboot=False)
        except Exception as broken:  # noqa: BLE001 - whatever it is, it ends the box's process
            self.ended(node, broken)
            self.crash(node.dev, 5_000, reboot=False)
        if node.device is not device:
            return False
        self.tick(node)
        return True

    def ended(self, node: Node, broken: Exception) -> None:
        """A box must never end by what it was told."""
        last = traceback.extract_tb(broken.__traceback__)[-1]
        if broke_by_mutant(broken):
            raise MutantBroken(f"{type(broken).__name__}: {str(broken)[:80]} in {last.name}")
        self.seen_wrong.append(f"{node.dev} ended: {type(broken).__name__}: {str(broken)[:80]} in {last.name}")

    def tick(self, node: Node) -> None:
        """Make sure somebody runs this box's next timer."""
        device = node.device
        due = device.timers.due_ms() if device is not None else None
        if due is None or (due == node.tick_due and node.tick_ms > self.world.now_ms):
            return
        node.tick_due = due
        now = self.world.now_ms
        at = max(now + 1, int(node.clock.booted_ms + due / node.clock.drift) + 1)
        if not now < node.tick_ms <= at:
            node.tick_ms = at
            self.world.at(at - now, lambda: self._timers(node, device, at))

    def _timers(self, node: Node, device: object, at: int) -> None:
        if node.device is device and node.tick_ms == at:
            node.tick_ms = -1
            self.safely(node, device.timers.run_due)

    def wish(self, node: Node, wish: object) -> bool:
        """Something happens at a box; False if it is dark afterwards."""
        return self.safely(node, node.device.on_wish, wish)

    # -- what is lost -----------------------------------------------------------------------------------------

    def tell(self, what: str) -> None:
        """A line of the day's story."""
        self.story.append(f"{self.world.now_ms / 60_000:7.2f} min  {what}")

    def shut_down(self, dev: str) -> None:
        """A person tells a box to end; the caller makes it dark."""
        node = self.nodes[dev]
        if not node.up:
            return
        device = node.device
        if self.safely(node, lambda: setattr(node, "will", device.on_stop())):
            node.stopped = True
            if node.will is not None and node.link.connected:
                node.link.publish(node.will.topic, node.will.payload, retain=True)

    def crash(self, dev: str, dark_ms: float, *, forget_ms: float = 0, reboot: bool = True) -> None:
        """The box is dark at once; a card that lies forgets its newest rows."""
        node = self.nodes[dev]
        if not node.up:
            return
        self.tally["crashes"] += 1
        node.unclean += not node.stopped
        node.device, node.stopped = None, False
        for link in (node.link, node.ears):
            if link is not None:
                link.cut()
                link._inbox = None
        node.ears = None
        node.tick_ms = -1
        if reboot:
            node.clock.power_off()
        if node.medium.refused:
            node.medium.refused = False
            if node.card is not None:
                node.card.forget_after(self.world.now_ms)
        if forget_ms and node.card is not None:
            lost = node.card.forget_after(self.world.now_ms - int(forget_ms))
            self.tally["rows a card forgot"] += len(lost)
            self.gone(lost)
        self.world.at(dark_ms, lambda: self.start(dev))

    def gone(self, lost: set[str]) -> None:
        """These rows are gone from one place. Those that are nowhere else are lost, and nobody can be blamed."""
        for node in self.nodes.values():
            if node.card is not None:
                lost = lost - {fact.id for fact in node.card.rows}
            if node.disk is not None:
                lost = lost - node.disk.ids()
        self.excused |= lost
        self.tally["rows whose last copy is gone"] += len(lost)

    def disk_forgets(self, dev: str, rows: int, dark_ms: float) -> None:
        """A hub's disk lied: whole transactions are gone, perhaps its incarnation too."""
        node = self.nodes[dev]
        self.crash(dev, dark_ms)
        if node.up:
            return
        before = node.disk
        node.disk = before.forgot(rows, self.world.chance.choice([0, 0, 1]))
        self.tally["rows a hub's disk forgot"] += len(before.log) - len(node.disk.log)
        self.gone(before.ids() - node.disk.ids())

    def disk_dies(self, dev: str) -> None:
        """A hub's disk is replaced by an empty one."""
        node = self.nodes[dev]
        before = node.disk
        node.disk = Disk(node.medium)
        node.disk.decided = self.decided
        self.tally["hub disks that died"] += 1
        self.gone(before.ids())

    def card_dies(self, dev: str, dark_ms: float) -> None:
        """A kiosk's or a panel's card is replaced; a kiosk's new card has a new slot."""
        node = self.nodes[dev]
        self.crash(dev, dark_ms)
        if node.card is None or node.up:
            return
        lost = {fact.id for fact in node.card.rows}
        node.card = None
        self.tally["cards that died"] += 1
        if node.slot:
            old = self.peers[dev]
            node.slot += 10
            self.peers[dev] = Peer("kiosk", node.slot, (*old.former, old.slot or 0))
            for hub in HUBS:
                device = self.nodes[hub].device
                if isinstance(device, Hub):
                    device.peers[dev] = self.peers[dev]
        self.gone(lost)

    # -- the day --------------------------------------------------------------------------------------------

    def leader(self) -> Node:
        """The box that leads the highest epoch."""
        leading = [self.nodes[d] for d in HUBS if isinstance(self.nodes[d].device, Hub)]
        return max(leading or [self.nodes["hub"]], key=lambda n: n.disk.standing().epoch)

    def heal(self) -> None:
        """The network is good, every box is there, nobody takes tickets any more."""
        self.healing = True
        self.world.heal()
        self.world.broker.begin()
        for node in self.nodes.values():
            node.cut_until_ms = node.dark_until_ms = node.medium.refuses_until_ms = 0
            if node.up:
                node.clock.set_by_network()
            self.join(node)
            node.medium.cut_at.clear()
            node.unplugged = False
            self.start(node.dev)
