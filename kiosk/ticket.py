"""The printed ticket: one picture, drawn with Pillow and raqm (pure: data in, image out).

From the top: the center, the number with its symbol, the service in the citizen's language and in
English (or Lao), people ahead if the hub said so, fee and papers, then date, rule and QR code. No
personal data. Sizes are given for 576 dots (80 mm) and scale with the width; the height follows
from what there is to say.
"""

from dataclasses import dataclass
from functools import cache

import qrcode
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_M

from onedoor.device.catalogue import Service
from onedoor.device.clock import local_time
from onedoor.look import theme
from onedoor.look.texts import money, say

QR_MODULE = {576: 7, 512: 6, 384: 5}
LINE_HEIGHT = 1.5
"""Lao needs room above and below for its marks."""


@dataclass(frozen=True, slots=True)
class TicketText:
    """Everything a ticket says."""

    center: str
    title_lo: str
    title_en: str
    label: str
    service: Service
    lang: str
    day: str
    issued_wall_ms: int
    ahead: int | None = None


def qr_text(text: TicketText) -> str:
    """What the QR code says: center, day and label, nothing about a person."""
    return f"{text.center}.{text.day.replace('-', '')}.{text.label}"


def draw(text: TicketText, width: int = 576) -> Image.Image:
    """The paper as a black and white picture, `width` dots wide (8 dots a millimeter)."""
    sheet = _Sheet(width)
    other = "en" if text.lang == "lo" else "lo"
    sheet.center(text.title_lo, 28, bold=True)
    sheet.center(text.title_en, 22)
    sheet.rule()
    _number(sheet, text.label)
    sheet.center(text.service.name.of(text.lang), 34, bold=True)
    sheet.center(text.service.name.of(other), 22)
    sheet.rule()
    if text.ahead is not None:
        value = f"{text.ahead} {say(text.lang, 'people')}"
        sheet.pair(say(text.lang, "people before you"), value, 27)
        sheet.rule()
    _fee_and_papers(sheet, text)
    sheet.rule()
    _foot(sheet, text)
    return sheet.done()


