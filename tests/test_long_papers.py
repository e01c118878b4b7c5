"""Tickets as long as what they say, on paper of every width; and the length at which the catalogue's check stops."""

import random
from dataclasses import replace

import pytest
from msgspec import structs
from pyzbar.pyzbar import decode
from test_paper_and_screen import KEY, layout, paper, text

from kiosk.jobs import ListJob
from kiosk.paper import Sheet, broken, face_of
from kiosk.printer.escpos_bytes import paper_mm
from kiosk.ticket import draw_list, draw_ticket, qr_text
from onedoor.device.catalogue import Text, load_catalogue
from onedoor.device.catalogue_check import TICKET_MOST_MM, national_findings, ticket_mm
from onedoor.look.texts import LANGUAGES
from onedoor.wire.tag import genuine

WIDTHS = (384, 416, 512, 576, 640, 832)
LAND = load_catalogue().get("land")
LONG = Text(
    "ສຳເນົາສຳມະໂນຄົວ ສະບັບທີ່ຢັ້ງຢືນໂດຍ ນາຍບ້ານ ບໍ່ເກີນ ສາມເດືອນ ພ້ອມດ້ວຍຮູບຖ່າຍ ຂະໜາດສາມຄູນສີ່ ຈຳນວນສອງໃບ",
    "A copy of the family book, certified by the head of the village not longer than three months ago, and two photos",
    zh="户口簿复印件，由村长在三个月内认证，并附两张照片，尺寸为三厘米乘四厘米，背景为白色",
)


def with_papers(papers):
    return structs.replace(LAND, papers=papers)


def boxes(image, width):
    """Boxes to tick: upright strokes at the margin."""
    sheet = Sheet(width)
    side, found, run = sheet.px(20), 0, 0
    for y in range(image.height):
        run = run + 1 if image.getpixel((sheet.margin, y)) == 0 else 0
        found += run == side
    return found


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("count", [0, 12, 30, 45])
def test_every_paper_and_the_code_below_them_are_drawn(width, count):
    service = with_papers([Text(f"ສຳມະໂນຄົວ {i}", f"Family book {i}") for i in range(count)])
    job = replace(text(), service=service)
    image = paper(draw_ticket(job, layout(width)))
    assert boxes(image, width) == count
    [code] = decode(image.convert("L"))
    assert code.data.decode() == qr_text(job, layout(width))
    assert genuine(KEY, code.data.decode())


@pytest.mark.parametrize("width", WIDTHS)
def test_a_list_of_thirty_is_whole_too(width):
    image = draw_list(ListJob(with_papers([LONG] * 30), "lo", 1_795_000_000_000), layout(width))
    assert boxes(image, width) == 30 + 1, "thirty boxes and the banner"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("words", [LONG.lo, LONG.en, LONG.zh, "W" * 300, "ກ" * 300])
def test_no_line_is_wider_than_its_paper(width, words):
    for size in (19, 22, 34):
        face = face_of("Regular", size, words)
        lines = broken(words, face, width - 44)
        assert all(face.getlength(line) <= width - 44 for line in lines)
        assert "".join(lines).replace(" ", "") == words.replace(" ", "")


def ticket_of(service, lang, width):
    return draw_ticket(replace(text(), service=service, lang=lang), layout(width))


@pytest.mark.parametrize("seed", range(12))
def test_no_ticket_is_longer_than_the_check_believes(seed):
    chance = random.Random(seed)

    def words(letters):
        return "".join(chance.choice(letters) for _ in range(chance.randint(1, 120)))

    papers = [
        chance.choice(
            [LONG, LAND.papers[0], Text(words("ກຂຄງຈສຊຍ "), words("abc WM")), Text("x", "y", zh=words("户口簿"))]
        )
        for _ in range(chance.randint(0, 40))
    ]
    service = structs.replace(LAND, papers=papers, name=Text(words("ກຂຄງ "), words("Wide ")), instrument=words("abc "))
    for width in (384, 576, 832):
        for lang in chance.sample(sorted(LANGUAGES), 2):
            assert paper_mm(ticket_of(service, lang, width)) <= ticket_mm(service)


def test_the_check_names_a_ticket_that_is_too_long():
    catalogue = load_catalogue()
    line = 'id = "land"'
    good = structs.replace(catalogue, services=[with_papers([Text("ກ", "a")] * 30)])
    assert [f for f in national_findings(good, line) if f.key.endswith("papers")] == []
    bad = structs.replace(catalogue, services=[with_papers([Text("ກ", "a")] * 60)])
    [finding] = [f for f in national_findings(bad, line) if f.key == "services.1.papers"]
    assert "60 papers" in finding.problem
    assert str(TICKET_MOST_MM // 10) in finding.fix
    assert all(ticket_mm(service) <= TICKET_MOST_MM for service in catalogue.services)
