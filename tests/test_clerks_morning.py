"""A clerk's morning: a hundred citizens, fifteen of whom never come, on a button box, on a keypad and on the screen.

Three habits. No-show pressed: everything is exact. START only when the service is over: told late, in no duration. NEXT,
NEXT for those who do not come: they stand as told late too, apart from those who were served, and never silently among them.
"""

import pytest
from conftest_center import Center

from display.gestures import Button, Once
from display.hands import Hands
from display.keypad import edges, spelled
from display.presses import BIG, Press
from display.screen.panel import HEIGHT, PanelScreen
from onedoor.device.clock import VirtualClock
from onedoor.hall.desk import At
from onedoor.screen.pen import Pen
from reports.entries import entries_of
from reports.figures import facts_together
from reports.indicators import compute, further, integrity_figures
from reports.reading_acts import KINDS

TEN = 1_795_230_000_000
PEOPLE, ABSENT = 100, 15
WALK_S, SERVICE_S = 20, 100


class Box:
    """Contacts on mock pins."""

    def __init__(self, center, panel):
        from display.buttons import ButtonBox
        from onedoor.device.config import PinsConfig

        self.center, self.panel = center, panel
        pins = PinsConfig(next_lamp=17, recall_lamp=27, no_show_lamp=22, pause_lamp=23)
        self.box = ButtonBox(pins, center.clock, lambda wish: center.do(panel, wish))
        panel.show = lambda view: self.box.show(self.lamps(view))

    @staticmethod
    def lamps(view):
        from display.hands import lamps

        return lamps(view)

    def press(self, button):
        for low in (True, False, True, False):  # a contact that bounces
            self.box.drive(button, low=low)
            self.center.pass_ms(10, step=10)
        self.center.pass_ms(480, step=20)

    def close(self):
        self.box.close()


class Keypad:
    """The events of a USB keypad, each key held for a moment."""

    def __init__(self, center, panel):
        self.center, self.panel = center, panel

    def press(self, button):
        for down in (True, False):
            for edge in edges(spelled(button, down=down), self.center.clock.mono_ms()):
                self.center.do(self.panel, edge)
            self.center.pass_ms(100, step=20)
        self.center.pass_ms(400, step=20)

    def close(self):
        pass


class Touch:
    """Fingers on what the screen shows, each tap doubled by somebody who wants to make sure."""

    def __init__(self, center, panel, catalogue):
        self.center, self.panel, self.once = center, panel, Once()
        self.screen = PanelScreen(catalogue, center.clock, self.post)

    def post(self, wish):
        place = BIG if wish in BIG else wish
        if not isinstance(wish, Press) or self.once.counts(place, self.center.clock.mono_ms()):
            self.center.do(self.panel, wish)

    def press(self, button):
        for _ in range(2):
            pen = Pen(1.0, 1024.0, HEIGHT)
            self.screen.draw(pen, self.panel.view)
            key = {Button.NEXT: "next", Button.START: "start", Button.END: "end", Button.NO_SHOW: "no_show"}[button]
            target = pen.targets.get(f"press-{key}")
            if target is not None:
                target.act()
            self.center.pass_ms(150, step=50)
        self.center.pass_ms(400, step=50)

    def close(self):
        pass


@pytest.fixture(params=["box", "keypad", "touch"])
def morning(request, tmp_path, monkeypatch):
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    from gpiozero import Device
    from gpiozero.pins.mock import MockFactory

    Device.pin_factory = MockFactory()
    center = Center(tmp_path / "hub", clock=VirtualClock(TEN))
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel(1, ("id",))
    panel.hands = Hands(panel.timers, panel.on_wish, panel.rated, center.clock.mono_ms)
    panel.show = lambda _: None
    hand = {"box": Box, "keypad": Keypad}.get(request.param, lambda c, p: Touch(c, p, c.catalogue))(center, panel)
    for _ in range(PEOPLE):
        center.touch(kiosk)
    yield center, panel, hand
    hand.close()
    Device.pin_factory.reset()
    center.hub.store.close()


