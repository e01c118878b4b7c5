"""Draws and prints in a thread of its own: a printer may hang, the kiosk never does.

Policy: the printers are tried in order, but a second one only while nothing was sent to the first: a number whose paper
may come out after all is never printed again. Between two papers each printer is asked how it is, more rarely while it
stays well, and the paper that is left is counted: no printer can tell.
"""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from kiosk import wishes as w
from kiosk.jobs import Job, ListJob, PrintJob, SlipJob
from kiosk.layout import Layout
from kiosk.printer.escpos_bytes import paper_mm
from kiosk.printer.near_end import NearEnd
from kiosk.printer.port import Fault, Outcome, Printer
from kiosk.slip import draw_seal, draw_slip
from kiosk.ticket import draw_list, draw_ticket

log = logging.getLogger("onedoor.printer")

WATCH_S = 10.0
CALM_WATCHES = 3
"""A printer that stays well is asked up to so many times more rarely."""
ROLL_M = 50


@dataclass(slots=True)
class Fitted:
    """A printer as it is fitted, and how much of its roll is left (millimeters; None: unknown).

    `dpi` of its head; 0: as heads of its width are.
    """

    printer: Printer
    left_mm: int | None = None
    dpi: int = 0
    near_end: NearEnd = field(default_factory=NearEnd)

    def state(self, fault: Fault | None, near_end: bool) -> str:
        """One word for log, lamp and panel."""
        if fault in (Fault.PAPER_OUT, Fault.COVER_OPEN):
            self.near_end.anew()
        elif fault is None:
            near_end = self.near_end.says(near_end)
        return fault.value if fault else "near_end" if near_end else "ok"

    @property
    def meters(self) -> int:
        """Whole meters left; -1: nobody knows."""
        return -1 if self.left_mm is None else max(0, self.left_mm) // 1000


@dataclass(slots=True)
class PrintWorker:
    """The printers of one kiosk. What comes of a job goes to `post`, as a wish."""

    printers: list[Fitted]
    layout: Layout
    post: Callable[[object], None] = lambda _: None
    watch_s: float = WATCH_S
    _jobs: "queue.Queue[Job]" = field(default_factory=queue.Queue, init=False)
    _number: int = field(default=0, init=False)
    _calm: int = field(default=0, init=False)

    def start(self) -> None:
        """Work in a thread that ends with the program."""
        threading.Thread(target=self._work, daemon=True, name="printer").start()

    def __call__(self, job: Job) -> None:
        """Print this, when everything before it is done."""
        self._jobs.put(job)

    def roll(self, printer: int, meters: int) -> None:
        """A roll is in a printer (1, 2, ...), so many meters of it; -1: nobody knows."""
        if 0 < printer <= len(self.printers):
            self.printers[printer - 1].left_mm = meters * 1000 if meters >= 0 else None
            self.printers[printer - 1].near_end.anew()

    def draw(self, job: Job) -> Image.Image:
        """What a job looks like."""
        match job:
            case PrintJob():
                return draw_ticket(job, self.layout)
            case ListJob():
                return draw_list(job, self.layout)
            case SlipJob():
                return draw_slip(job, self.layout)
        return draw_seal(job, self.layout)

    def _work(self) -> None:
        self.watch()  # what a printer can do is found out before anybody comes
        while True:
            try:
                job = self._jobs.get(timeout=self.watch_s * (1 + self._calm))
            except queue.Empty:
                self.watch()
                continue
            self.do(job)

    def watch(self) -> None:
        """Ask every printer how it is."""
        well = True
        for i, fitted in enumerate(self.printers, 1):
            status = fitted.printer.status()
            well = well and status.fault is None
            self._says(i, fitted, fitted.state(status.fault, status.near_end))
        self._calm = min(CALM_WATCHES - 1, self._calm + 1) if well else 0

    def do(self, job: Job) -> None:
        """Print one job, and tell what came of it."""
        self._number += 1
        self._calm = 0
        if isinstance(job, SlipJob) and job.kind == "test":
            for fitted in self.printers:
                fitted.printer.forget()
        image = self.draw(job)
        outcome, by = Outcome(fault=Fault.UNREACHABLE), 1
        for i, fitted in enumerate(self.printers, 1):
            outcome, by = fitted.printer.print(image, self._number), i
            state = fitted.state(outcome.fault, outcome.near_end)
            if fitted.left_mm is not None and not outcome.fault:
                fitted.left_mm -= paper_mm(image, fitted.dpi)
            self._says(i, fitted, state)
            if outcome.fault is None or outcome.sent:
                break
            log.warning("printer %d: %s, nothing was sent", i, state)
        self.post(_ended(job, outcome, by))

    def _says(self, number: int, fitted: Fitted, state: str) -> None:
        self.post(w.PrinterSays(number, state, fitted.meters))


def _ended(job: Job, outcome: Outcome, printer: int) -> object:
    fault = outcome.fault.value if outcome.fault else ""
    if isinstance(job, PrintJob) and not job.duplicate:
        return w.PrintEnded(job.ticket, outcome.level, fault, printer)
    if isinstance(job, PrintJob | ListJob | SlipJob):
        return w.SheetEnded(job.name, fault)
    return w.SlipEnded(job.day, fault)
