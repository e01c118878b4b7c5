"""How the kiosk's screens look. Design height 800; every width from 4:3 to 21:9 works.

One act in the middle; the second language under the first; the same foot on every screen; champa
yellow marks one thing. What is being served is shown before anybody touches.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.core import CODE_LENGTH, Appointment, Back, Begin, Choose, Digit, Done, KioskView, SayClass, Speak
from kiosk.flow import Screen
from onedoor.device.catalogue import Catalogue, Service
from onedoor.hall.refusals import TEXTS, Refusal
from onedoor.look.texts import LANGUAGES, say
from onedoor.look.theme import (
    CHAMPA,
    LATERITE,
    LEAF,
    LEAF_2,
    LINE,
    MUTED,
    NIGHT,
    NIGHT_2,
    PALE,
    PAPER,
    SAND,
    STALE,
    WHITE,
)
from onedoor.screen.pen import Pen

HEIGHT = 800.0


@dataclass(slots=True)
class KioskScreen:
    """Draws a kiosk's view; `wish` takes what a touch means."""

    catalogue: Catalogue
    title_lo: str
    title_en: str
    wish: Callable[[object], None]

    def draw(self, pen: Pen, view: KioskView) -> None:
        """The screen of this view."""
        match view.screen:
            case Screen.STARTING:
                self._starting(pen, view)
            case Screen.WELCOME:
                self._welcome(pen, view)
            case Screen.SERVICES:
                self._services(pen, view)
            case Screen.PRINTING | Screen.ISSUED:
                self._issued(pen, view)
            case Screen.CODE:
                self._code(pen, view)
            case Screen.FAULT:
                self._fault(pen)

    def _halves(self, pen: Pen) -> tuple[float, float]:
        """The dark half with the center's name, and how wide it and the half beside it are."""
        side = max(380.0, pen.w * 0.32)
        main = pen.w - side
        pen.box("ground", 0, 0, main, pen.h, NIGHT)
        pen.image("logo", 36, 44, 88, "logo")
        pen.text("title", 140, 42, main - 160, 50, self.title_lo, 31, WHITE, bold=True, align="left")
        pen.text("title2", 140, 92, main - 160, 34, self.title_en, 21, PALE, align="left")
        return main, side

    def _welcome(self, pen: Pen, view: KioskView) -> None:
        main, side = self._halves(pen)
        pen.box("begin", 60, 178, main - 120, 330, CHAMPA, radius=36, touch=lambda: self.wish(Begin()))
        pen.text(
            "begin/lo",
            80,
            230,
            main - 160,
            130,
            say(view.lang, "Touch to take a ticket"),
            66 if pen.w > pen.h else 44,
            NIGHT,
            bold=True,
        )
        other = "en" if view.lang == "lo" else "lo"
        pen.text(
            "begin/en",
            80,
            360,
            main - 160,
            60,
            say(other, "Touch to take a ticket"),
            36 if pen.w > pen.h else 26,
            NIGHT,
        )
        width = (main - 120 + 16) / len(LANGUAGES) - 16
        for i, (lang, name) in enumerate(LANGUAGES.items()):
            on = lang == view.lang
            x = 60 + i * (width + 16)
            pen.box(f"lang-{lang}", x, 548, width, 112, CHAMPA if on else NIGHT_2, radius=18,
                    touch=lambda lang=lang: self.wish(Speak(lang)))  # type: ignore[misc]  # fmt: skip
            pen.text(f"lang-{lang}/t", x, 548, width, 112, name, 31, NIGHT if on else WHITE, bold=True)
        if not view.fresh:
            pen.text(
                "lost",
                60,
                690,
                main - 120,
                60,
                say(view.lang, "The hall is not connected. Your number still counts."),
                22,
                PALE,
            )
        self._now_serving(pen, view, main, side)

    def _starting(self, pen: Pen, view: KioskView) -> None:
        """After a power cut: at most a minute, and what goes on in the hall is shown meanwhile."""
        main, side = self._halves(pen)
        big = 54 if pen.w > pen.h else 36
        pen.text("wait/lo", 60, 250, main - 120, 110, say("lo", "One moment, please"), big, WHITE, bold=True)
        pen.text("wait/en", 60, 360, main - 120, 60, "One moment, please", big * 0.6, PALE)
        until = say(view.lang, "The power was gone. Tickets are back within a minute.")
        pen.text("wait/why", 60, 470, main - 120, 60, until, 24, PALE)
        self._now_serving(pen, view, main, side)

    def _now_serving(self, pen: Pen, view: KioskView, x: float, side: float) -> None:
        pen.box("side", x, 0, side, pen.h, PAPER)
        x, w = x + 32, side - 64
        ink = NIGHT if view.fresh else MUTED
        pen.text("now", x, 36, w, 44, say(view.lang, "Now serving"), 27, ink, bold=True, align="left")
        pen.text(
            "now2",
            x,
            78,
            w,
            30,
            "Now serving" if view.lang == "lo" else say("lo", "Now serving"),
            18,
            MUTED,
            align="left",
        )
        for i, (label, counter) in enumerate(view.called):
            y = 122 + i * 112
            pen.box(f"call{i}", x, y, w, 98, WHITE if view.fresh else SAND, radius=18, line=LINE, line_w=2)
            pen.symbol(f"call{i}/s", x + 18, y + 25, 48, label)
            pen.text(f"call{i}/n", x + 80, y, w - 210, 98, label, 44, ink, bold=True, align="left")
            pen.image(f"call{i}/a", x + w - 118, y + 32, 34, "icon-right", ink)
            pen.text(f"call{i}/c", x + w - 78, y, 60, 98, counter, 44, ink, bold=True)
        if not view.called:
            pen.text("none", x, 130, w, 60, say(view.lang, "Nobody has been called yet"), 22, MUTED, align="left")
        busy = sorted(view.waiting, key=lambda item: -item[1])[:4]
        pen.text(
            "wait",
            x,
            488,
            w,
            40,
            say(view.lang, "waiting") if view.lang == "lo" else "Waiting",
            23,
            ink,
            bold=True,
            align="left",
        )
        for i, (service_id, count) in enumerate(busy):
            service = self.catalogue.get(service_id)
            if service is None:
                continue
            y = 532 + i * 58
            pen.image(f"w{i}/i", x, y + 8, 40, f"icon-{service.pictogram}", ink)
            pen.text(f"w{i}/n", x + 56, y, w - 120, 56, service.name.of(view.lang), 24, ink, bold=True, align="left")
            pen.text(
                f"w{i}/c", x + w - 70, y, 70, 56, str(count) if view.fresh else "-", 30, ink, bold=True, align="right"
            )

    def _services(self, pen: Pen, view: KioskView) -> None:
        pen.box("ground", 0, 0, pen.w, pen.h, PAPER)
        other = "en" if view.lang == "lo" else "lo"
        pen.image("logo", 36, 34, 76, "logo")
        pen.box("logo/ring", 36, 34, 76, 76, radius=38, line=LINE, line_w=2)
        pen.text(
            "ask",
            130,
            28,
            pen.w - 170,
            58,
            say(view.lang, "What do you need today?"),
            41,
            NIGHT,
            bold=True,
            align="left",
        )
        pen.text("ask2", 130, 84, pen.w - 170, 36, say(other, "What do you need today?"), 22, MUTED, align="left")
        columns = 4 if pen.w > pen.h else 2
        services = self.catalogue.services[:8]
        rows = -(-len(services) // columns)
        gap = 18.0
        w = (pen.w - 80 - gap * (columns - 1)) / columns
        low = 0.0 if pen.w > pen.h or not self.catalogue.classes else 106.0
        h = (pen.h - 144 - 146 - low - gap * (rows - 1)) / rows
        closed = dict(view.closed)
        for i, service in enumerate(services):
            x, y = 40 + (i % columns) * (w + gap), 144 + (i // columns) * (h + gap)
            self._tile(pen, service, view.lang, (x, y, w, h), closed.get(service.id, ""))
        self._foot(pen, view)
        if self.catalogue.classes:
            self._first(pen, view, low)

    def _code(self, pen: Pen, view: KioskView) -> None:
        """The code of an appointment: five digits, large keys."""
        other = "en" if view.lang == "lo" else "lo"
        asked = "Type the code of your appointment"
        pen.box("ground", 0, 0, pen.w, pen.h, PAPER)
        pen.text("ask", 40, 28, pen.w - 80, 58, say(view.lang, asked), 41, NIGHT, bold=True)
        pen.text("ask2", 40, 84, pen.w - 80, 36, say(other, asked), 22, MUTED)
        shown = " ".join(view.code.ljust(CODE_LENGTH, "_"))
        pen.text("code", 40, 128, pen.w - 80, 90, shown, 64, NIGHT, bold=True)
        side, gap = 96.0, 14.0
        x0 = pen.w / 2 - (3 * side + 2 * gap) / 2
        for i, key in enumerate(("1", "2", "3", "4", "5", "6", "7", "8", "9", "<", "0")):
            x, y = x0 + (i % 3) * (side + gap), 228 + (i // 3) * (side + gap)
            pen.box(f"key-{key}", x, y, side, side, SAND if key == "<" else WHITE, radius=20, line=LINE,
                    touch=lambda key=key: self.wish(Digit(key)))  # type: ignore[misc]  # fmt: skip
            pen.text(f"key-{key}/t", x, y, side, side, key, 44, NIGHT, bold=True)
        self._foot(pen, view)

    def _first(self, pen: Pen, view: KioskView, low: float) -> None:
        """Who may come first says so himself; nobody is asked to."""
        first, other = self.catalogue.classes[0], "en" if view.lang == "lo" else "lo"
        on = view.cls == first.id
        x, w = (40.0, pen.w - 80) if low else (444.0, pen.w - 812)
        y = pen.h - 122 - low
        said = SayClass("N" if on else first.id)
        pen.box("first", x, y, w, 88, CHAMPA if on else WHITE, radius=20, line=LINE, line_w=2,
                touch=lambda: self.wish(said))  # fmt: skip
        pen.image("first/i", x + 20, y + 22, 44, "icon-check" if on else "icon-help", NIGHT)
        pen.text("first/t", x + 76, y + 8, w - 92, 42, first.name.of(view.lang), 20, NIGHT, bold=True, align="left")
        pen.text("first/u", x + 76, y + 50, w - 92, 30, first.name.of(other), 15, MUTED, align="left")

    def _tile(
        self, pen: Pen, service: Service, lang: str, place: tuple[float, float, float, float], closed: str
    ) -> None:
        x, y, w, h = place
        key = f"service-{service.id}"
        other = "en" if lang == "lo" else "lo"
        touch = None if closed else lambda: self.wish(Choose(service.id))
        pen.box(key, x, y, w, h, SAND if closed else WHITE, radius=26, line=LINE, touch=touch)
        icon = min(108.0, h * 0.44)
        ink = MUTED if closed else NIGHT
        picture = "icon-clock" if closed else f"icon-{service.pictogram}"
        pen.image(f"{key}/i", x + (w - icon) / 2, y + h * 0.1, icon, picture, MUTED if closed else LEAF)
        pen.text(f"{key}/n", x + 12, y + h * 0.57, w - 24, 50, service.name.of(lang), 31, ink, bold=True)
        below = say(lang, TEXTS[Refusal(closed)]) if closed else service.name.of(other)
        pen.text(f"{key}/m", x + 12, y + h * 0.57 + 48, w - 24, 34, below, 20, MUTED)

    def _foot(self, pen: Pen, view: KioskView) -> None:
        y = pen.h - 122
        for key, x, w, icon, text, wish in (
            ("back", 40.0, 176.0, "icon-back", "Back", Back()),
            ("appointment", 232.0, 196.0, "icon-clock", "Appointment", Appointment()),
        ):
            pen.box(key, x, y, w, 88, SAND, radius=20, touch=lambda wish=wish: self.wish(wish))  # type: ignore[misc]
            pen.image(f"{key}/i", x + 24, y + 24, 40, icon, NIGHT)
            pen.text(f"{key}/t", x + 72, y, w - 88, 88, say(view.lang, text), 24, NIGHT, bold=True, align="left")
        for i, (lang, name) in enumerate(reversed(LANGUAGES.items())):
            on = lang == view.lang
            x = pen.w - 40 - (i + 1) * 150 + i * -14
            pen.box(f"lang-{lang}", x, y, 150, 88, CHAMPA if on else SAND, radius=20,
                    touch=lambda lang=lang: self.wish(Speak(lang)))  # type: ignore[misc]  # fmt: skip
            pen.text(f"lang-{lang}/t", x, y, 150, 88, name, 26, NIGHT, bold=True)

    def _issued(self, pen: Pen, view: KioskView) -> None:
        other = "en" if view.lang == "lo" else "lo"
        failed = bool(view.fault)
        pen.box("ground", 0, 0, pen.w, pen.h, LEAF_2 if not failed else SAND)
        pen.text("your", 40, 60, pen.w - 80, 62, say(view.lang, "Your number"), 40, NIGHT, bold=True)
        w = min(pen.w - 120, 1000)
        x = (pen.w - w) / 2
        pen.box("card", x, 134, w, 290, WHITE, radius=44, line=LEAF if not failed else LATERITE, line_w=4)
        pen.symbol("card/s", x + 60, 184, 190, view.label)
        pen.text("card/n", x + 270, 134, w - 310, 290, view.label, 205, NIGHT, bold=True)
        service = self.catalogue.get(view.service)
        name = f"{service.name.of(view.lang)} · {service.name.of(other)}" if service else ""
        pen.text("name", 40, 436, pen.w - 80, 54, name, 31, NIGHT, bold=True)
        if view.ahead is not None:
            pen.box("ahead", pen.w / 2 - 170, 500, 340, 122, WHITE, radius=24)
            pen.text("ahead/n", pen.w / 2 - 160, 504, 120, 114, str(view.ahead), 62, NIGHT, bold=True)
            pen.text(
                "ahead/t",
                pen.w / 2 - 40,
                516,
                200,
                50,
                say(view.lang, "people before you"),
                25,
                NIGHT,
                bold=True,
                align="left",
            )
            pen.text("ahead/u", pen.w / 2 - 40, 562, 200, 34, say(other, "people before you"), 18, MUTED, align="left")
        if failed:
            text, color = "No paper this time. Your number is valid: remember it.", LATERITE
        elif view.screen is Screen.PRINTING:
            text, color = "Printing, please wait for your ticket", NIGHT
        else:
            text, color = "Please take your ticket", LEAF
        pen.image("state/i", 60, 648, 46, "icon-warn" if failed else "icon-print", color)
        pen.text("state", 124, 634, pen.w - 420, 46, say(view.lang, text), 27, color, bold=True, align="left")
        pen.text(
            "state2", 124, 678, pen.w - 420, 34, say(other, text), 20, MUTED if not failed else NIGHT, align="left"
        )
        if view.screen is Screen.ISSUED:
            pen.box("done", pen.w - 280, 632, 220, 104, LEAF, radius=24, touch=lambda: self.wish(Done()))
            pen.text("done/t", pen.w - 280, 632, 220, 104, say(view.lang, "Done"), 34, WHITE, bold=True)

    def _fault(self, pen: Pen) -> None:
        pen.box("ground", 0, 0, pen.w, pen.h, STALE)
        pen.image("fault/i", pen.w / 2 - 80, 200, 160, "icon-warn", LATERITE)
        text = "This kiosk is out of order. Please ask the staff."
        pen.text("fault", 60, 400, pen.w - 120, 80, say("lo", text), 44, NIGHT, bold=True)
        pen.text("fault2", 60, 480, pen.w - 120, 50, text, 28, NIGHT)
