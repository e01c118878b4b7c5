"""One minute of every temper of a printer, as a picture (`make gallery`): what citizen and staff saw, what came out of
the printer, what the log says.

The real kiosk, the real driver and the virtual printer play; only the waiting between two people is left out. Times in
the pictures are those of the minute: how long a ticket took was measured.
"""

import queue
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gallery_scenes import NINE, TITLES, _shoot
from PIL import Image, ImageDraw, ImageFont

from kiosk import wishes as w
from kiosk.core import Kiosk
from kiosk.flow import Screen
from kiosk.layout import Layout
from kiosk.paperwork import Fitted, PrintWorker
from kiosk.printer.driver import printer_for
from kiosk.printer.lines import PLAIN
from kiosk.printer.simulator import VirtualPrinter
from kiosk.printer.simulator_serial import SerialFront
from kiosk.printer.tempers import TEMPERS, Faults
from kiosk.view import KioskView
from onedoor.device.box import Box
from onedoor.device.catalogue import load_catalogue
from onedoor.device.clock import SystemClock, VirtualClock
from onedoor.device.config import PrinterProfile, ScreenConfig
from onedoor.device.journal import MemoryJournal
from onedoor.device.link import MemoryBroker, MemoryLink
from onedoor.device.sender import Sender
from onedoor.device.timers import Timers
from onedoor.hall.kinds import kind_of
from onedoor.look import theme
from onedoor.look.alarms import alarm
from onedoor.wire.rows import body_of
from onedoor.wire.topics import Topics

SIZE = "kiosk-1280x800"
THUMB = (420, 262)
COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Plot:
    """What happens in a minute. `born`: of the printer's first second on; `later`: happens at `at_s`, or (`inside`)
    after so many bytes of the second ticket; `mended_s`: somebody mends it, 0: nobody.
    """

    about: str
    born: dict[str, Any] = field(default_factory=dict)
    later: dict[str, Any] = field(default_factory=dict)
    at_s: int = 15
    inside: int = 0
    mended_s: int = 0
    profile: PrinterProfile = PLAIN
    baud: int = 0
    """At the end of a serial line that is so fast; 0: on the network."""


PLOTS = {
    "well": Plot("A printer that answers everything"),
    "slow": Plot("A radio link of 8 kB/s: slow is not dead", {"bytes_a_second": 8_000}),
    "serial-38400": Plot("A serial line of 38400 baud, set in its profile", baud=38_400,
                         profile=PrinterProfile(baud=38_400)),
    "wrong-speed": Plot("A serial line that is set to 9600 and is 115200: the speed is found", baud=115_200),
    "partial": Plot("Answers DLE EOT 1 and 4, echoes nothing", TEMPERS["partial"]),
    "one-question": Plot("Answers one question only", TEMPERS["answers one question"]),
    "echo-alone": Plot("Answers no status, but echoes jobs", TEMPERS["echo alone"]),
    "answers-00": Plot("Answers 00 to every status", TEMPERS["answers 00"]),
    "unasked": Plot("Sends its status unasked (ASB)", TEMPERS["unasked status"]),
    "greets": Plot("Greets everybody who connects", TEMPERS["greets"]),
    "one-connection": Plot("One connection at a time, and a rest between two", TEMPERS["one connection"]),
    "late-echo": Plot("Echoes a job more than a second late", TEMPERS["late echo"]),
    "sensor-on-its-edge": Plot("Near-end sensor on its edge: one message", TEMPERS["sensor on its edge"]),
    "wakes-late": Plot("Sleeps, and wakes up two and a half seconds after the question", later={"asleep_s": 2.5}),
    "never-answers": Plot("Has never answered anything: the bytes were written, no more is known", {"mute": True}),
    "offline-for-ever": Plot("Star, without its setting: says offline, and is believed", {"says_offline": True}),
    "offline-set": Plot('Star, set to offline = "ignore"', {"says_offline": True},
                        profile=PrinterProfile(offline="ignore")),
    "mute-after-yes": Plot("Falls silent inside the second ticket: a fault, never printed",
                           later={"mute": True}, inside=9_000, mended_s=45),
    "mute-when-open": Plot("Cover open, and silent for as long", {"mute_when_stopped": True},
                           later={"cover_open": True}, mended_s=45),
    "buffer-of-4-kB": Plot("A buffer of 4 kB, and the paper ends inside the second ticket", TEMPERS["buffer of 4 kB"],
                           later={"paper_out": True}, inside=12_000, mended_s=45),
    "power-dip": Plot("A power dip inside the second ticket: the buffer is lost", later={"dip": True}, inside=12_000),
    "unplugged": Plot("Unplugged, and plugged in again", later={"refuse": True}, mended_s=45),
    "paper-out": Plot("The paper ends before the second ticket", later={"paper_out": True}, mended_s=45),
}  # fmt: skip


