"""What a kiosk can put on paper: the facts of each sheet, before anybody draws it."""

from dataclasses import dataclass

from onedoor.device.catalogue import Service
from onedoor.hall.events import RowId
from onedoor.wire.messages import Seal


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A ticket. `receipt` and `promised` (a day) are for collecting the result; `duplicate`: printed again by staff."""

    ticket: RowId
    label: str
    service: Service
    lang: str
    day: str
    issued_wall_ms: int
    ahead: int | None
    intent: str = "submit"
    cls: str = "N"
    receipt: str = ""
    promised: str = ""
    duplicate: bool = False

    @property
    def name(self) -> str:
        """What this job is called when its end is told."""
        return f"copy/{self.ticket}" if self.duplicate else self.ticket


@dataclass(frozen=True, slots=True)
class ListJob:
    """What a service needs, without a number."""

    service: Service
    lang: str
    issued_wall_ms: int

    @property
    def name(self) -> str:
        """What this job is called when its end is told."""
        return "list"


@dataclass(frozen=True, slots=True)
class SlipJob:
    """A slip of the staff: `collect` (come on this day with this code), `sorry` (later than promised), `test`."""

    kind: str
    lang: str
    issued_wall_ms: int
    service: Service | None = None
    receipt: str = ""
    day: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    """Of a test sheet: what this box says of itself."""

    @property
    def name(self) -> str:
        """What this job is called when its end is told."""
        return self.kind


Job = PrintJob | ListJob | SlipJob | Seal
"""Anything that is printed; a Seal is the closing slip of its day."""
