"""Thermal paper as a picture that grows downwards: lines, pairs, boxes, QR codes (pure)."""

from functools import cache

import qrcode
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_M

from onedoor.look import theme
from onedoor.look.lines import wrap

LINE_HEIGHT = 1.5
"""Lao needs room above and below for its marks."""
FIRST_ROWS = 1_400
SMALLEST = 12
"""Smaller letters are not read: what does not fit then is broken into lines."""


def qr(text: str, module: int) -> Image.Image:
    """A QR code whose modules are `module` dots wide, with the quiet zone of four modules that the standard wants."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    small = Image.new("1", (len(matrix), len(matrix)), 1)
    small.putdata([0 if dark else 1 for row in matrix for dark in row])
    return small.resize((small.width * module, small.height * module), Image.Resampling.NEAREST)


def module_of(modules: dict[int, int], width: int) -> int:
    """How many dots a module has on paper of this width: as on the widest paper of the table that is no wider."""
    return modules[max((known for known in modules if known <= width), default=min(modules))]


def face_of(weight: str, size: int, text: str = "") -> ImageFont.FreeTypeFont:
    """Our font for a text in a size, shaped by raqm."""
    return _face(theme.font(weight, text), size)


@cache
def _face(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.RAQM)


def broken(text: str, face: ImageFont.FreeTypeFont, room: float) -> list[str]:
    """The text in lines that fit, broken between words, and inside of one only if it is wider than the paper."""
    if face.getlength(text) <= room:
        return [text]
    lines = []
    for line in wrap(text, face.getlength, room):
        rest = line
        while face.getlength(rest) > room and len(rest) > 1:
            size = max(1, int(len(rest) * room / face.getlength(rest)))
            while size > 1 and face.getlength(rest[:size]) > room:
                size -= 1
            lines.append(rest[:size])
            rest = rest[size:]
        lines.append(rest)
    return lines


class Sheet:
    """Paper that grows downwards. Whoever draws on `image` or `pen` asks for the room first."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.margin = self.px(22)
        self.image = Image.new("L", (width, self.px(FIRST_ROWS)), 255)
        self.pen = ImageDraw.Draw(self.image)
        self.y = self.px(10)

    def need(self, rows: int) -> None:
        """So many rows below the last line can be drawn on: the paper is as long as what stands on it."""
        if self.y + rows > self.image.height:
            longer = Image.new("L", (self.width, max(2 * self.image.height, self.y + rows)), 255)
            longer.paste(self.image)
            self.image, self.pen = longer, ImageDraw.Draw(longer)

    def px(self, size: int) -> int:
        """A size given for 576 dots, at this width: narrower paper gets smaller type, but not in proportion."""
        return max(1, round(size * (self.width / 576) ** 0.45)) if self.width < 576 else size

    def done(self) -> Image.Image:
        """The paper, cut below the last line, in black and white."""
        self.need(self.px(8))
        page = self.image.crop((0, 0, self.width, self.y + self.px(8)))
        return page.point(lambda v: 255 if v > 140 else 0).convert("1", dither=Image.Dither.NONE)

    def _fitting(self, text: str, size: int, weight: str, room: int) -> ImageFont.FreeTypeFont:
        size = self.px(size)
        wide = face_of(weight, size, text).getlength(text)
        # Every size is a face in memory: sizes that had to shrink come in steps of two.
        small = size if wide <= room else int(size * room / wide) // 2 * 2
        while small > SMALLEST and face_of(weight, small, text).getlength(text) > room:
            small -= 2
        return face_of(weight, max(SMALLEST, small), text)

    def _line(self, x: int, text: str, face: ImageFont.FreeTypeFont) -> None:
        ascent, descent = face.getmetrics()
        height = round(face.size * LINE_HEIGHT)
        self.need(height)
        self.pen.text((x, self.y + (height - ascent - descent) // 2), text, font=face, fill=0)
        self.y += height

    def center(self, text: str, size: int, *, bold: bool = False) -> None:
        """One line in the middle, made smaller if it is too long."""
        if not text:
            return
        room = self.width - 2 * self.margin
        face = self._fitting(text, size, "Bold" if bold else "Regular", room)
        for line in broken(text, face, room):
            self._line(round((self.width - face.getlength(line)) / 2), line, face)

    def left(self, text: str, size: int, *, bold: bool = False) -> None:
        """One line from the margin."""
        self.at(self.margin, text, size, bold=bold)

    def at(self, x: int, text: str, size: int, *, bold: bool = False) -> None:
        """One line from x, made smaller if it is too long."""
        room = self.width - self.margin - x
        face = self._fitting(text, size, "Bold" if bold else "Regular", room)
        for line in broken(text, face, room):
            self._line(x, line, face)

    def pair(self, left: str, right: str, size: int) -> None:
        """A word at the margin and its value at the other."""
        room = self.width - 2 * self.margin
        face = self._fitting(left, size, "Bold", round(room * 0.62))
        other = self._fitting(right, size, "Bold", round(room - face.getlength(left) - self.px(12)))
        y = self.y
        self._line(self.margin, left, face)
        self.y = y
        self._line(round(self.width - self.margin - other.getlength(right)), right, other)

    def box_line(self, text: str, size: int) -> None:
        """A box to tick, and its text."""
        side = self.px(20)
        line = round(self.px(size) * LINE_HEIGHT)
        self.need(line)
        top = self.y + (line - side) // 2
        self.pen.rectangle((self.margin, top, self.margin + side, top + side), outline=0, width=2)
        x = self.margin + side + self.px(12)
        room = self.width - self.margin - x
        if face_of("Regular", self.px(size), text).getlength(text) * 0.75 > room:
            self.wrapped(x, text, size)
        else:
            self.at(x, text, size)

    def wrapped(self, x: int, text: str, size: int, *, bold: bool = False) -> None:
        """A text from x on, in as many lines as it needs, broken between words of any script."""
        face = face_of("Bold" if bold else "Regular", self.px(size), text)
        for line in wrap(text, face.getlength, self.width - self.margin - x):
            self.at(x, line, size, bold=bold)

    def picture(self, image: Image.Image) -> None:
        """A picture in the middle, made smaller if it is too wide."""
        room = self.width - 2 * self.margin
        if image.width > room:
            image = image.resize((room, max(1, image.height * room // image.width)))
        self.need(image.height)
        self.image.paste(image, ((self.width - image.width) // 2, self.y))
        self.y += image.height + self.px(6)

    def code(self, text: str, module: int) -> None:
        """A QR code in the middle."""
        self.picture(qr(text, module))

    def rule(self) -> None:
        """A dashed line across the paper."""
        self.need(self.px(24))
        y = self.y + self.px(9)
        for x in range(self.margin, self.width - self.margin, 12):
            self.pen.line((x, y, min(x + 6, self.width - self.margin), y), fill=0, width=3)
        self.y = y + self.px(12)
