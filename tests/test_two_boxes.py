"""What a kiosk says of what the hub says about it: numbers in no line, and another box with its name."""

import pytest
from conftest_center import Center
from door_rows import DEVICE
from test_doors import RULES, Forger
from test_not_taken import refuse

from broker.budget import ALARM_MS, Overstepped
from display.presses import Press
from kiosk import wishes as w
from kiosk.flow import Screen
from kiosk.hub_word import LOST_MS, REASON, TWIN_MS
from onedoor.hall import events as ev
from onedoor.look.alarms import ranked


@pytest.fixture
def center(tmp_path):
    center = Center(tmp_path, rules=RULES)
    center.start_hub()
    center.views = []
    yield center
    if center.hub is not None:
        center.hub.store.close()


def watched(center: Center):
    kiosk = center.kiosk()
    kiosk.show = center.views.append
    kiosk._show()
    return kiosk


def test_who_holds_a_number_that_the_hub_refused_is_told_and_every_panel_names_it(center, monkeypatch):
    kiosk, panel = watched(center), center.panel()
    refuse(monkeypatch, ev.Issued, times=1)
    center.do(kiosk, w.Begin(), w.Choose("id"), w.Take(held=True))
    center.pass_ms(500)
    assert kiosk.screen is Screen.ISSUED
    assert center.views[-1].lost
    center.pass_ms(1_000)
    assert ("A1-001", "lost") in ranked(tuple((d, c) for d, codes in panel.box.hall.alarms.items() for c in codes))
    center.do(kiosk, w.Done())
    label = center.touch(kiosk)
    assert (label, kiosk.job) == ("A1-002", None)
    assert not center.views[-1].lost
    center.do(panel, Press.NEXT)
    assert panel.me.label == "A1-002"
    center.pass_ms(LOST_MS + 60_000, 10_000)
    assert panel.box.hall.alarms["k1"] == ()


def test_a_number_that_was_told_is_not_told_again_after_a_start(center, monkeypatch):
    kiosk = watched(center)
    refuse(monkeypatch, ev.Issued, times=1)
    center.touch(kiosk)
    assert kiosk.word.lost
    center.stop("k1", clean=True)
    kiosk = watched(center)
    center.pass_ms(5_000)
    assert not kiosk.word.lost


def thrown_out(center: Center) -> None:
    for _ in range(8):
        center.hub.on_wish(Overstepped("k1", "twice", 1))
    center.pass_ms(1_000)


def another_writes(center: Center) -> Forger:
    other = Forger(center, "k1")
    other.say("booted", DEVICE["booted"])
    other.say("issued", DEVICE["issued"])
    center.pass_ms(1_000)
    return other


def test_a_kiosk_that_may_have_a_twin_says_so_and_goes_on(center):
    """A bad cable looks the same to the broker."""
    kiosk = watched(center)
    thrown_out(center)
    assert kiosk.screen is Screen.WELCOME
    assert center.views[-1].doubled
    assert center.touch(kiosk)
    center.hub.flush()
    center.pass_ms(TWIN_MS + 120_000, 10_000)
    assert not center.views[-1].doubled


@pytest.mark.parametrize("order", [0, 1])
def test_a_kiosk_whose_twin_writes_shows_it_and_gives_no_number_twice(center, order):
    kiosk = watched(center)
    center.touch(kiosk)
    for act in (thrown_out, another_writes)[:: 1 if order else -1]:
        act(center)
    assert kiosk.screen is Screen.CLOSED
    assert center.views[-1].reason == REASON
    before = kiosk.sender.journal.length
    center.do(kiosk, w.Begin(), w.Choose("id"), w.Take(held=True))
    assert not any(isinstance(f.event, ev.Issued) for f in kiosk.sender.journal.read(before, 99))
    center.pass_ms(300_000, 10_000)
    assert kiosk.screen is Screen.CLOSED, "as long as the hub says so"
    center.pass_ms(ALARM_MS + TWIN_MS, 10_000)
    assert kiosk.screen is Screen.WELCOME
    assert center.touch(kiosk)


def test_who_chooses_just_then_is_told_and_who_has_his_number_keeps_it(center):
    kiosk = watched(center)
    center.touch(kiosk)
    center.do(kiosk, w.Begin(), w.Choose("id"), w.Take(held=True))
    center.pass_ms(400)
    assert kiosk.screen is Screen.ISSUED
    another_writes(center)
    thrown_out(center)
    assert kiosk.screen is Screen.ISSUED
    center.do(kiosk, w.Done())
    assert kiosk.screen is Screen.CLOSED


def test_rows_of_an_earlier_card_are_no_twin(center):
    """The hub names runs of a card that is gone; they do not grow."""
    another_writes(center)
    kiosk = watched(center)
    center.pass_ms(3_000)
    thrown_out(center)
    assert not kiosk.word.twin
