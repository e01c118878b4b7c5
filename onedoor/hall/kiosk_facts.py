"""What a kiosk can say: numbers, paper, and what people asked for without taking a number.

Policy: as in `onedoor.hall.events`. Nothing here tells who somebody is; a language is kept because it is counted,
never beside anything that would single a person out.
"""

from dataclasses import dataclass

from onedoor.hall.ids import RowId


@dataclass(frozen=True, slots=True)
class Issued:
    """A citizen has a number. Committed before anything is printed. `appointment` is the code he checked in with.

    `day` is what the kiosk believed ("": nothing), and may be wrong; `series` names the counting to which the number
    belongs by the row that began it: a day which a wrong clock moved is no new one. `intent`: submit, ask or collect.
    `receipt`: the code on the paper of an earlier visit, typed by who collects; the code of this visit follows from the
    row's own name (`onedoor.hall.tickets.receipt_of`).
    """

    label: str
    service: str
    queue: str
    slot: int
    n: int
    day: str
    offline: bool = False
    cls: str = "N"
    lang: str = "lo"
    appointment: str = ""
    intent: str = "submit"
    receipt: str = ""
    series: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """Paper came out of printer 1 or 2. `level`: A the printer echoed the job, B status clean before and after,
    C bytes written and no more. `ahead`, `low`, `high` are what the paper says, if it says it.
    """

    ticket: RowId
    level: str
    ahead: int | None = None
    low: int | None = None
    high: int | None = None
    printer: int = 1


@dataclass(frozen=True, slots=True)
class PrintFailed:
    """No paper; the number stood large on the screen and is valid. `cause` is a printer fault code."""

    ticket: RowId
    cause: str


@dataclass(frozen=True, slots=True)
class PrintUnknown:
    """The kiosk stopped between issue and end of print: nobody knows whether there is paper."""

    ticket: RowId


@dataclass(frozen=True, slots=True)
class Skipped:
    """Numbers up to `to` of this service, slot and series (in old logs: day) may have been used: they are never given
    again.
    """

    service: str
    slot: int
    to: int
    day: str
    series: str = ""


@dataclass(frozen=True, slots=True)
class NumbersBegun:
    """The staff began the numbers of this slot again by hand, where nobody knows the day. This row names the series."""

    slot: int


@dataclass(frozen=True, slots=True)
class ListGiven:
    """Somebody wanted to know what a service needs, and took no number. `cause`: why there was no paper."""

    service: str
    lang: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class NotHere:
    """Somebody did not find his service, and looked last in this category (none: on the first page)."""

    category: str = ""
    lang: str = "lo"


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """Somebody pressed for help, on this screen (or on the button beside it)."""

    screen: str
    lang: str = "lo"


@dataclass(frozen=True, slots=True)
class HelpEnded:
    """Help is not needed any more: said by the citizen, the staff, or time."""

    by: str


@dataclass(frozen=True, slots=True)
class PrinterChanged:
    """A printer's state is another one than before: ok, near_end, or a fault code."""

    printer: int
    state: str


@dataclass(frozen=True, slots=True)
class PaperChanged:
    """A new roll, and how long it is."""

    printer: int
    meters: int


@dataclass(frozen=True, slots=True)
class Reprinted:
    """The staff printed a ticket again, marked as a duplicate: the same number, never a new one."""

    ticket: RowId
    cause: str = ""


@dataclass(frozen=True, slots=True)
class SlipGiven:
    """A slip that is no ticket: `collect` (come again on this day with this code), `sorry` (later than promised),
    `test`. `cause`: why there was no paper.
    """

    kind: str
    receipt: str = ""
    service: str = ""
    day: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class StaffCame:
    """Somebody of the staff opened the kiosk's own page, by key or by PIN."""

    how: str


@dataclass(frozen=True, slots=True)
class StaffLeft:
    """And left it."""


@dataclass(frozen=True, slots=True)
class OutOfService:
    """The staff took the kiosk out of service."""

    reason: str


@dataclass(frozen=True, slots=True)
class BackInService:
    """And put it back."""


KioskFact = (
    Issued | Printed | PrintFailed | PrintUnknown | Skipped | NumbersBegun | ListGiven | NotHere | HelpAsked | HelpEnded
    | PrinterChanged | PaperChanged | Reprinted | SlipGiven | StaffCame | StaffLeft | OutOfService | BackInService
)  # fmt: skip
"""Everything a kiosk can say."""
