"""How the counter panel looks. Design height 600: NEXT is a third of it; the rest is quiet."""

from collections.abc import Callable
from dataclasses import dataclass

from display.asking import TakeBack, names
from display.booking import Booking, spaced
from display.gestures import DOUBLE_MS
from display.menu import CLOSING, WHICH_DAY, Beside, ForService, Go, tiles, undo_text
from display.names import queue_name
from display.not_taken import TEXT, Seen, Untaken
from display.panel_view import PanelView
from display.presses import Press
from display.screen.asking import ASK, draw_heading, draw_question
from display.screen.clock import shown_time
from display.time_page import PAGES
from onedoor.device.catalogue import Catalogue
from onedoor.device.clock import Clock, local_time
from onedoor.hall.desk import At, Resume, Undo
from onedoor.hall.desk_undo import WORDS
from onedoor.hall.refusals import TEXTS, Refusal
from onedoor.look.alarms import alarm, turn
from onedoor.look.texts import money, say
from onedoor.look.theme import CHAMPA, LATERITE, LEAF, LEAF_2, LINE, MUTED, NIGHT, PALE, PAPER, SAND, WHITE
from onedoor.screen.pen import DEAF_MS, Pen

HEIGHT = 600.0

BUTTONS = (
    ("recall", Press.RECALL, "Recall", (At.WALKING, At.SERVING)),
    ("no_show", Press.NO_SHOW, "No-show", (At.WALKING,)),
    ("end", Press.END, "Finish", (At.SERVING,)),
    ("send", Go("send"), "Send on", (At.WALKING, At.SERVING)),
)
"""Beside the big button, which is the one right act of the moment."""
MANY = 24
"""More tiles than that stand in narrower columns."""
BANDS = {At.WALKING: CHAMPA, At.SERVING: LEAF}


