"""What the sign above a counter shows (pure): the number that is called here, and an arrow to the counter.

Policy. It shows what its own panel holds, so it is right also when the hub is away. A new call (or a recall) blinks
BLINK_MS long, half a second on and half a second off, which is slow enough to harm nobody; then the number stands
until the person leaves. Closed is dark; a pause and a free counter are one short bar each, at different heights. While
the hub wants to know whose day some people are of, it shows ??, and NO? after "no" was pressed once; END? when the
counter is to close and somebody is still there.
"""

from dataclasses import dataclass

from display.menu import CLOSING, WHICH_DAY
from display.panel_view import PanelView
from onedoor.hall.desk import At

BLINK_MS = 6_000
HALF_MS = 500

ARROWS = {"left": "<", "right": ">", "up": "^", "down": "v", "ahead": "^"}


@dataclass(frozen=True, slots=True)
class Sign:
    """What is lit: text, and an arrow ("" none). `rest`: no number, but the counter is there ("free", "paused")."""

    text: str = ""
    arrow: str = ""
    rest: str = ""


def sign_of(view: PanelView, side: str, called_ms: int | None, now_ms: int) -> Sign:
    """The sign of a panel at a moment; `called_ms` is when the present number was called last (monotonic)."""
    if not view.open:
        return Sign()
    if view.menu.page == WHICH_DAY:
        return Sign("NO?" if view.unsure else "??")
    if view.menu.page == CLOSING:
        return Sign("END?")
    if view.label and view.at in (At.WALKING, At.SERVING):
        dark = called_ms is not None and 0 <= now_ms - called_ms < BLINK_MS and (now_ms - called_ms) // HALF_MS % 2
        return Sign() if dark else Sign(view.label, ARROWS[side])
    return Sign(rest="paused" if view.paused else "free")


def next_change_ms(called_ms: int | None, now_ms: int) -> int | None:
    """When a blinking sign changes next (None: it rests)."""
    if called_ms is None or now_ms - called_ms >= BLINK_MS:
        return None
    return HALF_MS - (now_ms - called_ms) % HALF_MS


def short(label: str, most: int) -> str:
    """A number in so few places: series and number stay, hyphen and slot go first."""
    if len(label) <= most:
        return label
    head, _, number = label.rpartition("-")
    for text in (head + number, head[:1] + number):
        if len(text) <= most:
            return text
    return number[-most:]
