"""Starts that cannot know what was given before them, and doors that stay closed over a restart."""

import copy

import pytest
from conftest_center import Center

from display.menu import SignIn
from display.presses import Press
from kiosk import wishes as w
from kiosk.flow import Screen
from kiosk.starting import LIES_MS
from onedoor.device.journal import JournalError
from onedoor.device.pin import hashed
from onedoor.device.pin_lock import LOCKED_MS, PinLock
from onedoor.hall.refusals import Refusal

PIN = "482913"


@pytest.fixture
def center(tmp_path):
    return Center(tmp_path / "hub", empty_cards=True)


def stop(center, dev, *, clean=False):
    """The box ends, by a wish or by its plug."""
    box = center.boxes.pop(dev)
    if clean:
        box.on_stop()
    box.box.link.cut()
    center.settle()


# -- an empty card -----------------------------------------------------------------------------------------


def test_a_new_kiosk_at_a_new_center_begins_at_one_as_soon_as_the_hub_has_spoken(center):
    center.start_hub()
    kiosk = center.kiosk()
    center.pass_ms(200)
    assert center.touch(kiosk) == "A1-001"
    center.pass_ms(5_000)
    assert kiosk.box.needs.codes == [], "a new box is no alarm"


def test_an_empty_card_goes_on_behind_what_the_hub_knows(center):
    center.start_hub()
    kiosk = center.kiosk()
    given = [center.touch(kiosk) for _ in range(3)]
    stop(center, "k1")
    del center.cards["k1"]  # whatever emptied it
    again = center.kiosk()
    center.pass_ms(200)
    label = center.touch(again)
    assert label == "A1-014" and label not in given
    assert again.box.needs.codes == ["card_lost"], "and it is told"


def test_an_empty_card_without_a_hub_waits_a_minute_and_leaves_ten_out(center):
    kiosk = center.kiosk()
    assert kiosk.screen is Screen.STARTING, "empty is not clean"
    center.do(kiosk, w.Begin(), w.Choose("id"), w.Take())
    center.pass_ms(LIES_MS - 1_000, 1_000)
    assert kiosk.screen is Screen.STARTING and not center.papers
    center.pass_ms(2_000, 1_000)
    assert center.touch(kiosk) == "A1-011"
    center.start_hub()
    center.pass_ms(30_000, 1_000)
    assert [row.body["clean"] for row in center.hub.store.rows() if row.kind == "booted"] == [False]


def test_a_card_that_has_forgotten_what_it_left_out_too_gives_no_number_again(center):
    """Empty, and nobody to ask: ten are left out, and 11 is given. Power fails, and the card has forgotten both."""
    center.own_clock("k1")
    kiosk = center.kiosk()
    first = copy.deepcopy(center.cards["k1"])
    center.pass_ms(LIES_MS + 2_000, 1_000)
    given = [center.touch(kiosk) for _ in range(3)]
    stop(center, "k1")
    center.cards["k1"] = first
    again = center.kiosk()
    center.pass_ms(LIES_MS + 2_000, 1_000)
    label = center.touch(again)
    assert given[0] == "A1-011" and int(label.rpartition("-")[2]) > 20


@pytest.mark.parametrize("clean", [False, True])
def test_a_start_that_was_never_sure_leaves_the_next_one_as_unsure(center, clean):
    kiosk = center.kiosk()
    center.pass_ms(5_000)
    stop(center, "k1", clean=clean)
    again = center.kiosk()
    assert again.screen is Screen.STARTING, "in the same boot, too"
    center.pass_ms(LIES_MS, 1_000)
    stop(center, "k1", clean=True)
    assert center.kiosk().screen is Screen.WELCOME, "a minute was enough"
    assert kiosk is not again


def test_a_used_card_after_a_clean_stop_gives_numbers_at_once(center):
    center.start_hub()
    kiosk = center.kiosk()
    assert center.touch(kiosk) == "A1-001"
    stop(center, "k1", clean=True)
    center.kill_hub()
    assert center.touch(center.kiosk()) == "A1-002"


def test_a_card_that_forgets_its_start_after_a_clean_stop_gives_no_number_again(center):
    """Stopped in the evening as it should be; in the morning nobody hears the kiosk, somebody wants a number at once,
    and the power fails. The card lies: it knows of nothing since the evening.
    """
    clock = center.own_clock("k1")
    kiosk = center.kiosk()
    center.pass_ms(LIES_MS + 2_000, 1_000)
    given = [center.touch(kiosk)]
    stop(center, "k1", clean=True)
    evening, clock = copy.deepcopy(center.cards["k1"]), center.own_clock("k1")
    clock._boot_id = "k1-boot-2"
    kiosk = center.kiosk()
    assert kiosk.screen is Screen.STARTING
    center.do(kiosk, w.Begin(), w.Choose("id"), w.Take())
    center.pass_ms(5_000, 1_000)
    assert len(center.papers) == len(given)
    stop(center, "k1")
    center.cards["k1"] = evening
    clock = center.own_clock("k1")
    clock._boot_id = "k1-boot-3"
    kiosk = center.kiosk()
    center.pass_ms(LIES_MS + 2_000, 1_000)
    label = center.touch(kiosk)
    assert (given, label) == (["A1-011"], "A1-012"), "and nothing is left out for it"


