"""The ESC/POS bytes we send and the answers we understand (pure).

Sources: ESC/POS as published by Epson for GS v 0, DLE EOT, GS ( H; masks of DLE EOT 4 as
python-escpos reads them. The picture goes in bands of at most 128 rows, because cheap printers
overflow on larger ones.
"""

from collections.abc import Iterator

from PIL import Image

from kiosk.printer.answers import is_status as valid
from kiosk.printer.port import Fault, Status

BAND_ROWS = 128
INVERT = bytes(255 - i for i in range(256))
"""For the printer 1 is black, for the picture white."""
INIT = b"\x1b@"
FEED_AND_CUT = b"\x1bd\x04\x1dVB\x00"
FEED_MM = 15
"""Paper that every job uses behind its last row: four lines, and the way from head to knife."""
DPI, DPI_OF_512 = 203, 180
"""Heads have 203 dots an inch, but those of 512 dots (72 mm wide, as all of 80 mm paper) have 180."""
ASKED = (1, 2, 3, 4)
PROBE = b"ASKS"
"""The name of no job: whether a printer echoes at all is asked with it."""


def scrap(row_bytes: int) -> bytes:
    """After a job that broke off inside a band of rows of so many bytes: white dots until the band is full (alone they
    mean nothing), then a cut, so that the next paper is whole.
    """
    return b"\x00" * (BAND_ROWS * row_bytes + 8) + INIT + FEED_AND_CUT


def status_query(n: int) -> bytes:
    """DLE EOT n: answered at once with one byte."""
    return bytes((0x10, 0x04, n))


def process_id_query(job: int) -> bytes:
    """GS ( H: answered when everything before it is printed. `job` has at most four digits."""
    return echo_query(job_name(job))


def job_name(job: int) -> bytes:
    """Four digits that name a job to a printer."""
    return f"{job % 10_000:04d}".encode()


def echo_query(name: bytes) -> bytes:
    """GS ( H with any four characters."""
    return b"\x1d(H\x06\x00\x30\x30" + name


def process_id_answer(job: int) -> bytes:
    """What a printer answers to it."""
    return b"\x37\x22" + job_name(job) + b"\x00"


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


def dots_a_mm(width: int, dpi: int = 0) -> float:
    """How dense a head of so many dots prints; `dpi` if somebody knows, 0: as heads of this width are."""
    dpi = dpi or (DPI_OF_512 if width == 512 else DPI)
    return 8.0 if dpi == DPI else dpi / 25.4


def paper_mm(image: Image.Image, dpi: int = 0) -> int:
    """How much paper a picture uses."""
    return round(image.height / dots_a_mm(image.width, dpi)) + FEED_MM


def read_status(answers: dict[int, int], *, believe_offline: bool = True) -> Status:
    """Status from the answers to DLE EOT 1 to 4 (by n); a missing one was not answered. `believe_offline`: false for
    printers that say "offline" for ever and print all the same (Star).

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
        (believe_offline and one & 0x08, Fault.OFFLINE),
    )
    fault = next((cause for bit, cause in causes if bit), None)
    return Status(fault, near_end=bool(four & 0x0C))