def comes(i: int) -> bool:
    """Whether the i-th person comes."""
    return i % 6 != 3 or i >= 6 * ABSENT


def wait(center, seconds):
    center.pass_ms(seconds * 1_000, step=1_000)


def figures(center):
    center.pass_ms(2_000)
    center.hub.flush()
    center.hub.store.close()
    facts = facts_together(entries_of(center.folder, KINDS))
    return facts, compute(facts, 1500), further(facts)


def test_no_show_is_pressed_and_every_figure_is_exact(morning):
    center, panel, hand = morning
    for i in range(PEOPLE):
        hand.press(Button.NEXT)
        assert panel.me.at == At.WALKING
        wait(center, WALK_S)
        if not comes(i):
            hand.press(Button.NO_SHOW)
            continue
        hand.press(Button.START)
        wait(center, SERVICE_S)
        hand.press(Button.END)
    facts, found, more = figures(center)
    assert (found["time_in_system"]["n"], found["abandonment"]["no_show"]) == (PEOPLE - ABSENT, ABSENT)
    assert found["service_time"]["n"] == more["walk_time"]["n"] == PEOPLE - ABSENT
    assert abs(found["service_time"]["mean"] - SERVICE_S) <= 1 and abs(more["walk_time"]["mean"] - WALK_S) <= 1.2
    assert facts.honesty.told_late == 0


def test_start_only_when_the_service_is_over_is_told_late_and_in_no_duration(morning):
    center, panel, hand = morning
    for i in range(PEOPLE):
        hand.press(Button.NEXT)
        wait(center, WALK_S)
        if not comes(i):
            hand.press(Button.NO_SHOW)
            continue
        wait(center, SERVICE_S)
        hand.press(Button.START)
        hand.press(Button.END)
    facts, found, more = figures(center)
    assert facts.honesty.told_late == more["told_late"] == PEOPLE - ABSENT
    assert found["service_time"]["n"] == more["walk_time"]["n"] == 0
    assert found["abandonment"]["no_show"] == ABSENT


def test_next_and_next_for_those_who_do_not_come_is_never_silently_among_the_served(morning):
    center, panel, hand = morning
    again = {Box: Button.NEXT, Keypad: Button.NEXT}.get(type(hand), Button.START)
    hand.press(Button.NEXT)
    for i in range(PEOPLE):
        if comes(i):
            wait(center, WALK_S)
            hand.press(again)
            assert panel.me.at == At.SERVING, "NEXT means START while somebody walks"
            wait(center, SERVICE_S)
        else:
            wait(center, 90)
            hand.press(again)
            wait(center, 2)
        hand.press(Button.NEXT)
    facts, found, more = figures(center)
    assert facts.honesty.told_late == ABSENT
    sign = integrity_figures(facts, 1500)["signs"]["told_late"]
    assert sign == {"n": ABSENT, "of": PEOPLE, "by_counter": {"1": [ABSENT, PEOPLE]}}, "and on the integrity page"
    assert found["service_time"]["n"] + more["service_to_next"]["n"] == PEOPLE - ABSENT
    assert more["walk_time"]["n"] == PEOPLE - ABSENT and abs(more["walk_time"]["mean"] - WALK_S) <= 1.2


def test_closing_in_the_middle_of_a_service_asks_and_loses_nobody(morning):
    center, panel, hand = morning
    hand.press(Button.NEXT)
    center.do(panel, Press.CLOSE)
    assert (panel.me.open, panel.me.at, panel.view.menu.page) == (True, At.WALKING, "closing")
    center.pass_ms(11_000, step=500)
    assert panel.view.menu.page == "", "a question that nobody answers goes away"
    hand.press(Button.START)
    center.do(panel, Press.CLOSE)
    assert (panel.me.open, panel.view.menu.page) == (True, "closing")
    center.pass_ms(1_000, step=100)
    center.do(panel, Press.CLOSE)
    assert (panel.me.open, panel.me.at) == (False, At.IDLE)
    wait(center, 2)
    kinds = [row.kind for row in center.hub.store.rows()][-2:]
    assert kinds == ["ended", "counter_closed"]
