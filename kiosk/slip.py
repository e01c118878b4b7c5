"""Papers that are no tickets: closing slip with the day's seal, slips for collecting and for being late, test sheet.

The closing slip carries the day's signed head on paper, so that it leaves the building even without a network; and the
sum of the program that checks it, because a false pack can bring a false program.
"""

from functools import cache
from importlib.resources import files

from PIL import Image

from kiosk.jobs import SlipJob
from kiosk.layout import Layout
from kiosk.paper import Sheet, module_of
from kiosk.ticket import banner, foot, head, written
from onedoor.device.sealing import fingerprint, qr_of
from onedoor.look import theme
from onedoor.look.texts import date, say
from onedoor.wire.messages import Seal

QR_MODULE = {832: 9, 576: 7, 512: 6, 384: 5}
SAMPLE = "ນ້ຳ ຄ່ຳ ທີ່ · ABC 0123456789 · ไทย · Tiếng Việt"


def draw_seal(seal: Seal, layout: Layout) -> Image.Image:
    """The closing slip as a black and white picture."""
    sheet = Sheet(layout.width)
    head(sheet, layout)
    sheet.center(say("lo", "Seal of the day"), 34, bold=True)
    sheet.center("Seal of the day", 22)
    if seal.day:
        sheet.center(date(seal.day), 44, bold=True)
    else:
        sheet.center(say("lo", "The day is not known"), 32, bold=True)
        sheet.center("The day is not known", 22)
    sheet.pair(say("lo", "rows in the log"), str(seal.hub_seq), 27)
    sheet.code(qr_of(seal), module_of(QR_MODULE, layout.width))
    sheet.center(fingerprint(seal.hash), 24, bold=True)
    sheet.pair("key", fingerprint(seal.key), 20)
    if seal.authority:
        sheet.pair(say("lo", "key of the services"), fingerprint(seal.authority), 20)
    if seal.witnessed:
        sheet.wrapped(sheet.margin, f"{say('lo', 'Signed outside by')} {seal.witnessed}", 20)
    sheet.pair("verify.py", fingerprint(verifier_sum()), 20)
    sheet.rule()
    for lang in ("lo", "en"):
        sheet.wrapped(sheet.margin, say(lang, "Keep this slip outside of this building."), 22)
        sheet.wrapped(sheet.margin, say(lang, "It proves that the log of the day was not changed later."), 22)
    return sheet.done()


@cache
def verifier_sum() -> str:
    """The SHA-256 of this release's verify.py: whoever has the slip can tell a false one."""
    return (files("onedoor") / "data" / "verify.sha256").read_text("ascii").strip()


def draw_slip(job: SlipJob, layout: Layout) -> Image.Image:
    """A slip of the staff."""
    return _test(job, layout) if job.kind == "test" else _dated(job, layout)


def _dated(job: SlipJob, layout: Layout) -> Image.Image:
    """A day to come on and a code to come with; with an apology if it is later than promised."""
    sheet = Sheet(layout.width)
    head(sheet, layout)
    banner(sheet, say("lo", "Slip: later than promised" if job.kind == "sorry" else "Slip for collecting"))
    if job.kind == "sorry":
        for lang, size in (("lo", 26), ("en", 22)):
            sheet.wrapped(sheet.margin, say(lang, "We are sorry: your papers are not ready yet."), size)
        sheet.rule()
    if job.service is not None:
        sheet.center(job.service.name.lo, 34, bold=True)
        sheet.center(job.service.name.en, 22)
    if job.day:
        sheet.center(date(job.day), 56, bold=True)
    else:
        sheet.center(f"{job.in_days} {say('lo', 'working days')}", 56, bold=True)
        sheet.center(f"{job.in_days} {say('en', 'working days')}", 26)
    sheet.center(f"{job.receipt[:3]} {job.receipt[3:]}", 56, bold=True)
    come = "Please come on this day with this code." if job.day else "Please come after so many days with this code."
    for lang, size in (("lo", 26), ("en", 22)):
        sheet.wrapped(sheet.margin, say(lang, come), size)
    sheet.rule()
    sheet.center(written(job.at_ms, layout.zone), 22, bold=True)
    foot(sheet, layout)
    return sheet.done()


def _test(job: SlipJob, layout: Layout) -> Image.Image:
    """Everything a technician wants to see of a printer: edges, grays, scripts, sizes, code; and the box's state."""
    sheet = Sheet(layout.width)
    head(sheet, layout)
    banner(sheet, f"{say('lo', 'test sheet')} · test sheet")
    sheet.center(written(job.at_ms, layout.zone), 24, bold=True)
    for name, value in job.facts:
        sheet.pair(name, value, 22)
    sheet.rule()
    for size in (18, 22, 28, 40):
        sheet.wrapped(sheet.margin, SAMPLE, size)
    symbols = list(theme.SYMBOLS)
    side = (sheet.width - 2 * sheet.margin) // len(symbols)
    sheet.need(side + 200)
    for i, name in enumerate(symbols):
        sheet.image.paste(0, (sheet.margin + i * side, sheet.y), theme.shape(f"symbol-{name}", side - 4))
    sheet.y += side + sheet.px(8)
    for i in range(0, sheet.width, 8):
        sheet.pen.line((i, sheet.y, i, sheet.y + (24 if i % 80 == 0 else 12)), fill=0, width=1)
    sheet.y += 30
    sheet.pen.rectangle((0, sheet.y, sheet.width - 1, sheet.y + 40), outline=0, width=3)
    sheet.y += 50
    sheet.code("test sheet", module_of(QR_MODULE, layout.width))
    return sheet.done()
