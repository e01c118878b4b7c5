"""A counter's hands: what its buttons, keypad and faces mean, and which lamps answer (pure but for timers).

Edges come in as wishes from whoever hears contacts (`display.buttons`, `display.keypad`); what they mean goes to the
panel.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from display.gestures import Button, Edge, Face, Gestures, Meant, Pressed, Smileys, Stuck
from display.menu import CLOSING, WHICH_DAY
from display.panel_view import PanelView
from display.presses import Press
from onedoor.device.timers import Timers
from onedoor.hall import desk
from onedoor.hall.desk import At


class Lamp(StrEnum):
    """What a lamp does."""

    OFF = "off"
    ON = "on"
    BLINK = "blink"
    WINK = "wink"
    """Lit, with a short dark moment every two seconds: pressed now, it means something else."""


MEANS: dict[Button, object] = {
    Button.NEXT: Press.NEXT,
    Button.RECALL: Press.RECALL,
    Button.NO_SHOW: Press.NO_SHOW,
    Button.START: Press.START,
    Button.END: Press.END,
}
"""What each button means; PAUSE depends on what the counter is doing."""


def meaning(pressed: Pressed, view: PanelView | None) -> object:
    """The wish behind a press. A closed counter opens by NEXT, so that a box without a screen can open; PAUSE ends a
    pause, and held it closes the counter.
    """
    if pressed.button is Button.PAUSE:
        if pressed.long:
            return Press.CLOSE
        return desk.Resume() if view is not None and view.paused else desk.Pause("break")
    if view is not None and not view.open and pressed.button is Button.NEXT:
        return Press.OPEN
    if view is not None and view.paused and pressed.button is Button.NEXT:
        return desk.Resume()
    return MEANS[pressed.button]


def lamps(view: PanelView, stuck: frozenset[Button] = frozenset()) -> dict[Button, Lamp]:
    """NEXT shines when it may be pressed, blinks while an answer is awaited, and winks while somebody walks, for it
    means START then; RECALL and NO-SHOW shine when they mean something; PAUSE shines in a pause, and blinks without the
    hub or when the counter is to close and somebody is there. While the hub asks whose day some people are of, RECALL
    (yes) and NO-SHOW (no) blink. A stuck button is dark.
    """
    here = view.at in (At.WALKING, At.SERVING)
    asks, closing = view.menu.page == WHICH_DAY, view.menu.page == CLOSING
    alone = view.degraded or not view.fresh
    free = Lamp.ON if view.open and not view.paused else Lamp.OFF
    found = {
        Button.NEXT: {At.ASKING: Lamp.BLINK, At.WALKING: Lamp.WINK}.get(view.at, free),
        Button.RECALL: Lamp.BLINK if asks else Lamp.ON if here else Lamp.OFF,
        Button.NO_SHOW: Lamp.BLINK if asks else Lamp.ON if view.at is At.WALKING else Lamp.OFF,
        Button.PAUSE: Lamp.ON if view.paused else Lamp.BLINK if closing or alone else Lamp.OFF,
    }
    return {button: Lamp.OFF if button in stuck else lamp for button, lamp in found.items()}


@dataclass(slots=True)
class Hands:
    """The hands of one counter. `do` takes what a press means, `rated` what a citizen said about a visit."""

    timers: Timers
    do: Callable[[object], None]
    rated: Callable[[str, int, int], None]
    now_ms: Callable[[], int]
    gestures: Gestures = field(default_factory=Gestures)
    faces: Smileys = field(default_factory=Smileys)
    stuck: set[Button] = field(default_factory=set)
    _of: int = 3

    def edge(self, edge: Edge, view: PanelView | None) -> None:
        """A contact moved."""
        busy = view is not None and view.at is At.ASKING
        if edge.down:
            self._mean(self.gestures.down(edge.button, edge.at_ms, busy=busy), view)
        else:
            self._mean(self.gestures.up(edge.button, edge.at_ms), view)
        self._later(view)

    def face(self, face: Face) -> bool:
        """A face was pressed; whether it counts. It is told when it has settled."""
        self._of = face.of
        counts = self.faces.press(face.score, face.at_ms)
        if counts and self.faces.settles_ms is not None:
            self.timers.start_if_idle("faces", max(1, self.faces.settles_ms - face.at_ms), self.settle)
        return counts

    def ended(self, ticket: str) -> None:
        """A service ended: its citizen may say how it was; an earlier answer is told first."""
        self.settle()
        self.faces.ended(ticket, self.now_ms())

    def not_ended(self, ticket: str) -> None:
        """The end was taken back: nobody is asked about it yet."""
        if self.faces.ticket == ticket:
            self.timers.cancel("faces")
            self.faces.take()

    def settle(self) -> None:
        """Tell what a citizen said."""
        self.timers.cancel("faces")
        found = self.faces.take()
        if found is not None:
            self.rated(found[0], found[1], self._of)

    def _later(self, view: PanelView | None) -> None:
        due = self.gestures.due_ms()
        if due is None:
            self.timers.cancel("hands")
            return

        def pass_time() -> None:
            self._mean(self.gestures.pass_time(self.now_ms()), view)
            self._later(view)

        self.timers.start("hands", max(1, due - self.now_ms()), pass_time)

    def _mean(self, meant: Iterable[Meant], view: PanelView | None) -> None:
        for one in meant:
            if isinstance(one, Stuck):
                (self.stuck.add if one.stuck else self.stuck.discard)(one.button)
            else:
                self.do(meaning(one, view))
