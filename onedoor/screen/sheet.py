"""Puts a pen's pieces on the screen, and gives touches back; redraws only what changed.

Each named piece is compared with the frame before, and OpenGL is touched only for pieces that differ: a new call costs
a few labels, an idle screen costs nothing.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Any

from kivy.clock import Clock as KivyClock
from kivy.graphics import Color, InstructionGroup, Line, Rectangle, RenderContext, RoundedRectangle
from kivy.graphics.texture import Texture
from kivy.uix.widget import Widget
from kivy.utils import get_color_from_hex
from PIL import Image, ImageDraw

from onedoor.device.small_file import open_plain
from onedoor.look import theme
from onedoor.screen.fingers import Fingers
from onedoor.screen.pen import Pen, Target, type_of

PAD = 6
PHOTO_POINTS = 40_000_000
NARROWEST = 1.2
"""Least width of a screen, in design heights."""
SHADER = """$HEADER$
void main(void) {
    vec4 t = texture2D(texture0, tex_coord0);
    float mask = step(max(abs(t.r - t.g), abs(t.g - t.b)), 0.001) * step(0.999, t.a);
    gl_FragColor = frag_color * mix(t, vec4(1.0, 1.0, 1.0, t.r), mask);
}
"""
"""Texts and signs are masks of one byte a point, a quarter of what colors need: what is gray
is how much of the ink is there."""
HOLD_TICK_S = 0.1


@lru_cache(maxsize=96)
def _texture(text: str, size: int, bold: bool) -> Any:
    font = type_of(text, size, bold)
    left, _top, right, _bottom = font.getbbox(text)
    ascent, descent = font.getmetrics()
    mask = Image.new("L", (max(1, ceil(right - left)) + 2 * PAD, ascent + descent + 2 * PAD))
    ImageDraw.Draw(mask).text((PAD, PAD), text, font=font, fill=255)
    return _upload(mask)


@lru_cache(maxsize=64)
def _picture(name: str) -> Any:
    """A picture as a texture, with smaller ones of itself. Signs are drawn small: half the size takes a quarter of
    the memory; symbols of tickets are drawn large.
    """
    side = 128 if name.startswith("icon-") else 256
    if name == "logo":
        with Image.open(theme.picture(name)) as logo:
            return _upload(logo.convert("RGBA").resize((side, side), Image.Resampling.LANCZOS), mipmap=True)
    return _upload(theme.shape(name, side), mipmap=True)


@lru_cache(maxsize=2)
def _photo(path: str, width: int, height: int) -> Any:
    """A picture from outside, made to fit; None if it cannot be read (somebody pulled the stick, or it is no
    picture).
    """
    try:
        with open_plain(Path(path)) as file, Image.open(file) as found:
            if found.width * found.height > PHOTO_POINTS:
                return None
            found.draft("RGB", (width, height))
            fitted = found.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    fitted.thumbnail((width, height), Image.Resampling.LANCZOS)
    return _upload(fitted.convert("RGBA"))


def _upload(image: Image.Image, *, mipmap: bool = False) -> Any:
    colors = "luminance" if image.mode == "L" else "rgba"
    texture = Texture.create(size=image.size, colorfmt=colors, mipmap=mipmap)
    texture.blit_buffer(image.tobytes(), colorfmt=colors, bufferfmt="ubyte")
    texture.flip_vertical()
    return texture


def warm() -> Iterator[None]:
    """Load what the first calls of the day would have to wait for, one picture a step."""
    for name in theme.SYMBOLS:
        _picture(f"symbol-{name}")
        yield
    for size in (96, 190):
        for bold in (False, True):
            _texture("A1-0123456789", size, bold)
            yield


def new_pen(width: float, height: float, design_h: float) -> Pen:
    """A pen for a window of this size in pixels; `design_h` is the height of a landscape screen in design units, a
    portrait one is as wide as that at least, and higher.
    """
    scale = min(height / design_h, width / (design_h * NARROWEST))
    return Pen(scale, width / scale, height / scale)


class Sheet(Widget):
    """The window's only widget: shows what `draw` says about the newest view."""

    def __init__(
        self, draw: Callable[[Pen, Any], None], design_h: float, now_ms: Callable[[], int] = lambda: 10**6
    ) -> None:
        """`design_h` as for `new_pen`; `now_ms` is a monotonic clock, for fingers."""
        self.canvas = RenderContext(fs=SHADER, use_parent_projection=True, use_parent_modelview=True)
        super().__init__()
        self._draw, self._design_h, self._now_ms = draw, design_h, now_ms
        self._view: Any = None
        self._groups: dict[str, InstructionGroup] = {}
        self._pieces: dict[str, tuple[Any, ...]] = {}
        self.targets: dict[str, Target] = {}
        self.overflow: list[str] = []
        self.fingers = Fingers()
        self._ticking: Any = None
        self.bind(size=lambda *_: self.redraw())

    def show(self, view: Any) -> None:
        """Show another view."""
        self._view = view
        self.redraw()

    @property
    def deaf(self) -> bool:
        """Whether the page has just changed, and touches are not for it yet."""
        return self._now_ms() < self.fingers.deaf_until_ms

    def redraw(self) -> None:
        """Draw the view again; only what differs reaches the screen."""
        if self._view is None or self.height < 1:
            return
        pen = new_pen(self.width, self.height, self._design_h)
        self._draw(pen, self._view)
        self.fingers.turned(pen.page, self._now_ms(), pen.deaf_ms)
        down = self.fingers.down
        if down in pen.pieces and down in pen.targets:
            kind, rect, fill, radius, line, line_w = pen.pieces[down]
            pen.pieces[down] = (kind, rect, _pressed(fill), radius, line, line_w)
            part = self.fingers.part(self._now_ms(), pen.targets)
            if part:
                x, y, w, _h = rect
                pen.pieces["held"] = ("box", (x, y, round(w * part), 12), theme.CHAMPA, 0, "", 1.0)
        self._apply(pen)

    def _apply(self, pen: Pen) -> None:
        pieces = pen.pieces
        same_order = list(pieces) == list(self._pieces)
        if not same_order:
            self.canvas.clear()
        for key, piece in pieces.items():
            group = self._groups.get(key)
            if group is None or self._pieces.get(key) != piece:
                group = group or InstructionGroup()
                group.clear()
                _fill(group, piece)
                self._groups[key] = group
            if not same_order:
                self.canvas.add(self._groups[key])
        for key in self._groups.keys() - pieces.keys():
            # A group and what is in it hold each other, and a texture's memory with them, until they are taken apart.
            self._groups.pop(key).clear()
        self._pieces, self.targets, self.overflow = pieces, pen.targets, pen.overflow

    def on_touch_down(self, touch: Any) -> bool:
        """A finger comes down: the button under it is filled at once."""
        if self.fingers.press(touch.uid, touch.pos, self._now_ms(), self.targets):
            self.redraw()
            if self.targets[self.fingers.down or ""].hold_ms:
                self._ticking = KivyClock.schedule_interval(self._hold, HOLD_TICK_S)
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """A finger slides: off its button it lets go."""
        before = self.fingers.down
        self.fingers.slide(touch.uid, touch.pos, self.targets)
        if self.fingers.down != before:
            self.redraw()
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """A finger goes up: it counts if it is still on the same button."""
        mine = touch.uid == self.fingers.finger
        key = self.fingers.lift(touch.uid, touch.pos, self.targets)
        if mine:
            target = self.targets.get(key) if key else None
            self.redraw()
            if target is not None:
                target.act()
        return True

    def _hold(self, _dt: float) -> bool:
        key = self.fingers.held(self._now_ms(), self.targets)
        if key is not None:
            self.targets[key].act()
        self.redraw()
        return self.fingers.down is not None and key is None


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
        case ("photo", (x, y, w, h), path):
            texture = _photo(path, int(w), int(h))
            if texture is not None:
                group.add(Color(1, 1, 1))
                at = (round(x + (w - texture.width) / 2), round(y + (h - texture.height) / 2))
                group.add(Rectangle(texture=texture, pos=at, size=texture.size))
        case ("image", (x, y, w, h), name, color):
            group.add(Color(*get_color_from_hex(color)))
            group.add(Rectangle(texture=_picture(name), pos=(x, y), size=(w, h)))
