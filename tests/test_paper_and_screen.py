"""What people see: Lao shaped right, nothing cut, codes that scan, colors that can be read."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont
from pyzbar.pyzbar import decode

from kiosk.jobs import PrintJob
from kiosk.layout import Layout
from kiosk.printer.decode import Decoder
from kiosk.printer.escpos_bytes import job_bytes
from kiosk.ticket import draw_ticket, qr_text
from onedoor.device.catalogue import load_catalogue
from onedoor.look import theme
from onedoor.look.texts import LANGUAGES, say
from onedoor.wire.tag import genuine

ROOT = Path(__file__).resolve().parent.parent
LAO = "ນ້ຳ ຄ່ຳ ທີ່"
SIZE = 128
"""Pixels; at small sizes our renderer fits strokes to the pixel grid and the other does not."""


KEY = bytes(range(32))
AT = 1_795_222_800_000
"""08:00 in the center on 21 November 2026."""


def layout(width=576):
    return Layout("saysettha", "ສູນບໍລິການຜ່ານປະຕູດຽວ ເມືອງໄຊເສດຖາ", "One Door Service Center · Saysettha", width, key=KEY)


def text(service="land", lang="lo", label="A1-023", ahead=5, **more):
    return PrintJob(
        "k1.0.1", label, load_catalogue().get(service), lang, more.pop("at_ms", AT), ahead,
        **({"receipt": "482913", "promised": "2026-11-26"} | more),
    )  # fmt: skip


def draw(job, width=576):
    return draw_ticket(job, layout(width))


def paper(image):
    """The picture as it comes out of a printer."""
    decoder = Decoder(width=image.width)
    decoder.feed(job_bytes(image))
    decoder.run()
    return decoder.papers[0].image


@pytest.mark.parametrize("width", [384, 576])
@pytest.mark.parametrize("service", [s.id for s in load_catalogue().services])
def test_the_code_scans_from_paper(width, service):
    wanted = text(service)
    found = decode(paper(draw(wanted, width)).convert("L"))
    [said] = [code.data.decode() for code in found]
    assert said == qr_text(wanted, layout(width))
    assert said.startswith("saysettha.20261121.A1-023.")
    assert genuine(KEY, said)


@pytest.mark.parametrize("width", [384, 512, 576])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_on_paper_touches_the_edge(width, lang):
    for service in load_catalogue().services:
        image = draw(text(service.id, lang, label="A12-1234"), width)
        assert image.mode == "1"
        assert image.width == width
        ink = ImageChops.invert(image.convert("L")).getbbox()
        assert ink[0] >= 8
        assert ink[2] <= width - 8


def test_without_an_answer_the_paper_does_not_speak_of_people_ahead():
    assert draw(text(ahead=None)).height < draw(text(ahead=0)).height


def test_the_number_is_the_largest_thing_on_paper():
    image = draw(text(label="A-023"))
    rows = [sum(image.getpixel((x, y)) == 0 for x in range(0, image.width, 3)) for y in range(100, 260)]
    assert sum(r > 20 for r in rows) > 90, "48 pt are 135 dots"


def pango(tmp_path, words, bold=False, size=SIZE):
    """The same words by another shaping program, with our font and no other."""
    config = tmp_path / "fonts.conf"
    folder = ROOT / "onedoor" / "look" / "fonts"
    config.write_text(
        f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{folder}</dir>'
        f"<cachedir>{tmp_path}</cachedir></fontconfig>"
    )
    out = tmp_path / "pango.png"
    subprocess.run(
        [
            "pango-view", "-q", "--dpi=72", "--hinting=none", "--antialias=gray", "--margin=20",
            f"--font=OneDoor Sans {'Bold ' if bold else ''}{size}px", f"--output={out}", f"--text={words}",
        ],
        check=True, env={"FONTCONFIG_FILE": str(config), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
    )  # fmt: skip
    return mask(Image.open(out).convert("L"))


def mask(image):
    """Ink as a bit mask, cut to the ink; the ground is the corner's color."""
    ground = image.getpixel((0, 0))
    ink = image.point(lambda v: 255 if abs(v - ground) > 127 else 0)
    return ink.crop(ink.getbbox())


