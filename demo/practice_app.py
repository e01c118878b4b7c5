"""`onedoor practice`: a counter's panel to learn on, with citizens who are simulated.

Policy. Everything is the shipped programs in a center of its own, called `practice`: its topics carry that name, its
log begins with a word that says what it is (`head_said`, on the panel all the time), its broker listens on loopback
alone, its tickets are pictures in a folder. Nothing of it can reach the center that serves people.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from demo import people
from demo.app import start
from demo.plan import Hall
from demo.processes import Center, DemoError
from onedoor.device.clock import SystemClock, pause
from onedoor.device.control import Hand
from reports.source import export, rows_of

PRACTICE = Hall("practice", "ຝຶກຊ້ອມ", "Practice · not a real center")
MARK = "ຝຶກຊ້ອມ · Practice with simulated citizens"
FIRST = 4
"""So many already wait when the clerk begins."""


def main(argv: list[str]) -> int:
    """`onedoor practice`: the panel in a window; citizens come until the clerk has closed the counter, or Ctrl-C."""
    parser = argparse.ArgumentParser("onedoor practice", description=main.__doc__)
    parser.add_argument("--out", type=Path, help="keep the practice log here (practice-log.jsonl)")
    parser.add_argument("--every", type=float, default=30, help="seconds between two citizens, on average")
    parser.add_argument("--citizens", type=int, default=40)
    parser.add_argument("--headless", action="store_true", help="off screen, for tests")
    args = parser.parse_args(argv)
    if not args.headless and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        print("There is no screen here. Start it on a machine with one.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="onedoor-practice-") as folder:
        center = Center(Path(folder), SystemClock(vouched=True), args.headless, frozenset({"k1", "h1"}))
        try:
            begin(center)
            return play(center, args)
        except KeyboardInterrupt:
            return 0
        except (DemoError, people.Stuck, OSError, RuntimeError) as wrong:
            print(f"The practice cannot go on: {wrong}", file=sys.stderr)
            return 2
        finally:
            center.stop()
            if args.out is not None:
                args.out.mkdir(parents=True, exist_ok=True)
                count = export(rows_of(Path(folder) / "data/hub"), args.out / "practice-log.jsonl")
                print(f"{count} rows of practice in {args.out / 'practice-log.jsonl'}")


def begin(center: Center) -> None:
    """Start everything, and mark panel and log."""
    start(center, 1, 1, PRACTICE)
    center.hand("k1")
    hub = str(center.folder / "boxes/hub/device.toml")
    done = subprocess.run(
        [sys.executable, "-m", "onedoor", "say", "--config", hub, MARK], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DemoError(done.stderr.strip())


def play(center: Center, args: argparse.Namespace) -> int:
    """Citizens come; the clerk works; what the clerk did is told at the end."""
    kiosk, panel = center.hand("k1"), center.hand("c1")
    for hand in (kiosk, panel):
        people.wait_for(center.clock, hand, "start", fresh=True)
    morning, chance = people.Morning(center.clock), random.Random(len(str(center.folder)))
    people.citizens(morning, kiosk, chance, min(FIRST, args.citizens))
    print(f"{len(morning.labels)} people wait. Open the counter; close it to end the practice.", flush=True)
    crowd = threading.Thread(target=_come, args=(morning, kiosk, chance, args), daemon=True)
    crowd.start()
    while not morning.errors:
        center.check()
        view = panel.do("view")
        if view["pressed"] and not view["open"]:
            break
        pause(0.3)
    view = panel.do("view")
    people.wait_for(center.clock, panel, "hand over", unsent=0)
    print(f"You served {view['served']} of {len(morning.labels)} people. {view['waiting']} still wait.")
    return 0


def _come(morning: people.Morning, kiosk: Hand, chance: random.Random, args: argparse.Namespace) -> None:
    """One citizen after the other, at times of their own."""
    for _ in range(args.citizens - FIRST):
        pause(chance.expovariate(1 / args.every))
        if morning.errors:
            return
        people.citizens(morning, kiosk, chance, 1)
