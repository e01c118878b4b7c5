"""The printed ticket: one picture, drawn with Pillow and raqm (pure: data in, image out).

From the top: the center, the number with its symbol, the service in the citizen's language and in
English (or Lao), people ahead if the hub said so, fee and papers, then date, rule and QR code. No
personal data. Sizes are given for 576 dots (80 mm) and scale with the width; the height follows
from what there is to say.
"""

from dataclasses import dataclass

from PIL import Image

from kiosk.paper import Sheet, face_of, qr
from onedoor.device.catalogue import Service
from onedoor.device.clock import local_time
from onedoor.look import theme
from onedoor.look.texts import money, say

QR_MODULE = {576: 7, 512: 6, 384: 5}


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
    sheet = Sheet(width)
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


def _number(sheet: Sheet, label: str) -> None:
    size = sheet.px(138)
    face = face_of("Bold", size)
    left, top, right, bottom = map(int, face.getbbox(label))
    symbol = sheet.px(104)
    gap = sheet.px(22)
    while symbol + gap + right - left > sheet.width - 2 * sheet.margin:
        size -= 2
        face = face_of("Bold", size)
        left, top, right, bottom = map(int, face.getbbox(label))
    x = (sheet.width - symbol - gap - (right - left)) // 2
    y = sheet.y + sheet.px(14)
    height = max(symbol, bottom - top)
    mask = theme.shape(f"symbol-{theme.symbol_of(label)}", symbol)
    sheet.image.paste(0, (x, y + (height - symbol) // 2), mask)
    sheet.pen.text((x + symbol + gap - left, y + (height - (bottom - top)) // 2 - top), label, font=face, fill=0)
    sheet.y = y + height + sheet.px(14)


def _fee_and_papers(sheet: Sheet, text: TicketText) -> None:
    service, lang = text.service, text.lang
    fee = f"{say(lang, 'Fee')} {money(service.fee_kip)} {say(lang, 'kip')}"
    sheet.left(fee + (f" · {service.instrument}" if service.instrument else ""), 23, bold=True)
    for paper in service.papers:
        sheet.box_line(paper.of(lang), 22)


def _foot(sheet: Sheet, text: TicketText) -> None:
    code = qr(qr_text(text), QR_MODULE.get(sheet.width, 5))
    top = sheet.y
    sheet.image.paste(code, (sheet.margin, top))
    x = sheet.margin + code.width + sheet.px(20)
    when = local_time(text.issued_wall_ms)
    sheet.at(x, when.strftime("%d/%m/%Y %H:%M"), 22, bold=True)
    sheet.wrapped(x, say(text.lang, "Called in order of arrival."), 21)
    sheet.wrapped(x, say(text.lang, "Please keep this paper."), 21)
    sheet.y = max(sheet.y, top + code.height) + sheet.px(10)
