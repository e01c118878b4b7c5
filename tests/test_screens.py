"""The kiosk's screens, measured without a window: nothing cut, nothing unreadable, nothing too small to touch.

Every scene in every language at every size; what a finger means; where lines may break.
"""

import functools
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.screen.draw import HEIGHT, KioskScreen
from onedoor.device.catalogue import load_catalogue, plain
from onedoor.look import theme
from onedoor.look.lines import BREAK, breakable, table, wrap
from onedoor.look.texts import LANGUAGES, date, money, say
from onedoor.screen.fingers import DEAF_MS, STUCK_MS, Fingers
from onedoor.screen.pen import Pen, Target

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import kiosk_scenes  # noqa: E402

LEAST_TOUCH = 18 / 136 * HEIGHT
"""18 mm on a screen 136 mm high, the smallest we fit: 10 inches, 1280 x 800. Larger screens give more."""
CATALOGUE = load_catalogue()
SCREEN = KioskScreen(CATALOGUE, "ສູນບໍລິການຜ່ານປະຕູດຽວ ເມືອງໄຊເສດຖາ", "One Door Service Center · Saysettha", lambda _: None)
PO = sorted((ROOT / "onedoor/look/locale").glob("*/LC_MESSAGES/onedoor.po"))


def drawn(size, lang):
    width, height = kiosk_scenes.SIZES[size]
    for name, view in (kiosk_scenes.scenes(lang) | kiosk_scenes.staff_scenes()).items():
        scale = min(height / HEIGHT, width / (HEIGHT * 1.2))
        pen = Pen(scale, width / scale, height / scale)
        SCREEN.draw(pen, view)
        yield name, pen


EVERYWHERE = pytest.mark.parametrize("size", kiosk_scenes.SIZES)


@functools.cache
def glyphs(path):
    return set(TTFont(path).getBestCmap())


@EVERYWHERE
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_cut_and_no_text_has_boxes(size, lang):
    for name, pen in drawn(size, lang):
        assert pen.overflow == [], name
        for piece in pen.pieces.values():
            if piece[0] == "text":
                font = theme.font("Bold" if piece[5] else "Regular", piece[2])
                assert {c for c in piece[2] if ord(c) not in glyphs(font)} == set(), (name, piece[2])


@EVERYWHERE
def test_texts_do_not_lie_on_each_other(size):
    for lang in ("lo", "en", "hmn"):
        for name, pen in drawn(size, lang):
            places = [(k, p[1], p[3]) for k, p in pen.pieces.items() if p[0] == "text" and "still" not in name]
            for i, (key, (x, y, w, h), px) in enumerate(places):
                for other, (x2, y2, w2, h2), px2 in places[i + 1 :]:
                    apart = abs((y + h / 2) - (y2 + h2 / 2))
                    side = min(x + w, x2 + w2) - max(x, x2)
                    assert side <= 1 or apart >= (px + px2) * 0.42, (name, key, other)


@EVERYWHERE
def test_everything_that_can_be_touched_is_large_enough_and_on_the_screen(size):
    width, height = kiosk_scenes.SIZES[size]
    for lang in ("lo", "en"):
        for name, pen in drawn(size, lang):
            for key, at in pen.targets.items():
                assert min(at.w, at.h) >= LEAST_TOUCH * pen.scale - 1, (name, key)
                assert at.x >= 0 and at.y >= 0 and at.x + at.w <= width and at.y + at.h <= height, (name, key)


@EVERYWHERE
def test_every_text_stands_out_from_what_is_under_it(size):
    for lang in ("lo", "zh"):
        for name, pen in drawn(size, lang):
            seen = Pen(pen.scale, pen.w, pen.h)
            for key, piece in pen.pieces.items():
                if piece[0] == "text":
                    ground = seen.ground(piece[1])
                    assert ground and theme.contrast(piece[4], ground) >= 7, (name, piece[2], piece[4], ground)
                seen.pieces[key] = piece


@pytest.mark.parametrize("size", ["kiosk-800x1280", "kiosk-1080x1920"])
def test_low_means_out_of_the_upper_quarter(size):
    _, height = kiosk_scenes.SIZES[size]
    for name, pen in drawn(size, "lo"):
        if name.startswith("low"):
            assert pen.targets and all(at.y + at.h <= height * 0.76 + 1 for at in pen.targets.values()), name


def test_languages_are_one_touch_away_on_every_screen_of_a_citizen():
    for name, pen in drawn("kiosk-1280x800", "lo"):
        if not name.startswith(
            ("staff", "pin", "starting", "printing", "issued", "large-issued", "contrast-issued", "closed", "fault")
        ):
            offered = LANGUAGES if "two-languages" not in name else ("lo", "en")
            assert {f"lang-{code}" for code in offered} <= set(pen.targets), name


# -- texts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PO, ids=lambda p: p.parent.parent.name)
def test_every_entry_is_marked_reviewed_or_not_or_missing_and_is_compiled(path):
    lang = path.parent.parent.name
    with path.open("rb") as file:
        for message in read_po(file):
            if message.id:
                mark = message.auto_comments[0]
                assert mark == "missing" if not message.string else mark.startswith(("unreviewed", "reviewed: "))
                if message.string:
                    assert say(lang, message.id) == message.string, "run: make texts"


