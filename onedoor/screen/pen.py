"""Draws a screen from a view, and redraws only what changed.

A screen is a function `draw(pen, view)`: it says where everything is, every time, in design units
(`pen.w` by `pen.h`, which follow from the window's shape). The pen compares each
named piece with the frame before and touches OpenGL only for pieces that differ, so a new call
costs a few labels and an idle screen costs nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from kivy.core.image import Image as CoreImage
from kivy.core.text import Label as CoreLabel
from kivy.core.window import Window
from kivy.graphics import Color, InstructionGroup, Line, Rectangle, RoundedRectangle
from kivy.uix.widget import Widget
from kivy.utils import get_color_from_hex
from PIL import ImageFont

from onedoor.look import theme

PAD = 6
MEASURED_PX = 100
NARROWEST = 1.2
"""Least width of a screen, in design heights."""


@lru_cache(maxsize=600)
def _texture(text: str, size: int, bold: bool) -> Any:
    label = CoreLabel(
        text=text, font_size=size, font_name=theme.font("Bold" if bold else "Regular"), padding=PAD, color=(1, 1, 1, 1)
    )
    label.refresh()
    return label.texture


@lru_cache(maxsize=2_000)
def _width_per_px(text: str, bold: bool) -> float:
    """Width of a text at a type size of one pixel; measured, not drawn."""
    return _measure(bold).getlength(text) / MEASURED_PX


@lru_cache(maxsize=2)
def _measure(bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(
        theme.font("Bold" if bold else "Regular"), MEASURED_PX, layout_engine=ImageFont.Layout.RAQM
    )


@lru_cache(maxsize=128)
def _picture(name: str) -> Any:
    return CoreImage(theme.picture(name), mipmap=True).texture


def warm() -> Iterator[None]:
    """Load what the first calls of the day would have to wait for, one picture a step."""
    for name in theme.SYMBOLS:
        _picture(f"symbol-{name}")
        yield
    for size in (96, 190):
        for bold in (False, True):
            _texture("A1-0123456789", size, bold)
            yield


@dataclass(frozen=True, slots=True)
class Target:
    """Something that can be touched: its place in pixels, and what the touch means."""

    x: float
    y: float
    w: float
    h: float
    act: Callable[[], None]

    def hit(self, x: float, y: float) -> bool:
        """Whether a point lies on it."""
        return self.x <= x < self.x + self.w and self.y <= y < self.y + self.h


@dataclass(slots=True)
class Pen:
    """One frame being drawn, in design units from the top left corner."""

    scale: float
    w: float
    h: float
    pieces: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    overflow: list[str] = field(default_factory=list)

    def _rect(self, x: float, y: float, w: float, h: float) -> tuple[float, float, float, float]:
        s = self.scale
        return round(x * s), round((self.h - y - h) * s), round(w * s), round(h * s)

    def box(
        self, key: str, x: float, y: float, w: float, h: float, fill: str = "", *,
        radius: float = 0, line: str = "", line_w: float = 3, touch: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        """A rectangle with round corners; with `touch` it is a button."""
        rect = self._rect(x, y, w, h)
        self.pieces[key] = ("box", rect, fill, radius * self.scale, line, max(1.0, line_w * self.scale))
        if touch is not None:
            self.targets[key] = Target(*rect, touch)

    def text(
        self, key: str, x: float, y: float, w: float, h: float, text: str, size: float, color: str, *,
        bold: bool = False, align: str = "center",
    ) -> None:  # fmt: skip
        """One line, centered in height; it is made smaller if it would not fit the width."""
        if not text:
            return
        rect = self._rect(x, y, w, h)
        px = max(8, round(size * self.scale))
        px = max(8, min(px, int(rect[2] / max(0.01, _width_per_px(text, bold)))))
        if px < size * self.scale * 0.6:
            self.overflow.append(text)
        self.pieces[key] = ("text", rect, text, px, color, bold, align)

    def image(self, key: str, x: float, y: float, size: float, name: str, color: str = theme.WHITE) -> None:
        """A picture, tinted."""
        self.pieces[key] = ("image", self._rect(x, y, size, size), name, color)

    def badge(self, key: str, x: float, y: float, size: float, label: str) -> None:
        """The symbol of a ticket on a white disk."""
        self.box(f"{key}/disk", x, y, size, size, theme.WHITE, radius=size / 2)
        self.symbol(key, x + size * 0.14, y + size * 0.14, size * 0.72, label)

    def symbol(self, key: str, x: float, y: float, size: float, label: str) -> None:
        """The symbol of a ticket."""
        name = theme.symbol_of(label)
        self.image(key, x, y, size, f"symbol-{name}", theme.SYMBOLS[name])


class Sheet(Widget):
    """The window's only widget: shows what `draw` says about the newest view."""

    def __init__(self, draw: Callable[[Pen, Any], None], design_h: float) -> None:
        """`design_h` is the height of a landscape screen in design units; a portrait one is as wide as
        that at least, and higher.
        """
        super().__init__()
        self._draw, self._design_h = draw, design_h
        self._view: Any = None
        self._groups: dict[str, InstructionGroup] = {}
        self._pieces: dict[str, tuple[Any, ...]] = {}
        self.targets: dict[str, Target] = {}
        self.overflow: list[str] = []
        self._down: str | None = None
        self.bind(size=lambda *_: self.redraw())

    def show(self, view: Any) -> None:
        """Show another view."""
        self._view = view
        self.redraw()

    def redraw(self) -> None:
        """Draw the view again; only what differs reaches the screen."""
        if self._view is None or self.height < 1:
            return
        scale = min(self.height / self._design_h, self.width / (self._design_h * NARROWEST))
        pen = Pen(scale, self.width / scale, self.height / scale)
        self._draw(pen, self._view)
        if self._down in pen.pieces and self._down in pen.targets:
            kind, rect, fill, radius, line, line_w = pen.pieces[self._down]
            pen.pieces[self._down] = (kind, rect, _pressed(fill), radius, line, line_w)
        self._apply(pen)

    def _apply(self, pen: Pen) -> None:
        same_order = list(pen.pieces) == list(self._pieces)
        if not same_order:
            self.canvas.clear()
        for key, piece in pen.pieces.items():
            group = self._groups.get(key)
            if group is None or self._pieces.get(key) != piece:
                group = group or InstructionGroup()
                group.clear()
                _fill(group, piece)
                self._groups[key] = group
            if not same_order:
                self.canvas.add(self._groups[key])
        for key in self._groups.keys() - pen.pieces.keys():
            del self._groups[key]
        self._pieces, self.targets, self.overflow = pen.pieces, pen.targets, pen.overflow

    def on_touch_down(self, touch: Any) -> bool:
        """A finger comes down: the button under it is filled at once."""
        self._down = next((k for k, t in reversed(self.targets.items()) if t.hit(*touch.pos)), None)
        if self._down is not None:
            self.redraw()
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """A finger goes up: it counts if it is still on the same button."""
        down, self._down = self._down, None
        target = self.targets.get(down) if down else None
        if target is not None:
            self.redraw()
            if target.hit(*touch.pos):
                target.act()
        return True