@dataclass(slots=True)
class Beat:
    """One moment: when, who, what; the screen and the paper that belong to it."""

    at_s: float
    says: str
    view: KioskView | None = None
    paper: Image.Image | None = None


class Stage:
    """One kiosk without a hub, one printer, and a clock that stands between two people."""

    def __init__(self, plot: Plot) -> None:
        self.plot, self.beats = plot, list[Beat]()
        self.papers: list[Image.Image] = []
        self.virtual = VirtualPrinter(lambda paper: self.papers.append(paper.image))
        self.virtual.faults = Faults(**plot.born)
        self.virtual.start()
        address = f"tcp://127.0.0.1:{self.virtual.port}"
        if plot.baud:
            front = SerialFront(self.virtual.port, plot.baud)
            front.start()
            address = f"serial://{front.name}"
        self.said: queue.Queue[object] = queue.Queue()
        printer = Fitted(printer_for(address, plot.profile), left_mm=50_000)
        layout = Layout("saysettha", *TITLES, key=bytes(32))
        self.worker = PrintWorker([printer], layout, self.said.put)
        self.real, self.clock = SystemClock(), VirtualClock(NINE)
        self.kiosk = self._kiosk()
        self.last: KioskView = KioskView()
        self.lamp = False
        self.kiosk.show = self._shown
        self.kiosk.lamps = lambda _help, paper: setattr(self, "lamp", paper)

    def _kiosk(self) -> Kiosk:
        topics, timers = Topics("saysettha"), Timers(self.clock)
        link = MemoryLink(MemoryBroker(), [])
        self.journal = MemoryJournal("k1", "1f" * 8)
        self.journal.keep["clean"] = "yes"  # on an empty card it would wait a minute for its hub
        sender = Sender(self.journal, link, self.clock, topics, timers)
        box = Box("k1", "kiosk", link, self.clock, topics, 1, timers, sender)
        kiosk = Kiosk(box, sender, self.clock, load_catalogue(), 1, alone=True, print_=self._wait_for_it)
        kiosk.on_start()
        return kiosk

    def _shown(self, view: KioskView) -> None:
        self.last = view

    def _wait_for_it(self, job: Any) -> None:
        self.job = job

    @property
    def now_s(self) -> float:
        """Seconds of the minute."""
        return self.clock.mono_ms() / 1_000

    def until(self, second: float) -> None:
        """Nothing happens until then."""
        while self.now_s < second:
            self.clock.advance(max(1, min(500, round((second - self.now_s) * 1_000))))
            self.kiosk.box.timers.run_due()

    def timed(self, act: Any, *args: Any) -> float:
        """Do it, let the minute's clock go on for as long as it took, hear what came of it; seconds."""
        began = self.real.mono_ms()
        act(*args)
        took_ms = self.real.mono_ms() - began
        self.until(self.now_s + took_ms / 1_000)
        while not self.said.empty():
            self.kiosk.on_wish(self.said.get())
        return took_ms / 1_000

    def beat(self, says: str, *, screen: bool = True, paper: Image.Image | None = None) -> None:
        """Keep this moment."""
        self.beats.append(Beat(self.now_s, says, self.last if screen else None, paper))

    def citizen(self, name: str) -> None:
        """Somebody takes a ticket."""
        for wish in (w.Begin(), w.Speak("lo"), w.Choose("land"), w.Take()):
            self.kiosk.on_wish(wish)
        self.until(self.now_s + 0.4)
        before = len(self.papers)
        took = self.timed(self.worker.do, self.job)
        label, fault = self.last.label, self.last.fault
        came = [paper for paper in self.papers[before:] if paper.convert("L").getextrema()[0] == 0]
        out = "takes the ticket" if came and not fault else "reads the number on the screen"
        end = alarm(fault) if fault else "printed"
        self.beat(f"{name} {out}: {label} ({end}, {took:.1f} s)", paper=came[-1] if came else None)
        self.until(self.now_s + 2)
        self.kiosk.on_wish(w.Done())

    def staff(self) -> None:
        """Somebody of the staff looks."""
        lamp = "lit" if self.lamp else "dark"
        alarms = ", ".join(alarm(code) for code in self.kiosk.box.alarms) or "nothing"
        self.kiosk.on_wish(w.Key(on=True))
        self.kiosk.on_wish(w.StaffDo("page", "state"))
        self.beat(f"The staff: lamp {lamp}; on the panels: {alarms}")
        self.kiosk.on_wish(w.Key(on=False))

    def play(self) -> "Stage":
        """The minute."""
        plot = self.plot
        self.timed(self.worker.watch)
        self.until(5)
        self.citizen("Kham")
        self.until(plot.at_s)
        if plot.inside:
            self.virtual.plan = (plot.inside, plot.later)
        for name, value in ({} if plot.inside else plot.later).items():
            setattr(self.virtual.faults, name, value)
        if plot.later.get("refuse"):
            self.timed(self.worker.watch)
        self.until(20)
        self.citizen("Bouavanh")
        self.until(35)
        self.timed(self.worker.watch)
        self.staff()
        if plot.mended_s:
            self.until(plot.mended_s)
            before = len(self.papers)
            self.virtual.repair()
            more = [paper for paper in self.papers[before:] if paper.convert("L").getextrema()[0] == 0]
            if more:
                self.beat("What the printer still held comes out", screen=False, paper=more[-1])
            self.timed(self.worker.watch)
        self.until(50)
        self.citizen("Somsy")
        self.virtual.stop()
        return self

    def log(self) -> Iterator[str]:
        """The kiosk's rows, as far as they speak of paper."""
        for fact in self.journal.read(0, 999):
            kind = kind_of(fact.event)
            if kind in ("issued", "printed", "print_failed", "printer_changed"):
                body = body_of(fact.event)
                told = {k: body[k] for k in ("label", "level", "cause", "printer", "state") if k in body}
                yield f"0:{fact.mono_ms / 1_000:04.1f}  {kind}  " + ", ".join(f"{k} {v}" for k, v in told.items())