def _number(sheet: "_Sheet", label: str) -> None:
    size = sheet.px(138)
    face = _face("Bold", size)
    left, top, right, bottom = map(int, face.getbbox(label))
    symbol = sheet.px(104)
    gap = sheet.px(22)
    while symbol + gap + right - left > sheet.width - 2 * sheet.margin:
        size -= 2
        face = _face("Bold", size)
        left, top, right, bottom = map(int, face.getbbox(label))
    x = (sheet.width - symbol - gap - (right - left)) // 2
    y = sheet.y + sheet.px(14)
    height = max(symbol, bottom - top)
    mask = theme.shape(f"symbol-{theme.symbol_of(label)}", symbol)
    sheet.image.paste(0, (x, y + (height - symbol) // 2), mask)
    sheet.pen.text((x + symbol + gap - left, y + (height - (bottom - top)) // 2 - top), label, font=face, fill=0)
    sheet.y = y + height + sheet.px(14)


def _fee_and_papers(sheet: "_Sheet", text: TicketText) -> None:
    service, lang = text.service, text.lang
    fee = f"{say(lang, 'Fee')} {money(service.fee_kip)} {say(lang, 'kip')}"
    sheet.left(fee + (f" · {service.instrument}" if service.instrument else ""), 23, bold=True)
    for paper in service.papers:
        sheet.box_line(paper.of(lang), 22)


def _foot(sheet: "_Sheet", text: TicketText) -> None:
    qr = _qr(qr_text(text), QR_MODULE.get(sheet.width, 5))
    top = sheet.y
    sheet.image.paste(qr, (sheet.margin, top))
    x = sheet.margin + qr.width + sheet.px(20)
    when = local_time(text.issued_wall_ms)
    sheet.at(x, when.strftime("%d/%m/%Y %H:%M"), 22, bold=True)
    sheet.wrapped(x, say(text.lang, "Called in order of arrival."), 21)
    sheet.wrapped(x, say(text.lang, "Please keep this paper."), 21)
    sheet.y = max(sheet.y, top + qr.height) + sheet.px(10)


def _qr(text: str, module: int) -> Image.Image:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=2)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    small = Image.new("1", (len(matrix), len(matrix)), 1)
    small.putdata([0 if dark else 1 for row in matrix for dark in row])
    return small.resize((small.width * module, small.height * module), Image.Resampling.NEAREST)


@cache
def _face(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(theme.font(weight), size, layout_engine=ImageFont.Layout.RAQM)


class _Sheet:
    """Paper that grows downwards."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.margin = self.px(22)
        self.image = Image.new("L", (width, self.px(1400)), 255)
        self.pen = ImageDraw.Draw(self.image)
        self.y = self.px(10)

    def px(self, size: int) -> int:
        """A size given for 576 dots, at this width: narrower paper gets smaller type, but not in proportion."""
        return max(1, round(size * (self.width / 576) ** 0.45)) if self.width < 576 else size

    def done(self) -> Image.Image:
        """The paper, cut below the last line, in black and white."""
        page = self.image.crop((0, 0, self.width, self.y + self.px(8)))
        return page.point(lambda v: 255 if v > 140 else 0).convert("1", dither=Image.Dither.NONE)

    def _fitting(self, text: str, size: int, weight: str, room: int) -> ImageFont.FreeTypeFont:
        size = self.px(size)
        while size > 12 and _face(weight, size).getlength(text) > room:
            size -= 1
        return _face(weight, size)

    def _line(self, x: int, text: str, face: ImageFont.FreeTypeFont) -> None:
        ascent, descent = face.getmetrics()
        height = round(face.size * LINE_HEIGHT)
        self.pen.text((x, self.y + (height - ascent - descent) // 2), text, font=face, fill=0)
        self.y += height

    def center(self, text: str, size: int, *, bold: bool = False) -> None:
        """One line in the middle, made smaller if it is too long."""
        face = self._fitting(text, size, "Bold" if bold else "Regular", self.width - 2 * self.margin)
        self._line(round((self.width - face.getlength(text)) / 2), text, face)

    def left(self, text: str, size: int, *, bold: bool = False) -> None:
        """One line from the margin."""
        self.at(self.margin, text, size, bold=bold)

    def at(self, x: int, text: str, size: int, *, bold: bool = False) -> None:
        """One line from x, made smaller if it is too long."""
        face = self._fitting(text, size, "Bold" if bold else "Regular", self.width - self.margin - x)
        self._line(x, text, face)

    def pair(self, left: str, right: str, size: int) -> None:
        """A word at the margin and its value at the other."""
        face = self._fitting(f"{left}  {right}", size, "Bold", self.width - 2 * self.margin)
        y = self.y
        self._line(self.margin, left, face)
        self.y = y
        self._line(round(self.width - self.margin - face.getlength(right)), right, face)

    def box_line(self, text: str, size: int) -> None:
        """A box to tick, and its text."""
        side = self.px(20)
        top = self.y + (round(self.px(size) * LINE_HEIGHT) - side) // 2
        self.pen.rectangle((self.margin, top, self.margin + side, top + side), outline=0, width=2)
        self.at(self.margin + side + self.px(12), text, size)

    def wrapped(self, x: int, text: str, size: int) -> None:
        """Words from x on, in as many lines as they need."""
        face = _face("Regular", self.px(size))
        line = ""
        for word in text.split(" "):
            longer = f"{line} {word}".strip()
            if line and face.getlength(longer) > self.width - self.margin - x:
                self.at(x, line, size)
                line = word
            else:
                line = longer
        self.at(x, line, size)

    def rule(self) -> None:
        """A dashed line across the paper."""
        y = self.y + self.px(9)
        for x in range(self.margin, self.width - self.margin, 12):
            self.pen.line((x, y, min(x + 6, self.width - self.margin), y), fill=0, width=3)
        self.y = y + self.px(12)