def test_what_a_citizen_meets_is_written_in_every_language_but_khmu():
    ids = {}
    for path in PO:
        with path.open("rb") as file:
            ids[path.parent.parent.name] = {m.id for m in read_po(file) if m.id and m.string}
    shown = set()
    for lang in ("vi", "zh", "th", "hmn"):
        assert ids[lang] == ids["vi"]
        for name, pen in drawn("kiosk-1280x800", lang):
            if not name.startswith(("staff", "pin", "starting")):  # these show Lao and English
                shown |= {p[2] for p in pen.pieces.values() if p[0] == "text"}
    english = {t for t in shown if t in ids["lo"] and any(say(lang, t) != t for lang in ("vi", "zh"))}
    assert english == set(), "texts that stood in English on a screen in another language"
    assert say("kjg", "Take a number") == say("lo", "Take a number")


def shipped():
    stack = [plain(CATALOGUE)]
    while stack:
        at = stack.pop()
        if isinstance(at, dict):
            stack += at.values()
        elif isinstance(at, list):
            stack += at
        elif isinstance(at, str):
            yield at
    for path in PO:
        with path.open("rb") as file:
            yield from (str(m.string) for m in read_po(file) if m.id and m.string)


def test_every_lao_and_thai_text_has_its_breaks():
    wanted = {text for text in shipped() if any("\u0e00" <= c <= "\u0eff" for c in text)}
    assert wanted - set(table()) == set(), "run: make breaks"
    for plain_text, broken in table().items():
        assert broken.replace(BREAK, "") == plain_text


def test_lines_break_between_words_of_lao_thai_and_chinese():
    assert wrap("ທ່ານຕ້ອງການບໍລິການຫຍັງ?", len, 14) == ["ທ່ານຕ້ອງການ", "ບໍລິການຫຍັງ?"]
    assert wrap("กรุณารับบัตรคิว", len, 9) == ["กรุณารับ", "บัตรคิว"]
    assert wrap("请询问工作人员", len, 4) == ["请询问工", "作人员"]
    assert wrap("Touch to take", len, 8) == ["Touch to", "take"]
    assert wrap("", len, 8) == [""]
    assert BREAK not in "".join(wrap("ທ່ານຕ້ອງການບໍລິການຫຍັງ?", len, 5))


@given(st.text(alphabet="ກຂຄງຈສຊຍດຕຖທນບປຜຝພຟມຢຣລວຫອຮະັາຳິີຶືຸູົຼຽເແໂໃໄ່້ໆ ab", max_size=40), st.integers(1, 12))
@settings(max_examples=200)
def test_wrapping_loses_nothing_and_never_splits_a_mark_from_its_letter(text, room):
    lines = wrap(text, len, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for run in breakable(text).split(BREAK)[1:]:
        assert run[:1] not in "ະັາຳິີຶືຸູົຼຽ່້ໆ" or not run


def test_numbers_and_days_as_people_write_them():
    assert [money(95_000, lang) for lang in ("lo", "en", "vi", "zh")] == ["95.000", "95,000", "95.000", "95,000"]
    assert [date("2026-11-03", lang) for lang in ("lo", "en", "zh")] == ["03/11/2026", "03/11/2026", "2026年11月3日"]


# -- fingers --------------------------------------------------------------------------------------------

ONE, TWO = (50.0, 50.0), (150.0, 50.0)


def buttons(hold_ms=0):
    return {"one": Target(0, 0, 100, 100, lambda: None, hold_ms), "two": Target(100, 0, 100, 100, lambda: None)}


def settled():
    fingers = Fingers()
    fingers.turned("page", 0)
    return fingers


def test_a_tap_counts_and_a_slide_does_not():
    fingers = settled()
    assert fingers.press(1, ONE, 1_000, buttons())
    assert fingers.lift(1, ONE, buttons()) == "one"
    fingers.press(1, ONE, 2_000, buttons())
    fingers.slide(1, TWO, buttons())
    fingers.slide(1, ONE, buttons())
    assert fingers.lift(1, ONE, buttons()) is None
    fingers.press(1, ONE, 3_000, buttons())
    assert fingers.lift(1, TWO, buttons()) is None


def test_a_second_finger_means_nothing():
    fingers = settled()
    fingers.press(1, ONE, 1_000, buttons())
    assert not fingers.press(2, TWO, 1_100, buttons())
    assert fingers.lift(2, TWO, buttons()) is None
    assert fingers.lift(1, ONE, buttons()) == "one"


def test_a_stuck_finger_is_forgotten_and_others_go_on():
    fingers = settled()
    fingers.press(1, ONE, 1_000, buttons())
    assert not fingers.press(2, TWO, 1_000 + STUCK_MS - 1, buttons())
    assert fingers.press(3, TWO, 1_000 + STUCK_MS, buttons())
    assert fingers.lift(3, TWO, buttons()) == "two"
    assert fingers.lift(1, ONE, buttons()) is None


def test_a_touch_during_a_transition_means_nothing():
    fingers = settled()
    fingers.press(1, ONE, 1_000, buttons())
    fingers.turned("next", 1_050)
    assert fingers.lift(1, ONE, buttons()) is None
    assert not fingers.press(1, ONE, 1_050 + DEAF_MS - 1, buttons())
    fingers.lift(1, ONE, buttons())
    assert fingers.press(1, ONE, 1_050 + DEAF_MS, buttons())


def test_a_button_that_wants_to_be_held():
    fingers = settled()
    fingers.press(1, ONE, 1_000, buttons(3_000))
    assert fingers.held(3_900, buttons(3_000)) is None
    assert fingers.part(2_500, buttons(3_000)) == 0.5
    assert fingers.held(4_000, buttons(3_000)) == "one"
    assert fingers.held(4_100, buttons(3_000)) is None, "told once"
    assert fingers.lift(1, ONE, buttons(3_000)) is None
    fingers.press(1, ONE, 5_000, buttons(3_000))
    assert fingers.lift(1, ONE, buttons(3_000)) is None, "a tap is not enough"
