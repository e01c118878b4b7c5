"""The kiosk's own figures, with this machine's raw limits beside them, in one run.

    python benchmarks/kiosk_figures.py [--tickets 10000] [--idle 20]

Start to first frame, idle CPU, touch to pressed button, drawing and encoding a ticket, memory over many tickets. The
kiosk is the shipped program with its window (off screen unless DISPLAY is set), journal and virtual printer; there is
no hub. A touch is a touch of Kivy's, a frame is a flip of its window.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

from kiosk import wishes as w
from kiosk.core import Kiosk
from kiosk.flow import Screen
from kiosk.jobs import PrintJob
from kiosk.layout import Layout
from kiosk.printer.escpos_bytes import job_bytes
from kiosk.ticket import draw_ticket
from onedoor.device.catalogue import load_catalogue
from onedoor.device.clock import SystemClock, pause
from onedoor.device.config import DeviceConfig, KioskConfig, ScreenConfig, load
from onedoor.device.control import Hand
from onedoor.hall.ids import RowId

if TYPE_CHECKING:
    from onedoor.screen.stage import Stage

CLOCK = SystemClock()
TICK = os.sysconf("SC_CLK_TCK")
BARE = """
import os, time
os.environ.update(KIVY_NO_ARGS="1", KIVY_NO_CONSOLELOG="1", KIVY_NO_FILELOG="1", KIVY_TEXT="pil")
os.environ.setdefault("SDL_VIDEODRIVER", "offscreen") if not os.environ.get("DISPLAY") else None
from kivy.base import EventLoop
from kivy.core.window import Window
EventLoop.ensure_window()
EventLoop.idle()
Window.flip()
print(time.monotonic_ns() // 1_000_000)
"""


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def config(folder: Path, printer: str) -> Path:
    from firmware_config.center import toml_of

    own = KioskConfig(1, printer, alone=True, tickets_a_minute=0)
    file = folder / "device.toml"
    file.write_text(toml_of(DeviceConfig("bench", "k1", "kiosk", str(folder / "k1"), clock_vouched=True, ballast_mb=1,
                                         kiosk=own, screen=ScreenConfig(1280, 800))))  # fmt: skip
    return file


def start_and_idle(folder: Path, seconds: float) -> list[tuple[str, str, str]]:
    """Process start to first frame, three times; then nobody comes for a while."""
    file, first, idle = config(folder, "none"), [], 0.0
    for i in range(3):
        begun = CLOCK.mono_ms()
        argv = [sys.executable, "-m", "onedoor", "kiosk", "--config", str(file), "--control", str(folder / "k.sock")]
        program = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
        while not (folder / "k.sock").exists():
            pause(0.005)
        hand = Hand(folder / "k.sock")
        while not (frames := hand.do("shown")["shown"]):
            pause(0.01)
        first.append(frames[0][1] - begun)
        if i == 2:
            pause(5)
            before = cpu_s(program.pid)
            pause(seconds)
            idle = (cpu_s(program.pid) - before) / seconds
        program.terminate()
        program.wait(10)
        (folder / "k.sock").unlink(missing_ok=True)
    begun = CLOCK.mono_ms()
    bare = int(subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True, check=True).stdout) - begun
    return [
        ("process start to first frame", f"{statistics.median(first)} ms", f"an empty Kivy window: {bare} ms"),
        ("idle CPU", f"{idle:.1%} of a core", f"over {seconds:.0f} s"),
    ]


def ticket(count: int = 60) -> list[tuple[str, str, str]]:
    """Drawing and encoding a ticket for 80 mm paper."""
    catalogue, took, raw = load_catalogue(), [], []
    layout = Layout("bench", "ສູນບໍລິການຜ່ານປະຕູດຽວ", "One Door Service Center", key=bytes(32))
    for i in range(count):
        service = catalogue.services[i % len(catalogue.services)]
        job = PrintJob(RowId("k1.0.1"), f"{service.prefix}1-{i:03d}", service, "lo", 1_795_222_800_000, i,
                       receipt="482913", promised="2026-11-26")  # fmt: skip
        begun = CLOCK.mono_ms() * 1_000_000
        image = draw_ticket(job, layout)
        data = job_bytes(image)
        took.append((CLOCK.mono_ms() * 1_000_000 - begun) / 1e6)
        begun_ms = CLOCK.mono_ms()
        for _ in range(10):
            image.tobytes()
        raw.append((CLOCK.mono_ms() - begun_ms) / 10)
    return [(
        "ticket drawn and encoded", f"p50 {statistics.median(took):.0f} ms, worst {max(took):.0f} ms",
        f"{len(data) // 1024} KB to the printer; copying the picture alone: {statistics.mean(raw):.2f} ms",
    )]  # fmt: skip


class Citizens:
    """People at the screen of the running kiosk, one after the other, in this very process."""

    def __init__(self, stage: "Stage", count: int) -> None:
        self.stage, self.count = stage, count
        self.pressed: list[int] = []
        self.memory: list[float] = []

    def begin(self) -> None:
        threading.Thread(target=self._all, daemon=True).start()

    def _await(self, true: Callable[[], bool]) -> bool:
        until = CLOCK.mono_ms() + 20_000
        while not true():
            if CLOCK.mono_ms() > until:
                return False
            pause(0.001)
        return True

    def _all(self) -> None:
        kiosk, post = self.stage.runner.device, self.stage.runner.post
        assert isinstance(kiosk, Kiosk)
        services = [s.id for s in kiosk.catalogue.services]
        self._await(lambda: "begin" in self.stage.sheet.targets)
        self._presses(200)
        for i in range(self.count):
            if i % max(1, self.count // 500) == 0:
                self.memory.append(resident_mb(os.getpid()))
            for wish in (w.Begin(), w.Choose(services[i % len(services)]), w.Take()):
                post(wish)
            if not self._await(lambda: kiosk.screen is Screen.ISSUED):
                break
            self._await(lambda: self.stage.view is not None and self.stage.view.screen is Screen.ISSUED)
            post(w.Done())
            self._await(lambda: kiosk.screen is Screen.WELCOME)
        self.stage.runner.stop()

    def _presses(self, count: int) -> None:
        """A finger comes down on the big button: until the next frame is on the screen."""
        from kivy.base import EventLoop
        from kivy.clock import Clock
        from kivy.core.window import Window

        from onedoor.screen.stage import HandTouch

        flipped = threading.Event()
        Window.bind(on_flip=lambda *_: flipped.set())
        for _ in range(count):
            pause(0.02)
            target = self.stage.sheet.targets["begin"]
            x, y = target.x + 4, target.y + 4
            begun = CLOCK.mono_ms()

            def down(_dt: float, x: float = x, y: float = y) -> None:
                flipped.clear()
                self.touch = HandTouch(x, y)
                EventLoop.post_dispatch_input("begin", self.touch)

            Clock.schedule_once(down, 0)
            pause(0.002)
            while self.stage.sheet.fingers.down is None and CLOCK.mono_ms() - begun < 1_000:
                pause(0.001)
            flipped.wait(1)
            self.pressed.append(CLOCK.mono_ms() - begun)

            def up(_dt: float) -> None:
                self.stage.sheet.fingers.down = None
                EventLoop.post_dispatch_input("end", self.touch)

            Clock.schedule_once(up, 0)


def long_day(folder: Path, count: int) -> list[tuple[str, str, str]]:
    """Presses and memory of one process over many tickets: each is shown, committed, drawn and handed to a printer that
    is not there (a printer would only make it slower).
    """
    from kiosk.app import build

    stage = build(load(config(folder, "none"), DeviceConfig))
    citizens = Citizens(stage, count)
    citizens.begin()
    begun = CLOCK.mono_ms()
    stage.play(None)
    seconds = (CLOCK.mono_ms() - begun) / 1000
    presses, memory = sorted(citizens.pressed), citizens.memory
    share = max(1, len(memory) // 10)
    tenths = [statistics.median(memory[i : i + share]) for i in range(0, len(memory) - share + 1, share)]
    parts = ", ".join(f"{mb:.0f}" for mb in tenths)
    beside = f"medians of the tenths: {parts} MB, highest ever {max(memory):.0f}"
    return [
        ("touch to pressed button", f"p50 {statistics.median(presses)} ms, p99 {presses[int(len(presses) * 0.99)]} ms",
         f"{len(presses)} touches, frames of this machine's software OpenGL included"),
        (f"resident memory over {count} tickets",
         f"{tenths[-1]:.0f} MB at the end, {tenths[-1] / tenths[0] - 1:+.1%} since the first tenth",
         f"{beside}; {count / max(0.1, seconds):.1f} tickets/s"),
    ]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=300)
    parser.add_argument("--idle", type=float, default=20)
    args = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        rows = start_and_idle(Path(one), args.idle) + ticket() + long_day(Path(two), args.tickets)
    for name, figure, beside in rows:
        print(f"| {name} | {figure} | {beside} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
