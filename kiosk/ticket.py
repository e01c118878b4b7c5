"""The printed ticket: one picture, drawn with Pillow and raqm (pure: data in, image out).

From the top: the center, the number with its symbol, the service in the citizen's language and in
Lao (or English), people ahead if the hub said so, fee and papers, when the result is ready and the code to collect it
with, then date, rule and QR code. No personal data. Sizes are given for 576 dots (80 mm) and scale with the width; the
height follows from what there is to say.
"""

from PIL import Image

from kiosk.jobs import ListJob, PrintJob
from kiosk.layout import Layout
from kiosk.paper import Sheet, face_of, module_of, qr
from onedoor.device.catalogue import Service
from onedoor.device.clock import local_time
from onedoor.look import theme
from onedoor.look.texts import date, money, say, second
from onedoor.wire.tag import TYPED_LETTERS, head_letters, signed, when

QR_MODULE = {832: 8, 576: 6, 512: 5, 384: 4}


def qr_text(job: PrintJob, layout: Layout) -> str:
    """What the QR code says: center, day (or the ticket's name), label, what it witnesses of the log, and their tag;
    nothing about a person.
    """
    return signed(layout.key, layout.center, when(job.day, job.ticket), job.label, job.head, job.own)


def draw_ticket(job: PrintJob, layout: Layout) -> Image.Image:
    """The paper as a black and white picture, as wide as the layout says (8 dots a millimeter)."""
    sheet = Sheet(layout.width)
    head(sheet, layout)
    if job.duplicate:
        banner(sheet, f"{say(job.lang, 'Duplicate')} · Duplicate" if job.lang != "en" else "Duplicate")
    _number(sheet, job.label)
    _service(sheet, job.service, job.lang)
    if job.ahead is not None:
        value = f"{job.ahead} {say(job.lang, 'people')}"
        sheet.pair(say(job.lang, "people before you"), value, 27)
        sheet.rule()
    _fee_and_papers(sheet, job.service, job.lang)
    sheet.rule()
    if job.receipt:
        ready(sheet, job.promised, job.in_days, job.lang)
        sheet.pair(say(job.lang, "Code for collecting"), f"{job.receipt[:3]} {job.receipt[3:]}", 27)
        sheet.rule()
    _foot(sheet, job, layout)
    return sheet.done()


def draw_list(job: ListJob, layout: Layout) -> Image.Image:
    """What a service needs, for who takes no number."""
    sheet = Sheet(layout.width)
    head(sheet, layout)
    banner(sheet, say(job.lang, "Information, not a ticket"))
    _service(sheet, job.service, job.lang)
    _fee_and_papers(sheet, job.service, job.lang)
    if job.service.days:
        sheet.rule()
        ready(sheet, "", job.service.days, job.lang)
    sheet.rule()
    sheet.center(written(job.at_ms, layout.zone), 22, bold=True)
    foot(sheet, layout)
    return sheet.done()


def written(at_ms: int | None, zone: str) -> str:
    """A moment as our papers write it; nothing where nobody knows which it is."""
    return local_time(at_ms, zone).strftime("%d/%m/%Y %H:%M") if at_ms is not None else ""


def ready(sheet: Sheet, day: str, in_days: int, lang: str) -> None:
    """When the result is there: on a day, or, without a date, in so many working days."""
    if day:
        sheet.pair(say(lang, "Ready on"), date(day, lang), 27)
    elif in_days:
        sheet.pair(say(lang, "Ready in"), f"{in_days} {say(lang, 'working days')}", 27)


def head(sheet: Sheet, layout: Layout) -> None:
    """The center's name, its logo and its own lines."""
    if layout.logo is not None:
        sheet.picture(layout.logo)
    sheet.center(layout.title_lo, 28, bold=True)
    sheet.center(layout.title_en, 22)
    for line in layout.header:
        sheet.center(line, 22)
    sheet.rule()


def foot(sheet: Sheet, layout: Layout) -> None:
    """The center's own lines at the end."""
    for line in layout.footer:
        sheet.center(line, 22)


def banner(sheet: Sheet, text: str) -> None:
    """White on black across the paper: this is not an ordinary ticket."""
    top = sheet.y
    face = face_of("Bold", sheet.px(28), text)
    height = round(sheet.px(28) * 1.6)
    sheet.need(height)
    sheet.pen.rectangle((sheet.margin, top, sheet.width - sheet.margin, top + height), fill=0)
    ascent, descent = face.getmetrics()
    x = (sheet.width - face.getlength(text)) / 2
    sheet.pen.text((x, top + (height - ascent - descent) // 2), text, font=face, fill=255)
    sheet.y = top + height + sheet.px(8)


def _service(sheet: Sheet, service: Service, lang: str) -> None:
    sheet.center(service.name.of(lang), 34, bold=True)
    sheet.center(service.name.of(second(lang)), 22)
    sheet.rule()


def _number(sheet: Sheet, label: str) -> None:
    size = sheet.px(138)
    face = face_of("Bold", size)
    left, top, right, bottom = map(int, face.getbbox(label))
    symbol = sheet.px(104)
    gap = sheet.px(22)
    room = sheet.width - 2 * sheet.margin - symbol - gap
    if right - left > room:
        face = face_of("Bold", int(size * room / (right - left)) // 2 * 2)
        left, top, right, bottom = map(int, face.getbbox(label))
    x = (sheet.width - symbol - gap - (right - left)) // 2
    y = sheet.y + sheet.px(14)
    height = max(symbol, bottom - top)
    sheet.need(2 * sheet.px(14) + height)
    mask = theme.shape(f"symbol-{theme.symbol_of(label)}", symbol)
    sheet.image.paste(0, (x, y + (height - symbol) // 2), mask)
    sheet.pen.text((x + symbol + gap - left, y + (height - (bottom - top)) // 2 - top), label, font=face, fill=0)
    sheet.y = y + height + sheet.px(14)


def _fee_and_papers(sheet: Sheet, service: Service, lang: str) -> None:
    total = f"{money(service.fee_kip, lang)} {say(lang, 'kip')}" if service.fees else say(lang, "No fee")
    sheet.pair(say(lang, "Fee"), total, 25)
    if service.instrument:
        sheet.left(service.instrument, 19)
    for paper in service.papers:
        sheet.box_line(paper.of(lang), 22)


def _foot(sheet: Sheet, job: PrintJob, layout: Layout) -> None:
    code = qr(qr_text(job, layout), module_of(QR_MODULE, sheet.width))
    sheet.need(code.height)
    top = sheet.y
    sheet.image.paste(code, (sheet.margin, top))
    x = sheet.margin + code.width + sheet.px(16)
    if job.at_ms is not None:
        sheet.at(x, written(job.at_ms, layout.zone), 22, bold=True)
    if job.head is not None:
        letters = head_letters(job.head[1])
        sheet.at(x, f"{job.head[0]} {letters[:4]} {letters[4:TYPED_LETTERS]}", 19)
    sheet.wrapped(x, say(job.lang, "Called in order of arrival."), 21)
    sheet.wrapped(x, say(job.lang, "Please keep this paper."), 21)
    sheet.y = max(sheet.y, top + code.height) + sheet.px(10)
    foot(sheet, layout)
