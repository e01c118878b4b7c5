"""What all of the kiosk's screens share: the head with the languages, the same foot everywhere, the count-down.

Every place that can be touched is at least TOUCH high and wide: on a screen 136 mm high (10 inches) that is 18 mm.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk import wishes as w
from kiosk.view import KioskView
from onedoor.device.catalogue import Catalogue
from onedoor.look.texts import LANGUAGES, say, second
from onedoor.look.theme import CHAMPA, LINE, MUTED, NIGHT, SAND, WHITE
from onedoor.screen.pen import Pen

TOUCH = 108.0
GAP = 14.0
EDGE = 40.0


@dataclass(slots=True)
class Frame:
    """One screen being drawn: the pen, the view, and what touches mean."""

    pen: Pen
    view: KioskView
    catalogue: Catalogue
    titles: tuple[str, str]
    wish: Callable[[object], None]

    @property
    def lang(self) -> str:
        """The citizen's language."""
        return self.view.lang

    @property
    def other(self) -> str:
        """The language that stands below."""
        return second(self.lang)

    @property
    def tall(self) -> bool:
        """Whether the screen is higher than wide."""
        return self.pen.h + self.pen.top > self.pen.w

    def say(self, text: str) -> str:
        """A text in the citizen's language."""
        return say(self.lang, text)

    def touch(self, key: str, wish: object, *clips: str) -> Callable[[], None]:
        """What a touch of this button means."""
        return lambda: self.wish(w.Touched(key, wish, clips))

    def both(
        self, key: str, x: float, y: float, width: float, height: float, text: str, size: float, color: str, *,
        align: str = "center", rows: int = 1, below: str = MUTED,
    ) -> None:  # fmt: skip
        """A text in the citizen's language, and smaller below in the second one."""
        self.pen.text(key, x, y, width, height * 0.62, self.say(text), size, color, bold=True, align=align, rows=rows)
        under = say(self.other, text)
        self.pen.text(f"{key}/2", x, y + height * 0.62, width, height * 0.38, under, size * 0.58, below, align=align)

    def pair(
        self, key: str, x: float, y: float, width: float, height: float, first: str, under: str, size: float, *,
        align: str = "left",
    ) -> None:  # fmt: skip
        """Two texts in one line, the second one smaller; each in the font of its own script."""
        one = min(self.pen.width(first, size, bold=True) + 8, width * 0.64)
        two = min(self.pen.width(under, size * 0.8) + 8, width - one - 12)
        at = x if align == "left" else x + (width - one - two - 12) / 2
        self.pen.text(key, at, y, one, height, first, size, NIGHT, bold=True, align="left")
        self.pen.text(f"{key}/2", at + one + 12, y, two, height, under, size * 0.8, MUTED, align="left")

    def button(
        self, key: str, x: float, y: float, width: float, height: float, text: str, icon: str, wish: object,
        clip: str = "", *, fill: str = WHITE, ink: str = NIGHT, line: str = LINE, hold_ms: int = 0,
    ) -> None:  # fmt: skip
        """A button with a picture at its left and its text in two languages."""
        clips = (clip or key,)
        self.pen.box(key, x, y, width, height, fill, radius=22, line=line, touch=self.touch(key, wish, *clips),
                     hold_ms=hold_ms)  # fmt: skip
        narrow = width < 300
        side = 38.0 if narrow else min(56.0, height * 0.44)
        edge = 14 if narrow else 24
        room = side + edge + (10 if narrow else 20) if icon else 20
        if icon:
            self.pen.image(f"{key}/i", x + edge, y + (height - side) / 2, side, f"icon-{icon}", ink)
        left = width - room - (8 if narrow else 16)
        below = ink if fill not in (WHITE, SAND) else MUTED
        self.both(f"{key}/t", x + room, y + height * 0.14, left, height * 0.74, text, 27, ink, rows=2, below=below)

    def head(self, text: str, plain: tuple[str, str] | None = None, icon: str = "") -> float:
        """Title and languages; where the screen's own part begins."""
        pen = self.pen
        pen.box("ground", 0, 0, pen.w, pen.h, "#FFFDF7")
        offered = [code for code in LANGUAGES if code in self.view.languages]
        side = TOUCH
        strip = len(offered) * (side + 8) - 8
        title = pen.w - 2 * EDGE - (0 if self.tall else strip + 24)
        x = EDGE
        if icon:
            pen.image("head/i", EDGE, 24, 92, f"icon-{icon}", "#15523F")
            x, title = EDGE + 112, title - 112
        first, under = plain or (self.say(text), say(self.other, text))
        pen.text("ask", x, 12, title, 76, first, 38, NIGHT, bold=True, align="left", rows=2)
        pen.text("ask2", x, 88, title, 36, under, 21, MUTED, align="left")
        y = 134.0 if self.tall else 18.0
        across = pen.w - EDGE - strip if not self.tall else EDGE
        if self.tall:
            side = (pen.w - 2 * EDGE - 8 * (len(offered) - 1)) / len(offered)
        for i, code in enumerate(offered):
            on = code == self.lang
            at = across + i * (side + 8)
            pen.box(f"lang-{code}", at, y, side, TOUCH, CHAMPA if on else SAND, radius=20,
                    touch=self.touch(f"lang-{code}", w.Speak(code)))  # fmt: skip
            pen.text(f"lang-{code}/t", at + 4, y, side - 8, TOUCH, LANGUAGES[code], 24, NIGHT, bold=True, rows=2)
        return 134 + TOUCH + 18 if self.tall else 18 + TOUCH + 16

    def foot(self, *, back: bool = True) -> float:
        """The same foot on every screen; where the screen's own part ends."""
        pen, session = self.pen, self.view.session
        y = pen.h - TOUCH - 16
        listen = [("voice", "sound", "Listen", w.Mode("voice"), session.voice)] if self.view.can_speak else []
        left = [("back", "back", "Back", w.Back(), False)] if back else []
        items = [
            *left,
            ("home", "again", "Start over", w.Home(), False),
            *listen,
            ("larger", "larger", "Larger", w.Mode("large"), session.large),
            ("contrast", "contrast", "Contrast", w.Mode("contrast"), session.contrast),
            *([("lower", "lower", "Lower", w.Mode("low"), session.low)] if self.tall else []),
            ("help", "help", "Help", w.Help(), True),
        ]
        side = (pen.w - 2 * EDGE - 10 * (len(items) - 1)) / len(items)
        for i, (key, icon, text, wish, on) in enumerate(items):
            x = EDGE + i * (side + 10)
            clip = "listen" if key == "voice" else key
            pen.box(key, x, y, side, TOUCH, CHAMPA if on else SAND, radius=20, touch=self.touch(key, wish, clip))
            pen.image(f"{key}/i", x + (side - 42) / 2, y + 10, 42, f"icon-{icon}", NIGHT)
            pen.text(f"{key}/t", x + 4, y + 54, side - 8, 46, self.say(text), 21, NIGHT, bold=True)
        return y - 16

    def countdown(self) -> None:
        """The last seconds of a screen, and more of them for the asking."""
        if self.view.countdown is None:
            return
        pen = self.pen
        pen.box("still", 0, 0, pen.w, TOUCH + 30, CHAMPA)
        room = pen.w - 2 * EDGE - 330
        self.both("still/t", EDGE + 90, 18, room - 90, TOUCH, "Are you still there?", 36, NIGHT, align="left",
                  below=NIGHT)  # fmt: skip
        pen.text("still/n", EDGE, 15, 80, TOUCH, str(self.view.countdown), 56, NIGHT, bold=True)
        self.button("more_time", pen.w - EDGE - 310, 15, 310, TOUCH, "More time", "clock", w.More())