@dataclass(slots=True)
class PanelScreen:
    """Draws a panel's view; `press` takes what a touch means."""

    catalogue: Catalogue
    clock: Clock
    press: Callable[[object], None]

    def draw(self, pen: Pen, view: PanelView) -> None:
        """The panel of this view."""
        pen.box("ground", 0, 0, pen.w, pen.h, PAPER)
        self._head(pen, view)
        # Behind a tile lies the big button: a second tap on the tile, meant to make sure, must not reach it.
        pen.page, pen.deaf_ms = view.menu.page, DEAF_MS if view.menu.page else DOUBLE_MS
        if view.menu.page:
            self._menu(pen, view)
            return
        left = pen.w * 0.62
        self._person(pen, view, left)
        self._check(pen, view, left)
        self._act(pen, view, left)
        self._line(pen, view, left + 18, pen.w - left - 36)

    def _head(self, pen: Pen, view: PanelView) -> None:
        pen.box("head", 0, 0, pen.w, 58, NIGHT)
        pen.text("head/c", 22, 0, 130, 58, f"{say('lo', 'Counter')} {view.counter}", 21, WHITE, bold=True, align="left")
        names = [s.name.lo for q in view.queues if (s := self.catalogue.get(q))]
        if view.alarms:
            self._alarm(pen, view)
        elif view.notice:
            pen.box("notice", 146, 5, pen.w - 460, 48, PAPER, radius=14)
            told = f"{say('lo', 'The head')}: {view.notice}"
            pen.text("notice/t", 158, 5, pen.w - 484, 48, told, 19, NIGHT, bold=True, align="left", rows=2)
        else:
            pen.text("head/q", 150, 0, pen.w - 480, 58, " · ".join(names), 19, PALE, align="left")
        pen.box("head/dot", pen.w - 300, 22, 14, 14, CHAMPA if not view.fresh else "#4ADE80", radius=7)
        state = "connected" if view.fresh else "not connected"
        pen.text("head/s", pen.w - 278, 0, 180, 58, say("lo", state), 18, WHITE, align="left")
        now, _ = shown_time(view.time, self.clock.mono_ms())
        ink = WHITE if view.time.known else CHAMPA if view.open else PALE
        pen.text("head/t", pen.w - 100, 0, 78, 58, now, 20, ink, align="right")

    def _alarm(self, pen: Pen, view: PanelView) -> None:
        """Whoever sees it first goes: a person who needs help, a printer without paper, a box that failed."""
        i, dev, code = turn(view.alarms, self.clock.mono_ms())
        width = pen.w - 460
        many = len(view.alarms) > 1
        room = width - (84 if many else 24)
        pen.box("alarm", 146, 4, width, 50, CHAMPA, radius=14)
        lao, english = queue_name(self.catalogue, dev)
        pen.text("alarm/t", 158, 5, room, 28, f"{lao}: {say('lo', alarm(code))}", 19, NIGHT, bold=True, align="left")
        pen.text("alarm/u", 158, 31, room, 20, f"{english}: {alarm(code)}", 13, NIGHT, align="left")
        if many:
            place = f"{i + 1}/{len(view.alarms)}"
            pen.text("alarm/n", 146 + width - 70, 4, 58, 50, place, 20, NIGHT, bold=True, align="right")

    def _person(self, pen: Pen, view: PanelView, left: float) -> None:
        pen.box("who", 18, 76, left - 18, 132, WHITE, radius=22, line=LINE)
        if not view.open:
            self._empty(pen, left, "Another counter has this number still" if view.me.aside else "closed")
        elif view.paused:
            self._empty(pen, left, "The counter is paused")
        elif view.at is At.ASKING:
            self._empty(pen, left, "Calling…")
        elif not view.label:
            self._empty(pen, left, "Nobody is waiting" if view.nobody else "free")
        else:
            pen.symbol("who/s", 40, 118, 80, view.label)
            pen.text("who/n", 138, 110, left - 382, 98, view.label, 80, NIGHT, bold=True, align="left")
            gone = "--:--"
            if view.since_ms is not None:
                seconds = max(0, self.clock.mono_ms() - view.since_ms) // 1000
                gone = f"{seconds // 60:02d}:{seconds % 60:02d}"
            pen.text("who/t", left - 232, 124, 214, 70, gone, 42, NIGHT, bold=True, align="right")
            word = "walking" if view.at is At.WALKING else "serving"
            pen.box("who/band", 18, 76, left - 18, 34, BANDS[view.at], radius=17)
            ink = NIGHT if view.at is At.WALKING else WHITE
            pen.text(
                "who/state", 38, 76, left - 290, 34, f"{say('lo', word)} · {word}", 19, ink, bold=True, align="left"
            )
            minutes = "?" if view.waited_min is None else view.waited_min
            waited = f"{say('lo', 'waited')} {minutes} {say('lo', 'min')}"
            pen.text("who/w", left - 262, 76, 244, 34, waited, 17, ink, align="right")

    def _empty(self, pen: Pen, left: float, text: str) -> None:
        pen.text("who/e", 40, 84, left - 60, 70, say("lo", text), 40, NIGHT, bold=True)
        pen.text("who/f", 40, 154, left - 60, 40, text, 20, MUTED)

    def _check(self, pen: Pen, view: PanelView, left: float) -> None:
        service = self.catalogue.get(view.service)
        if view.not_taken is not None:
            self._not_taken(pen, view.not_taken, left)
        elif view.refusal:
            pen.box("check", 18, 220, left - 18, 54, CHAMPA, radius=18)
            pen.text("check/t", 38, 220, left - 58, 28, say("lo", TEXTS[Refusal(view.refusal)]), 18, NIGHT, bold=True)
            pen.text("check/u", 38, 248, left - 58, 24, TEXTS[Refusal(view.refusal)], 14, NIGHT)
        elif view.not_booked is not None:
            beside = left / 2 if view.booked is not None else 0.0
            self._not_booked(pen, view.not_booked, 18 + beside, left - 18 - beside)
            if view.booked is not None:
                self._booked(pen, view.booked, beside + 6, view.time.zone)
        elif view.also:
            pen.box("check", 18, 220, left - 18, 54, CHAMPA, radius=18)
            text = "Also called at counter {}: whoever has the person presses Start, the other No-show."
            other = ", ".join(view.also)
            pen.text("check/t", 38, 220, left - 58, 28, say("lo", text).format(other), 16, NIGHT, bold=True)
            pen.text("check/u", 38, 248, left - 58, 24, text.format(other), 13, NIGHT)
        elif view.question:
            pen.box("check", 18, 220, left - 18, 54, LEAF_2, radius=18)
            pen.text("check/t", 38, 220, left - 58, 28, say("lo", view.question), 18, NIGHT, bold=True)
            pen.text("check/u", 38, 248, left - 58, 24, view.question, 14, NIGHT)
        elif view.booked is not None:
            self._booked(pen, view.booked, left, view.time.zone)
        elif view.given_told and view.given is not None:
            self._given(pen, view, left)
        elif view.degraded or not view.fresh:
            pen.box("check", 18, 220, left - 18, 54, SAND, radius=18, line=LATERITE, line_w=2)
            text = say("lo", "No connection. Calling from the last known list.")
            pen.text("check/t", 38, 220, left - 58, 54, text, 19, NIGHT, bold=True, align="left")
        elif view.ask_time:
            text = "One person said the time. Please say it too." if view.time.zero_ms is not None else ASK
            pen.box("press-time", 18, 220, left - 18, 54, SAND, radius=18, line=LATERITE, line_w=2,
                    touch=lambda: self.press(Go("time")))  # fmt: skip
            pen.text("check/t", 38, 220, left - 58, 30, say("lo", text), 18, NIGHT, bold=True, align="left")
            pen.text("check/u", 38, 248, left - 58, 24, text, 14, NIGHT, align="left")
        elif service is not None:
            pen.box("check", 18, 220, left - 18, 54, LEAF_2, radius=18)
            papers = " · ".join(p.lo for p in service.papers)
            fee = f"{money(service.fee_kip)} {say('lo', 'kip')}"
            pen.text(
                "check/t", 38, 220, left - 58, 54, f"{say('lo', 'Check')}: {papers} · {fee}", 19, NIGHT, align="left"
            )

    def _given(self, pen: Pen, view: PanelView, left: float) -> None:
        """What was just answered about people whose day nobody knew, and a tile that takes it back."""
        given, tile = view.given, 176.0
        assert given is not None
        text = "of today" if given.today else "not of today"
        pen.box("check", 18, 220, left - 18, 54, LEAF_2, radius=18)
        pen.text("check/t", 38, 220, left - 68 - tile, 30, f"{names(given.asked)}: {say('lo', text)}", 18, NIGHT,
                 bold=True, align="left")  # fmt: skip
        pen.text("check/u", 38, 248, left - 68 - tile, 24, text, 14, NIGHT, align="left")
        pen.box("press-take-back", left - tile, 220, tile, 54, WHITE, radius=18, line=LINE,
                touch=lambda: self.press(TakeBack()))  # fmt: skip
        pen.text("back/t", left - tile + 6, 222, tile - 12, 30, say("lo", "Take back"), 18, NIGHT, bold=True)
        pen.text("back/u", left - tile + 6, 248, tile - 12, 22, "Take back", 13, MUTED)

    def _booked(self, pen: Pen, booked: tuple[str, int], left: float, zone: str) -> None:
        """The code to write on a slip, in groups that are read aloud."""
        code, at_ms = booked
        pen.box("check", 18, 220, left - 18, 54, LEAF_2, radius=18)
        said = f"{say('lo', 'Appointment')} {spaced(code)} · {local_time(at_ms, zone).strftime('%d/%m %H:%M')}"
        pen.text("check/t", 38, 220, left - 58, 54, said, 24, NIGHT, bold=True, align="left")

    def _not_booked(self, pen: Pen, lost: Booking, x: float, width: float) -> None:
        """Stands until the appointment is made again; a touch offers its times."""
        text, code = "Appointment {} was not taken. Touch here and give a new code.", spaced(lost.code)
        pen.box("press-rebook", x, 220, width, 54, CHAMPA, radius=18,
                touch=lambda: self.press(ForService(lost.service)))  # fmt: skip
        pen.text("rebook/t", x + 12, 220, width - 24, 28, say("lo", text).format(code), 18, NIGHT, bold=True)
        pen.text("rebook/u", x + 12, 248, width - 24, 24, text.format(code), 14, NIGHT)

    def _not_taken(self, pen: Pen, untaken: Untaken, left: float) -> None:
        """What was done here did not happen; a touch says that it was read."""
        pen.box("press-seen", 18, 220, left - 18, 54, CHAMPA, radius=18, line=LATERITE, line_w=3,
                touch=lambda: self.press(Seen()))  # fmt: skip
        lao = f"{say('lo', untaken.what)}: {say('lo', TEXT)} {say('lo', untaken.todo)}"
        pen.text("check/t", 32, 221, left - 46, 34, lao, 17, NIGHT, bold=True, rows=2)
        pen.text("check/u", 32, 254, left - 46, 19, f"{untaken.what}: {TEXT} {untaken.todo}", 12, NIGHT)

    def _act(self, pen: Pen, view: PanelView, left: float) -> None:
        press: object = Press.NEXT if view.open else Press.OPEN
        key, text = ("next", "Next") if view.open else ("open", "Open counter")
        if view.paused:
            press, key, text = Resume(), "resume", "End the pause"
        if view.open and view.at is At.WALKING:
            press, key, text = Press.START, "start", "Start"
        calm = view.at is At.ASKING
        pen.box(f"press-{key}", 18, 288, left - 18, 184, MUTED if calm else LEAF, radius=18,
                touch=lambda: self.press(press))  # fmt: skip
        pen.text("big/lo", 38, 306, left - 58, 90, say("lo", text), 52, WHITE, bold=True)
        pen.text("big/en", 38, 398, left - 58, 48, text, 26, WHITE)
        w = (left - 18 + 12) / len(BUTTONS) - 12
        for i, (act, what, name, when) in enumerate(BUTTONS):
            x = 18 + i * (w + 12)
            on = view.at in when
            pen.box(f"press-{act}", x, 486, w, 98, WHITE if on else SAND, radius=18, line=LINE,
                    touch=(lambda what=what: self.press(what)) if on else None)  # type: ignore[misc]  # fmt: skip
            pen.text(f"b{i}/lo", x + 6, 496, w - 12, 46, say("lo", name), 23, NIGHT if on else MUTED, bold=True)
            pen.text(f"b{i}/en", x + 6, 542, w - 12, 30, name, 15, MUTED)

    def _line(self, pen: Pen, view: PanelView, x: float, w: float) -> None:
        head = f"{say('lo', 'waiting')} {view.waiting}"
        pen.text("line", x, 68, w * 0.5, 38, head, 20, NIGHT, bold=True, align="left")
        pen.text("line2", x + w * 0.5, 68, w * 0.5, 38, "next in order", 16, MUTED, align="right")
        own = view.mine
        if own.served:
            mean = f" · Ø {own.mean_min} {say('lo', 'min')}" if own.mean_min else ""
            when = say("lo", "served today" if own.day else "served since the start")
            told = f"{view.clerk + ': ' if view.clerk else ''}{when} {own.served}{mean}"
            pen.text("own", x, 486, w, 24, told, 15, MUTED, align="left")
        for i, seat in enumerate(view.line):
            y = 112 + i * 75
            pen.box(f"s{i}", x, y, w, 66, CHAMPA if i == 0 and view.fresh else WHITE, radius=14, line=LINE, line_w=2)
            pen.badge(f"s{i}/s", x + 12, y + 12, 42, seat.label)
            pen.text(f"s{i}/n", x + 66, y, w - 190, 66, seat.label, 28, NIGHT, bold=True, align="left")
            waited = f"{'?' if seat.waited_min is None else seat.waited_min} {say('lo', 'min')}"
            pen.text(f"s{i}/t", x + w - 120, y, 106, 46, waited, 19, NIGHT, align="right")
            why = next((c.name.lo for c in self.catalogue.classes if c.id == seat.cls), say("lo", seat.note))
            pen.text(f"s{i}/w", x + w - 190, y + 38, 176, 24, why, 12, MUTED, align="right")
        if not view.line:
            pen.text("line/e", x, 120, w, 50, say("lo", "Nobody is waiting"), 20, MUTED, align="left")
        if view.open:
            self._below(pen, view, x, w)

    def _below(self, pen: Pen, view: PanelView, x: float, w: float) -> None:
        """More, Undo and Close. Undo says what it takes back before it is pressed, and is none without that."""
        last, at = view.me.last, x
        what = f"Undo {WORDS[last.what]}" if last is not None else "Undo"
        for key, text, below, wish, width in (
            ("more", "More", "More", Go("more"), w * 0.25), ("undo", "Undo", what, Undo(), w * 0.41 - 24),
            ("close", "Close counter", "Close counter", Press.CLOSE, w * 0.34),
        ):  # fmt: skip
            on, (y, h), low = key != "undo" or last is not None, (512.0, 44.0), 548.0
            if below != text:
                (y, h), low = (510.0, 28.0), 558.0
            pen.box(f"press-{key}", at, 508, width, 76, WHITE if on else SAND, radius=18, line=LINE,
                    touch=(lambda wish=wish: self.press(wish)) if on else None)  # type: ignore[misc]  # fmt: skip
            pen.text(f"{key}/t", at + 4, y, width - 8, h, say("lo", text), 19, NIGHT if on else MUTED, bold=True)
            pen.text(f"{key}/u", at + 4, low, width - 8, 580 - low, below, 14, MUTED)
            at += width + 12
        if last is not None:
            pen.text("undo/what", x + w * 0.25 + 16, 536, w * 0.41 - 32, 24, undo_text(last, "lo"), 15, NIGHT)

    def _menu(self, pen: Pen, view: PanelView) -> None:
        """The open page: its tiles in rows, what was typed above them."""
        given = (view.given.asked, view.given.today) if view.given is not None else None
        offered = tiles(
            view.menu, view.me, self.catalogue, Beside(view.clerks, view.offer, view.asks, given, view.reach)
        )
        top = 76.0
        if view.menu.page == WHICH_DAY:
            draw_question(pen, view, offered, self.press)
            return
        if view.menu.page in PAGES:
            top = draw_heading(pen, view, self.clock.mono_ms(), top)
        if view.menu.page == CLOSING:
            text = "{} is still at this counter"
            pen.text("typed", 18, top, pen.w - 36, 46, say("lo", text).format(view.label), 28, NIGHT, bold=True)
            pen.text("typed/u", 18, top + 44, pen.w - 36, 28, text.format(view.label), 17, MUTED)
            top += 78
        if view.menu.page in ("clerk", "pin"):
            asked = f"{view.menu.who}  {'•' * len(view.menu.typed)}" if view.menu.page == "pin" else ""
            told = (
                TEXTS[Refusal(view.refusal)] if view.refusal else "" if view.menu.typed else "Who opens this counter?"
            )
            ask = f"{asked}  {say('lo', told) if told else ''}".strip()
            pen.text("typed", 18, top, pen.w - 36, 70, ask, 30, NIGHT, bold=True)
            top += 78
        if view.menu.page in ("number", "why"):
            typed = view.menu.typed or say("lo", "Type the number")
            pen.text("typed", 18, top, pen.w - 36, 70, typed, 44 if view.menu.typed else 26, NIGHT, bold=True)
            top += 78
        few = 3 if len(offered) <= 9 else 4 if len(offered) <= MANY else 6
        columns = {"number": 9, "pin": 4, "hour": 6, "minute": 4, "sure": 4, "time": 4}.get(view.menu.page, few)
        rows = -(-len(offered) // columns)
        gap = 12.0
        w, h = (pen.w - 36 - gap * (columns - 1)) / columns, min(150.0, (pen.h - top - 18) / rows - gap)
        for i, tile in enumerate(offered):
            x, y = 18 + (i % columns) * (w + gap), top + (i // columns) * (h + gap)
            back = tile.key == "back"
            fill = CHAMPA if tile.on else SAND if back else WHITE
            wish = tile.wish
            pen.box(f"menu-{tile.key}", x, y, w, h, fill, radius=16, line=LINE,
                    touch=lambda wish=wish: self.press(wish))  # type: ignore[misc]  # fmt: skip
            name = " ".join(part for part in (tile.plain, say("lo", tile.text) if tile.text else "") if part)
            english = tile.text.replace("_", " ") or tile.under
            at, tall = (0.12, 0.5) if english else (0.0, 1.0)
            pen.text(f"menu/{i}/t", x + 6, y + h * at, w - 12, h * tall, name, 24, NIGHT, bold=True)
            pen.text(f"menu/{i}/u", x + 6, y + h * 0.62, w - 12, h * 0.28, english, 14, MUTED)
