"""What can happen at a kiosk: touches, buttons beside the screen, a printer's answers."""

from dataclasses import dataclass

from onedoor.hall.events import RowId


@dataclass(frozen=True, slots=True)
class Begin:
    """Somebody touched the welcome screen."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Another language. On the welcome screen it also begins."""

    lang: str


@dataclass(frozen=True, slots=True)
class Open:
    """A group of services."""

    category: str


@dataclass(frozen=True, slots=True)
class Page:
    """The next page of tiles."""


@dataclass(frozen=True, slots=True)
class Choose:
    """A service."""

    service: str


@dataclass(frozen=True, slots=True)
class Want:
    """What it is about: submit, collect, ask."""

    intent: str


@dataclass(frozen=True, slots=True)
class SayClass:
    """Somebody says that they belong to a priority class, or not after all ("N")."""

    cls: str


@dataclass(frozen=True, slots=True)
class Take:
    """A number, please. `held`: the button was held down, as a hand does and a child's drumming does not."""

    held: bool = False


@dataclass(frozen=True, slots=True)
class Tell:
    """Only the list of what is needed, without a number."""


@dataclass(frozen=True, slots=True)
class Missing:
    """My service is not here."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code to type: of an appointment, or of an earlier visit."""


@dataclass(frozen=True, slots=True)
class Digit:
    """A key of the code; "<" takes the last one back, "=" says that it is whole."""

    key: str


@dataclass(frozen=True, slots=True)
class Help:
    """I need help; `button`: by the button beside the screen."""

    button: bool = False


@dataclass(frozen=True, slots=True)
class NoHelp:
    """Help is not needed any more; `by` whom it was said."""

    by: str = "citizen"


@dataclass(frozen=True, slots=True)
class Back:
    """One screen back."""


@dataclass(frozen=True, slots=True)
class Home:
    """Start over."""


@dataclass(frozen=True, slots=True)
class Done:
    """The citizen has what he came for and leaves."""


@dataclass(frozen=True, slots=True)
class More:
    """More time."""


@dataclass(frozen=True, slots=True)
class Mode:
    """Another way of showing: large, contrast, low, voice. Each touch switches it."""

    name: str


@dataclass(frozen=True, slots=True)
class Touched:
    """Something was touched: what it means, and what it says in the voice that speaks before it acts."""

    key: str
    wish: object
    clips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """Somebody stands before the kiosk, or has gone."""

    here: bool


@dataclass(frozen=True, slots=True)
class AskPin:
    """Somebody of the staff wants to type a PIN."""


@dataclass(frozen=True, slots=True)
class Key:
    """The staff's key was turned: on, or back."""

    on: bool


@dataclass(frozen=True, slots=True)
class StaffDo:
    """Something on the staff's page."""

    what: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class PrintEnded:
    """The printer's answer: a level (A, B, C), or a fault code and level ""."""

    ticket: RowId
    level: str
    fault: str = ""
    printer: int = 1


@dataclass(frozen=True, slots=True)
class SlipEnded:
    """The closing slip of a day is out, or not."""

    day: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class SheetEnded:
    """Any other paper is out, or not: list, duplicate, slip, test sheet. `name` is the job's."""

    name: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class PrinterSays:
    """What a printer is like between two papers; `meters` of paper are left by our own count, -1: nobody knows."""

    printer: int
    state: str
    meters: int = -1


@dataclass(frozen=True, slots=True)
class Clips:
    """What a voice is to say now."""

    lang: str
    tokens: tuple[str, ...]
