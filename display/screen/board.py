"""How the hall board looks. Design height 1080. Nothing moves but a new call.

The newest call is one size up, in the only warm color. When the hub is lost, the data turn gray and
a line says since when.
"""

from dataclasses import dataclass

from display.board import BoardView
from onedoor.device.catalogue import Catalogue
from onedoor.device.clock import Clock, local_time
from onedoor.look.texts import say
from onedoor.look.theme import CHAMPA, NIGHT, NIGHT_2, PALE, PAPER, STALE, WHITE
from onedoor.screen.pen import Pen

HEIGHT = 1080.0


@dataclass(slots=True)
class BoardScreen:
    """Draws the board's view."""

    catalogue: Catalogue
    title_lo: str
    title_en: str
    clock: Clock

    def draw(self, pen: Pen, view: BoardView) -> None:
        """The board of this view."""
        pen.box("ground", 0, 0, pen.w, pen.h, NIGHT)
        pen.image("logo", 40, 34, 90, "logo")
        pen.text("title", 150, 30, pen.w - 420, 56, self.title_lo, 39, WHITE, bold=True, align="left")
        pen.text("title2", 150, 86, pen.w - 420, 38, self.title_en, 24, PALE, align="left")
        now = local_time(self.clock.wall_ms()).strftime("%H:%M")
        pen.text("clock", pen.w - 264, 36, 220, 84, now, 66, WHITE, bold=True, align="right")
        wide = pen.w > pen.h
        left = pen.w * 0.62 if wide else pen.w - 88
        self._calls(pen, view, 44, 160, left)
        if wide:
            self._waiting(pen, view, 44 + left + 36, 150, pen.w - left - 124)
        elif pen.h > 1_800:
            self._waiting(pen, view, 44, 1_000, left)
        self._foot(pen, view)

    def _calls(self, pen: Pen, view: BoardView, x: float, y: float, w: float) -> None:
        if not view.calls:
            pen.box("none", x, y, w, 300, NIGHT_2, radius=28)
            pen.text("none/t", x + 40, y + 60, w - 80, 100, say("lo", "Welcome"), 74, WHITE, bold=True)
            pen.text("none/u", x + 40, y + 170, w - 80, 60, say("lo", "Nobody has been called yet"), 34, PALE)
        for i, call in enumerate(view.calls):
            first = i == 0
            h = 300.0 if first else 140.0
            top = y if first else y + 320 + (i - 1) * 160
            warm = CHAMPA if view.fresh else STALE
            pen.box(f"c{i}", x, top, w, h, warm if first else NIGHT_2, radius=28)
            ink = NIGHT if first else (WHITE if view.fresh else STALE)
            disk = 210.0 if first else 106.0
            pen.badge(f"c{i}/s", x + 44, top + (h - disk) / 2, disk, call.label)
            room = w - disk - 44 - 36 - (400 if first else 290)
            pen.text(
                f"c{i}/n", x + disk + 80, top, room, h, call.label, 190 if first else 96, ink, bold=True, align="left"
            )
            arrow = 110.0 if first else 72.0
            pen.image(f"c{i}/a", x + w - (350 if first else 260), top + (h - arrow) / 2, arrow, "icon-right", ink)
            if first:
                pen.text("c0/w", x + w - 220, top + 22, 180, 54, say("lo", "Counter"), 38, ink, bold=True)
                pen.text("c0/c", x + w - 220, top + 62, 180, 220, call.counter, 180, ink, bold=True)
            else:
                pen.text(f"c{i}/c", x + w - 170, top, 130, h, call.counter, 104, ink, bold=True)

    def _waiting(self, pen: Pen, view: BoardView, x: float, y: float, w: float) -> None:
        pen.text("wait", x, y, w, 54, say("lo", "waiting"), 36, CHAMPA, bold=True, align="left")
        ink = WHITE if view.fresh else STALE
        for i, (service_id, count) in enumerate(view.waiting[:7]):
            service = self.catalogue.get(service_id)
            if service is None:
                continue
            top = y + 66 + i * 102
            pen.image(f"w{i}/i", x, top + 20, 58, f"icon-{service.pictogram}", ink)
            pen.text(f"w{i}/n", x + 82, top + 6, w - 190, 56, service.name.lo, 35, ink, bold=True, align="left")
            pen.text(f"w{i}/e", x + 82, top + 56, w - 190, 34, service.name.en, 21, PALE, align="left")
            pen.text(f"w{i}/c", x + w - 100, top, 100, 96, str(count), 54, ink, bold=True, align="right")
            pen.box(f"w{i}/l", x, top + 98, w, 2, NIGHT_2)

    def _foot(self, pen: Pen, view: BoardView) -> None:
        y = pen.h - 78
        if view.fresh:
            text = "Please have your papers ready and watch this board for your number."
            pen.box("foot", 0, y, pen.w, 78, PAPER)
            pen.text("foot/t", 44, y, pen.w - 88, 78, f"{say('lo', text)}  ·  {text}", 28, NIGHT, align="left")
        else:
            since = local_time(view.lost_wall_ms or self.clock.wall_ms()).strftime("%H:%M:%S")
            pen.box("foot", 0, y, pen.w, 78, STALE)
            text = "Not connected since"
            pen.text(
                "foot/t",
                44,
                y,
                pen.w - 88,
                78,
                f"{say('lo', text)} {since}  ·  {text} {since}",
                32,
                NIGHT,
                bold=True,
                align="left",
            )
