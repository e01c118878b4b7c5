"""Every page of the counter panel and every state of the hall board, measured without a window, in Lao and English."""

import functools
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from laos import minute_ms

from display.menu import WHICH_DAY, Beside, Menu, tiles
from display.screen import asking
from display.screen.board import HEIGHT as BOARD_HEIGHT
from display.screen.board import BoardScreen
from display.screen.clock import shown_time
from display.screen.panel import HEIGHT, PanelScreen
from display.time_page import MONTHS, WEEK, Offer, Told, back_from, choices, spoken
from onedoor.device.catalogue import load_catalogue
from onedoor.device.clock import VirtualClock
from onedoor.hall.desk import Desk
from onedoor.look import theme
from onedoor.look.texts import say
from onedoor.screen.pen import Pen

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import gallery_scenes

NARROWEST = 1.2
"""As `onedoor.screen.sheet` fits a screen; it draws with OpenGL, which these tests do without."""
CATALOGUE = load_catalogue()
CLOCK = VirtualClock(gallery_scenes.NINE)


def drawn(size):
    """Every scene of a size, as pieces."""
    width, height = gallery_scenes.SIZES[size]
    if size.startswith("panel"):
        screen, scenes, design = PanelScreen(CATALOGUE, CLOCK, lambda _: None), gallery_scenes.panel_scenes(), HEIGHT
    else:
        screen = BoardScreen(CATALOGUE, *gallery_scenes.TITLES, CLOCK)
        scenes, design = gallery_scenes.board_scenes(), BOARD_HEIGHT
    for name, view in scenes.items():
        scale = min(height / design, width / (design * NARROWEST))
        pen = Pen(scale, width / scale, height / scale)
        screen.draw(pen, view)
        yield name, pen


@functools.cache
def glyphs(path):
    return set(TTFont(path).getBestCmap())


@pytest.mark.parametrize("size", [s for s in gallery_scenes.SIZES if s.startswith(("panel", "board"))])
def test_nothing_is_cut_and_no_text_has_boxes(size):
    for name, pen in drawn(size):
        assert pen.overflow == [], name
        for piece in pen.pieces.values():
            if piece[0] == "text":
                font = theme.font("Bold" if piece[5] else "Regular", piece[2])
                assert {c for c in piece[2] if ord(c) not in glyphs(font)} == set(), (name, piece[2])


def texts(pen):
    return [piece[2] for piece in pen.pieces.values() if piece[0] == "text"]


def test_no_clock_is_shown_that_nobody_knows_and_a_said_one_has_a_question_mark():
    panels, boards = dict(drawn("panel-1024x600")), dict(drawn("board-1920x1080"))
    assert "09:42" in texts(panels["free"]) and "09:42" in texts(boards["busy"])
    assert "09:42?" in texts(panels["time-said"]) and "09:42?" in texts(boards["said-time"])
    for pen in (panels["time-day"], boards["no-time"], boards["night-no-time"], boards["stale-no-time"]):
        assert not any(text.startswith("09:4") for text in texts(pen))
    assert any("Not connected for 1 min" in text for text in texts(boards["stale-no-time"]))
    assert shown_time(Told(), 0) == ("--:--", "")


def test_the_question_has_two_tiles_as_large_as_next():
    panels = dict(drawn("panel-1024x600"))
    targets = panels["which-day"].targets
    assert {"menu-yes", "menu-no", "menu-back"} <= set(targets)
    for key in ("menu-yes", "menu-no"):
        assert targets[key].h >= panels["free"].targets["press-next"].h * 0.9
    assert "A1-031 … A1-033" in texts(panels["which-day"])


def test_every_word_of_these_pages_has_a_lao_draft():
    words = {*WEEK, *MONTHS, *asking.STEPS.values(), asking.ASK, asking.WHOSE, asking.BEFORE, asking.TWICE}
    words |= {"Nobody knows the time.", "This is known:", "One person said:"}
    for page, typed in (("time", ""), ("time", "7"), ("hour", "2026-11-25"), ("minute", "2026-11-25 08"),
                        ("sure", "2026-11-25 08:03"), (WHICH_DAY, "")):  # fmt: skip
        words |= {tile.text for tile in tiles(Menu(page, typed), Desk(), CATALOGUE, Beside()) if tile.text}
    assert [word for word in words if say("lo", word) == word] == []


def test_seven_days_follow_what_is_surely_past_and_the_battery_clock_comes_first():
    offer = Offer("2026-12-28", "2026-12-30 08:03")
    keys = [c.key for c in choices("time", "", offer)]
    assert keys[0] == "reading"
    assert keys[1:8] == [f"day-{d}" for d in (
        "2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02", "2027-01-03")]  # fmt: skip
    assert [c.key for c in choices("time", "7", offer)][:1] == ["day-2027-01-04"]
    assert spoken("en", "2026-11-25 08:03") == "Wednesday 25 November, 08:03"


def test_every_way_over_the_pages_ends_with_a_moment_that_is_spelled_out():
    offer, ways = Offer("2026-11-21"), 0
    for day in choices("time", "", offer):
        if day.wish.page != "hour":
            continue
        for hour in list(choices("hour", day.wish.typed, offer))[::6]:
            for minute in list(choices("minute", hour.wish.typed, offer))[::5]:
                yes, less, more = choices("sure", minute.wish.typed, offer)
                assert minute_ms(more.wish.typed) - minute_ms(less.wish.typed) == 120_000
                assert minute_ms(yes.wish.text) == minute_ms(less.wish.typed) + 60_000
                assert back_from("sure", minute.wish.typed).page == "time"
                ways += 1
    assert ways == 7 * 4 * 3


def test_no_program_of_the_hall_reads_a_wall_clock():
    """Durations are the monotonic clock's, dates are what somebody is believed to know."""
    root = Path(__file__).resolve().parent.parent / "display"
    assert [str(path) for path in root.rglob("*.py") if "wall_ms" in path.read_text(encoding="utf-8")] == []
