"""Buttons, switches and lamps on a Raspberry Pi's pins, or mock pins where somebody asked for them.

Contacts bounce and people hold: debounce and lock-out are ours, because a simulated pin does not bounce and no library
setting can be tested. A press counts when the contact has been away for at least the lock-out time; everything faster
is the same press. A contact whose opening means something too (a key, a sensor) is followed: it always ends where the
contact is. Wiring: a contact lies between its GPIO and ground, the internal pull-up is on.

Policy: mock pins are for simulators, which ask for them (GPIOZERO_PIN_FACTORY=mock). A box without a GPIO device goes
on without its buttons and lamps, and says so: `missing()` names the device, for log, panel and staff. The same holds
for one pin that somebody else has, and for a device that goes away while the box runs (`Pins` looks every second): no
lamp is worth a number.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onedoor.device.clock import Clock

log = logging.getLogger("onedoor.gpio")

LOCK_OUT_MS = 300
OPEN_S = 0.08
"""A contact is open when it has been so for this long: everything shorter is a bounce, or a worn contact."""
BLINK_S = 0.5
WINK_S = (1.7, 0.3)
FACTORY = "GPIOZERO_PIN_FACTORY"
_missing: list[str] = []

Later = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Runs an action in so many seconds; what it returns takes it back."""


@dataclass(slots=True)
class Gestures:
    """Turns edges into presses. Times are monotonic milliseconds."""

    last_ms: dict[object, int] = field(default_factory=dict)

    def edge(self, press: object, now_ms: int) -> bool:
        """A contact closed: does it count as a new press?"""
        last = self.last_ms.get(press)
        self.last_ms[press] = now_ms
        return last is None or now_ms - last >= LOCK_OUT_MS

    def opened(self, press: object, now_ms: int) -> None:
        """It opened: from now on it is away. What closes soon after is a bounce, however long it was held."""
        if press in self.last_ms:
            self.last_ms[press] = now_ms


def later(seconds: float, action: Callable[[], None]) -> Callable[[], None]:
    """In a thread of its own."""
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()
    return timer.cancel


def missing() -> str:
    """The device that should be there and is not; empty: all is well, or somebody asked for mock pins."""
    return _missing[0] if _missing else ""


def _lost(what: str, wrong: object) -> None:
    """Buttons or lamps are dead: told once, and from now on by `missing`."""
    if not _missing:
        log.error("%s: %s. Buttons or lamps are dead until the box starts again", what, wrong)
        _missing[:] = [what]


@contextlib.contextmanager
def _no_lamp_is_worth_a_number(what: str) -> Iterator[None]:
    """Whatever a pin does, the box goes on, and says that it is dead."""
    try:
        yield
    except Exception as wrong:  # noqa: BLE001 - each pin library has errors of its own
        _lost(what, wrong)


class Pins:
    """Looked after by the runner: whether the pins of this box, if it uses any, are still there."""

    name, vital = "gpio", False

    def __init__(self, device: Path = Path("/dev")) -> None:
        """`device`: where the kernel's devices are."""
        self._devices, self._real = device, False

    def look(self, now_ms: int) -> str:  # noqa: ARG002 - as every worker
        """What is wrong. When they went away it stays wrong: who was connected to them hears nothing any more."""
        there = any(self._devices.glob("gpiochip*"))
        if self._real and not there:
            _lost(f"{self._devices}/gpiochip0", "is gone")
        self._real = self._real or (there and os.environ.get(FACTORY) != "mock")
        return "failed" if _missing else ""

    def close(self) -> None:
        """Nothing is held."""


def simulated() -> bool:
    """Whether somebody asked for mock pins."""
    return os.environ.get(FACTORY) == "mock" and not _missing


def _library() -> Any:
    """gpiozero; on mock pins if they were asked for, or if there is nothing else, which is said aloud."""
    if not os.environ.get(FACTORY) and not any(Path("/dev").glob("gpiochip*")):
        _missing[:] = ["/dev/gpiochip0"]
        log.error("there is no /dev/gpiochip0: buttons and lamps are dead. Is this a Raspberry Pi, and is GPIO on?")
        os.environ[FACTORY] = "mock"
    import gpiozero

    return gpiozero


