"""A whole center inside one process, on a virtual clock: the product's own devices."""

import random
from dataclasses import dataclass, field
from pathlib import Path

from broker.hub import Hub, Peer
from broker.spare import Spare
from broker.sqlite_store import SqliteStore
from display.board import Board
from display.panel import Panel
from display.presses import Press
from kiosk.core import Kiosk
from kiosk.jobs import Job, PrintJob
from kiosk.wishes import Begin, Choose, Code, Digit, Done, PrintEnded, SayClass, SheetEnded, SlipEnded, Take
from onedoor.device.box import Box
from onedoor.device.catalogue import load_catalogue
from onedoor.device.clock import VirtualClock
from onedoor.device.config import HallConfig
from onedoor.device.journal import MemoryJournal, Stamp
from onedoor.device.link import MemoryBroker, MemoryLink
from onedoor.device.sender import Sender
from onedoor.device.timers import Timers
from onedoor.hall.events import Booted
from onedoor.hall.rules import Hours, Rules
from onedoor.wire.messages import Seal
from onedoor.wire.topics import Topics


@dataclass
class Center:
    """The product's own hub, kiosks, panels and board over an in-memory broker."""

    folder: Path
    clock: VirtualClock = field(default_factory=VirtualClock)
    clocks: dict[str, VirtualClock] = field(default_factory=dict)
    """Boxes ("hub", "k1", "c1" ...) with a clock of their own; the others share `clock`."""
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    topics: Topics = field(default_factory=lambda: Topics("test"))
    catalogue = load_catalogue()
    empty_cards: bool = False
    """Whether a box that was never started finds an empty card; else one that the technician has enrolled."""
    inbox: list = field(default_factory=list)
    cards: dict = field(default_factory=dict)
    boxes: dict = field(default_factory=dict)
    papers: list[PrintJob] = field(default_factory=list)
    sheets: list[Job] = field(default_factory=list)
    """Everything else that was printed."""
    printer_fault: str = ""
    hub: Hub | None = None
    rules: Rules = field(default_factory=Rules)

    def clock_of(self, dev: str) -> VirtualClock:
        """The clock of a box."""
        return self.clocks.get(dev, self.clock)

    def own_clock(self, dev: str, *, trusted: bool = False, off_ms: int = 0) -> VirtualClock:
        """A clock for one box alone: its wall clock is off by so much, and it has no network time unless trusted."""
        clock = VirtualClock(self.clock.wall_ms() + off_ms, f"{dev}-boot-1")
        clock.is_trusted = trusted
        self.clocks[dev] = clock
        return clock

    def run_id(self) -> str:
        return f"{self.chance.getrandbits(64):016x}"

    def start_hub(self, kiosks: int = 2, counters: int = 3, *, spare: str = "", folder: Path | None = None) -> Hub:
        peers = {f"k{i}": Peer("kiosk", i) for i in range(1, kiosks + 1)}
        peers |= {f"c{i}": Peer("counter") for i in range(1, counters + 1)} | {"h1": Peer("hall")}
        peers |= {spare: Peer("spare")} if spare else {}
        link = MemoryLink(self.broker, self.topics.for_hub())
        hub = Hub(
            SqliteStore(folder or self.folder),
            link,
            self.clock_of("hub"),
            self.topics,
            peers,
            self.run_id,
            rules=self.rules,
        )
        hub.on_start()
        self.hub = hub
        self._join("hub", hub, link)
        return hub

    def start_spare(self, folder: Path, dev: str = "s1") -> Spare:
        link = MemoryLink(self.broker, self.topics.for_spare(dev))
        spare = Spare(dev, SqliteStore(folder), link, self.clock_of(dev), self.topics)
        spare.on_start()
        self._join(f"copy of {dev}", spare, link)
        return spare

    def kill_hub(self) -> None:
        """SIGKILL: nothing is said but the will."""
        self.hub.store.close()
        self.hub.link.cut()
        del self.boxes["hub"]
        self.hub = None
        self.settle()

    def _box(self, dev: str, role: str) -> tuple[Box, Sender]:
        card = self.cards.get(dev)
        journal = MemoryJournal(dev, self.run_id(), card)
        if card is None and not self.empty_cards:
            journal.keep["clean"] = "yes"
        self.cards[dev] = journal
        clock = self.clock_of(dev)
        timers = Timers(clock)
        link = MemoryLink(self.broker, [])
        sender = Sender(journal, link, clock, self.topics, timers)
        sender.time.zone = self.rules.hours.zone
        box = Box(dev, role, link, clock, self.topics, len(journal.spans), timers, sender)
        link.topics, link.will = box.subscriptions(), box.presence("lost")
        return box, sender

    def _join(self, dev: str, device, link: MemoryLink) -> None:
        self.boxes[dev] = device
        link.start(lambda news: self.inbox.append((dev, news)))
        self.settle()

    def use_card(self, dev: str) -> None:
        """Its card has been used before, and the box was switched off as it should be."""
        self.cards[dev] = MemoryJournal(dev, self.run_id())
        self.cards[dev].append(
            [Booted("x")], Stamp(self.clocks.get(dev, self.clock).boot_id, 0, None), {"clean": "yes"}
        )

    def kiosk(self, slot: int = 1) -> Kiosk:
        box, sender = self._box(f"k{slot}", "kiosk")
        clock = self.clock_of(f"k{slot}")
        kiosk = Kiosk(box, sender, clock, self.catalogue, slot, False, lambda job: self._print(f"k{slot}", job))
        kiosk.hours = Hours(zone=self.rules.hours.zone)
        kiosk.on_start()
        self._join(f"k{slot}", kiosk, box.link)
        return kiosk

    def _print(self, dev: str, job: Job) -> None:
        if not isinstance(job, PrintJob) or job.duplicate:
            name = "seal" if isinstance(job, Seal) else job.name
            self.sheets.append(job)
            self.inbox.append((dev, SlipEnded(job.day) if name == "seal" else SheetEnded(name, self.printer_fault)))
            return
        if not self.printer_fault:
            self.papers.append(job)
        level = "" if self.printer_fault else "A"
        self.inbox.append((dev, PrintEnded(job.ticket, level, self.printer_fault)))

    def panel(self, n: int = 1, queues: tuple[str, ...] = ("id", "land")) -> Panel:
        box, sender = self._box(f"c{n}", "counter")
        services = {s.id: s.queue for s in self.catalogue.services}
        panel = Panel(
            box,
            sender,
            self.clock_of(f"c{n}"),
            str(n),
            queues,
            services=services,
            all_queues=self.catalogue.all_queues(),
        )
        panel.on_start()
        self._join(f"c{n}", panel, box.link)
        if not panel.me.open:
            self.do(panel, Press.OPEN)
        return panel

    def board(self, config: HallConfig | None = None) -> Board:
        link = MemoryLink(self.broker, [])
        clock = self.clock_of("h1")
        box = Box("h1", "hall", link, clock, self.topics, 1, Timers(clock))
        link.topics, link.will = box.subscriptions(), box.presence("lost")
        board = Board(box, clock, self.catalogue, config or HallConfig())
        board.time.zone = self.rules.hours.zone
        board.on_start()
        self._join("h1", board, link)
        return board

    def stop(self, dev: str, *, clean: bool = False) -> None:
        """A box goes dark: with a clean end, or as in a power cut."""
        box = self.boxes.pop(dev)
        link = (box.box if hasattr(box, "box") else box).link
        link.stop(box.on_stop()) if clean else link.cut()
        self.settle()

    def do(self, device, *wishes) -> None:
        for wish in wishes:
            device.on_wish(wish)
            self.settle()

    def touch(self, kiosk: Kiosk, service: str = "id", cls: str = "", appointment: str = "") -> str:
        """A citizen takes a ticket; its label."""
        coded = [Code(), *map(Digit, appointment), Digit("=")] if appointment else []
        said = [SayClass(cls)] if cls else []
        self.do(kiosk, Begin(), Choose(service), *coded, *said, Take(held=True))
        self.pass_ms(400)
        label = kiosk._job.label
        self.do(kiosk, Done())
        return label

    def settle(self) -> None:
        """Deliver everything; commit at the hub when its inbox is empty, as the runner does."""
        while True:
            while self.inbox:
                dev, thing = self.inbox.pop(0)
                box = self.boxes.get(dev)
                if box is None:
                    continue
                if isinstance(thing, PrintEnded | SheetEnded | SlipEnded):
                    box.on_wish(thing)
                else:
                    box.on_news(thing)
            if self.hub is not None:
                self.hub.flush()
            if not self.inbox:
                return

    def pass_night(self, ms: int = 24 * 3_600_000) -> None:
        """A night, in which nothing happens but one minute."""
        self.advance(ms - 60_000)
        self.pass_ms(60_000, 1_000)

    def advance(self, ms: int) -> None:
        """Time passes on every clock, and nobody notices yet."""
        for clock in (self.clock, *self.clocks.values()):
            clock.advance(ms)

    def pass_ms(self, ms: int, step: int = 100) -> None:
        """Let time pass; timers run."""
        for _ in range(max(1, ms // step)):
            self.advance(step)
            for box in list(self.boxes.values()):
                box.timers.run_due()
            self.settle()


def a_morning(folder: Path) -> Path:
    """A small morning with a dead hub in it; the hub's data folder."""
    center = Center(folder)
    center.start_hub()
    kiosk, panels = center.kiosk(), [center.panel(1), center.panel(2)]
    services = ("id", "land", "id")
    for i in range(12):
        center.touch(kiosk, services[i % 3])
        if i % 2:
            panel = panels[i % 4 // 2]
            center.do(panel, Press.NEXT)
            center.pass_ms(4_000)
            center.do(panel, Press.START if i % 3 else Press.NO_SHOW)
        if i == 6:
            center.kill_hub()
            center.do(panels[0], Press.NEXT)
            center.pass_ms(11_000)
            center.start_hub()
    center.pass_ms(30_000)
    for panel in panels:
        center.do(panel, Press.NEXT, Press.START, Press.END, Press.CLOSE)
    center.pass_ms(5_000)
    center.hub.store.close()
    return folder