def overlap(one, two):
    """Best intersection over union over shifts of up to three pixels."""
    w, h = max(one.width, two.width) + 8, max(one.height, two.height) + 8
    base = Image.new("L", (w, h))
    base.paste(one, (4, 4))
    best = 0.0
    for dx in range(-3, 4):
        for dy in range(-3, 4):
            other = Image.new("L", (w, h))
            other.paste(two, (4 + dx, 4 + dy))
            both = ImageChops.multiply(base, other).histogram()[255]
            either = ImageChops.lighter(base, other).histogram()[255]
            best = max(best, both / either)
    return best


def ours(words, layout, bold=False, size=SIZE):
    face = ImageFont.truetype(theme.font("Bold" if bold else "Regular"), size, layout_engine=layout)
    image = Image.new("L", (1600, 320), 0)
    ImageDraw.Draw(image).text((60, 60), words, font=face, fill=255)
    return mask(image)


WORDS = [LAO, "ທ່ານຕ້ອງການ", "ບໍລິການຫຍັງ?", "ແຕະເພື່ອຮັບບັດ", "ສຳມະໂນຄົວ", "ໃບຢັ້ງຢືນ", "ທີ່ຢູ່ A1-023"]
"""Short runs: over a long line two programs' rounding of advances adds up to some pixels, which would
hide what is compared here, the place of every mark on its letter."""


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("bold", [False, True])
def test_lao_on_paper_is_shaped_as_another_program_shapes_it(tmp_path, words, bold):
    assert overlap(ours(words, ImageFont.Layout.RAQM, bold), pango(tmp_path, words, bold)) >= 0.9


def test_marks_on_lao_at_the_size_of_a_ticket_line(tmp_path):
    assert overlap(ours(LAO, ImageFont.Layout.RAQM, size=64), pango(tmp_path, LAO, size=64)) >= 0.9


def test_the_measure_notices_unshaped_lao(tmp_path):
    assert overlap(ours(LAO, ImageFont.Layout.BASIC), pango(tmp_path, LAO)) < 0.9


SCREEN_WORDS = f"""
import sys, tempfile
from onedoor.device.config import ScreenConfig
from onedoor.screen.setup import prepare
prepare(ScreenConfig(width=1600, height=320), "test", tempfile.mkdtemp())
from kivy.base import EventLoop
from kivy.core.window import Window
from onedoor.screen.sheet import Sheet
from onedoor.screen.stage import picture
def draw(pen, view):
    pen.box("g", 0, 0, pen.w, pen.h, "#000000")
    pen.text("t", 20, 20, 1560, 280, view, {SIZE}, "#FFFFFF")
sheet = Sheet(draw, 320)
EventLoop.ensure_window()
Window.add_widget(sheet)
for i, words in enumerate(sys.argv[2:]):
    sheet.size = Window.size
    sheet.show(words)
    Window.canvas.ask_update()
    EventLoop.idle()
    EventLoop.idle()
    picture(f"{{sys.argv[1]}}/{{i}}.png")()
"""


def headless():
    import os

    env = {k: v for k, v in os.environ.items() if k != "DISPLAY"}
    return env | {"SDL_VIDEODRIVER": "offscreen"}


def test_lao_on_screen_is_shaped_as_another_program_shapes_it(tmp_path):
    argv = [sys.executable, "-c", SCREEN_WORDS, str(tmp_path), *WORDS]
    subprocess.run(argv, check=True, env=headless(), capture_output=True, timeout=60)
    for i, words in enumerate(WORDS):
        seen = mask(Image.open(tmp_path / f"{i}.png").convert("L"))
        assert overlap(seen, pango(tmp_path, words)) >= 0.9, words


