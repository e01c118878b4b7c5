"""How the hall board looks. Design height 1080. Nothing moves but a new call.

The announced call is one size up, in the only warm color; all calls stand in rows, newest first. When the hub is
lost, the data turn gray and a line says since when. A board of a closed center is a clock.
"""

from dataclasses import dataclass

from display.board import BoardView, Line
from display.names import queue_name, some
from display.screen.clock import shown_time
from onedoor.device.catalogue import Catalogue
from onedoor.device.clock import Clock, local_time
from onedoor.look.texts import say
from onedoor.look.theme import CHAMPA, NIGHT, NIGHT_2, PALE, PAPER, STALE, WHITE
from onedoor.screen.pen import Pen

HEIGHT = 1080.0
EDGE = 44.0
FOOT = 78.0
TURNED = {"left": "icon-left", "right": "icon-right", "up": "icon-up", "down": "icon-down", "ahead": "icon-up"}
CAUSES = {
    "priority": "priority", "appointment": "appointment", "transferred_first": "sent on first", "parked": "was parked",
    "returned": "returned", "out_of_order": "by the clerk, with a reason",
}  # fmt: skip
LABELS, NAMES = 22, 60
"""So many letters of labels, and of names of queues, have room in a line."""
RULE = "First come, first called. Appointments near their time; elderly, disabled and pregnant people may go first."


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
        if view.asleep:
            self._asleep(pen, view)
            return
        pen.image("logo", 40, 34, 90, "logo")
        pen.text("title", 150, 30, pen.w - 420, 56, self.title_lo, 39, WHITE, bold=True, align="left")
        pen.text("title2", 150, 86, pen.w - 420, 38, self.title_en, 24, PALE, align="left")
        if view.time.zero_ms is not None:
            now, _ = shown_time(view.time, self.clock.mono_ms())
            ink = WHITE if view.time.known else STALE
            pen.text("clock", pen.w - 284, 36, 240, 84, now, 66, ink, bold=True, align="right")
        wide = pen.w > pen.h
        left = pen.w * 0.62 if wide else pen.w - 2 * EDGE
        bottom = pen.h - FOOT - 20 if wide else pen.h * 0.55
        bottom = self._words(pen, view, EDGE, bottom, left)
        self._calls(pen, view, EDGE, 150, left, bottom)
        if wide:
            self._aside(pen, view, EDGE + left + 36, 150, pen.w - left - 124, pen.h - FOOT - 20)
        else:
            self._aside(pen, view, EDGE, pen.h * 0.55 + 20, left, pen.h - FOOT - 20)
        self._foot(pen, view)

    def _asleep(self, pen: Pen, view: BoardView) -> None:
        """Nobody waits and every counter is closed."""
        pen.image("logo", pen.w / 2 - 75, pen.h * 0.16, 150, "logo")
        if view.time.zero_ms is not None:
            now, date = shown_time(view.time, self.clock.mono_ms())
            ink = PALE if view.time.known else STALE
            pen.text("clock", 0, pen.h * 0.34, pen.w, 260, now, 220, ink, bold=True)
            pen.text("date", 0, pen.h * 0.34 + 260, pen.w, 70, date, 44, ink)
        pen.text("title", EDGE, pen.h * 0.74, pen.w - 2 * EDGE, 70, self.title_lo, 44, WHITE, bold=True)
        pen.text("title2", EDGE, pen.h * 0.74 + 76, pen.w - 2 * EDGE, 46, self.title_en, 28, PALE)
        closed = f"{say('lo', 'The center is closed now.')}  ·  The center is closed now."
        pen.text("closed", EDGE, pen.h * 0.74 + 140, pen.w - 2 * EDGE, 46, closed, 28, PALE)

    # -- calls --------------------------------------------------------------------------------------

    def _calls(self, pen: Pen, view: BoardView, x: float, y: float, w: float, bottom: float) -> None:
        if view.loud is None:
            pen.box("none", x, y, w, 300, NIGHT_2, radius=28)
            pen.text("none/t", x + 40, y + 60, w - 80, 100, say("lo", "Welcome"), 74, WHITE, bold=True)
            pen.text("none/u", x + 40, y + 170, w - 80, 60, say("lo", "Nobody has been called yet"), 34, PALE)
            return
        self._loud(pen, view, view.loud, x, y, w)
        rows = [line for line in view.calls if (line.label, line.order) != (view.loud.label, view.loud.order)]
        across = 2 if view.crowded else 1
        h = 116.0 if view.crowded else 140.0
        each = (w - 20 * (across - 1)) / across
        room = int((bottom - y - 320 + 20) // (h + 20)) * across
        for i, line in enumerate(rows[: max(0, room)]):
            place = (x + i % across * (each + 20), y + 320 + i // across * (h + 20), each, h)
            self._row(pen, view, f"c{i}", line, *place)

    def _loud(self, pen: Pen, view: BoardView, call: Line, x: float, y: float, w: float) -> None:
        h = 300.0
        pen.box("c", x, y, w, h, CHAMPA if view.fresh else STALE, radius=28)
        disk = 210.0
        pen.badge("c/s", x + 44, y + (h - disk) / 2, disk, call.label)
        pen.text("c/n", x + disk + 80, y, w - disk - 480, h, call.label, 190, NIGHT, bold=True, align="left")
        side = dict(view.sides).get(call.counter, "right")
        pen.image("c/a", x + w - 350, y + (h - 110) / 2, 110, TURNED[side], NIGHT)
        pen.text("c/w", x + w - 220, y + 22, 180, 54, say("lo", "Counter"), 38, NIGHT, bold=True)
        pen.text("c/c", x + w - 220, y + 62, 180, 220, call.counter, 180, NIGHT, bold=True)

    def _row(
        self, pen: Pen, view: BoardView, key: str, call: Line, x: float, y: float, w: float, h: float
    ) -> None:  # fmt: skip
        ink = WHITE if view.fresh else STALE
        pen.box(key, x, y, w, h, NIGHT_2, radius=28)
        disk = h * 0.76
        pen.badge(f"{key}/s", x + 24, y + (h - disk) / 2, disk, call.label)
        size = 96 if h > 120 else 72
        end = 230 if h > 120 else 170
        pen.text(f"{key}/n", x + disk + 50, y, w - disk - end - 60, h, call.label, size, ink, bold=True, align="left")
        side = dict(view.sides).get(call.counter, "right")
        arrow = h * 0.5
        pen.image(f"{key}/a", x + w - end, y + (h - arrow) / 2, arrow, TURNED[side], ink)
        pen.text(f"{key}/c", x + w - end + arrow + 10, y, end - arrow - 30, h, call.counter, size, ink, bold=True)

    def _words(self, pen: Pen, view: BoardView, x: float, bottom: float, w: float) -> float:
        """Lines for people whose call did not go as it should, one of each kind, and for those who wait for nobody,
        which nothing hides; where the rows have to end.
        """
        met = [f"{label}  ·  {' / '.join(counters)}" for label, counters in view.asked]
        told = [
            (some(view.back, LABELS), "was called too early: please wait, you will be called again"),
            (some(met, LABELS), "was called at two counters: go to either one"),
        ]
        told = [line for line in told if line[0]]
        if view.unserved and view.fresh:
            bottom = self._unserved(pen, view, x, bottom - 92, w)
        for i, (label, text) in enumerate(told):
            top = bottom - 92 * (i + 1)
            pen.box(f"told{i}", x, top, w, 80, PAPER, radius=20)
            pen.text(f"told{i}/n", x + 24, top, w * 0.24, 80, label, 36, NIGHT, bold=True, align="left")
            at = x + 30 + w * 0.26
            pen.text(f"told{i}/t", at, top + 4, w * 0.7, 42, say("lo", text), 26, NIGHT, bold=True, align="left")
            pen.text(f"told{i}/u", at, top + 44, w * 0.7, 32, text, 19, NIGHT, align="left")
        return bottom - 92 * len(told)

    def _unserved(self, pen: Pen, view: BoardView, x: float, top: float, w: float) -> float:
        """For what people wait in vain, as things are; where it begins."""
        names = [queue_name(self.catalogue, queue)[0] for queue in view.unserved]
        text = "no counter is open for this yet"
        pen.box("alone", x, top, w, 80, PAPER, radius=20)
        told = some(names, NAMES, view.unserved_more)
        pen.text("alone/n", x + 24, top + 4, w - 48, 44, told, 30, NIGHT, bold=True, align="left")
        pen.text("alone/t", x + 24, top + 46, w * 0.58, 32, say("lo", text), 24, NIGHT, bold=True, align="left")
        pen.text("alone/u", x + 36 + w * 0.58, top + 46, w * 0.42 - 60, 32, text, 19, NIGHT, align="left")
        return top

    # -- beside them ----------------------------------------------------------------------------------

    def _aside(self, pen: Pen, view: BoardView, x: float, y: float, w: float, bottom: float) -> None:
        """Who waits, or a picture; below it the figures of the day."""
        if view.day is not None and view.day.called:
            bottom -= 132
            self._figures(pen, view, x, bottom + 12, w)
        if view.picture:
            pen.photo("picture", x, y, w, bottom - y - 12, view.picture)
            return
        pen.text(
            "wait", x, y, w, 54, say("lo", "waiting"), 36, CHAMPA if view.fresh else STALE, bold=True, align="left"
        )
        ink = WHITE if view.fresh else STALE
        room = int((bottom - y - 66) // 92)
        for i, (service_id, count) in enumerate(_most(view.waiting, room)):
            service = self.catalogue.get(service_id)
            if service is None:
                continue
            top = y + 62 + i * 92
            pen.image(f"w{i}/i", x, top + 18, 56, f"icon-{service.pictogram}", ink)
            pen.text(f"w{i}/n", x + 80, top + 4, w - 190, 52, service.name.lo, 33, ink, bold=True, align="left")
            pen.text(f"w{i}/e", x + 80, top + 52, w - 190, 32, service.name.en, 20, PALE, align="left")
            pen.text(f"w{i}/c", x + w - 100, top, 100, 88, str(count), 52, ink, bold=True, align="right")
            pen.box(f"w{i}/l", x, top + 90, w, 2, NIGHT_2)

    def _figures(self, pen: Pen, view: BoardView, x: float, y: float, w: float) -> None:
        """The share that was called in the time promised, and how often the order was changed, and why."""
        day = view.day
        assert day is not None
        pen.box("day", x, y, w, 120, NIGHT_2, radius=20)
        ink = WHITE if view.fresh else STALE
        share = f"{day.within * 100 // day.called}%"
        pen.text("day/s", x + 20, y + 8, 118, 54, share, 40, CHAMPA if view.fresh else STALE, bold=True, align="left")
        text = f"{say('lo', 'called in the time promised')} ({day.within}/{day.called})"
        pen.text("day/t", x + 146, y + 8, w - 160, 54, text, 24, ink, align="left")
        changed = sum(n for _, n in day.causes)
        why = ", ".join(f"{say('lo', CAUSES.get(c, c))} {n}" for c, n in day.causes)
        text = f"{say('lo', 'Order changed')} {changed}" + (f": {why}" if why else "")
        pen.text("day/o", x + 20, y + 62, w - 40, 54, text, 22, PALE, align="left", rows=2)

    def _foot(self, pen: Pen, view: BoardView) -> None:
        y = pen.h - FOOT
        if view.fresh:
            pen.box("foot", 0, y, pen.w, FOOT, PAPER)
            if view.ticker:
                pen.text("foot/t", EDGE, y, pen.w - 2 * EDGE, FOOT, view.ticker, 30, NIGHT, align="left")
                return
            pen.text("foot/t", EDGE, y + 2, pen.w - 2 * EDGE, 46, say("lo", RULE), 27, NIGHT, align="left")
            pen.text("foot/u", EDGE, y + 44, pen.w - 2 * EDGE, 32, RULE, 19, NIGHT, align="left")
            return
        pen.box("foot", 0, y, pen.w, FOOT, STALE)
        mono = self.clock.mono_ms()
        lost = view.lost_ms if view.lost_ms is not None else mono
        at_ms = view.time.at(lost)
        if at_ms is not None and view.time.known:
            text, what = "Not connected since", local_time(at_ms, view.time.zone).strftime("%H:%M:%S")
            told = f"{say('lo', text)} {what}  ·  {text} {what}"
        else:
            minutes = max(0, mono - lost) // 60_000
            text = "Not connected for {} min"
            told = f"{say('lo', text).format(minutes)}  ·  {text.format(minutes)}"
        pen.text("foot/t", EDGE, y, pen.w - 2 * EDGE, FOOT, told, 32, NIGHT, bold=True, align="left")


def _most(waiting: tuple[tuple[str, int], ...], room: int) -> list[tuple[str, int]]:
    """As many services as there is room for: those where somebody waits first, in the catalogue's order."""
    if len(waiting) <= room:
        return list(waiting)
    chosen = {service for service, _ in sorted(waiting, key=lambda pair: -pair[1])[:room]}
    return [pair for pair in waiting if pair[0] in chosen]
