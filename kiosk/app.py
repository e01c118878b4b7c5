"""The kiosk program: the one place that knows the real parts."""

import argparse
import logging
import queue
import secrets
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.core import Kiosk, KioskView, PrintEnded, PrintJob, SlipEnded
from kiosk.flow import Screen
from kiosk.printer.driver import printer_for
from kiosk.printer.port import Printer
from kiosk.slip import draw_slip
from kiosk.ticket import TicketText, draw
from onedoor.device.boxes import make_box
from onedoor.device.catalogue import load_book
from onedoor.device.center_rules import rules_of
from onedoor.device.clock import SystemClock
from onedoor.device.config import ConfigError, DeviceConfig, for_role
from onedoor.device.journal import JournalError
from onedoor.device.runner import Runner
from onedoor.look.theme import ShapingError
from onedoor.wire.messages import Seal

if TYPE_CHECKING:
    from onedoor.screen.stage import Stage


class PrintWorker:
    """Draws and prints in a thread of its own: a printer may hang, the kiosk never does."""

    def __init__(self, printer: Printer, config: DeviceConfig) -> None:
        assert config.kiosk is not None
        self._printer, self._config, self._width = printer, config, config.kiosk.width_dots
        self._jobs: queue.Queue[PrintJob | Seal] = queue.Queue()
        self.runner: Runner | None = None
        threading.Thread(target=self._work, daemon=True, name="printer").start()

    def __call__(self, job: PrintJob | Seal) -> None:
        """Print a ticket or a closing slip; the answer goes to the runner's inbox."""
        self._jobs.put(job)

    def _work(self) -> None:
        number = 0
        while True:
            job = self._jobs.get()
            number += 1
            if isinstance(job, Seal):
                image = draw_slip(job, self._config.title_lo, self._config.title_en, self._width)
            else:
                image = draw(self._text(job), self._width)
            outcome = self._printer.print(image, number)
            fault = outcome.fault.value if outcome.fault else ""
            assert self.runner is not None
            ended = SlipEnded(job.day, fault) if isinstance(job, Seal) else PrintEnded(job.ticket, outcome.level, fault)
            self.runner.post(ended)

    def _text(self, job: PrintJob) -> TicketText:
        c = self._config
        return TicketText(
            c.center, c.title_lo, c.title_en, job.label, job.service, job.lang, job.day,
            job.issued_wall_ms, job.ahead,
        )  # fmt: skip


def build(config: DeviceConfig) -> "Stage":
    """The kiosk with its real parts."""
    assert config.kiosk is not None
    from onedoor.screen.setup import prepare

    prepare(config.screen, f"OneDoor kiosk {config.dev}", config.data)
    from kiosk.screen.draw import HEIGHT, KioskScreen
    from onedoor.screen.stage import Stage

    clock = SystemClock(vouched=config.clock_vouched)
    book = load_book(config.catalogue, config.catalogue_local, config.catalogue_key)
    catalogue = book.catalogue
    box, sender = make_box(config, clock, secrets.token_hex(8))
    worker = PrintWorker(printer_for(config.kiosk.printer), config)
    kiosk = Kiosk(box, sender, clock, catalogue, config.kiosk.slot, config.kiosk.alone, worker)
    kiosk.hours = rules_of(book).hours
    if config.kiosk.closing_slip:
        kiosk.print_slip = worker
    runner = Runner(kiosk, box.link, clock)
    worker.runner = runner
    screen = KioskScreen(catalogue, config.title_lo, config.title_en, runner.post)

    def urgent(view: KioskView) -> object:
        return view.screen, view.label, view.lang, view.ahead, view.fault, view.fresh, view.cls, view.closed, view.code

    def verb(_what: dict[str, object]) -> dict[str, object]:
        view = stage.view
        return (
            {
                "screen": view.screen.value,
                "label": view.label,
                "fault": view.fault,
                "unsent": view.unsent,
                "fresh": view.fresh,
                "cls": view.cls,
                "code": view.code,
                "closed": list(view.closed),
            }
            if view
            else {}
        )

    stage = Stage(runner, clock, screen.draw, HEIGHT, urgent=urgent, verb=verb)
    kiosk.show = stage.show
    stage.fault_view = KioskView(Screen.FAULT)
    return stage


def main(argv: list[str]) -> int:
    """`onedoor kiosk --config FILE`."""
    parser = argparse.ArgumentParser("onedoor kiosk", description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--control", type=Path, help="a simulator's hand listens here")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        stage = build(for_role(args.config, "kiosk"))
    except (ConfigError, JournalError, ShapingError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return stage.play(args.control)
