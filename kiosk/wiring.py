"""What is wired beside a kiosk's screen: help button, staff key, presence sensor, two lamps."""

from collections.abc import Callable

from kiosk import wishes as w
from onedoor.device.clock import Clock
from onedoor.device.config import KioskPins
from onedoor.device.gpio import Contacts, Lamps, Later

PRESSED: dict[str, Callable[[], object]] = {
    "help_button": lambda: w.Help(button=True),
    "staff_key": lambda: w.Key(on=True),
    "presence": lambda: w.Near(here=True),
}
OPENED: dict[str, Callable[[], object]] = {"staff_key": lambda: w.Key(on=False), "presence": lambda: w.Near(here=False)}


class Wiring:
    """Contacts become wishes; the two lamps show what the kiosk says."""

    def __init__(
        self, pins: KioskPins, clock: Clock, wish: Callable[[object], None], wait: Later | None = None
    ) -> None:
        """`wait`: how to wait for a contact to stay open; without it an opening is told at once."""
        fitted = {name: pin for name in PRESSED if (pin := getattr(pins, name)) is not None}
        lamps = {name: pin for name in ("attention_lamp", "paper_lamp") if (pin := getattr(pins, name)) is not None}
        self._wish = wish
        self.contacts = Contacts(
            fitted, clock, lambda name: wish(PRESSED[name]()), self._opened, followed=OPENED, wait=wait
        )
        self.lamps = Lamps(lamps)

    def _opened(self, name: str) -> None:
        if name in OPENED:
            self._wish(OPENED[name]())

    def show(self, help_: bool, paper: bool) -> None:
        """Somebody needs help; the printer needs a hand."""
        self.lamps.show("attention_lamp", on=help_)
        self.lamps.show("paper_lamp", on=paper)

    def close(self) -> None:
        """Give the pins back."""
        self.contacts.close()
        self.lamps.close()
