"""`python -m torture.box --config FILE [--papers FILE] --seed N`: a kiosk or counter without a screen, that works.

The product's own box (journal on disk, link, runner); only Kivy and the printer's wire are left out. People
press and touch all the time. Papers go to a file that outlives the box. SIGUSR1 ends the traffic.
"""

import argparse
import logging
import os
import random
import secrets
import signal
import sys
import threading
from pathlib import Path

from display.panel import Panel
from display.presses import Press
from kiosk.core import Kiosk
from kiosk.flow import Screen
from kiosk.jobs import PrintJob
from kiosk.wishes import Begin, Choose, Done, PrintEnded, Take
from onedoor.device.boxes import make_box
from onedoor.device.catalogue import load_catalogue
from onedoor.device.clock import SystemClock
from onedoor.device.config import DeviceConfig, load
from onedoor.device.runner import Runner
from onedoor.hall.desk import At


class Traffic:
    """Somebody presses something every so often."""

    def __init__(self, runner: Runner, seed: int, every_ms: int) -> None:
        self.runner, self.chance, self.every_ms = runner, random.Random(seed), every_ms
        self.over = threading.Event()
        signal.signal(signal.SIGUSR1, lambda *_: self.over.set())

    def begin(self, step) -> None:
        """Let `step` happen again and again, in a thread of its own."""

        def work() -> None:
            while not self.over.wait(self.chance.uniform(0.5, 1.5) * self.every_ms / 1000):
                step()

        threading.Thread(target=work, daemon=True).start()


def kiosk(config: DeviceConfig, papers: Path, seed: int, every_ms: int) -> Runner:
    """A kiosk: every paper is on this file, durably, before its end is told."""
    clock = SystemClock(vouched=True)
    box, sender = make_box(config, clock, secrets.token_hex(8))
    tray = os.open(papers, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def print_(job: PrintJob) -> None:
        os.write(tray, f"{job.day} {job.label} {job.ticket} {clock.mono_ms()}\n".encode())
        runner.post(PrintEnded(job.ticket, "A"))

    catalogue = load_catalogue()
    assert config.kiosk is not None
    device = Kiosk(box, sender, clock, catalogue, config.kiosk.slot, False, print_)
    runner = Runner(device, box.link, clock)
    traffic = Traffic(runner, seed, every_ms)

    def touch() -> None:
        if device.screen is Screen.ISSUED:
            runner.post(Done())
        runner.post(Begin())
        runner.post(Choose(traffic.chance.choice(catalogue.services).id))
        runner.post(Take(held=True))

    traffic.begin(touch)
    return runner


def counter(config: DeviceConfig, seed: int, every_ms: int) -> Runner:
    """A counter whose clerk never rests."""
    clock = SystemClock(vouched=True)
    box, sender = make_box(config, clock, secrets.token_hex(8))
    assert config.counter is not None
    device = Panel(box, sender, clock, config.counter.number, tuple(config.counter.queues))
    runner = Runner(device, box.link, clock)
    traffic = Traffic(runner, seed, every_ms)

    def press() -> None:
        if not device.me.open:
            runner.post(Press.OPEN)
        runner.post({At.WALKING: Press.START, At.SERVING: Press.END}.get(At(device.me.at), Press.NEXT))

    traffic.begin(press)
    return runner


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--papers", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every-ms", type=int, default=150)
    args = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    config = load(args.config, DeviceConfig)
    make = (
        kiosk(config, args.papers, args.seed, args.every_ms)
        if config.kiosk
        else counter(config, args.seed, args.every_ms)
    )
    signal.signal(signal.SIGTERM, lambda *_: make.stop())
    return make.run()


if __name__ == "__main__":
    sys.exit(main())
