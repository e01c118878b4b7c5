"""What a kiosk can put on paper: the facts of each sheet, before anybody draws it."""

from dataclasses import dataclass

from onedoor.device.catalogue import Service
from onedoor.hall.events import RowId
from onedoor.hall.zone import LAOS, day_of
from onedoor.wire.messages import Seal


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A ticket. `at_ms`: when it was issued, in center time, as somebody knows or says it; None: no date is printed.

    `receipt`, `promised` (a day) and `in_days` (so many working days, for the time without a date) are for collecting
    the result; `duplicate`: printed again by staff. `mono_ms`: the issue by the monotonic clock of this boot. `own`
    and `head`: what the paper witnesses of the log (onedoor.wire.tag).
    """

    ticket: RowId
    label: str
    service: Service
    lang: str
    at_ms: int | None
    ahead: int | None
    intent: str = "submit"
    cls: str = "N"
    receipt: str = ""
    promised: str = ""
    in_days: int = 0
    duplicate: bool = False
    mono_ms: int = 0
    own: str = ""
    head: tuple[int, str] | None = None
    zone: str = LAOS

    @property
    def day(self) -> str:
        """The day of the issue in the center, or "" where nobody has said which it is."""
        return day_of(self.at_ms, self.zone) if self.at_ms is not None else ""

    @property
    def name(self) -> str:
        """What this job is called when its end is told."""
        return f"copy/{self.ticket}" if self.duplicate else self.ticket


@dataclass(frozen=True, slots=True)
class ListJob:
    """What a service needs, without a number."""

    service: Service
    lang: str
    at_ms: int | None

    @property
    def name(self) -> str:
        """What this job is called when its end is told."""
        return "list"


@dataclass(frozen=True, slots=True)
class SlipJob:
    """A slip of the staff: `collect` (come on this day with this code), `sorry` (later than promised), `test`. Without
    a `day` it says in how many working days.
    """

    kind: str
    lang: str
    at_ms: int | None
    service: Service | None = None
    receipt: str = ""
    day: str = ""
    in_days: int = 0
    facts: tuple[tuple[str, str], ...] = ()
    """Of a test sheet: what this box says of itself."""

    @property
    def name(self) -> str:
        """What this job is called when its end is told."""
        return self.kind


Job = PrintJob | ListJob | SlipJob | Seal
"""Anything that is printed; a Seal is the closing slip of its day."""
