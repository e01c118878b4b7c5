"""The center's day: lunch, holidays, partial staff, and what a kiosk may refuse."""

import pytest
from laos import midnight_ms

from onedoor.hall.admission import refusal
from onedoor.hall.hours import closes_ms, is_day, is_open, next_opening, open_ms, spelled_day, windows
from onedoor.hall.refusals import Refusal
from onedoor.hall.rules import ALWAYS_OPEN, Hours

MINUTE, HOUR = 60_000, 3_600_000
WORK = ((480, 720), (780, 960))
WEEK = Hours(week=(WORK,) * 5 + ((), ()), days={"2027-04-14": (), "2027-07-20": ((480, 690),), "2027-04-17": WORK})
MONDAY, SATURDAY, PI_MAI = "2026-11-23", "2026-11-21", "2027-04-14"


def at(day, hour, minute=0):
    return midnight_ms(day) + hour * HOUR + minute * MINUTE


@pytest.mark.parametrize(
    ("moment", "opened"),
    [(at(MONDAY, 7, 59), False), (at(MONDAY, 8), True), (at(MONDAY, 12), False), (at(MONDAY, 13), True),
     (at(MONDAY, 16), False), (at(SATURDAY, 9), False), (at(PI_MAI, 9), False), (at("2027-07-20", 11), True),
     (at("2027-07-20", 13), False), (at("2027-04-17", 9), True)],
)  # fmt: skip
def test_open_and_closed(moment, opened):
    assert is_open(WEEK, moment) is opened
    assert is_open(ALWAYS_OPEN, moment)


def test_a_wait_over_lunch_is_shorter_in_open_hours():
    assert open_ms(WEEK, at(MONDAY, 11, 50), at(MONDAY, 13, 10)) == 20 * MINUTE
    assert open_ms(ALWAYS_OPEN, at(MONDAY, 11, 50), at(MONDAY, 13, 10)) == 80 * MINUTE
    assert open_ms(WEEK, at("2026-11-20", 15), at(MONDAY, 9)) == 2 * HOUR, "over the weekend"
    assert open_ms(WEEK, at(MONDAY, 9), at(MONDAY, 8)) == 0


def test_the_next_opening_skips_holidays():
    assert next_opening(WEEK, at(MONDAY, 12, 30)) == at(MONDAY, 13)
    assert next_opening(WEEK, at(SATURDAY, 9)) == at(MONDAY, 8)
    assert next_opening(WEEK, at(PI_MAI, 9)) == at("2027-04-15", 8)
    assert next_opening(Hours(week=((),) * 7), at(MONDAY, 9)) is None


def test_days_as_people_write_them():
    assert spelled_day("2027-04-14") == "14/04/2027"
    assert is_day("2028-02-29")
    assert not is_day("2027-02-29")
    assert not is_day("tomorrow")
    assert closes_ms(WEEK, PI_MAI) is None
    assert windows(WEEK, MONDAY)[1] == (at(MONDAY, 13), at(MONDAY, 16))


@pytest.mark.parametrize(
    ("moment", "spans", "cut_off", "limit", "issued", "why"),
    [
        (at(MONDAY, 9), (), 0, 0, 5, None),
        (at(MONDAY, 7, 30), (), 0, 0, 0, None),
        (at(MONDAY, 6), (), 0, 0, 0, Refusal.CENTER_CLOSED),
        (at(MONDAY, 12, 30), (), 0, 0, 0, None),
        (at(MONDAY, 16), (), 0, 0, 0, Refusal.CENTER_CLOSED),
        (at(PI_MAI, 9), (), 0, 0, 0, Refusal.CENTER_CLOSED),
        (at(MONDAY, 11, 30), ((480, 660),), 0, 0, 0, Refusal.SERVICE_CLOSED),
        (at(MONDAY, 10, 45), ((480, 660),), 20, 0, 0, Refusal.SERVICE_CLOSED),
        (at(MONDAY, 15, 50), (), 15, 0, 0, Refusal.SERVICE_CLOSED),
        (at(MONDAY, 9), (), 0, 60, 60, Refusal.SERVICE_FULL),
        (at(MONDAY, 9), (), 0, 60, None, None),
        (None, ((480, 660),), 20, 60, None, None),
    ],
)
def test_what_a_kiosk_may_refuse(moment, spans, cut_off, limit, issued, why):
    assert refusal(WEEK, spans, cut_off, limit, moment, issued) is why
