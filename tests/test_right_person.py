"""What breakers found at the counter: privileges that outlive their reason, one hand that counts as two, and the absent."""

import pytest
from conftest_center import Center, VirtualClock

from display.gestures import DOUBLE_MS, Button, Edge, Once
from display.hands import Hands
from display.menu import Go
from display.presses import Press
from display.screen.panel import HEIGHT, PanelScreen
from onedoor.hall import desk
from onedoor.hall.desk import At
from onedoor.hall.refusals import Refusal
from onedoor.hall.rules import Rules
from onedoor.screen.fingers import Fingers
from onedoor.screen.keys import GONE_MS, Held
from onedoor.screen.pen import Pen
from reports.entries import entries_of
from reports.figures import facts_together
from reports.indicators import integrity_figures
from reports.reading_acts import KINDS

TEN = 1_791_252_000_000
MINUTE, DAY = 60_000, 86_400_000


def started(tmp_path, at_ms=TEN, **rules):
    center = Center(tmp_path, clock=VirtualClock(at_ms))
    center.rules = Rules(**rules) if rules else center.rules
    center.start_hub()
    return center, center.kiosk()


def line(center):
    return [t.label for t in center.hub.ledger.hall.waiting(now_ms=center.clock.wall_ms())]


def kinds(center, *wanted):
    center.hub.flush()
    return [row.kind for row in center.hub.store.rows() if row.kind in wanted]


ACTS = ("called", "started", "ended", "no_show", "walked_in", "transferred", "booked", "call_requested")


# -- privileges -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("away_min", "place"), [(20, 0), (65, -1)])
def test_who_was_sent_on_first_and_did_not_come_is_first_again_only_within_the_limit(tmp_path, away_min, place):
    center, kiosk = started(tmp_path)
    one, two = center.panel(1, ("id",)), center.panel(2, ("land",))
    missed = center.touch(kiosk, "id")
    center.touch(kiosk, "land")
    center.do(one, Press.NEXT, Press.START, desk.Transfer("land", "first"))
    center.do(two, Press.NEXT)
    center.pass_ms(30_000, 1_000)
    center.do(two, Press.NO_SHOW)
    center.pass_ms(5_000, 1_000)
    for _ in range(3):
        center.touch(kiosk, "land")
    center.pass_ms(away_min * MINUTE, 30_000)
    center.do(two, desk.Requeue(missed))
    center.pass_ms(1_000, 100)
    assert line(center)[place] == missed


def test_of_two_with_one_time_the_one_who_came_first_is_called_whatever_the_numbers_of_their_rows(tmp_path):
    """Row 8 and row 10: as text the second would be first."""
    center, kiosk = started(tmp_path, credit_min={"N": 0})
    panel, at = center.panel(1, ("id",)), TEN + 2 * MINUTE
    center.do(panel, desk.Book("1111111001", "id", at), desk.Book("2222222001", "id", at))
    for _ in range(3):
        center.touch(kiosk, "land")
    center.pass_ms(3 * MINUTE, 1_000)
    first = center.touch(kiosk, "id", appointment="1111111001")
    center.pass_ms(2 * MINUTE, 1_000)
    center.touch(kiosk, "id", appointment="2222222001")
    center.do(panel, Press.NEXT)
    assert panel.me.label == first


def test_a_code_that_was_typed_too_early_counts_when_its_time_comes(tmp_path):
    center, kiosk = started(tmp_path, credit_min={"N": 0})
    panel, at = center.panel(1, ("id",)), TEN + 2 * 60 * MINUTE
    center.do(panel, desk.Book("1111111001", "id", at))
    center.touch(kiosk, "id", appointment="1111111001")
    center.pass_ms(115 * MINUTE, 30_000)
    center.touch(kiosk, "id", appointment="1111111001")
    again = center.touch(kiosk, "id", appointment="1111111001")
    center.pass_ms(1_000, 100)
    came = {t.label: (t.code_state, t.appointed_ms) for t in center.hub.ledger.hall.tickets.values()}
    assert [*came.values()] == [("early", None), ("good", at), ("used", None)] and again in came


def test_a_panel_that_has_never_heard_the_hub_sends_nobody_to_a_counter_that_may_not_be_there(tmp_path):
    center = Center(tmp_path, clock=VirtualClock(TEN))
    panel = center.panel(1, ("id",))
    center.do(panel, desk.WalkIn("id"), desk.Transfer("counter/99"))
    assert panel.refusal == Refusal.UNKNOWN_QUEUE and panel.me.at == At.SERVING
    center.do(panel, desk.Transfer("land"))
    assert panel.me.at == At.IDLE, "queues of the catalogue are there"


# -- one hand --------------------------------------------------------------------------------------------------------------


