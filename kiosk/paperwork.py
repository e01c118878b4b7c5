"""Draws and prints in a thread of its own: a printer may hang, the kiosk never does.

Policy: the printers are tried in order, but a second one only while nothing was sent to the first: a number whose paper
may come out after all is never printed again. Between two papers each printer is asked how it is, more rarely while it
stays well, and the paper that is left is counted: no printer can tell. Every job that was taken is answered, whatever a
driver raises: an error that no driver knows is a printer that broke off. While a driver hangs, its printer is its own
and nobody else's: the others go on (`onedoor.device.worker`), and what nobody waits for any more is not printed when it
wakes up.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from kiosk import wishes as w
from kiosk.jobs import Job, ListJob, PrintJob, SlipJob
from kiosk.layout import Layout
from kiosk.printer.escpos_bytes import paper_mm
from kiosk.printer.near_end import NearEnd
from kiosk.printer.port import Fault, Outcome, Printer, Status
from kiosk.slip import draw_seal, draw_slip
from kiosk.ticket import draw_list, draw_ticket
from onedoor.device.worker import Worker
from onedoor.wire.messages import Seal

log = logging.getLogger("onedoor.printer")

WATCH_S = 10.0
CALM_WATCHES = 3
"""A printer that stays well is asked up to so many times more rarely."""
ROLL_M = 50
WAITING = 20
"""More papers than that do not wait: nobody would still be there."""
PATIENCE_S = 90.0
"""A driver that knows the slowest printer is done by then, with a status of every printer before and after."""


@dataclass(slots=True)
class Fitted:
    """A printer as it is fitted, and how much of its roll is left (millimeters; None: unknown).

    `dpi` of its head; 0: as heads of its width are.
    """

    printer: Printer
    left_mm: int | None = None
    dpi: int = 0
    near_end: NearEnd = field(default_factory=NearEnd)
    held: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)
    """Held as long as its driver is at work, also by a thread that hangs in it."""

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
    number: int = 0
    """What the last paper was called to its printer. A start begins anywhere: what the run before it left in a printer
    is echoed by its own name, and proves nothing of ours.
    """
    worker: Worker = field(init=False)
    """The thread, for whoever looks after it."""
    _jobs: deque[Job] = field(default_factory=deque, init=False)
    _bell: threading.Condition = field(default_factory=threading.Condition, init=False)
    _unwanted: set[str] = field(default_factory=set, init=False)
    _calm: int = field(default=0, init=False)
    _first: bool = field(default=True, init=False)
    """What a printer can do is found out before anybody comes."""

    def __post_init__(self) -> None:
        self.worker = Worker(
            "printer", self._step, patience_s=PATIENCE_S + CALM_WATCHES * self.watch_s, wake=self._ring
        )

    def start(self) -> None:
        """Work in a thread that ends with the program."""
        self.worker.start()

    def __call__(self, job: Job) -> None:
        """Print this, when everything before it is done. What waits already is not printed twice."""
        with self._bell:
            full = len(self._jobs) >= WAITING
            if not full and job not in self._jobs:
                self._jobs.append(job)
                self._bell.notify()
        if full:
            self.post(_ended(job, Outcome(fault=Fault.TIMEOUT), 1))

    def give_up(self, name: str) -> None:
        """Nobody waits for this paper any more: if it is not begun, it is not printed."""
        with self._bell:
            self._unwanted |= {name} & {name_of(job) for job in self._jobs}

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

    def _ring(self) -> None:
        """Whoever waits for a job looks up."""
        with self._bell:
            self._bell.notify_all()

    def _step(self) -> None:
        job = self._next()
        if job is None:
            if not self.worker.closed:
                self.watch()
        elif name_of(job) in self._unwanted:
            self._unwanted.discard(name_of(job))
            log.warning("%s came too late, it is not printed any more", name_of(job))
        else:
            self.do(job)

    def _next(self) -> Job | None:
        with self._bell:
            if not self._jobs and not self.worker.closed:
                self._bell.wait(0 if self._first else self.watch_s * (1 + self._calm))
                self._first = False
            return self._jobs.popleft() if self._jobs else None

    def watch(self) -> None:
        """Ask every printer how it is."""
        well = True
        for i, fitted in enumerate(self.printers, 1):
            status = self._ask(i, fitted)
            well = well and status.fault is None
            self._says(i, fitted, fitted.state(status.fault, status.near_end))
        self._calm = min(CALM_WATCHES - 1, self._calm + 1) if well else 0

    def _ask(self, number: int, fitted: Fitted) -> Status:
        if not fitted.held.acquire(blocking=False):
            return Status(Fault.TIMEOUT)
        try:
            return fitted.printer.status()
        except (Exception, SystemExit):
            log.exception("printer %d: an error that its driver does not know", number)
            return Status(Fault.ERROR)
        finally:
            fitted.held.release()

    def do(self, job: Job) -> None:
        """Print one job, and tell what came of it, whatever happens."""
        self.number += 1
        self._calm = 0
        outcome, by = Outcome(fault=Fault.ERROR), 1
        try:
            if isinstance(job, SlipJob) and job.kind == "test":
                for fitted in self.printers:
                    fitted.printer.forget()
            image = self.draw(job)
            outcome, by = Outcome(fault=Fault.UNREACHABLE), 1
            for i, fitted in enumerate(self.printers, 1):
                outcome, by = self._print(fitted, image), i
                state = fitted.state(outcome.fault, outcome.near_end)
                if fitted.left_mm is not None and not outcome.fault:
                    fitted.left_mm -= paper_mm(image, fitted.dpi)
                self._says(i, fitted, state)
                if outcome.fault is None or outcome.sent:
                    break
                log.warning("printer %d: %s, nothing was sent", i, state)
        finally:
            self.post(_ended(job, outcome, by))

    def _print(self, fitted: Fitted, image: Image.Image) -> Outcome:
        if not fitted.held.acquire(blocking=False):
            return Outcome(fault=Fault.TIMEOUT)
        try:
            return fitted.printer.print(image, self.number)
        except (Exception, SystemExit):
            # Nobody knows how far it came: there may be paper.
            log.exception("a printer's driver failed in the middle")
            return Outcome(fault=Fault.BROKE_OFF, sent=True)
        finally:
            fitted.held.release()

    def _says(self, number: int, fitted: Fitted, state: str) -> None:
        self.post(w.PrinterSays(number, state, fitted.meters))


def name_of(job: Job) -> str:
    """What a job is called, a closing slip too."""
    return f"seal/{job.day}" if isinstance(job, Seal) else job.name


def _ended(job: Job, outcome: Outcome, printer: int) -> object:
    fault = outcome.fault.value if outcome.fault else ""
    if isinstance(job, PrintJob) and not job.duplicate:
        return w.PrintEnded(job.ticket, outcome.level, fault, printer)
    if isinstance(job, PrintJob | ListJob | SlipJob):
        return w.SheetEnded(job.name, fault)
    return w.SlipEnded(job.day, fault)
