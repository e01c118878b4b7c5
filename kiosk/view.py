"""What the kiosk shows, as plain values: the only thing its screen ever sees."""

from dataclasses import dataclass, field

from kiosk.codes import CodeTold
from kiosk.flow import Screen
from kiosk.session import Session
from kiosk.staff import StaffPage


@dataclass(frozen=True, slots=True)
class KioskView:
    """What the screen shows now."""

    session: Session = field(default_factory=Session)
    label: str = ""
    ahead: int | None = None
    fault: str = ""
    """Why the last paper did not come; a printer fault code."""
    called: tuple[tuple[str, str], ...] = ()
    waiting: tuple[tuple[str, int], ...] = ()
    fresh: bool = False
    unsent: int = 0
    closed: tuple[tuple[str, str], ...] = ()
    """Services of which no number is given now, and the code that says why."""
    hold: bool = False
    """The button of a number has to be held."""
    countdown: int | None = None
    """Seconds until this screen goes away, when that is near."""
    help: bool = False
    printers: tuple[tuple[int, str, int], ...] = ()
    """Of each printer its state and the meters of paper left, by our own count."""
    reason: str = ""
    """Why the kiosk is out of service."""
    receipt: str = ""
    promised: str = ""
    in_days: int = 0
    """The result is ready in so many working days, where nobody knows the date."""
    staff: StaffPage = field(default_factory=StaffPage)
    languages: tuple[str, ...] = ("lo", "en")
    can_speak: bool = False
    code: CodeTold | None = None
    """What the typed code of an appointment is worth."""
    unopened: bool = False
    """No open counter serves what was chosen."""
    pin_wrong: bool = False
    lost: bool = False
    """The number that is shown stands in no line: the hub did not take it."""
    doubled: bool = False
    """Another box may have this one's name."""

    @property
    def screen(self) -> Screen:
        """Which screen it is."""
        return self.session.screen

    @property
    def lang(self) -> str:
        """The citizen's language."""
        return self.session.lang

    @property
    def paperless(self) -> bool:
        """Whether no printer can print just now."""
        return bool(self.printers) and all(state not in ("ok", "near_end") for _, state, _ in self.printers)
