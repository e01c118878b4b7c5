"""The ESC/POS bytes we send and the answers we understand (pure).

Sources: ESC/POS as published by Epson for GS v 0, DLE EOT, GS ( H; masks of DLE EOT 4 as
python-escpos reads them. The picture goes in bands of at most 128 rows, because cheap printers
overflow on larger ones.
"""

from collections.abc import Iterator

from PIL import Image

from kiosk.printer.port import Fault, Status

BAND_ROWS = 128
INVERT = bytes(255 - i for i in range(256))
"""For the printer 1 is black, for the picture white."""
INIT = b"\x1b@"
FEED_AND_CUT = b"\x1bd\x04\x1dVB\x00"
DOTS_A_MM = 8
FEED_MM = 15
"""Paper that every job uses behind its last row: four lines, and the way from head to knife."""
ASKED = (1, 2, 3, 4)
SCRAP = b"\x00" * (BAND_ROWS * 72 + 8) + INIT + FEED_AND_CUT
"""After a job that broke off inside a band: white dots until the band is full (alone they mean nothing), then a cut, so
that the next paper is whole."""


def status_query(n: int) -> bytes:
    """DLE EOT n: answered at once with one byte."""
    return bytes((0x10, 0x04, n))


def process_id_query(job: int) -> bytes:
    """GS ( H: answered when everything before it is printed. `job` has at most four digits."""
    return b"\x1d(H\x06\x00\x30\x30" + f"{job % 10_000:04d}".encode()


def process_id_answer(job: int) -> bytes:
    """What a printer answers to it."""
    return b"\x37\x22" + f"{job % 10_000:04d}".encode() + b"\x00"


def bands(image: Image.Image) -> Iterator[bytes]:
    """A black and white picture as GS v 0 bands; the width must be a multiple of eight dots."""
    assert image.mode == "1"
    assert image.width % 8 == 0
    for top in range(0, image.height, BAND_ROWS):
        band = image.crop((0, top, image.width, min(top + BAND_ROWS, image.height)))
        head = b"\x1dv0\x00" + (image.width // 8).to_bytes(2, "little") + band.height.to_bytes(2, "little")
        yield head + band.tobytes().translate(INVERT)


def raster(image: Image.Image) -> bytes:
    """All bands of a picture."""
    return b"".join(bands(image))


def job_parts(image: Image.Image) -> Iterator[bytes]:
    """Everything that puts one picture on paper and cuts it, in parts that no printer's buffer is too small for."""
    yield INIT
    yield from bands(image)
    yield FEED_AND_CUT


def job_bytes(image: Image.Image) -> bytes:
    """The same in one piece."""
    return b"".join(job_parts(image))


def paper_mm(image: Image.Image) -> int:
    """How much paper a picture uses."""
    return image.height // DOTS_A_MM + FEED_MM


def valid(byte: int) -> bool:
    """Whether this can be an answer to DLE EOT: four of its bits never change."""
    return byte & 0x93 == 0x12


def read_status(answers: dict[int, int]) -> Status:
    """Status from the answers to DLE EOT 1 to 4 (by n); a missing one was not answered.

    What people can mend comes first: an open cover also says offline, and perhaps end of paper.
    """
    if not answers:
        return Status(answered=False)
    if not all(valid(byte) for byte in answers.values()):
        return Status(Fault.GARBLED)
    one, two, three, four = (answers.get(n, 0) for n in ASKED)
    causes = (
        (two & 0x04, Fault.COVER_OPEN),
        (two & 0x20 or four & 0x60, Fault.PAPER_OUT),
        (three & 0x08, Fault.CUTTER),
        (three & 0x40, Fault.HOT),
        (three & 0x20 or two & 0x40, Fault.ERROR),
        (one & 0x08, Fault.OFFLINE),
    )
    fault = next((cause for bit, cause in causes if bit), None)
    return Status(fault, near_end=bool(four & 0x0C))