@pytest.mark.parametrize("size", ["kiosk-1024x600", "board-1080x1920", "panel-800x480"])
def test_every_scene_of_a_screen_is_drawn_and_no_text_is_cut(tmp_path, size):
    """One size of each; tests/test_screens.py measures the kiosk at every size and in every language."""
    done = subprocess.run(
        [sys.executable, "tools/gallery.py", str(tmp_path), size], cwd=ROOT, env=headless(), capture_output=True,
        text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    pictures = list(tmp_path.glob("*.png"))
    assert len(pictures) >= 3
    for path in pictures:
        with Image.open(path) as image:
            assert len(image.convert("RGB").resize((64, 64)).getcolors(4096)) > 1, f"{path.name} is empty"


def test_every_text_pair_can_be_read():
    for ink, ground in theme.TEXT_PAIRS:
        assert theme.contrast(ink, ground) >= 7, (ink, ground)
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_neighbors_have_different_symbols_and_the_same_ticket_the_same():
    names = [theme.symbol_of(f"A1-{n:03d}") for n in range(1, 13)]
    assert sorted(names) == sorted(theme.SYMBOLS)
    assert theme.symbol_of("nonsense") in theme.SYMBOLS


def test_every_glyph_of_every_text_is_in_the_font():
    from fontTools.ttLib import TTFont

    for weight in ("Regular", "Bold"):
        known = set(TTFont(theme.font(weight)).getBestCmap())
        for lang, words in all_texts():
            missing = {c for c in words if ord(c) not in known and c != "\n"}
            assert not missing, (weight, lang, words, missing)


def all_texts():
    for service in load_catalogue().services:
        for t in (service.name, *service.papers):
            yield "lo", t.lo
            yield "en", t.en
        yield "lo", service.instrument
    for source in sources():
        yield "en", source
        yield "lo", say("lo", source)


def sources():
    """Every text the code asks a translation for."""
    import ast

    found = set()
    paths = ["kiosk/ticket.py", "kiosk/slip.py", "kiosk/staff.py", "onedoor/look/alarms.py", "display/screen/board.py"]
    paths += ["reports/report.py", "reports/banner.py", "reports/words.py", "reports/walk.py"]
    paths += ["display/screen/panel.py", *(f"kiosk/screen/{p.name}" for p in (ROOT / "kiosk/screen").glob("*.py"))]
    for path in paths:
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in catalogue_ids():
                found.add(node.value)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                if isinstance(node.args[1], ast.Constant):
                    found.add(node.args[1].value)
            if isinstance(node, ast.Call) and path.startswith("reports/") and getattr(node.func, "id", "") == "t":
                if isinstance(node.args[0], ast.Constant):
                    found.add(node.args[0].value)
    for page in ("report.html", "walk.html"):
        found |= set(re.findall(r't\("([^"]+)"\)', (ROOT / "reports/templates" / page).read_text()))
    return sorted(found)


def catalogue_ids():
    from babel.messages.pofile import read_po

    with open(ROOT / "onedoor/look/locale/lo/LC_MESSAGES/onedoor.po", "rb") as file:
        return {m.id for m in read_po(file) if m.id}


def test_every_text_has_a_lao_wording_that_is_marked_reviewed_or_not():
    from babel.messages.pofile import read_po

    assert set(sources()) <= catalogue_ids()
    with open(ROOT / "onedoor/look/locale/lo/LC_MESSAGES/onedoor.po", "rb") as file:
        for message in read_po(file):
            if message.id:
                assert message.string
                assert message.auto_comments[0].startswith(("unreviewed", "reviewed: ")), message.id


def test_the_compiled_catalogue_is_current():
    from babel.messages.pofile import read_po

    with open(ROOT / "onedoor/look/locale/lo/LC_MESSAGES/onedoor.po", "rb") as po:
        for message in read_po(po):
            if message.id:
                assert say("lo", message.id) == message.string, "run: make texts"


def test_every_picture_is_drawn():
    for svg in (ROOT / "onedoor/look/svg").glob("*.svg"):
        assert (ROOT / f"onedoor/look/png/{svg.stem}.png").exists(), "run: make look"
    for service in load_catalogue().services:
        assert Path(theme.picture(f"icon-{service.pictogram}")).exists()
    for name in theme.SYMBOLS:
        assert Path(theme.picture(f"symbol-{name}")).exists()


def test_generated_docs_are_current():
    sys.path.insert(0, str(ROOT / "tools"))
    import make_docs

    assert make_docs.stale() == [], "run: make docs"
    assert json.loads((ROOT / "docs/asyncapi.json").read_text())["asyncapi"] == "3.0.0"