@pytest.mark.parametrize("name", ["numbering", "volume", "center_time"])
def test_a_kept_value_that_is_not_as_it_was_written_is_a_damaged_card(center, name):
    center.use_card("k1")
    center.cards["k1"].keep[name] = "\x00nonsense"
    if name == "center_time":
        from onedoor.device.box_time import KEPT as NAME

        center.cards["k1"].keep = {"clean": "yes", NAME: "\x00nonsense"}
    with pytest.raises(JournalError, match="damaged") as wrong:
        center.kiosk()
    assert wrong.value.kind == "damaged"


@pytest.mark.parametrize("name", ["memory", "own"])
def test_so_it_is_on_a_counters_card(center, name):
    center.use_card("c1")
    center.cards["c1"].keep[name] = "{"
    with pytest.raises(JournalError, match="damaged"):
        center.panel()


# -- wrong PINs --------------------------------------------------------------------------------------------


def wrong_pins(center, kiosk, count):
    for _ in range(count):
        center.do(kiosk, *map(w.Digit, "111111"))


def at_the_door(center):
    center.use_card("k1") if "k1" not in center.cards else None
    kiosk = center.kiosk()
    kiosk.pin = hashed(PIN, bytes(16))
    center.do(kiosk, w.Help(), w.AskPin())
    return kiosk


@pytest.mark.parametrize("clean", [False, True])
def test_a_restart_does_not_open_the_door(center, clean):
    kiosk = at_the_door(center)
    wrong_pins(center, kiosk, 2)
    stop(center, "k1", clean=clean)
    kiosk = at_the_door(center)
    wrong_pins(center, kiosk, 1)
    stop(center, "k1", clean=clean)
    kiosk = at_the_door(center)
    assert kiosk.staff.wrong, "it is shown"
    center.do(kiosk, *map(w.Digit, PIN))
    assert kiosk.screen is Screen.PIN, "the third wrong one was counted over two restarts"
    center.pass_ms(LOCKED_MS, 1_000)
    center.do(kiosk, w.Help(), w.AskPin(), *map(w.Digit, PIN))
    assert kiosk.screen is Screen.STAFF


def test_touches_do_not_keep_the_door_closed_for_longer(center):
    kiosk = at_the_door(center)
    wrong_pins(center, kiosk, 3)
    for _ in range(29):
        center.pass_ms(10_000, 1_000)
        center.do(kiosk, w.Help(), w.AskPin(), *map(w.Digit, "222222"))
    center.pass_ms(10_000, 1_000)
    center.do(kiosk, w.Help(), w.AskPin(), *map(w.Digit, PIN))
    assert kiosk.screen is Screen.STAFF, "five minutes after the third wrong PIN, whatever was typed since"


def test_after_a_reboot_the_five_minutes_begin_once_more(center):
    kiosk = at_the_door(center)
    wrong_pins(center, kiosk, 3)
    center.pass_ms(200_000, 1_000)
    for number in (2, 3):
        stop(center, "k1")
        center.clock.reboot(f"boot-{number}")
        kiosk = at_the_door(center)
        assert kiosk.staff.lock.left_ms(center.clock.mono_ms()) == LOCKED_MS
    center.pass_ms(LOCKED_MS, 1_000)
    center.do(kiosk, w.Help(), w.AskPin(), *map(w.Digit, PIN))
    assert kiosk.screen is Screen.STAFF


def test_a_counters_door_is_as_closed(center):
    center.use_card("c1")
    panel = center.panel()
    panel.sign_ins.pins["lotus"] = hashed(PIN, bytes(16))
    for _ in range(3):
        center.do(panel, SignIn("lotus", "000000"))
    assert panel.refusal is Refusal.PIN_LOCKED
    stop(center, "c1")
    panel = center.panel()
    center.do(panel, Press.CLOSE)
    panel.sign_ins.pins["lotus"] = hashed(PIN, bytes(16))
    for _ in range(29):
        center.clock.advance(10_000)
        center.do(panel, SignIn("lotus", PIN))
        assert panel.refusal is Refusal.PIN_LOCKED
    center.clock.advance(10_000)
    center.do(panel, SignIn("lotus", PIN))
    assert panel.me.open


@pytest.mark.parametrize("opened", [True, False])
def test_a_lock_that_is_over_does_not_come_back_with_the_next_start_of_the_box(center, opened):
    card, clock = [""], center.clock

    def begin():
        lock = PinLock()
        lock.begin(card[-1], clock, card.append)
        return lock

    lock = begin()
    for _ in range(3):
        lock.was_wrong(clock.mono_ms())
    clock.advance(LOCKED_MS)
    assert not lock.left_ms(clock.mono_ms())
    if opened:
        lock.was_right()
    clock.advance(60_000)
    clock.reboot("the next morning")
    assert not begin().left_ms(clock.mono_ms())


@pytest.mark.parametrize("kept", ["nonsense", "3 x b", "3 99999999999999 boot-1", "-1 0 boot-1", "3"])
def test_a_word_about_the_door_that_cannot_be_read_is_a_closed_one(center, kept):
    lock, kept_words = PinLock(), []
    lock.begin(kept, center.clock, kept_words.append)
    left = lock.left_ms(center.clock.mono_ms())
    assert left == (0 if kept.startswith("-1") else LOCKED_MS)
