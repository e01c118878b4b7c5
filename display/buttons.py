"""The button box of a counter: which contact is which button, and its lamps. What presses mean stands elsewhere."""

from collections.abc import Callable

from display.gestures import Button, Edge, Face
from display.hands import Lamp
from display.presses import Press
from onedoor.device.clock import Clock
from onedoor.device.config import PinsConfig
from onedoor.device.gpio import Contacts, Lamps

KEYS = {"1": Press.NEXT, "2": Press.RECALL, "3": Press.START, "4": Press.END, "5": Press.NO_SHOW}
"""The same on the screen's own keyboard."""


class ButtonBox:
    """Contacts and lamps of one counter, its feedback box included; `post` takes edges and faces."""

    def __init__(self, pins: PinsConfig, clock: Clock, post: Callable[[object], None]) -> None:
        wired = {button: getattr(pins, button.value) for button in Button}
        self._contacts = Contacts(
            {button: pin for button, pin in wired.items() if pin is not None}, clock,
            lambda button: post(Edge(button, True, clock.mono_ms())),
            lambda button: post(Edge(button, False, clock.mono_ms())), raw=True,
        )  # fmt: skip
        lit = {f"{button.value}": getattr(pins, f"{button.value}_lamp", None) for button in Button}
        self._lamps = Lamps({name: pin for name, pin in lit.items() if pin is not None})
        self._shown: dict[Button, Lamp] = {}
        faces = dict(enumerate(pins.smileys, 1))
        self._faces = Contacts(faces, clock, lambda score: post(Face(score, len(faces), clock.mono_ms())))

    def show(self, wanted: dict[Button, Lamp]) -> None:
        """Set the lamps; only what differs is touched, so that a blink keeps its beat."""
        for button, lamp in wanted.items():
            if self._shown.get(button) is lamp:
                continue
            self._shown[button] = lamp
            if lamp in (Lamp.BLINK, Lamp.WINK):
                self._lamps.blink(button.value, wink=lamp is Lamp.WINK)
            else:
                self._lamps.show(button.value, on=lamp is Lamp.ON)

    def drive(self, button: Button, *, low: bool) -> None:
        """Simulator's verb: close or open a mock contact."""
        self._contacts.drive(button, low=low)

    def drive_face(self, score: int, *, low: bool) -> None:
        """Simulator's verb: a finger on a face."""
        self._faces.drive(score, low=low)

    def lit(self, button: Button) -> bool:
        """Simulator's verb: whether a lamp shines just now."""
        return self._lamps.lit(button.value)

    def close(self) -> None:
        """Give the pins back."""
        for part in (self._contacts, self._faces, self._lamps):
            part.close()
