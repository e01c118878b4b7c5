"""What the kiosk asks of a printer, and the named ways in which printers fail.

A successful send proves nothing: with the paper out, a computer happily takes megabytes. So there
are levels of certainty, and the log keeps which one a ticket had:

    A  the printer echoed the job's id after everything before it was on paper
    B  its status was clean before and after
    C  the bytes were written, and no more is known
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from PIL import Image


class Fault(StrEnum):
    """Why there is no paper; stable codes for log, screen and lamp."""

    UNREACHABLE = "unreachable"
    OFFLINE = "offline"
    COVER_OPEN = "cover_open"
    PAPER_OUT = "paper_out"
    CUTTER = "cutter"
    HOT = "hot"
    ERROR = "error"
    GARBLED = "garbled"
    BROKE_OFF = "broke_off"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: a level, or a fault and level "". `sent`: some bytes had gone out, so there may be paper, now or
    when the printer is mended; only a job of which nothing was sent may be given to another printer.
    """

    level: str = ""
    fault: Fault | None = None
    sent: bool = False
    near_end: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What a printer says of itself. Not answered: it does not say, which is not a fault by itself."""

    fault: Fault | None = None
    near_end: bool = False
    answered: bool = True

    @property
    def state(self) -> str:
        """One word for log, lamp and panel."""
        return self.fault.value if self.fault else "near_end" if self.near_end else "ok"


class Printer(Protocol):
    """A printer that puts one picture on paper. Blocks; call it from a worker thread only."""

    def print(self, image: Image.Image, job: int) -> Outcome:
        """Print and cut one picture. `job` is a number below 10 ** 4 that names it to the printer."""
        ...

    def status(self) -> Status:
        """How it is now, between two jobs."""
        ...

    def forget(self) -> None:
        """Another one may be fitted: forget what was found out about it."""
        ...


class NoPrinter:
    """A kiosk without a printer: every number stands on the screen."""

    def print(self, image: Image.Image, job: int) -> Outcome:  # noqa: ARG002 - the port
        """Nothing to print on."""
        return Outcome(fault=Fault.UNREACHABLE)

    def status(self) -> Status:
        """There is none."""
        return Status(Fault.UNREACHABLE)

    def forget(self) -> None:
        """Nothing is known of it."""
