"""What was broken at the doors and beside the devices, each as the shortest way to it."""

import random

import pytest
from conftest_center import Center
from test_doors import NO_LIMIT, RULES

from display.booking import CODE_DIGITS, Codes
from display.menu import BookIn, Go
from firmware_config.center import code_places
from kiosk.session import APPOINTMENT_DIGITS
from onedoor.hall import events as ev


@pytest.fixture
def center(tmp_path):
    center = Center(tmp_path, rules=RULES)
    center.start_hub()
    center.hub.budgets = NO_LIMIT
    yield center
    if center.hub is not None:
        center.hub.store.close()


def rows(center: Center, kind: str) -> list:
    return [row for row in center.hub.store.rows() if row.kind == kind]


# -- codes of appointments ---------------------------------------------------------------------------


def test_codes_of_two_counters_differ_whatever_chance_draws(center):
    one, two = center.panel(1), center.panel(2)
    one.codes = two.codes = Codes(draw=lambda _: 4_821_306)
    for panel in (one, two):
        center.do(panel, BookIn("id", 30))
    center.settle()
    assert [row.body["code"] for row in rows(center, "booked")] == ["4821306001", "4821306002"]
    assert not rows(center, "fact_refused")


def test_a_counter_gives_no_code_twice_while_somebody_may_come_with_it(center):
    panel = center.panel()
    drawn = iter([7, 7, 7, 8])
    panel.codes = Codes(draw=lambda _: next(drawn))
    center.do(panel, BookIn("id", 30))
    center.do(panel, BookIn("id", 30))
    center.settle()
    assert [row.body["code"] for row in rows(center, "booked")] == ["0000007001", "0000008001"]


def test_nobody_guesses_one_of_a_thousand_open_codes_in_ten_tries():
    assert APPOINTMENT_DIGITS == CODE_DIGITS == 10
    chance, given = random.Random(3), set()
    for n in range(1_000):
        given.add(Codes(draw=chance.randrange).new(str(n % 10 + 1), given))
    stranger = random.Random(4)
    hits = sum(Codes(draw=stranger.randrange).new("1", ()) in given for _ in range(10_000))
    assert hits <= 2, "who even knows how codes are made hits one in a hundred thousand tries"


def test_every_counter_has_a_place_of_its_own_whatever_it_is_called():
    places = code_places(["1", "01", "A", "999", "12345", "ກ", "7"])
    assert (places["1"], places["999"], places["7"]) == (1, 999, 7)
    assert len(set(places.values())) == 7
    assert code_places(["7", "8", "1"])["7"] == code_places(["1", "7"])["7"] == 7


def test_an_appointment_that_the_hub_refuses_is_told_at_once_and_made_again(center):
    panel, kiosk = center.panel(), center.kiosk()
    drawn = iter([5, 5, 6])
    panel.codes = Codes(draw=lambda _: next(drawn))
    center.do(panel, BookIn("id", 30))
    center.settle()
    panel._bookings.given.clear()  # the card was replaced
    center.do(panel, BookIn("land", 30))
    center.settle()
    assert [row.body["code"] for row in rows(center, "fact_refused")] == ["code_taken"]
    panel.show = lambda _: None
    panel._show()
    assert (panel.view.not_booked.code, panel.view.not_booked.service) == ("0000005001", "land")
    center.do(panel, BookIn("land", 30))
    center.settle()
    assert panel.view.not_booked is None
    assert panel.view.booked[0] == "0000006001"
    center.touch(kiosk, "land", appointment="0000006001")
    center.settle()
    assert center.hub.ledger.hall.appointments["0000006001"].ticket is not None


def test_a_hub_that_ended_before_it_told_tells_it_afterwards(center):
    panel = center.panel()
    panel.codes = Codes(draw=lambda _: 5)
    center.do(panel, BookIn("id", 30))
    center.settle()
    panel._bookings.given.clear()
    center.hub.link.cut()  # the row arrives, the answer does not
    center.do(panel, BookIn("land", 30))
    assert not panel._bookings.lost
    center.hub.link.join()
    center.kill_hub()
    center.start_hub()
    center.hub.budgets = NO_LIMIT
    center.pass_ms(30_000)
    assert [lost.service for lost in panel._bookings.lost] == ["land"]


def test_other_pages_and_presses_do_not_lose_what_was_refused(center):
    panel = center.panel()
    panel.codes = Codes(draw=lambda _: 5)
    center.do(panel, BookIn("id", 30))
    center.settle()
    panel._bookings.given.clear()
    center.do(panel, BookIn("land", 30))
    center.settle()
    center.do(panel, Go("more"))
    center.do(panel, Go(""))
    center.settle()
    assert panel._bookings.newest_lost.service == "land"
    assert isinstance(next(reversed(rows(center, "fact_refused"))).event, ev.FactRefused)
