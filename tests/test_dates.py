"""A date is computed by functions that cannot fail, whatever number somebody wrote into a row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laos import clock_of, day_of, local_time

from onedoor.hall.hours import is_open, next_opening, spelled_day
from onedoor.hall.rules import ALWAYS_OPEN, Hours
from reports.dates import day_text, local_s, moment, stamp_of

WEEK = Hours(week=((((8 * 60, 16 * 60)),),) * 7)
EXTREMES = (0, -1, 1, 2**31, 2**40, 2**53 - 1, -(2**53), 253_402_300_799_999, 253_402_300_800_000, 10**30, -(10**30))


@pytest.mark.parametrize("at_ms", EXTREMES)
def test_extreme_moments_have_a_day(at_ms):
    whole(at_ms)


@given(st.integers())
def test_every_number_has_a_day(at_ms):
    whole(at_ms)


def whole(at_ms):
    assert len(day_of(at_ms)) == 10
    assert len(clock_of(at_ms)) == 8
    assert local_time(at_ms).year >= 1
    assert len(day_text(local_s(at_ms) // 86_400)) == 10
    assert moment(local_s(at_ms)) is not None
    assert stamp_of(at_ms).endswith("Z")
    for hours in (ALWAYS_OPEN, WEEK):
        is_open(hours, at_ms)
        next_opening(hours, at_ms)


@given(st.text(max_size=12))
def test_what_is_no_day_is_shown_as_it_is(text):
    assert spelled_day(text) == text or text.count("-") == 2


def test_ordinary_days_are_as_they_were():
    assert day_of(1_795_000_000_000) == "2026-11-18"
    assert clock_of(1_795_000_000_000) == "18:06:40"
    assert spelled_day("2026-11-18") == "18/11/2026"
