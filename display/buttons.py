"""The button box of a counter: which contact means what."""

from collections.abc import Callable

from display.panel import Press
from onedoor.device.clock import Clock
from onedoor.device.config import PinsConfig
from onedoor.device.gpio import Contacts

KEYS = {"1": Press.NEXT, "2": Press.RECALL, "3": Press.START, "4": Press.END, "5": Press.NO_SHOW}
"""The same on a keyboard or a USB keypad."""


class ButtonBox(Contacts):
    """The buttons of one counter."""

    def __init__(self, pins: PinsConfig, clock: Clock, press: Callable[[Press], None]) -> None:
        self.pins = {
            Press.NEXT: pins.next,
            Press.RECALL: pins.recall,
            Press.START: pins.start,
            Press.END: pins.end,
            Press.NO_SHOW: pins.no_show,
        }
        super().__init__(self.pins, clock, press)