def picture(name: str, stage: Stage, screens: dict[int, Image.Image]) -> Image.Image:
    """The story on one sheet."""

    def face(size: int, weight: str = "Regular") -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(theme.font(weight), size)

    rows = list(stage.log())
    width, cell = 40 + COLUMNS * (THUMB[0] + 20), 720
    lines = -(-len(stage.beats) // COLUMNS)
    sheet = Image.new("RGB", (width, 110 + lines * cell + 30 + 26 * len(rows) + 30), theme.PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((30, 20), name, font=face(34, "Bold"), fill=theme.NIGHT)
    pen.text((30, 64), stage.plot.about, font=face(24), fill=theme.MUTED)
    for i, beat in enumerate(stage.beats):
        x, y = 30 + i % COLUMNS * (THUMB[0] + 20), 110 + i // COLUMNS * cell
        pen.text((x, y), f"0:{beat.at_s:04.1f}", font=face(22, "Bold"), fill=theme.LEAF)
        for j, words in enumerate(_broken(beat.says, face(20), THUMB[0])):
            pen.text((x, y + 28 + 24 * j), words, font=face(20), fill=theme.NIGHT)
        if i in screens:
            sheet.paste(screens[i].resize(THUMB), (x, y + 110))
        if beat.paper is not None:
            paper = beat.paper.convert("RGB")
            paper.thumbnail((THUMB[0], cell - 110 - THUMB[1] - 30))
            sheet.paste(paper, (x, y + 120 + THUMB[1]))
            pen.rectangle(
                (x, y + 120 + THUMB[1], x + paper.width, y + 120 + THUMB[1] + paper.height), outline="#999999"
            )
    top = 110 + lines * cell + 10
    pen.text((30, top), "The log", font=face(22, "Bold"), fill=theme.LEAF)
    for i, row in enumerate(rows):
        pen.text((30, top + 30 + 26 * i), row, font=face(20), fill=theme.NIGHT)
    return sheet


def _broken(text: str, face: ImageFont.FreeTypeFont, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and face.getlength(f"{lines[-1]} {word}") > room:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def main() -> int:
    """`printer_stories.py OUT [NAME...]`: all stories, or these."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    stages = {name: Stage(PLOTS[name]).play() for name in sys.argv[2:] or PLOTS}
    from onedoor.screen.setup import prepare

    prepare(ScreenConfig(width=1280, height=800), "stories", tempfile.mkdtemp())
    from kiosk.screen.draw import HEIGHT, KioskScreen

    screen = KioskScreen(load_catalogue(), *TITLES, lambda _: None)
    with tempfile.TemporaryDirectory() as folder:
        views = {
            f"{name}-{i}": beat.view
            for name, stage in stages.items()
            for i, beat in enumerate(stage.beats)
            if beat.view is not None
        }
        cut = _shoot(Path(folder), SIZE, screen.draw, views, HEIGHT)
        for name, stage in stages.items():
            screens = {}
            for i in range(len(stage.beats)):
                file = Path(folder) / f"{SIZE}-{name}-{i}.png"
                if file.exists():
                    screens[i] = Image.open(file).convert("RGB")
            picture(name, stage, screens).save(out / f"printer-{name}.png")
    print(f"{len(stages)} minutes of printers in {out}")
    assert Screen.PRINTING not in {stage.last.screen for stage in stages.values()}
    return cut


if __name__ == "__main__":
    sys.exit(main())
