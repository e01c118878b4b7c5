"""What a screen shows for the seconds between a failure and its next start: what happens now, and the technician's
line.

A kiosk has a page of its own for it; everybody else would see a window that vanishes and comes back.
"""

from dataclasses import dataclass

from onedoor.look.texts import say
from onedoor.look.theme import LATERITE, MUTED, NIGHT, STALE
from onedoor.screen.pen import Pen

REASONS = 4
"""So many lines of a reason find room: the file, and the first of its problems with their lines."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The device has ended by itself, for this reason."""

    reason: str
    stuck: bool = False
    """It will not get better by itself."""


def draw_trouble(pen: Pen, trouble: Trouble) -> None:
    """In Lao and English; the reason below, for whoever is called."""
    stopped = "This screen has stopped and starts again by itself."
    title = "This screen cannot start: call the technician." if trouble.stuck else stopped
    then = "Until then numbers are called aloud."
    pen.box("ground", 0, 0, pen.w, pen.h, STALE)
    side = pen.h * 0.2
    pen.image("trouble/i", (pen.w - side) / 2, pen.h * 0.08, side, "icon-warn", LATERITE)
    width = pen.w - 120
    pen.text("trouble/lo", 60, pen.h * 0.31, width, pen.h * 0.14, say("lo", title), pen.h * 0.062, NIGHT, bold=True)
    pen.text("trouble/en", 60, pen.h * 0.45, width, pen.h * 0.08, title, pen.h * 0.038, NIGHT)
    pen.text("then/lo", 60, pen.h * 0.57, width, pen.h * 0.1, say("lo", then), pen.h * 0.048, NIGHT, bold=True)
    pen.text("then/en", 60, pen.h * 0.67, width, pen.h * 0.07, then, pen.h * 0.034, NIGHT)
    lines = [line.strip() for line in trouble.reason.splitlines() if line.strip()]
    why = " · ".join(lines[:REASONS]) + (f" (+{len(lines) - REASONS})" if len(lines) > REASONS else "")
    pen.text("trouble/why", 60, pen.h * 0.76, width, pen.h * 0.2, why, pen.h * 0.028, MUTED, rows=4)