def _pressed(color: str) -> str:
    """A pressed button is a fifth darker."""
    if not color:
        return theme.LINE
    r, g, b = (int(int(color[i : i + 2], 16) * 0.8) for i in (1, 3, 5))
    return f"#{r:02X}{g:02X}{b:02X}"


def _fill(group: InstructionGroup, piece: tuple[Any, ...]) -> None:
    match piece:
        case ("box", (x, y, w, h), fill, radius, line, line_w):
            if fill:
                group.add(Color(*get_color_from_hex(fill)))
                group.add(
                    RoundedRectangle(pos=(x, y), size=(w, h), radius=[radius])
                    if radius
                    else Rectangle(pos=(x, y), size=(w, h))
                )
            if line:
                group.add(Color(*get_color_from_hex(line)))
                group.add(Line(rounded_rectangle=(x, y, w, h, max(1, radius)), width=line_w / 2))
        case ("text", (x, y, w, h), text, px, color, bold, align):
            texture = _texture(text, px, bold)
            room = w - texture.width
            dx = {"left": -PAD, "center": room / 2, "right": room + PAD}[align]
            group.add(Color(*get_color_from_hex(color)))
            pos = (round(x + dx), round(y + (h - texture.height) / 2))
            group.add(Rectangle(texture=texture, pos=pos, size=texture.size))
        case ("image", (x, y, w, h), name, color):
            group.add(Color(*get_color_from_hex(color)))
            group.add(Rectangle(texture=_picture(name), pos=(x, y), size=(w, h)))


def window_size() -> tuple[int, int]:
    """The window's size in pixels."""
    return int(Window.width), int(Window.height)
