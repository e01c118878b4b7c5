"""The button box: gestures as pure code, and gpiozero as the hand on the pins.

Contacts bounce and people hold: debounce and lock-out are ours, because a simulated pin does not
bounce and no library setting can be tested. A press counts when the contact has been away for at
least the lock-out time; everything faster is the same press.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from display.panel import Press
from onedoor.device.clock import Clock
from onedoor.device.config import PinsConfig

LOCK_OUT_MS = 300
KEYS = {"1": Press.NEXT, "2": Press.RECALL, "3": Press.START, "4": Press.END, "5": Press.NO_SHOW}
"""The same on a keyboard or a USB keypad."""


@dataclass(slots=True)
class Gestures:
    """Turns edges into presses. Times are monotonic milliseconds."""

    last_ms: dict[Press, int] = field(default_factory=dict)

    def edge(self, press: Press, now_ms: int) -> bool:
        """A contact closed: does it count as a new press?"""
        last = self.last_ms.get(press)
        self.last_ms[press] = now_ms
        return last is None or now_ms - last >= LOCK_OUT_MS


class ButtonBox:
    """The buttons of one counter on a Raspberry Pi, or mock pins where there are none.

    Wiring: each button between its GPIO and ground; the internal pull-up is on.
    """

    def __init__(self, pins: PinsConfig, clock: Clock, press: Callable[[Press], None]) -> None:
        if not os.path.exists("/dev/gpiochip0"):
            os.environ.setdefault("GPIOZERO_PIN_FACTORY", "mock")
        from gpiozero import Button

        self._gestures, self._clock, self._press = Gestures(), clock, press
        self.pins = {
            Press.NEXT: pins.next,
            Press.RECALL: pins.recall,
            Press.START: pins.start,
            Press.END: pins.end,
            Press.NO_SHOW: pins.no_show,
        }
        self._buttons: dict[Press, Any] = {}
        for what, pin in self.pins.items():
            button = Button(pin, pull_up=True)
            button.when_pressed = self._handler(what)
            self._buttons[what] = button

    def _handler(self, what: Press) -> Callable[[], None]:
        def pressed() -> None:
            if self._gestures.edge(what, self._clock.mono_ms()):
                self._press(what)

        return pressed

    def drive(self, what: Press, *, low: bool) -> None:
        """Simulator's verb: push or release a mock pin. Fails on real hardware, as it should."""
        pin = self._buttons[what].pin
        (pin.drive_low if low else pin.drive_high)()

    def close(self) -> None:
        """Give the pins back."""
        for button in self._buttons.values():
            button.close()