def test_a_key_that_is_held_is_one_press_however_often_its_keyboard_says_so():
    held = Held()
    assert held.down(49, 0)
    assert not any(held.down(49, t) for t in (500, *range(533, 5_000, 33)))
    assert held.down(50, 1_000), "another key"
    held.up(49)
    assert held.down(49, 5_010)
    assert held.down(49, 5_011 + GONE_MS), "let go while the window had lost the keyboard"


def wired(tmp_path):
    """A counter with a button box and a screen whose touches go through the guard of `display.app`."""
    center, kiosk = started(tmp_path)
    panel = center.panel(1, ("id",))
    panel.hands = Hands(panel.timers, panel.on_wish, panel.rated, center.clock.mono_ms)
    panel.show = lambda _: None
    labels = [center.touch(kiosk) for _ in range(4)]
    panel._show()
    return center, panel, labels


def button(center, panel, which):
    for down in (True, False):
        panel.on_wish(Edge(which, down, center.clock.mono_ms()))
        center.settle()
        center.pass_ms(50, 10)


@pytest.mark.parametrize(
    ("touch", "press"), [(Press.START, Button.NEXT), (Press.NO_SHOW, Button.NEXT), (Press.START, Button.START)]
)
def test_two_devices_of_one_counter_that_are_pressed_together_are_one_hand(tmp_path, touch, press):
    center, panel, labels = wired(tmp_path)
    center.do(panel, Press.NEXT)
    center.pass_ms(15_000, 500)
    center.do(panel, touch)
    center.pass_ms(50, 10)
    button(center, panel, press)
    center.pass_ms(300, 20)
    assert kinds(center, "called", "started", "ended", "no_show") == [
        "called",
        {"start": "started"}.get(touch, touch.value),
    ]
    center.pass_ms(2_000, 20)
    button(center, panel, Button.NEXT)
    center.pass_ms(300, 20)
    assert panel.me.label == labels[1], "and a little later it means what it says"


def test_the_other_device_pressed_first_is_one_hand_too(tmp_path):
    center, panel, labels = wired(tmp_path)
    button(center, panel, Button.NEXT)
    center.do(panel, Press.START)
    assert panel.me.label == labels[0] and kinds(center, "called", "started") == ["called"]


def test_a_guard_lets_the_first_press_of_all_through_and_another_device_after_a_while():
    once = Once()
    assert once.counts("next", 0, by="box")
    assert not once.counts("start", DOUBLE_MS - 1, by="screen")
    assert once.counts("start", DOUBLE_MS, by="screen")


@pytest.mark.parametrize(
    ("page", "key", "served"), [("walk_in", "menu-for-land", False), ("send", "menu-queue-id", True)]
)
def test_a_double_tap_on_a_tile_does_not_reach_the_button_that_was_behind_it(tmp_path, page, key, served):
    center, panel, _ = wired(tmp_path)
    if served:
        center.do(panel, Press.NEXT)
        center.pass_ms(15_000, 500)
        center.do(panel, Press.START)
        center.pass_ms(15_000, 500)
    screen, fingers = PanelScreen(center.catalogue, center.clock, lambda wish: center.do(panel, wish)), Fingers()

    def drawn():
        pen = Pen(1.0, 1024.0, HEIGHT)
        screen.draw(pen, panel.view)
        fingers.turned(pen.page, center.clock.mono_ms(), pen.deaf_ms)
        return pen

    center.do(panel, Go(page))
    drawn()
    center.pass_ms(2_000, 100)
    tile = drawn().targets[key]
    at, before, touched = (tile.x + tile.w / 2, tile.y + tile.h / 2), len(kinds(center, *ACTS)), []
    for finger in range(2):
        fingers.press(finger, at, center.clock.mono_ms(), drawn().targets)
        center.pass_ms(60, 20)
        pen = drawn()
        if name := fingers.lift(finger, at, pen.targets):
            touched.append(name)
            pen.targets[name].act()
        drawn()
        center.pass_ms(140, 10)
    assert touched == [key] and len(kinds(center, *ACTS)) == before + 1


# -- the absent --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("walk_s", "rest_s"), [(45, 2), (58, 2), (120, 7)])
def test_next_and_next_again_for_people_who_are_not_there_stands_on_the_integrity_page(tmp_path, walk_s, rest_s):
    """Not told late by its definition (the walk was short, or the pause longer): then the services are too short."""
    center, kiosk = started(tmp_path)
    panel = center.panel(1, ("id",))
    for _ in range(11):
        center.touch(kiosk)
    center.do(panel, Press.NEXT)
    for _ in range(10):
        center.pass_ms(walk_s * 1_000, 1_000)
        center.do(panel, Press.NEXT)
        center.pass_ms(rest_s * 1_000, 1_000)
        center.do(panel, Press.NEXT)
        center.pass_ms(1_000, 100)
    center.pass_ms(3_000, 100)
    center.hub.store.close()
    signs = integrity_figures(facts_together(entries_of(center.folder, KINDS)), 1_500)["signs"]
    assert signs["short_service"]["n"] + signs["told_late"]["n"] == 10