class Contacts:
    """Contacts by name; `pressed` is told which one closed, `opened` (if wanted) which one opened."""

    def __init__(
        self, pins: dict[Any, int], clock: Clock, pressed: Callable[[Any], None],
        opened: Callable[[Any], None] | None = None, *, raw: bool = False, followed: Collection[Any] = (),
        wait: Later | None = None,
    ) -> None:  # fmt: skip
        """`raw`: every edge is told; whoever listens knows what a press is. `followed`: contacts whose opening means
        something; with `wait` it is told when they stay open, so that nobody sees a bounce.
        """
        self._gestures, self._clock, self._pressed, self._opened = Gestures(), clock, pressed, opened
        self._followed, self._wait = followed, wait
        self._closed: set[Any] = set()
        self._opening: dict[Any, Callable[[], None]] = {}
        self._lock = threading.RLock()
        self._contacts: dict[Any, Any] = {}
        for what, pin in pins.items():
            contact: Any = None
            with _no_lamp_is_worth_a_number(f"GPIO {pin}"):
                contact = _library().Button(pin, pull_up=True)
            if contact is None:
                continue
            contact.when_pressed = (lambda what=what: pressed(what)) if raw else self._handler(what, self._closes)
            if not raw:
                contact.when_released = self._handler(what, self._opens)
            elif opened is not None:
                contact.when_released = lambda what=what: opened(what)
            self._contacts[what] = contact
            if what in followed and contact.is_pressed:
                self._handler(what, self._closes)()  # it was so before anybody could hear of it

    def _handler(self, what: object, act: Callable[[Any], None]) -> Callable[[], None]:
        def moved() -> None:
            with self._lock:
                act(what)

        return moved

    def _closes(self, what: Any) -> None:
        if what not in self._followed:
            if self._gestures.edge(what, self._clock.mono_ms()):
                self._pressed(what)
            return
        take_back = self._opening.pop(what, None)
        if take_back is not None:
            take_back()
        if what not in self._closed:
            self._closed.add(what)
            self._pressed(what)

    def _opens(self, what: Any) -> None:
        if what not in self._followed:
            self._gestures.opened(what, self._clock.mono_ms())
        if what not in self._closed:
            return
        if self._wait is None:
            self._away(what)
        elif what not in self._opening:
            self._opening[what] = self._wait(OPEN_S, self._handler(what, self._stays_open))

    def _stays_open(self, what: Any) -> None:
        if self._opening.pop(what, None) is not None:
            self._away(what)

    def _away(self, what: Any) -> None:
        self._closed.discard(what)
        if self._opened is not None:
            self._opened(what)

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
        self._lamps: dict[str, Any] = {}
        for name, pin in pins.items():
            with _no_lamp_is_worth_a_number(f"GPIO {pin}"):
                self._lamps[name] = _library().LED(pin)

    def show(self, name: str, *, on: bool) -> None:
        """Light it, or not."""
        lamp = self._lamps.get(name)
        if lamp is not None:
            with _no_lamp_is_worth_a_number(name):
                (lamp.on if on else lamp.off)()

    def blink(self, name: str, *, wink: bool = False) -> None:
        """Once a second, half of it dark: slow enough to harm nobody; `wink`: lit, with a short dark moment."""
        lamp = self._lamps.get(name)
        if lamp is not None:
            with _no_lamp_is_worth_a_number(name):
                lamp.blink(*(WINK_S if wink else (BLINK_S, BLINK_S)))

    def lit(self, name: str) -> bool:
        """Simulator's verb: whether it shines."""
        lamp = self._lamps.get(name)
        return bool(lamp is not None and lamp.is_lit)

    def close(self) -> None:
        """Give the pins back."""
        for lamp in self._lamps.values():
            lamp.close()
