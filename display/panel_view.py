"""What a counter's panel shows: values that screens, signs, lamps and tests read (pure)."""

from dataclasses import dataclass, field

from display.asking import Given
from display.booking import Booking
from display.menu import Menu
from display.not_taken import Untaken
from display.own import Own
from display.time_page import NOT_TOLD, NOTHING, Offer, Told
from onedoor.hall.desk import At, Desk
from onedoor.wire.messages import Asked, TicketRef


@dataclass(frozen=True, slots=True)
class Seat:
    """One ticket of the waiting list, as the clerk sees it."""

    label: str
    service: str
    waited_min: int | None
    cls: str = "N"
    note: str = ""


def minutes_of(ms: int | None) -> int | None:
    """Whole minutes, if it is known how long."""
    return None if ms is None else ms // 60_000


def seat_of(ticket: TicketRef, waited_ms: int | None) -> Seat:
    """A ticket of the list, which has waited so long."""
    note = "of today?" if ticket.doubt else ticket.note
    return Seat(ticket.label, ticket.service, minutes_of(waited_ms), ticket.cls, note)


@dataclass(frozen=True, slots=True)
class PanelView:
    """What the panel shows now. `since_ms` is a moment of the monotonic clock; what nobody knows is None."""

    counter: str
    queues: tuple[str, ...]
    open: bool = False
    at: At = At.IDLE
    label: str = ""
    service: str = ""
    since_ms: int | None = None
    waited_min: int | None = None
    line: tuple[Seat, ...] = ()
    waiting: int = 0
    fresh: bool = False
    degraded: bool = False
    nobody: bool = False
    unsent: int = 0
    pressed: int = 0
    refusal: str = ""
    paused: str = ""
    clerk: str = ""
    cls: str = "N"
    leg: int = 1
    menu: Menu = field(default_factory=Menu)
    me: Desk = field(default_factory=Desk)
    booked: tuple[str, int] | None = None
    not_booked: Booking | None = None
    """An appointment that the hub did not take, and that is to be made again."""
    not_taken: Untaken | None = None
    """What was done here, and the hub did not take."""
    alarms: tuple[tuple[str, str], ...] = ()
    """What other boxes need a hand for: box and code."""
    reach: tuple[tuple[str, bool], ...] = ()
    """Counters and clerks to whom somebody can be sent on, as queues, and whether one calls from there now."""
    notice: str = ""
    also: tuple[str, ...] = ()
    """The other counters that called this person while they were cut off from each other."""
    clerks: tuple[str, ...] = ()
    mine: Own = field(default_factory=Own)
    question: str = ""
    """What the citizen may be asked just now."""
    told: int = 0
    """Rises with every call and recall here."""
    time: Told = NOT_TOLD
    offer: Offer = NOTHING
    """What the page on which a person says the time offers."""
    ask_time: bool = False
    """Whether a line asks for the time just now."""
    asks: Asked | None = None
    """Whose day the hub wants to know; `unsure`: "no" was pressed once on the button box."""
    unsure: bool = False
    given: Given | None = None
    """The answer that can be taken back; `given_told`: it is so new that a line says so."""
    given_told: bool = False

    @property
    def newest(self) -> int:
        """Which call a frame shows, for those who measure."""
        return self.told
