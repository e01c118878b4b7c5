"""The ESC/POS bytes we send and the answers we understand (pure).

Sources: ESC/POS as published by Epson for GS v 0, DLE EOT, GS ( H; masks of DLE EOT 4 as
python-escpos reads them. The picture goes in bands of at most 128 rows, because cheap printers
overflow on larger ones.
"""

from PIL import Image

from kiosk.printer.port import Fault, Status

BAND_ROWS = 128
INVERT = bytes(255 - i for i in range(256))
"""For the printer 1 is black, for the picture white."""
INIT = b"\x1b@"
FEED_AND_CUT = b"\x1bd\x04\x1dVB\x00"


def status_query(n: int) -> bytes:
    """DLE EOT n: answered at once with one byte."""
    return bytes((0x10, 0x04, n))


def process_id_query(job: int) -> bytes:
    """GS ( H: answered when everything before it is printed. `job` has at most four digits."""
    return b"\x1d(H\x06\x00\x30\x30" + f"{job % 10_000:04d}".encode()


def process_id_answer(job: int) -> bytes:
    """What a printer answers to it."""
    return b"\x37\x22" + f"{job % 10_000:04d}".encode() + b"\x00"


def raster(image: Image.Image) -> bytes:
    """A black and white picture as GS v 0 bands; the width must be a multiple of eight dots."""
    assert image.mode == "1"
    assert image.width % 8 == 0
    out = bytearray()
    for top in range(0, image.height, BAND_ROWS):
        band = image.crop((0, top, image.width, min(top + BAND_ROWS, image.height)))
        out += b"\x1dv0\x00" + (image.width // 8).to_bytes(2, "little") + band.height.to_bytes(2, "little")
        out += band.tobytes().translate(INVERT)
    return bytes(out)


def job_bytes(image: Image.Image) -> bytes:
    """Everything that puts one picture on paper and cuts it."""
    return INIT + raster(image) + FEED_AND_CUT


def read_status(answers: dict[int, int]) -> Status:
    """Status from the answers to DLE EOT 1, 2, 4 (by n); a missing one was not answered."""
    if not answers:
        return Status(answered=False)
    one, two, four = answers.get(1, 0), answers.get(2, 0), answers.get(4, 0)
    fault = None
    if two & 0x04:
        fault = Fault.COVER_OPEN
    elif two & 0x20 or four & 0x60:
        fault = Fault.PAPER_OUT
    elif two & 0x40:
        fault = Fault.ERROR
    elif one & 0x08:
        fault = Fault.OFFLINE
    return Status(fault, near_end=bool(four & 0x0C))
