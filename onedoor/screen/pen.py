"""Says where everything on a screen is (pure: no window, no OpenGL).

A screen is a function `draw(pen, view)`: it says where everything is, every time, in design units (`pen.w` by `pen.h`,
which follow from the window's shape). The pen collects named pieces, places that can be touched, and texts that had to
shrink too far to be read. `onedoor.screen.sheet` puts the pieces on the screen; a test measures them without one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from PIL import ImageFont

from onedoor.look import theme
from onedoor.look.lines import wrap

MEASURED_PX = 100
LEADING = 1.5
"""Lao needs room above and below for its marks."""
SMALLEST = 0.6
"""A text that has to be made smaller than this part of its size is too long for its place."""
LEAST_PX = 8
DEAF_MS = 250
"""So long after a page has changed no touch counts: it was meant for the page before."""


def stepped(px: float) -> int:
    """A type size of those that are used: every size costs its own face in memory (a Chinese one a megabyte)."""
    step = 1 if px < 20 else 2 if px < 48 else 4
    return max(LEAST_PX, int(px) // step * step)


@lru_cache(maxsize=4_000)
def _width_per_px(text: str, bold: bool) -> float:
    """Width of a text at a type size of one pixel; measured, not drawn."""
    return type_of(text, MEASURED_PX, bold).getlength(text) / MEASURED_PX


def type_of(text: str, px: int, bold: bool) -> ImageFont.FreeTypeFont:
    """The face in which a text is measured and drawn at this size."""
    return _type(theme.font("Bold" if bold else "Regular", text), px)


@lru_cache(maxsize=64)
def _type(path: str, px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, px, layout_engine=ImageFont.Layout.RAQM)


@dataclass(frozen=True, slots=True)
class Target:
    """Something that can be touched: its place in pixels, and what the touch means; `hold_ms`: only held so long."""

    x: float
    y: float
    w: float
    h: float
    act: Callable[[], None]
    hold_ms: int = 0

    def hit(self, x: float, y: float) -> bool:
        """Whether a point lies on it."""
        return self.x <= x < self.x + self.w and self.y <= y < self.y + self.h


@dataclass(slots=True)
class Pen:
    """One frame being drawn, in design units from the top left corner.

    `top`: design units left free above, for who cannot reach them. `grow`: how much larger texts are wanted.
    `contrast`: black, white and yellow only. `page`: the screen's name; a finger that came down on one page means
    nothing on the next, and no finger for `deaf_ms`.
    """

    scale: float
    w: float
    h: float
    top: float = 0.0
    grow: float = 1.0
    contrast: bool = False
    page: str = ""
    deaf_ms: int = DEAF_MS
    pieces: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    overflow: list[str] = field(default_factory=list)

    def lower(self, top: float) -> None:
        """From now on everything is drawn below this line."""
        self.top, self.h = self.top + top, self.h - top

    def _rect(self, x: float, y: float, w: float, h: float) -> tuple[float, float, float, float]:
        s = self.scale
        return round(x * s), round((self.h - y - h) * s), round(w * s), round(h * s)

    def box(
        self, key: str, x: float, y: float, w: float, h: float, fill: str = "", *,
        radius: float = 0, line: str = "", line_w: float = 3, touch: Callable[[], None] | None = None,
        hold_ms: int = 0,
    ) -> None:  # fmt: skip
        """A rectangle with round corners; with `touch` it is a button, with `hold_ms` one that has to be held."""
        rect = self._rect(x, y, w, h)
        if self.contrast:
            marked = fill in (theme.CHAMPA, theme.LEAF) or (fill == theme.LEAF_2 and touch is not None)
            fill = "" if not fill else theme.YELLOW if marked else theme.BLACK
            line = theme.WHITE if line or touch is not None else ""
        self.pieces[key] = ("box", rect, fill, radius * self.scale, line, max(1.0, line_w * self.scale))
        if touch is not None:
            self.targets[key] = Target(*rect, touch, hold_ms)

    def text(
        self, key: str, x: float, y: float, w: float, h: float, text: str, size: float, color: str, *,
        bold: bool = False, align: str = "center", rows: int = 1,
    ) -> None:  # fmt: skip
        """A text centered in height, in one line or in as many as `rows` allows; made smaller if it would not fit."""
        if not text or w <= 0:
            return
        rect = self._rect(x, y, w, h)
        wished = size * self.grow * self.scale
        px = stepped(wished)
        lines = self._lines(text, px, bold, rect[2], rows)
        while px > LEAST_PX and not _fits(lines, px, bold, rect[2], rect[3]):
            px = stepped(px - 1)
            lines = self._lines(text, px, bold, rect[2], rows)
        if px < size * self.scale * SMALLEST or not _fits(lines, px, bold, rect[2] + 1, rect[3] + 1):
            self.overflow.append(text)
        ink = self._ink(rect, color)
        for i, line in enumerate(lines):
            high = px * LEADING if len(lines) > 1 else rect[3]
            first = rect[1] + rect[3] / 2 + high * len(lines) / 2
            place = (rect[0], round(first - high * (i + 1)), rect[2], round(high))
            self.pieces[f"{key}/{i}" if i else key] = ("text", place, line, px, ink, bold, align)

    def _lines(self, text: str, px: int, bold: bool, room: float, rows: int) -> list[str]:
        if rows == 1 or _width_per_px(text, bold) * px <= room:
            return [text]
        lines = wrap(text, lambda part: _width_per_px(part, bold) * px if part else 0.0, room)
        return lines if len(lines) <= rows else [*lines[: rows - 1], "".join(lines[rows - 1 :])]

    def _ink(self, rect: tuple[float, float, float, float], color: str) -> str:
        """With high contrast the ground decides: black on yellow, white on black."""
        if not self.contrast:
            return color
        return theme.BLACK if self.ground(rect) == theme.YELLOW else theme.WHITE

    def ground(self, rect: tuple[float, float, float, float]) -> str:
        """The color under the middle of a place: of the last box drawn there."""
        x, y = rect[0] + rect[2] / 2, rect[1] + rect[3] / 2
        for piece in reversed(self.pieces.values()):
            if piece[0] == "box" and piece[2]:
                bx, by, bw, bh = piece[1]
                if bx <= x <= bx + bw and by <= y <= by + bh:
                    return str(piece[2])
        return ""

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """How wide a text is in design units, at this size."""
        return _width_per_px(text, bold) * size * self.grow

    def image(self, key: str, x: float, y: float, size: float, name: str, color: str = theme.WHITE) -> None:
        """A picture, tinted."""
        rect = self._rect(x, y, size, size)
        self.pieces[key] = ("image", rect, name, self._ink(rect, color))

    def photo(self, key: str, x: float, y: float, w: float, h: float, path: str) -> None:
        """A picture of the center's own, as large as its place allows, on black."""
        rect = self._rect(x, y, w, h)
        self.pieces[f"{key}/ground"] = ("box", rect, theme.BLACK, 18 * self.scale, "", 1.0)
        self.pieces[key] = ("photo", rect, path)

    def badge(self, key: str, x: float, y: float, size: float, label: str) -> None:
        """The symbol of a ticket on a white disk."""
        self.box(f"{key}/disk", x, y, size, size, theme.WHITE, radius=size / 2)
        self.symbol(key, x + size * 0.14, y + size * 0.14, size * 0.72, label)

    def symbol(self, key: str, x: float, y: float, size: float, label: str) -> None:
        """The symbol of a ticket."""
        name = theme.symbol_of(label)
        self.image(key, x, y, size, f"symbol-{name}", theme.SYMBOLS[name])


def _fits(lines: list[str], px: int, bold: bool, w: float, h: float) -> bool:
    tall = px * LEADING * len(lines) if len(lines) > 1 else px
    return tall <= h and all(_width_per_px(line, bold) * px <= w for line in lines if line)
