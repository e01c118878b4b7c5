"""Buttons, switches and lamps on a Raspberry Pi's pins, or mock pins where there are none.

Contacts bounce and people hold: debounce and lock-out are ours, because a simulated pin does not bounce and no library
setting can be tested. A press counts when the contact has been away for at least the lock-out time; everything faster
is the same press. Wiring: a contact lies between its GPIO and ground, the internal pull-up is on.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from onedoor.device.clock import Clock

LOCK_OUT_MS = 300
BLINK_S = 0.5


@dataclass(slots=True)
class Gestures:
    """Turns edges into presses. Times are monotonic milliseconds."""

    last_ms: dict[object, int] = field(default_factory=dict)

    def edge(self, press: object, now_ms: int) -> bool:
        """A contact closed: does it count as a new press?"""
        last = self.last_ms.get(press)
        self.last_ms[press] = now_ms
        return last is None or now_ms - last >= LOCK_OUT_MS


def _library() -> Any:
    """gpiozero, with mock pins where there are no real ones."""
    if not os.path.exists("/dev/gpiochip0"):
        os.environ.setdefault("GPIOZERO_PIN_FACTORY", "mock")
    import gpiozero

    return gpiozero


class Contacts:
    """Contacts by name; `pressed` is told which one closed, `opened` (if wanted) which one opened."""

    def __init__(
        self, pins: dict[Any, int], clock: Clock, pressed: Callable[[Any], None],
        opened: Callable[[Any], None] | None = None, *, raw: bool = False,
    ) -> None:  # fmt: skip
        """`raw`: every edge is told; whoever listens knows what a press is."""
        self._gestures, self._clock, self._pressed = Gestures(), clock, pressed
        self._contacts: dict[Any, Any] = {}
        for what, pin in pins.items():
            contact = _library().Button(pin, pull_up=True)
            contact.when_pressed = (lambda what=what: pressed(what)) if raw else self._handler(what)
            if opened is not None:
                contact.when_released = lambda what=what: opened(what)
            self._contacts[what] = contact

    def _handler(self, what: object) -> Callable[[], None]:
        def closed() -> None:
            if self._gestures.edge(what, self._clock.mono_ms()):
                self._pressed(what)

        return closed

    def drive(self, what: object, *, low: bool) -> None:
        """Simulator's verb: close or open a mock contact. Fails on real hardware, as it should."""
        pin = self._contacts[what].pin
        (pin.drive_low if low else pin.drive_high)()

    def close(self) -> None:
        """Give the pins back."""
        for contact in self._contacts.values():
            contact.close()


class Lamps:
    """Lamps by name, on or off; a name without a pin is a lamp that is not there."""

    def __init__(self, pins: dict[str, int]) -> None:
        self._lamps = {name: _library().LED(pin) for name, pin in pins.items()}

    def show(self, name: str, *, on: bool) -> None:
        """Light it, or not."""
        lamp = self._lamps.get(name)
        if lamp is not None:
            (lamp.on if on else lamp.off)()

    def blink(self, name: str) -> None:
        """Once a second, half of it dark: slow enough to harm nobody."""
        lamp = self._lamps.get(name)
        if lamp is not None:
            lamp.blink(BLINK_S, BLINK_S)

    def lit(self, name: str) -> bool:
        """Simulator's verb: whether it shines."""
        lamp = self._lamps.get(name)
        return bool(lamp is not None and lamp.is_lit)

    def close(self) -> None:
        """Give the pins back."""
        for lamp in self._lamps.values():
            lamp.close()
