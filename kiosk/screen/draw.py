"""How the kiosk's screens look. Design height 800; every width from 4:3 to 21:9 works, and portrait.

One act in the middle; the second language under the first; the same foot on every screen; champa
yellow marks one thing. What is being served is shown before anybody touches.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.flow import Screen
from kiosk.screen import choose, confirm, result, staff, welcome
from kiosk.screen.frame import Frame
from kiosk.view import KioskView
from onedoor.device.catalogue import Catalogue
from onedoor.look.theme import NIGHT, PALE, WHITE
from onedoor.screen.pen import Pen

HEIGHT = 800.0
LARGE = 1.25
LOWER = 0.24
"""How much of a tall screen is left free above for who cannot reach it; a wide one is within reach as it is."""

DRAWERS: dict[Screen, Callable[[Frame], None]] = {
    Screen.STARTING: welcome.starting,
    Screen.WELCOME: welcome.welcome,
    Screen.SERVICES: choose.services,
    Screen.CODE: choose.keypad,
    Screen.RECEIPT: choose.keypad,
    Screen.PIN: choose.keypad,
    Screen.CONFIRM: confirm.confirm,
    Screen.LISTING: confirm.confirm,
    Screen.LISTED: confirm.confirm,
    Screen.PRINTING: result.issued,
    Screen.ISSUED: result.issued,
    Screen.NOT_HERE: result.not_here,
    Screen.HELP: result.helped,
    Screen.STAFF: staff.staff,
    Screen.CLOSED: result.closed,
    Screen.FAULT: result.fault,
}


@dataclass(slots=True)
class KioskScreen:
    """Draws a kiosk's view; `wish` takes what a touch means."""

    catalogue: Catalogue
    title_lo: str
    title_en: str
    wish: Callable[[object], None]

    def draw(self, pen: Pen, view: KioskView) -> None:
        """The screen of this view."""
        session = view.session
        pen.page = f"{view.screen}/{'/'.join(session.place)}/{session.page}/{view.staff.page}"
        pen.grow = LARGE if session.large else 1.0
        pen.contrast = session.contrast
        if session.low and pen.h > pen.w and view.screen not in (Screen.STARTING, Screen.WELCOME, Screen.FAULT):
            self._lower(pen)
        frame = Frame(pen, view, self.catalogue, (self.title_lo, self.title_en), self.wish)
        DRAWERS[view.screen](frame)
        frame.countdown()

    def _lower(self, pen: Pen) -> None:
        """The center's name above, everything that can be touched below."""
        free = pen.h * LOWER
        pen.box("above", 0, 0, pen.w, free, NIGHT)
        pen.image("above/i", 36, free / 2 - 38, 76, "logo")
        pen.text("above/t", 140, free / 2 - 46, pen.w - 180, 54, self.title_lo, 31, WHITE, bold=True, align="left")
        pen.text("above/u", 140, free / 2 + 8, pen.w - 180, 34, self.title_en, 21, PALE, align="left")
        pen.lower(free)
