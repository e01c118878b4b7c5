"""The closing slip: the day's signed head on paper, so that it leaves the building even without a network."""

from PIL import Image

from kiosk.paper import Sheet, qr
from onedoor.device.sealing import fingerprint, qr_of
from onedoor.look.texts import say
from onedoor.wire.messages import Seal

QR_MODULE = {576: 7, 512: 6, 384: 5}


def draw_slip(seal: Seal, title_lo: str, title_en: str, width: int = 576) -> Image.Image:
    """The slip as a black and white picture."""
    sheet = Sheet(width)
    sheet.center(title_lo, 28, bold=True)
    sheet.center(title_en, 22)
    sheet.rule()
    sheet.center(say("lo", "Seal of the day"), 34, bold=True)
    sheet.center("Seal of the day", 22)
    year, month, day = seal.day.split("-")
    sheet.center(f"{day}/{month}/{year}", 44, bold=True)
    sheet.pair(say("lo", "rows in the log"), str(seal.hub_seq), 27)
    code = qr(qr_of(seal), QR_MODULE.get(width, 5))
    sheet.image.paste(code, ((width - code.width) // 2, sheet.y))
    sheet.y += code.height
    sheet.center(fingerprint(seal.hash), 24, bold=True)
    sheet.pair("key", fingerprint(seal.key), 20)
    sheet.rule()
    for lang in ("lo", "en"):
        sheet.wrapped(sheet.margin, say(lang, "Keep this slip outside of this building."), 22)
        sheet.wrapped(sheet.margin, say(lang, "It proves that the log of the day was not changed later."), 22)
    return sheet.done()
