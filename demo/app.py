"""`onedoor demo`: a whole center on this machine.

With a screen: windows to touch and click, until Ctrl-C. Headless: the same programs drawing off
screen, played by a seeded script through their real touch widgets and mock pins; in the middle the
hub and Mosquitto are killed for some seconds.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

from demo import people, results
from demo.plan import Hall, center_toml
from demo.processes import Center, DemoError, free_ports
from onedoor.device.clock import Clock, SystemClock, pause
from onedoor.device.control import Hand

OUTAGE_S = 16.0
"""Longer than a counter's patience of 10 s, so that counters call on their own."""

PAPER_OUT_FOR = 3
"""How many citizens meet a printer without paper."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser("onedoor demo", description="A whole center on this machine.")
    p.add_argument("--headless", action="store_true", help="no screen: play a scripted morning and end")
    p.add_argument("--out", type=Path, default=Path("out/demo"))
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--kiosks", type=int, default=2, choices=range(1, 21), metavar="1-20")
    p.add_argument("--counters", type=int, default=3, choices=range(1, 31), metavar="1-30")
    p.add_argument("--tickets", type=int, default=60, choices=range(1, 10_001), metavar="1-10000")
    p.add_argument("--pace", type=float, help="seconds a service takes at most (default: a queue builds up)")
    p.add_argument("--no-outage", action="store_true", help="do not kill hub and broker in the middle")
    return p


def main(argv: list[str]) -> int:
    """Run the demo; 0 if nothing is wrong, 1 if the morning shows what it must not, 2 if it cannot run."""
    args = parser().parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    headless = args.headless or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if headless and not args.headless:
        print("No screen here: playing the scripted morning (--headless) instead.")
    out: Path = args.out.resolve()
    try:
        fresh(out)
        clock = SystemClock(vouched=True)
        center = Center(out / "run", clock, headless)
        try:
            trays = start(center, args.kiosks, args.counters)
            if not headless:
                return play_by_hand(center, out)
            summary = play(center, trays, args, out)
        finally:
            center.stop()
    except (DemoError, people.Stuck, OSError) as wrong:
        print(f"The demo cannot go on: {wrong}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    wrong_things = results.complaints(summary)
    print(json.dumps(summary, indent=1))
    for complaint in wrong_things:
        print(f"WRONG: {complaint}")
    report(out, summary)
    return 1 if wrong_things else 0


def fresh(out: Path) -> None:
    """An empty folder; one that holds something else than an earlier demo is left alone."""
    if out.exists() and any(out.iterdir()) and not (out / "run").is_dir():
        raise DemoError(f"{out} is not empty and not an earlier demo's. Choose another --out.")
    if out.exists():
        shutil.rmtree(out)
    (out / "screens").mkdir(parents=True)


def write_boxes(center: Center, ports: list[int], counters: int, hall: Hall | None = None) -> Path:
    """Write the center's file, and every box's out of it: the broker's port comes first, then a port for each
    printer.
    """
    toml = center_toml(
        str(center.folder / "data"), ports[0], ports[1:], counters, hall, small_windows=not center.headless
    )
    (center.folder / "center.toml").write_text(toml, encoding="utf-8")
    boxes = center.folder / "boxes"
    done = subprocess.run(
        [sys.executable, "-m", "onedoor", "config", "write", str(center.folder / "center.toml"), "--out", str(boxes)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise DemoError(done.stderr.strip())
    return boxes


def start(center: Center, kiosks: int, counters: int, hall: Hall | None = None) -> list[Path]:
    """Write every box's file; start every program. The printers' trays."""
    ports = free_ports(1 + kiosks)
    boxes = write_boxes(center, ports, counters, hall)
    center.start("broker", "broker", "--config", str(boxes / "hub/device.toml"))
    center.start("hub", "hub", "--config", str(boxes / "hub/device.toml"))
    trays = []
    for i, port in enumerate(ports[1:], 1):
        trays.append(center.folder / "papers" / f"p{i}")
        center.start(f"p{i}", "printer", "--port", str(port), "--out", str(trays[-1]), control=True)
    center.start("h1", "hall", "--config", str(boxes / "h1/device.toml"), control=True)
    for i in range(1, kiosks + 1):
        center.start(f"k{i}", "kiosk", "--config", str(boxes / f"k{i}/device.toml"), control=True)
    for i in range(1, counters + 1):
        center.start(f"c{i}", "counter", "--config", str(boxes / f"c{i}/device.toml"), control=True)
    return trays


def play_by_hand(center: Center, out: Path) -> int:
    """Let people play until they stop it."""
    print("A kiosk, the hall board and the counters are on the screen. Touch the kiosk, then press")
    print("NEXT at a counter (keys 1-5: next, recall, start, finish, no-show).")
    print(f"Tickets appear in {out / 'run/papers'}. Ctrl-C ends everything.")
    try:
        while True:
            center.check()
            pause(0.5)
    except KeyboardInterrupt:
        print("\nEnding.")
        return 0
    except DemoError as wrong:
        print(f"A window was closed: ending. ({str(wrong).splitlines()[0]})")
        return 0


def play(center: Center, trays: list[Path], args: argparse.Namespace, out: Path) -> dict[str, object]:
    """The scripted morning; its summary."""
    clock = center.clock
    print(f"Starting {args.kiosks} kiosks, {args.counters} counters, the board, the hub ...", flush=True)
    kiosks = [center.hand(f"k{i}") for i in range(1, args.kiosks + 1)]
    counters = [center.hand(f"c{i}") for i in range(1, args.counters + 1)]
    board, printer = center.hand("h1"), center.hand("p1")
    for hand in (*kiosks, *counters, board):
        people.wait_for(clock, hand, "start", fresh=True)
    Photographer(out / "screens", board, kiosks[0], counters[0]).first()
    morning = people.Morning(clock)
    share = [args.tickets // args.kiosks + (i < args.tickets % args.kiosks) for i in range(args.kiosks)]
    crowd = [
        _thread(people.citizens, morning, center.hand(f"k{i + 1}"), random.Random(f"{args.seed} k{i}"), count)
        for i, count in enumerate(share)
    ]
    pace = args.pace if args.pace is not None else 1.2 * args.counters / args.kiosks
    clerks = [
        _thread(people.clerk, morning, center.hand(f"c{i + 1}"), random.Random(f"{args.seed} c{i}"), pace, i)
        for i in range(args.counters)
    ]
    camera = Photographer(out / "screens", board, kiosks[0], counters[0])
    _happenings(center, morning, args, printer, camera)
    for thread in crowd:
        thread.join()
    _converge(clock, kiosks)
    morning.doors_closed.set()
    _watch(morning, clerks, len(morning.labels))
    _converge(clock, [*kiosks, *counters])
    camera.last()
    shown = board.do("shown")["shown"]
    if morning.errors:
        raise DemoError("; ".join(morning.errors[:3]))
    print("Reading the papers back, verifying the log ...", flush=True)
    stuck = center.stop()
    if stuck:
        raise DemoError(f"{', '.join(stuck)} had to be killed")
    labels = results.gather_papers(trays, out / "tickets")
    calm = [(label, at) for label, at in morning.presses if not morning.outage_ms[0] <= at <= morning.outage_ms[1]]
    return results.summarize(out, center.folder / "data/hub", labels, calm, shown)


def _thread(work: object, *args: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=args, daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread


def _happenings(
    center: Center, morning: people.Morning, args: argparse.Namespace, printer: Hand, camera: "Photographer"
) -> None:
    """A printer without paper after a quarter, a dead hub and broker after half."""
    _until(morning, args.tickets // 4)
    camera.busy()
    printer.do("fault", name="paper_out", value=True)
    _until(morning, min(args.tickets, len(morning.labels) + PAPER_OUT_FOR * args.kiosks))
    printer.do("repair")
    _until(morning, args.tickets * 2 // 5)
    print("Lunch at every counter ...", flush=True)
    morning.lunch.set()
    _until(morning, args.tickets // 2)
    if args.no_outage:
        return
    print(f"Killing hub and Mosquitto for {OUTAGE_S:.0f} s ...", flush=True)
    killed_ms = center.clock.mono_ms()
    center.kill("hub", "broker")
    pause(OUTAGE_S * 0.8)
    camera.outage()
    pause(OUTAGE_S * 0.2)
    center.again("broker")
    center.again("hub")
    people.wait_for(center.clock, camera.screens["board"], "hub back", fresh=True)
    morning.outage_ms = (killed_ms, center.clock.mono_ms())


def _until(morning: people.Morning, issued: int) -> None:
    """Wait until this many tickets are out, with a word of progress now and then."""
    told = -1
    while len(morning.labels) < issued and not morning.errors:
        if len(morning.labels) // 20 != told:
            told = len(morning.labels) // 20
            print(f"  {len(morning.labels)} tickets issued, {len(morning.presses)} called", flush=True)
        pause(0.05)


def _watch(morning: people.Morning, clerks: list[threading.Thread], issued: int) -> None:
    """The doors are closed: wait until everybody was called."""
    ticks = 0
    while any(t.is_alive() for t in clerks) and not morning.errors:
        if ticks % 50 == 0:
            print(f"  doors closed: {issued} issued, {len(morning.presses)} called", flush=True)
        ticks += 1
        pause(0.1)


def _converge(clock: Clock, hands: list[Hand]) -> None:
    """Every box has handed over every row."""
    for hand in hands:
        people.wait_for(clock, hand, "hand over", unsent=0, fresh=True)


def report(out: Path, summary: dict[str, object]) -> None:
    """The last lines: what to look at."""
    print(f"\n{summary['rows_verified']} rows verified. Look at:")
    for name in ("tickets", "screens", "report-lo.pdf", "indicators.json", "log.jsonl", "summary.json"):
        print(f"  {out / name}")


class Photographer:
    """Takes pictures of the screens at telling moments."""

    def __init__(self, folder: Path, board: Hand, kiosk: Hand, counter: Hand) -> None:
        self.folder, self.screens = folder, {"board": board, "kiosk": kiosk, "counter": counter}

    def _take(self, moment: str) -> None:
        for name, hand in self.screens.items():
            hand.do("picture", path=str(self.folder / f"{name}-{moment}.png"))

    def first(self) -> None:
        """Before anybody came: every screen empty, the services in both languages."""
        self._take("1-empty")
        kiosk, clock = self.screens["kiosk"], SystemClock()
        people.touch(clock, kiosk, "begin")
        people.wait_for(clock, kiosk, "kiosk", screen="services")
        kiosk.do("picture", path=str(self.folder / "kiosk-2-services-lo.png"))
        people.touch(clock, kiosk, "lang-en")
        pause(0.2)
        kiosk.do("picture", path=str(self.folder / "kiosk-2-services-en.png"))
        people.touch(clock, kiosk, "back")

    def busy(self) -> None:
        """A busy hall."""
        self._take("3-busy")

    def outage(self) -> None:
        """Without the hub."""
        self._take("4-without-hub")

    def last(self) -> None:
        """Everything handed over, nobody waits."""
        self._take("5-end")
